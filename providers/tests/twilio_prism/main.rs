//! The adapter of Twilio against what Twilio wrote itself: its OpenAPI document, and its library that signs and judges calls.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]
mod judged_alike;
mod node;
mod posted;
mod signed;

use providers::http::{Egress, Http};
use providers::{Provider, Values};
use std::sync::Arc;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "00112233445566778899aabbccddeeff";

/// The provider as a connection makes it, with these values beside those that all have.
fn connect(further: &[(&str, &str)]) -> Arc<dyn Provider> {
    let mut values = Values::default();
    let all = [("account_sid", ACCOUNT), ("auth_token", TOKEN)];
    for (name, value) in all.iter().chain(further) {
        values.set(name, *value);
    }
    let twilio = providers::described("twilio").unwrap();
    providers::settings::check(twilio.fields, &values).unwrap();
    (twilio.connect)(Http::new(Egress::Anywhere).unwrap(), &values).unwrap()
}
