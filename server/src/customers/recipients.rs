//! Recipients: one reachable address of a tenant on a channel, what is known of it, and the row that the gate locks.
//!
//! Lock recipients before anything else, in the order of their addresses, as the gate does.
use super::store::recipient;
use crate::db::{TenantTx, Time};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::Scope;
use rules::suppression::SuppressionReason;
use uuid::Uuid;

/// Makes rows for addresses seen for the first time, then locks all of them, in the order of channel and address.
pub async fn lock(tx: &mut TenantTx, wanted: &[(Channel, String)]) -> sqlx::Result<()> {
    let mut sorted: Vec<(&str, &str)> = wanted
        .iter()
        .map(|(channel, address)| (channel.name(), address.as_str()))
        .collect();
    sorted.sort_unstable();
    sorted.dedup();
    recipient::ensure(tx, &sorted).await?;
    recipient::lock(tx, &sorted).await
}

/// The spellings under which the person who has this address may be known on the channel, the one to keep first: of a number on WhatsApp
/// there may be two (`rules::address::spellings`).
pub fn spellings(channel: Channel, address: &str) -> Vec<String> {
    match channel {
        Channel::Whatsapp => rules::address::spellings(address),
        Channel::Sms | Channel::Email => vec![address.to_owned()],
    }
}

/// Suppresses an address. A scope only widens: who said stop to everything is not asked again about marketing.
pub async fn suppress(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    scope: Scope,
    reason: SuppressionReason,
) -> sqlx::Result<()> {
    suppress_batch(tx, &[(channel, address.to_owned(), scope, reason)]).await
}

/// Suppresses many addresses.
pub async fn suppress_batch(
    tx: &mut TenantTx,
    all: &[(Channel, String, Scope, SuppressionReason)],
) -> sqlx::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    lock(
        tx,
        &all.iter()
            .map(|(channel, address, _, _)| (*channel, address.clone()))
            .collect::<Vec<_>>(),
    )
    .await?;
    recipient::suppress(tx, all).await
}

/// Re-opens an address: by the recipient's own act alone.
pub async fn reopen(tx: &mut TenantTx, channel: Channel, address: &str) -> sqlx::Result<()> {
    reopen_batch(tx, &[(channel, address.to_owned())]).await
}

/// Re-opens many addresses.
pub async fn reopen_batch(tx: &mut TenantTx, all: &[(Channel, String)]) -> sqlx::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    lock(tx, all).await?;
    recipient::reopen(tx, all).await
}

/// The address does not exist.
pub async fn mark_invalid(tx: &mut TenantTx, channel: Channel, address: &str) -> sqlx::Result<()> {
    recipient::set_status(tx, channel.name(), address, "invalid").await
}

/// The number takes no texts.
pub async fn mark_landline(tx: &mut TenantTx, channel: Channel, address: &str) -> sqlx::Result<()> {
    recipient::set_status(tx, channel.name(), address, "landline").await
}

/// Something came back that says the address can't be reached now. Answers how often that was in a row.
pub async fn unreachable(tx: &mut TenantTx, channel: Channel, address: &str) -> sqlx::Result<i32> {
    lock(tx, &[(channel, address.to_owned())]).await?;
    recipient::count_unreachable(tx, channel.name(), address).await
}

/// A message of ours to the address failed after it was taken. Answers how often that was in a row. For whoever holds the message: its
/// recipient is there, and is marked after it.
pub async fn came_back(tx: &mut TenantTx, channel: Channel, address: &str) -> sqlx::Result<i32> {
    recipient::count_unreachable(tx, channel.name(), address).await
}

/// Something reached these addresses: what came back before counts no more. No statement when there are none.
pub async fn reached(tx: &mut TenantTx, channel: Channel, addresses: &[String]) -> sqlx::Result<()> {
    if addresses.is_empty() {
        return Ok(());
    }
    recipient::forget_unreachable(tx, channel.name(), addresses).await
}

/// A provider told which carrier the number is with.
pub async fn learn_carrier(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    carrier: &str,
) -> sqlx::Result<()> {
    recipient::learn_carrier(tx, channel.name(), address, carrier).await
}

/// The address wrote to us at that moment. What is told late moves nothing back. A number that writes is there and takes texts, whatever was
/// said of it before.
pub async fn heard_from(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    wrote_at: Timestamp,
) -> sqlx::Result<()> {
    lock(tx, &[(channel, address.to_owned())]).await?;
    recipient::heard_from(tx, channel.name(), address, Time(wrote_at)).await
}

/// The address of ours that WhatsApp names by this id of a person; the last that wrote under it.
pub async fn of_user_id(tx: &mut TenantTx, user_id: &str) -> sqlx::Result<Option<String>> {
    recipient::of_user_id(tx, user_id).await
}

/// This id, by which WhatsApp names a person without telling a number, is that customer's. The caller holds the recipient's lock.
pub async fn give_user_id(tx: &mut TenantTx, user_id: &str, customer: Uuid) -> sqlx::Result<()> {
    recipient::set_customer(tx, user_id, customer).await
}

/// The ids by which WhatsApp names a customer without telling a number.
pub async fn user_ids(tx: &mut TenantTx, customer: Uuid) -> sqlx::Result<Vec<String>> {
    recipient::user_ids(tx, customer).await
}

/// WhatsApp names the person at this number so. Answers whether that is news.
pub async fn is_named(tx: &mut TenantTx, number: &str, user_id: &str) -> sqlx::Result<bool> {
    recipient::set_user_id(tx, number, user_id).await
}

/// Why the address is closed to everything, if it is.
pub async fn closed_by(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
) -> sqlx::Result<Option<SuppressionReason>> {
    let reason = recipient::closed_by(tx, channel.name(), address).await?;
    Ok(reason.as_deref().and_then(SuppressionReason::parse))
}

/// Is the address closed to everything by an opt-out?
pub async fn is_opted_out(tx: &mut TenantTx, channel: Channel, address: &str) -> sqlx::Result<bool> {
    let reason = closed_by(tx, channel, address).await?;
    let is_of_delivery = |reason| {
        matches!(
            reason,
            SuppressionReason::HardBounce | SuppressionReason::InvalidAddress
        )
    };
    Ok(reason.is_some_and(|reason| !is_of_delivery(reason)))
}

/// The customers who have this address: an e-mail address, a number, or WhatsApp's id of a person of whom no number is known.
pub async fn customers_of(tx: &mut TenantTx, channel: Channel, address: &str) -> sqlx::Result<Vec<Uuid>> {
    let found = customers_of_batch(tx, channel, &[address.to_owned()]).await?;
    Ok(found.into_iter().map(|(_, customer)| customer).collect())
}

/// The customers who have one of these addresses, each with it; e-mail addresses in lower case.
pub async fn customers_of_batch(
    tx: &mut TenantTx,
    channel: Channel,
    addresses: &[String],
) -> sqlx::Result<Vec<(String, Uuid)>> {
    recipient::customers_of(tx, channel.name(), addresses).await
}
