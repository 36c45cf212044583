//! Which connection is in use.
use super::error::ConnectionError;
use super::{find, sandbox, store};
use crate::db::TenantTx;

/// What is in use after a change of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activated {
    /// The name of the connection that carried the same before, and does not any more.
    pub instead_of: Option<String>,
}

/// Takes a verified connection into use. Whichever carried the same of its channel before, the sandbox too, is out of use with the same
/// commit; what is queued goes through the new one, since the gate chooses for each message when it goes.
pub async fn activate(tx: &mut TenantTx, name: &str) -> Result<Activated, ConnectionError> {
    store::lock_all(tx).await?;
    let own = find(tx, name).await?;
    if own.verified_at.is_none() {
        return Err(ConnectionError::NotVerified(own.name));
    }
    if own.provider != sandbox::SANDBOX && store::is_demo(tx).await? {
        return Err(ConnectionError::Demo);
    }
    let before = store::all(tx).await?.into_iter().find(|one| {
        one.is_active
            && one.id != own.id
            && one.channel == own.channel
            && one.stands_in_for == own.stands_in_for
            && (own.stands_in_for.is_some() || one.carries == own.carries)
    });
    // the index allows one at any moment: the old one goes first
    if let Some(before) = &before {
        store::set_active(tx, before.id, false).await?;
    }
    store::set_active(tx, own.id, true).await?;
    Ok(Activated {
        instead_of: before.map(|before| before.name),
    })
}

/// Takes a connection out of use. Answers whether something else carries its channel: if nothing does, what is due there is stopped.
pub async fn deactivate(tx: &mut TenantTx, name: &str) -> Result<bool, ConnectionError> {
    store::lock_all(tx).await?;
    let own = find(tx, name).await?;
    store::set_active(tx, own.id, false).await?;
    Ok(store::all(tx).await?.iter().any(|one| {
        one.is_active && one.channel == own.channel && one.stands_in_for.is_none() && one.carries == "any"
    }))
}
