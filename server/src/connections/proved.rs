//! Whose an address of ours is for good: a verified connection has it. What was only entered (a trial, a slip of the pen) gives way to whoever
//! takes the address: its route would keep another tenant's STOPs away.
use super::error::ConnectionError;
use super::{owner, store};
use crate::app::App;
use crate::db::TenantId;
use providers::Provider;
use rules::channel::Channel;

/// Whose verified connection has this address on that channel. Where the channel is not said: on any, if all are one tenant's.
pub async fn whose_proved(
    app: &App,
    channel: Option<Channel>,
    our_address: &str,
) -> sqlx::Result<Option<TenantId>> {
    let mut tx = app.db.engine().await?;
    let routed = store::routed(&mut tx, channel, our_address).await?;
    drop(tx);
    let mut proved = Vec::new();
    for tenant in routed.into_iter().map(owner) {
        let mut tx = app.tenant(tenant).await?;
        if store::is_proved(&mut tx, channel, our_address).await? {
            proved.push(tenant);
        }
    }
    Ok(match proved.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// Takes another tenant's route of this address away, unless a verified connection of theirs has it. Asked before connections of the own
/// tenant are locked: it waits for whoever changes the other's.
pub(super) async fn make_room(
    app: &App,
    tenant: TenantId,
    channel: Channel,
    address: &str,
) -> anyhow::Result<()> {
    let mut tx = app.db.engine().await?;
    let routed = store::routed(&mut tx, Some(channel), address).await?;
    drop(tx);
    for other in routed.into_iter().map(owner).filter(|other| *other != tenant) {
        let mut tx = app.tenant(other).await?;
        store::lock_all(&mut tx).await?;
        store::release_unproved(&mut tx, channel, address).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Looks whether a sender is a pool with an address that a verified connection of another tenant has: what is written there is heard by that
/// tenant alone, also a STOP. A pool whose senders can't be listed passes.
pub(super) async fn look_into_pool(
    app: &App,
    tenant: TenantId,
    provider: &dyn Provider,
    channel: &str,
    sender: &str,
) -> Result<(), ConnectionError> {
    let Some(channel) = Channel::parse(channel) else {
        return Ok(());
    };
    let senders = match provider.senders(channel, sender).await {
        Ok(senders) => senders,
        Err(error) => {
            tracing::warn!(tenant.id = %tenant.as_uuid(), %error, "a pool's senders can't be listed");
            return Ok(());
        }
    };
    let mut theirs = Vec::new();
    for address in senders {
        let owner = whose_proved(app, Some(channel), &address).await?;
        if owner.is_some_and(|owner| owner != tenant) {
            theirs.push(address);
        }
    }
    if theirs.is_empty() {
        Ok(())
    } else {
        Err(ConnectionError::PoolOfOthers(theirs.join(", ")))
    }
}
