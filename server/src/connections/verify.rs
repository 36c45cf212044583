//! Asks a connection's provider whether its credentials work, with no transaction open.
use super::error::ConnectionError;
use super::{NotConnected, find, open, sandbox, store};
use crate::app::App;
use crate::db::TenantId;
use providers::{CheckFailed, Checked};

/// Asks the provider, and keeps what it said: a connection that works is verified from now on, and available again if its account was the
/// reason why it wasn't; one that is refused is not verified any more, unless it is in use (its messages would be stopped for good: they
/// are better refused by the provider and looked at).
pub async fn verify(app: &App, tenant: TenantId, name: &str) -> Result<Checked, ConnectionError> {
    let mut tx = app.tenant(tenant).await?;
    let connection = find(&mut tx, name).await?;
    if connection.provider == sandbox::SANDBOX {
        return Err(ConnectionError::Sandbox);
    }
    let opened = open(app, &mut tx, connection.id).await.map_err(named)?;
    drop(tx);
    let checked = opened.provider.check().await;
    let mut tx = app.tenant(tenant).await?;
    store::lock_all(&mut tx).await?;
    if find(&mut tx, name).await?.updated_at != connection.updated_at {
        return Err(ConnectionError::ChangedMeanwhile);
    }
    match &checked {
        Ok(_) => store::verified(&mut tx, connection.id).await?,
        Err(CheckFailed::Refused(_)) if !connection.is_active => {
            store::not_verified(&mut tx, connection.id).await?;
        }
        Err(CheckFailed::Refused(_) | CheckFailed::NotNow(_)) => {}
    }
    tx.commit().await?;
    Ok(checked?)
}

/// The same error in the words of the verbs.
pub(super) fn named(error: NotConnected) -> ConnectionError {
    match error {
        NotConnected::Sealed(error) => error.into(),
        NotConnected::Field(error) => error.into(),
        NotConnected::Database(error) => error.into(),
        NotConnected::NoClient => ConnectionError::NoClient,
        NotConnected::Gone => ConnectionError::ChangedMeanwhile,
        NotConnected::UnknownProvider(_) => ConnectionError::Other(error.into()),
    }
}
