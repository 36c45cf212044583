//! Whether an address that no customer has said no.
use super::derive::{Fact, derive};
use super::record::normal;
use super::store;
use crate::customers::recipients;
use crate::db::TenantTx;
use rules::channel::Channel;
use rules::consent::ConsentStatus;

/// Did whoever has this address opt out of anything, without their own later act that took it back? Of an address that no customer has: a
/// customer's refusals are with the customer.
pub async fn is_refused(tx: &mut TenantTx, channel: Channel, address: &str) -> anyhow::Result<bool> {
    let address = normal(channel, address);
    if recipients::is_opted_out(tx, channel, &address).await? {
        return Ok(true);
    }
    let past = store::history_of_strangers(tx, &[address]).await?;
    let facts: Vec<Fact> = past
        .iter()
        .filter(|event| event.channel == channel)
        .map(|event| event.fact)
        .collect();
    Ok(derive(&facts).is_some_and(|state| state.status == ConsentStatus::OptedOut))
}
