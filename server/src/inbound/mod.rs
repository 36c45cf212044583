//! What providers tell us: stored first, acknowledged after, applied once.
use crate::app::App;
use crate::connections;
use crate::db::TenantId;
use fail::fail_point;
use jiff::Timestamp;
use providers::{Event, EventKind};
use rules::channel::Channel;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

mod addresses;
pub mod apply;
pub mod committer;
pub mod hooks;
pub mod missed;
mod owners;
mod pieces;
pub mod replay;
mod siblings;
mod store;
pub mod texts;
mod told;
mod unheard;
pub mod unsubscribe;
mod untold;
mod who;

pub use store::Count;
pub use told::{Told, told};

/// Of a piece that can't be read today.
const UNREADABLE: &str = "unreadable";
/// Of a piece that says nothing which is an event to us: a reaction, a word of the provider's that we don't know.
const NO_EVENT: &str = "no_event";

/// The longest key of an event as it is; a longer one is stored as its digest, since an index takes no more than 2,700 bytes.
const LONGEST_KEY: usize = 500;

/// An event as it is stored.
#[derive(Debug, Clone)]
pub struct NewEvent {
    provider: String,
    key: String,
    kind: &'static str,
    payload: Value,
    /// What the provider said, in its own fields: the same for all events of a piece.
    piece: Option<Arc<Value>>,
    /// The event that holds the piece, where that is stored already.
    held_by: Option<String>,
    connection: Option<Uuid>,
    /// The address of ours that it tells of.
    ours: Option<(Option<Channel>, String)>,
    occurred_at: Timestamp,
    /// When it came, where that was before it is stored: what is read late came with its piece, what no call told us when the provider
    /// got it.
    received_at: Option<Timestamp>,
    /// Set for what is not to be applied.
    outcome: Option<&'static str>,
}

impl NewEvent {
    /// The row of an event. What the database can't keep (a NUL, a time before 1970, a key of kilobytes) is written as what it can.
    fn of(provider: &str, event: &Event) -> serde_json::Result<Self> {
        Ok(Self {
            provider: provider.to_owned(),
            key: fitting(&event.key),
            kind: kind(&event.kind),
            payload: without_nul(serde_json::to_value(event)?),
            piece: None,
            held_by: None,
            connection: None,
            ours: (!event.our_address.is_empty()).then(|| (event.channel(), event.our_address.clone())),
            occurred_at: event.occurred_at.max(Timestamp::UNIX_EPOCH),
            received_at: None,
            outcome: None,
        })
    }

    /// The row of a piece of which no event comes, for that reason: evidence, and read again when it is replayed.
    fn alone(provider: &str, piece: &Value, at: Timestamp, why: &'static str) -> Self {
        let digest = Sha256::digest(piece.to_string());
        Self {
            provider: provider.to_owned(),
            key: format!("{why} {}", hex::encode(digest)),
            kind: why,
            payload: Value::Null,
            piece: None,
            held_by: None,
            connection: None,
            ours: None,
            occurred_at: at,
            received_at: None,
            outcome: Some(why),
        }
    }
}

/// Stores events of the sandbox and answers the keys of those that are safe on disk: only these may be acknowledged. An event that
/// was told before is stored once. One that belongs to no tenant is acknowledged too: nobody here waits for it.
pub async fn keep(app: &App, provider: &str, events: &[Event]) -> anyhow::Result<Vec<String>> {
    let mut by_tenant: BTreeMap<TenantId, Vec<&Event>> = BTreeMap::new();
    let mut kept = Vec::with_capacity(events.len());
    for event in events {
        match connections::whose(app, event.channel(), &event.our_address).await? {
            Some(tenant) => by_tenant.entry(tenant).or_default().push(event),
            None => {
                tracing::warn!(
                    event.key = in_logs(&event.key),
                    "an event for an address of nobody"
                );
                kept.push(event.key.clone());
            }
        }
    }
    for (tenant, events) in by_tenant {
        let new: Vec<NewEvent> = events
            .iter()
            .map(|event| NewEvent::of(provider, event))
            .collect::<Result<_, _>>()?;
        let mut tx = app.tenant(tenant).await?;
        store::insert(&mut tx, &new).await?;
        fail_point!("keep.before_commit", |_| Err(anyhow::anyhow!("a drill says so")));
        tx.commit().await?;
        fail_point!("keep.after_commit");
        kept.extend(events.iter().map(|event| event.key.clone()));
    }
    Ok(kept)
}

/// How many events of a tenant are stored, by provider, kind and what came of them.
pub async fn counts(app: &App, tenant: TenantId) -> sqlx::Result<Vec<Count>> {
    store::counts(&mut app.tenant(tenant).await?, apply::TELL_AFTER).await
}

fn kind(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Status { .. } => "status",
        EventKind::Inbound(_) => "inbound",
        EventKind::Bounce { .. } => "bounce",
        EventKind::Complaint { .. } => "complaint",
        EventKind::Preference { .. } => "preference",
        EventKind::Account { .. } => "account",
        EventKind::Click { .. } => "click",
        EventKind::Feedback { .. } => "feedback",
    }
}

/// A key as logs may have it: by its digest, since a provider's own may hold a number (WhatsApp's do, in base64). It is the beginning of
/// `encode(sha256(convert_to(event_key, 'UTF8')), 'hex')`.
fn in_logs(key: &str) -> String {
    hex::encode(&Sha256::digest(key)[..8])
}

fn fitting(key: &str) -> String {
    if key.len() > LONGEST_KEY {
        format!("sha256 {}", hex::encode(Sha256::digest(key)))
    } else {
        key.replace('\0', "\u{fffd}")
    }
}

/// PostgreSQL's text and jsonb hold any character but NUL.
fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "\u{fffd}")),
        Value::Array(all) => Value::Array(all.into_iter().map(without_nul).collect()),
        Value::Object(all) => Value::Object(
            all.into_iter()
                .map(|(name, value)| (name.replace('\0', "\u{fffd}"), without_nul(value)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
