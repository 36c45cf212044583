//! Vonage, Bandwidth and WhatsApp beside the providers' own packages: what those sign we believe, what we sign they believe, and what
//! they would send is what we send.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]
mod bandwidth;
mod recorder;
mod script;
mod vonage;
mod whatsapp;

use jiff::Timestamp;
use providers::{Heard, Hook, Provider, Refusal, Request};
use rules::channel::Channel;
use rules::purpose::Purpose;
use uuid::Uuid;

/// One message of every day.
fn request(channel: Channel) -> Request {
    Request {
        message_id: Uuid::from_u128(7),
        channel,
        purpose: Purpose::Service,
        from: "+12125550100".to_owned(),
        to: "+12125550123".to_owned(),
        subject: None,
        body: "Thanks from Joe's Plumbing & Söhne 🙂".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: None,
        callback_url: None,
        expires_at: None,
        now: now(),
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_273_200).unwrap()
}

/// A POST to our hook.
async fn heard(
    provider: &dyn Provider,
    (header, value): (&'static str, &str),
    body: &str,
) -> Result<Heard, Refusal> {
    let mut headers = http::HeaderMap::new();
    headers.insert(header, value.parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    let hook = Hook {
        method: "POST",
        url: "https://courtesy.example/hooks/x/t0ken",
        headers: &headers,
        body: body.as_bytes(),
        now: now(),
    };
    provider.hear(&hook).await
}
