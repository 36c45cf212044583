//! What follows from what, in the same transaction: the one list of who reacts.
use crate::db::TenantTx;
use crate::happened::Happened;
use std::future::Future;
use std::pin::Pin;

/// Lets every feature that cares react to what happened.
pub fn react(
    tx: &mut TenantTx,
    what: Happened,
) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + '_>> {
    Box::pin(async move {
        let _ = (tx, what);
        Ok(())
    })
}
