//! Reads stored pieces again with the code of today: stores events that were not there, and applies again those that came to nothing.
//! A second replay changes nothing: what comes out as it is stored is left as it is.
use super::apply::{self, Came};
use super::hooks;
use super::store::{self, After, Kept, Waiting};
use super::{NewEvent, UNREADABLE, in_logs};
use crate::app::App;
use crate::connections;
use crate::db::failure::without_data;
use crate::db::{TenantId, TenantTx, Time};
use jiff::Timestamp;
use providers::Provider;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Outcomes that may be others today.
const AGAIN: [&str; 4] = ["unknown_message", UNREADABLE, "unknown_status", "not_applied"];
/// What an unreadable piece is called once its events are stored.
const READ: &str = "read_again";

/// Which stored events.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub provider: Option<String>,
    /// Received at this moment or later.
    pub since: Option<Timestamp>,
    /// Received before this moment.
    pub until: Option<Timestamp>,
    /// Says what would be, and changes nothing.
    pub is_dry_run: bool,
}

/// What a replay came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    pub looked_at: u64,
    /// Events that the pieces have and that were not stored; they are applied as any that comes in.
    pub found: u64,
    /// Events of which something else came this time.
    pub changed: u64,
    /// Events of which the same came again.
    pub same: u64,
    /// Pieces whose connection is gone or can't be opened: they were not read again.
    pub without_connection: u64,
}

impl std::ops::AddAssign for Replayed {
    fn add_assign(&mut self, other: Self) {
        self.looked_at += other.looked_at;
        self.found += other.found;
        self.changed += other.changed;
        self.same += other.same;
        self.without_connection += other.without_connection;
    }
}

/// Replays a tenant's stored events, in the order in which they came.
pub async fn replay(app: &App, tenant: TenantId, wanted: &Wanted) -> anyhow::Result<Replayed> {
    let again: Vec<String> = AGAIN.map(str::to_owned).to_vec();
    let mut done = Replayed::default();
    let mut providers = HashMap::new();
    let mut after: Option<After> = None;
    loop {
        let mut tx = app.tenant(tenant).await?;
        let times = (wanted.since.map(Time), wanted.until.map(Time));
        let page = store::kept(&mut tx, wanted.provider.as_deref(), times, &again, after.as_ref()).await?;
        drop(tx);
        let Some(last) = page.last() else {
            return Ok(done);
        };
        after = Some(After {
            received_at: last.received_at,
            provider: last.provider.clone(),
            event_key: last.event_key.clone(),
        });
        for kept in page {
            done += one(app, tenant, &kept, &mut providers, wanted.is_dry_run).await?;
        }
    }
}

async fn one(
    app: &App,
    tenant: TenantId,
    kept: &Kept,
    providers: &mut HashMap<Uuid, Option<Arc<dyn Provider>>>,
    is_dry_run: bool,
) -> anyhow::Result<Replayed> {
    let mut done = Replayed {
        looked_at: 1,
        ..Replayed::default()
    };
    let mut tx = app.tenant(tenant).await?;
    let mut events = Vec::new();
    if let (Some(raw), Some(connection)) = (&kept.raw, kept.connection_id) {
        match opened(app, tenant, connection, providers).await? {
            Some(provider) => {
                events = hooks::rows(provider.as_ref(), connection, raw, kept.received_at.0);
            }
            None => done.without_connection += 1,
        }
    }
    let is_read = events.iter().any(|event| event.outcome != Some(UNREADABLE));
    if is_read {
        let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
        let stored = store::stored(&mut tx, &kept.provider, &keys).await?;
        let missing: Vec<NewEvent> = events
            .iter()
            .filter(|event| !stored.iter().any(|(key, _)| *key == event.key))
            .map(|event| NewEvent {
                piece: None,
                held_by: Some(kept.holder.clone()),
                received_at: Some(kept.received_at.0),
                ..event.clone()
            })
            .collect();
        done.found += store::insert(&mut tx, &missing).await?;
    }
    if is_dry_run {
        drop(tx);
    } else {
        tx.commit().await?;
    }
    if kept
        .outcome
        .as_deref()
        .is_some_and(|outcome| AGAIN.contains(&outcome))
    {
        let today = events.iter().find(|event| event.key == kept.event_key);
        match apply_again(app, tenant, kept, today, is_read, is_dry_run).await? {
            true => done.changed += 1,
            false => done.same += 1,
        }
    }
    Ok(done)
}

/// Applies one event again, as it is read today; answers whether something else came of it. If not, nothing is written.
async fn apply_again(
    app: &App,
    tenant: TenantId,
    kept: &Kept,
    today: Option<&NewEvent>,
    is_read: bool,
    is_dry_run: bool,
) -> anyhow::Result<bool> {
    let mut tx = app.tenant(tenant).await?;
    let locked = store::stored(&mut tx, &kept.provider, std::slice::from_ref(&kept.event_key)).await?;
    if locked.first().is_none_or(|(_, outcome)| *outcome != kept.outcome) {
        // somebody else was faster
        return Ok(false);
    }
    let waiting = Waiting {
        provider: kept.provider.clone(),
        event_key: kept.event_key.clone(),
        payload: today.map_or_else(|| kept.payload.clone(), |event| event.payload.clone()),
        attempts: 0,
        connection_id: kept.connection_id,
        received_at: kept.received_at,
    };
    let is_a_piece = kept.payload.is_null() && today.is_none_or(|event| event.outcome.is_some());
    let (kind, outcome) = if is_a_piece {
        (UNREADABLE, if is_read { READ } else { UNREADABLE })
    } else {
        match applied(&mut tx, &waiting).await {
            Some(outcome) => (today.map_or("", |event| event.kind), outcome),
            None => return Ok(false),
        }
    };
    if kept.outcome.as_deref() == Some(outcome) {
        return Ok(false);
    }
    store::mark_again(&mut tx, &waiting, kind, outcome).await?;
    if !is_dry_run {
        tx.commit().await?;
    }
    Ok(true)
}

/// What came of it this time; none when it failed again.
async fn applied(tx: &mut TenantTx, waiting: &Waiting) -> Option<&'static str> {
    match apply::one(tx, waiting, false).await {
        Ok(Came::Of(outcome)) => Some(outcome),
        Ok(Came::Later | Came::Waits(_)) => None,
        Err(error) => {
            tracing::error!(
                event.key = in_logs(&waiting.event_key),
                error = without_data(&error),
                "an event can't be applied again"
            );
            None
        }
    }
}

async fn opened(
    app: &App,
    tenant: TenantId,
    connection: Uuid,
    providers: &mut HashMap<Uuid, Option<Arc<dyn Provider>>>,
) -> sqlx::Result<Option<Arc<dyn Provider>>> {
    if let Some(known) = providers.get(&connection) {
        return Ok(known.clone());
    }
    let versions = connections::versions(app, tenant, &[connection]).await?;
    let provider = connections::carriers(app, tenant, &versions)
        .await?
        .remove(&connection)
        .map(|opened| opened.provider);
    providers.insert(connection, provider.clone());
    Ok(provider)
}
