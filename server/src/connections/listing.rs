//! Connections as their operator sees them: everything but what is secret.
use super::error::ConnectionError;
use super::secrets::{hook_url, unseal};
use super::{sandbox, store};
use crate::app::App;
use crate::db::TenantTx;
use crate::seal;
use jiff::Timestamp;
use providers::email::UNSUBSCRIBE_MAILBOX;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A connection, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connection {
    #[serde(serialize_with = "crate::ids::json::connection")]
    pub id: Uuid,
    pub name: String,
    pub channel: String,
    pub provider: String,
    /// Our address: messages come from it.
    pub sender: String,
    /// The carrier registration that the sender is under: its pace is shared with all that are.
    pub registration: Option<String>,
    /// `any`, or the one purpose that it carries.
    pub carries: String,
    pub is_active: bool,
    /// When the provider last said that it works.
    pub verified_at: Option<Timestamp>,
    /// The name of the connection for which it carries while that one's provider is out.
    pub stands_in_for: Option<String>,
    /// Since when nothing goes through it, and why: outage, account, operator.
    pub unavailable_since: Option<Timestamp>,
    pub unavailable_reason: Option<String>,
    /// What the provider said of the account when it was last asked: its state and its quota.
    pub account_says: Option<String>,
    pub account_said_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A connection with its fields.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    #[serde(flatten)]
    pub connection: Connection,
    pub fields: Vec<FieldShown>,
    /// The name of the master key that its credentials are sealed under.
    pub sealed_under: Option<String>,
    /// Why its credentials can't be opened.
    pub problem: Option<String>,
    pub hook: Option<HookShown>,
    /// Are readers told of its mailbox for unsubscribing? Not before a mail to it was heard. None: it names none.
    pub offers_mailbox: Option<bool>,
}

/// A field of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldShown {
    pub name: &'static str,
    pub is_secret: bool,
    pub is_required: bool,
    pub is_set: bool,
    /// Never there when it is secret.
    pub value: Option<String>,
}

/// Where a provider calls us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookShown {
    /// Where its address is entered at the provider.
    pub entered: &'static str,
    /// The address. It holds the token, so it is there only when it was asked for. Without a public URL it is the path.
    pub url: Option<String>,
}

/// All connections of a tenant: those in use first, by channel and name.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Connection>, ConnectionError> {
    Ok(store::all(tx).await?)
}

/// The connection of that name.
pub async fn find(tx: &mut TenantTx, name: &str) -> Result<Connection, ConnectionError> {
    let all = store::all(tx).await?;
    all.into_iter()
        .find(|one| one.name == name)
        .ok_or_else(|| ConnectionError::Unknown(name.to_owned()))
}

/// A connection with its fields and, when asked, with its hook's address.
pub async fn show(
    app: &App,
    tx: &mut TenantTx,
    name: &str,
    with_hook_url: bool,
) -> Result<Shown, ConnectionError> {
    let connection = find(tx, name).await?;
    let mut shown = Shown {
        connection,
        fields: Vec::new(),
        sealed_under: None,
        problem: None,
        hook: None,
        offers_mailbox: None,
    };
    let id = shown.connection.id;
    let stored = store::stored(tx, id)
        .await?
        .ok_or_else(|| ConnectionError::Unknown(name.to_owned()))?;
    if stored.provider == sandbox::SANDBOX {
        return Ok(shown);
    }
    shown.sealed_under = stored
        .credentials
        .as_deref()
        .and_then(seal::key_name)
        .map(str::to_owned);
    let ring = app.keys.as_ref().ok_or(ConnectionError::NoClient)?;
    let secrets = match unseal(ring, tx.tenant(), &stored) {
        Ok(secrets) => Some(secrets),
        Err(error) => {
            shown.problem = Some(format!("its credentials can't be opened: {error}"));
            None
        }
    };
    let Some(described) = app.described(&stored.provider) else {
        shown.problem = Some(format!("this version knows no provider `{}`", stored.provider));
        return Ok(shown);
    };
    for field in described.fields {
        let value = stored.settings.get(field.name).and_then(Value::as_str);
        let is_sealed = secrets
            .as_ref()
            .is_some_and(|secrets| secrets.fields.contains_key(field.name));
        shown.fields.push(FieldShown {
            name: field.name,
            is_secret: field.is_secret,
            is_required: field.is_required,
            is_set: value.is_some() || is_sealed,
            value: value.filter(|_| !field.is_secret).map(str::to_owned),
        });
    }
    if stored.settings.get(UNSUBSCRIBE_MAILBOX).is_some() {
        let offered = store::heard_mailboxes(tx, &[id]).await?;
        shown.offers_mailbox = Some(offered.contains_key(&id));
    }
    shown.hook = described.hooks.map(|entered| HookShown {
        entered,
        url: secrets.filter(|_| with_hook_url).map(|secrets| {
            hook_url(
                app.public_url.as_deref().unwrap_or_default(),
                &stored.provider,
                &secrets.hook_token,
            )
        }),
    });
    Ok(shown)
}
