//! Asks a connection's provider whether its credentials work, with no transaction open.
use super::error::ConnectionError;
use super::{NotConnected, carriers, circuit, find, open, sandbox, store, versions};
use crate::app::App;
use crate::db::{TenantId, TenantTx};
use crate::happened::Happened;
use providers::{CheckFailed, Checked};
use std::time::Duration;
use uuid::Uuid;

/// How long a provider may take when nobody waits for it.
const ASKED_WITHIN: Duration = Duration::from_secs(60);

/// Asks the provider, and keeps what it said: a connection that works is verified from now on, and available again if its account or
/// an outage was the reason why it wasn't; one that is refused is not verified any more, unless it is in use (its messages would be stopped for good: they
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
        Ok(checked) => {
            store::verified(&mut tx, connection.id).await?;
            learn(&mut tx, connection.id, checked).await?;
            circuit::close(&mut tx, connection.id).await?;
        }
        Err(CheckFailed::Refused(_)) if !connection.is_active => {
            store::not_verified(&mut tx, connection.id).await?;
        }
        Err(CheckFailed::Refused(_) | CheckFailed::NotNow(_)) => {}
    }
    tx.commit().await?;
    Ok(checked?)
}

/// Asks the provider of a connection how the account stands, and keeps what it says; whether it is verified stays as it is. Nothing is kept
/// when it can't be asked.
pub async fn ask_account(app: &App, tenant: TenantId, connection: Uuid) -> anyhow::Result<()> {
    let versions = versions(app, tenant, &[connection]).await?;
    let Some(opened) = carriers(app, tenant, &versions).await?.remove(&connection) else {
        return Ok(());
    };
    let asked = tokio::time::timeout(ASKED_WITHIN, opened.provider.check()).await;
    let checked = match asked {
        Ok(Ok(checked)) => checked,
        Ok(Err(error)) => {
            tracing::warn!(tenant.id = %tenant.as_uuid(), connection.id = %connection, %error, "the account can't be asked after");
            return Ok(());
        }
        Err(_) => return Ok(()),
    };
    let mut tx = app.tenant(tenant).await?;
    learn(&mut tx, connection, &checked).await?;
    tx.commit().await
}

/// Keeps what a provider said of the account.
pub(super) async fn learn(tx: &mut TenantTx, connection: Uuid, checked: &Checked) -> sqlx::Result<()> {
    store::account_says(tx, connection, &checked.summary).await?;
    if let Some(pace) = checked.pace {
        tx.happened(Happened::PaceTold { connection, pace });
    }
    Ok(())
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
