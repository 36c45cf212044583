//! Connections: which provider carries a tenant's channel, from which address of ours, and with which credentials.
use crate::app::App;
use crate::carriers::Opened;
use crate::db::{TenantId, TenantTx, Time};
use providers::Provider;
use rules::channel::Channel;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

mod activate;
mod add;
mod carries;
mod change;
mod check;
pub mod circuit;
mod error;
mod hook;
pub mod keys;
mod listing;
mod mailbox;
mod proved;
mod remove;
mod sandbox;
mod secrets;
mod stand_in;
mod store;
mod verify;

pub use activate::{Activated, activate, deactivate};
pub use add::{NewConnection, add};
pub use carries::Carries;
pub use change::{Changes, change};
pub use check::described;
pub use error::ConnectionError;
pub use hook::new_hook_token;
pub use listing::{Connection, FieldShown, HookShown, Shown, find, list, show};
pub use mailbox::{mail_came, offered_mailboxes, went_silent};
pub use proved::whose_proved;
pub use remove::remove;
pub use sandbox::open_sandbox;
pub use verify::{ask_account, verify};

/// A connection that a message goes through, and which version of it: a change makes a new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    pub connection: Uuid,
    pub provider: String,
    pub version: Time,
}

/// Why a connection carries nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotConnected {
    #[error("there is no such connection any more")]
    Gone,
    #[error("its credentials can't be opened: {0}")]
    Sealed(#[from] crate::seal::CannotOpen),
    #[error("its settings: {0}")]
    Field(#[from] providers::BadField),
    #[error("this version knows no provider `{0}`")]
    UnknownProvider(String),
    #[error("this command speaks to no provider")]
    NoClient,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Whose address of ours it is, on that channel. Where the event does not say which: on any, if all are one tenant's.
pub async fn whose(app: &App, channel: Option<Channel>, our_address: &str) -> sqlx::Result<Option<TenantId>> {
    let mut tx = app.db.engine().await?;
    match store::routed(&mut tx, channel, our_address).await?.as_slice() {
        [one] => Ok(Some(owner(*one))),
        _ => Ok(None),
    }
}

/// Whose hook this token is. None: nobody's, or another provider's.
pub async fn whose_hook(app: &App, provider: &str, token: &str) -> sqlx::Result<Option<(TenantId, Uuid)>> {
    let mut tx = app.db.engine().await?;
    let found = store::hook(&mut tx, provider, &secrets::digest(token)).await?;
    Ok(found.map(|(tenant, connection)| (TenantId::found(tenant), connection)))
}

/// The tenant's connections to that provider of which a field has one of these values, each with its value; those in use first.
pub async fn with_setting(
    app: &App,
    tenant: TenantId,
    provider: &str,
    field: &str,
    values: &[String],
) -> sqlx::Result<Vec<(Uuid, String)>> {
    let mut tx = app.tenant(tenant).await?;
    store::with_setting(&mut tx, provider, field, values).await
}

/// The providers of these connections, opened or taken from those that are open already. What can't be opened is left out, with a
/// line in the log that holds no secret.
pub async fn carriers(
    app: &App,
    tenant: TenantId,
    wanted: &[Carrier],
) -> sqlx::Result<BTreeMap<Uuid, Opened>> {
    let mut opened = BTreeMap::new();
    let mut missing = Vec::new();
    for carrier in wanted {
        if let Some(provider) = app.provider(&carrier.provider) {
            opened.insert(carrier.connection, of_the_installation(provider));
        } else if let Some(found) = app.carriers.get(carrier.connection, carrier.version.0) {
            opened.insert(carrier.connection, found);
        } else {
            missing.push(carrier.connection);
        }
    }
    if missing.is_empty() {
        return Ok(opened);
    }
    let mut tx = app.tenant(tenant).await?;
    for id in missing {
        match open(app, &mut tx, id).await {
            Ok(one) => {
                opened.insert(id, one);
            }
            Err(NotConnected::Database(error)) => return Err(error),
            Err(error) => {
                tracing::error!(tenant.id = %tenant.as_uuid(), connection.id = %id, %error, "a connection can't be opened");
            }
        }
    }
    Ok(opened)
}

/// The pool of numbers that a connection sends from on a channel of phones, if it is a pool.
pub async fn pool(tx: &mut TenantTx, id: Uuid, channel: Channel) -> sqlx::Result<Option<String>> {
    if !channel.reaches_a_phone() {
        return Ok(None);
    }
    store::pool(tx, id, channel).await
}

/// The present versions of these connections.
pub async fn versions(app: &App, tenant: TenantId, ids: &[Uuid]) -> sqlx::Result<Vec<Carrier>> {
    let mut tx = app.tenant(tenant).await?;
    store::versions(&mut tx, ids).await
}

/// Opens one connection, whatever is open already.
pub async fn open(app: &App, tx: &mut TenantTx, id: Uuid) -> Result<Opened, NotConnected> {
    let stored = store::stored(tx, id).await?.ok_or(NotConnected::Gone)?;
    if let Some(provider) = app.provider(&stored.provider) {
        return Ok(of_the_installation(provider));
    }
    let described = app
        .described(&stored.provider)
        .ok_or_else(|| NotConnected::UnknownProvider(stored.provider.clone()))?;
    let (Some(http), Some(keys)) = (&app.http, &app.keys) else {
        return Err(NotConnected::NoClient);
    };
    let secrets = secrets::unseal(keys, tx.tenant(), &stored)?;
    let values = secrets::values(&stored.settings, &secrets);
    let opened = Opened {
        provider: (described.connect)(http.clone(), &values)?,
        hook_url: app
            .public_url
            .as_ref()
            .filter(|_| described.hooks.is_some())
            .map(|url| secrets::hook_url(url, &stored.provider, &secrets.hook_token)),
    };
    app.carriers.put(stored.id, stored.updated_at.0, opened.clone());
    Ok(opened)
}

/// A provider that the installation has itself: the sandbox, a drill's.
fn of_the_installation(provider: Arc<dyn Provider>) -> Opened {
    Opened {
        provider,
        hook_url: None,
    }
}

/// Whose a row is that was found across tenants.
fn owner(tenant: Uuid) -> TenantId {
    TenantId::found(tenant)
}
