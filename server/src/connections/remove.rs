//! Takes a connection away, with its credentials, its address and its hook; its pace goes with it.
use super::error::ConnectionError;
use super::{circuit, find, sandbox, store};
use crate::db::TenantTx;
use crate::happened::Happened;

/// Removes a connection that is not in use. Refused while messages are on their way through it: what became of them is asked there, and
/// told to its hook.
pub async fn remove(tx: &mut TenantTx, name: &str) -> Result<(), ConnectionError> {
    store::lock_all(tx).await?;
    let own = find(tx, name).await?;
    if own.provider == sandbox::SANDBOX {
        return Err(ConnectionError::Sandbox);
    }
    if own.is_active {
        return Err(ConnectionError::Active(own.name));
    }
    let all = store::all(tx).await?;
    if let Some(behind) = all
        .into_iter()
        .find(|one| one.stands_in_for.as_deref() == Some(&own.name))
    {
        return Err(ConnectionError::StoodInFor(behind.name));
    }
    let in_flight = store::in_flight(tx, own.id).await?;
    if in_flight > 0 {
        return Err(ConnectionError::InFlight(in_flight));
    }
    store::remove_hooks(tx, own.id, None).await?;
    store::mailboxes_are_not_heard(tx, own.id).await?;
    circuit::close(tx, own.id).await?;
    store::remove(tx, own.id).await?;
    store::release_address(tx, &own.channel, &own.sender).await?;
    tx.happened(Happened::SendersChanged);
    Ok(())
}
