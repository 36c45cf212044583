//! Which mailboxes for unsubscribing are heard: a connection may name any, and its readers are told of it only once a mail to it came in
//! through a hook of the tenant's. A mailbox that nobody hears would be a way out that leads nowhere.
use super::store;
use crate::db::TenantTx;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A mail to this address of ours came in through the hook of that connection.
pub async fn mail_came(tx: &mut TenantTx, address: &str, through: Uuid) -> sqlx::Result<()> {
    store::mailbox_is_heard(tx, address, through).await
}

/// What is written comes in through the hook of this connection no more, as far as anybody knows: what was heard through it has to be heard
/// again.
pub async fn went_silent(tx: &mut TenantTx, through: Uuid) -> sqlx::Result<()> {
    store::mailboxes_are_not_heard(tx, through).await
}

/// Of these connections, those that name a mailbox which is heard, each with it.
pub async fn offered_mailboxes(
    tx: &mut TenantTx,
    connections: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, String>> {
    store::heard_mailboxes(tx, connections).await
}
