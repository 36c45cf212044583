//! Connections: which provider carries a tenant's channel, from which address of ours, and with which credentials.
use crate::app::App;
use crate::carriers::Opened;
use crate::db::{TenantId, TenantTx, Time};
use crate::seal::{Keys, Place};
use anyhow::Context;
use jiff::Timestamp;
use providers::{Provider, Values};
use rand::Rng;
use rules::channel::Channel;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

pub mod circuit;
mod store;

/// A connection that a message goes through, and which version of it: a change makes a new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    pub connection: Uuid,
    pub provider: String,
    pub version: Time,
}

/// A connection to be stored. Settings and credentials are separate already, the latter sealed.
struct NewConnection<'a> {
    id: Uuid,
    name: &'a str,
    channel: Channel,
    provider: &'a str,
    sender: &'a str,
    purpose: &'a str,
    settings: Value,
    credentials: Option<Vec<u8>>,
    is_active: bool,
    verified_at: Option<Timestamp>,
    stands_in_for: Option<Uuid>,
}

/// What is sealed of a connection: its secret fields, and the token by which its provider calls our hook. Never shown, never logged.
#[derive(Serialize, Deserialize)]
struct Secrets {
    fields: BTreeMap<String, String>,
    hook_token: String,
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

/// Gives a tenant the sandbox on every channel, each with an address of its own: the default until a real one is verified.
pub async fn open_sandbox(tx: &mut TenantTx, slug: &str) -> anyhow::Result<()> {
    // a reserved number per tenant: the last digits come from its id
    let number = tx.id().as_u128() % 10_000_000;
    for channel in Channel::ALL {
        let sender = match channel {
            Channel::Sms => format!("+1888{number:07}"),
            Channel::Whatsapp => format!("+1877{number:07}"),
            Channel::Email => format!("hello@{slug}.example"),
        };
        let connection = NewConnection {
            id: tx.new_id(),
            name: &format!("{} by sandbox", channel.name()),
            channel,
            provider: "sandbox",
            sender: &sender,
            purpose: "any",
            settings: json!({}),
            credentials: None,
            is_active: true,
            verified_at: Some(tx.now()),
            stands_in_for: None,
        };
        store::insert(tx, &connection).await?;
        anyhow::ensure!(
            store::take_address(tx, channel, &sender).await?,
            "the address {sender} is another tenant's already"
        );
    }
    Ok(())
}

/// Whose address of ours it is, on that channel; on any when the event does not say which.
pub async fn whose(app: &App, channel: Option<Channel>, our_address: &str) -> sqlx::Result<Option<TenantId>> {
    let mut tx = app.db.engine().await?;
    Ok(store::route(&mut tx, channel, our_address)
        .await?
        .map(TenantId::found))
}

/// Whose hook this token is. None: nobody's, or another provider's.
pub async fn whose_hook(app: &App, provider: &str, token: &str) -> sqlx::Result<Option<(TenantId, Uuid)>> {
    let mut tx = app.db.engine().await?;
    let found = store::hook(&mut tx, provider, &digest(token)).await?;
    Ok(found.map(|(tenant, connection)| (TenantId::found(tenant), connection)))
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
    let described = providers::described(&stored.provider)
        .ok_or_else(|| NotConnected::UnknownProvider(stored.provider.clone()))?;
    let (Some(http), Some(keys)) = (&app.http, &app.keys) else {
        return Err(NotConnected::NoClient);
    };
    let secrets = unseal(keys, tx.tenant(), &stored)?;
    let mut values: Values = secrets.fields.into_iter().collect();
    if let Value::Object(settings) = &stored.settings {
        for (name, value) in settings {
            values.set(name, value.as_str().unwrap_or_default());
        }
    }
    let opened = Opened {
        provider: (described.connect)(http.clone(), &values)?,
        hook_url: app
            .public_url
            .as_ref()
            .filter(|_| described.hooks.is_some())
            .map(|url| hook_url(url, &stored.provider, &secrets.hook_token)),
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

/// The address that is entered at the provider.
fn hook_url(public_url: &str, provider: &str, token: &str) -> String {
    format!("{}/hooks/{provider}/{token}", public_url.trim_end_matches('/'))
}

/// 256 random bits, as they stand in a URL.
fn new_token() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn place(tenant: TenantId, connection: Uuid) -> Place {
    Place {
        tenant: tenant.as_uuid(),
        table: "tenant_channel_settings",
        row: connection,
        field: "credentials",
    }
}

fn seal(keys: &Keys, tenant: TenantId, connection: Uuid, secrets: &Secrets) -> anyhow::Result<Vec<u8>> {
    let plain = serde_json::to_vec(secrets).context("the credentials can't be written")?;
    Ok(keys.seal(&place(tenant, connection), &plain))
}

fn unseal(keys: &Keys, tenant: TenantId, stored: &store::Stored) -> Result<Secrets, crate::seal::CannotOpen> {
    let sealed = stored
        .credentials
        .as_deref()
        .ok_or(crate::seal::CannotOpen::Broken)?;
    let plain = keys.open(&place(tenant, stored.id), sealed)?;
    serde_json::from_slice(&plain).map_err(|_| crate::seal::CannotOpen::Broken)
}
