//! What providers told, as a person may have to read it; and who is asked to, where no program can.
use super::{NewEvent, UNREADABLE, store};
use crate::app::App;
use crate::db::{TenantId, TenantTx};
use crate::messages::tasks;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// An event as it is stored.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    pub provider: String,
    pub event_key: String,
    pub kind: String,
    /// What came of it; none while it waits.
    pub outcome: Option<String>,
    pub attempts: i16,
    /// When it happened, as far as the provider says.
    pub occurred_at: Timestamp,
    pub received_at: Timestamp,
    pub applied_at: Option<Timestamp>,
    /// Not tried again before.
    pub wait_until: Option<Timestamp>,
    /// What was read of it.
    pub payload: Value,
    /// What the provider said, in its own fields; none of the sandbox.
    pub raw: Option<Value>,
}

/// Up to `limit` events of a tenant whose key begins so, the newest first.
pub async fn told(app: &App, tenant: TenantId, beginning: &str, limit: i64) -> sqlx::Result<Vec<Told>> {
    let rows = store::told::events(&mut app.tenant(tenant).await?, beginning, limit).await?;
    Ok(rows
        .into_iter()
        .map(|row| Told {
            provider: row.provider,
            event_key: row.event_key,
            kind: row.kind,
            outcome: row.outcome,
            attempts: row.attempts,
            occurred_at: row.occurred_at.0,
            received_at: row.received_at.0,
            applied_at: row.applied_at.map(|at| at.0),
            wait_until: row.wait_until.map(|at| at.0),
            payload: row.payload,
            raw: row.raw,
        })
        .collect())
}

/// Asks a person to read what was stored just now and can't be read by us: it may be an opt-out. One task a provider, while it is open.
pub(super) async fn ask_to_read(tx: &mut TenantTx, stored: &[NewEvent]) -> sqlx::Result<()> {
    const KIND: &str = "event_failed";
    let unreadable = stored.iter().filter(|event| event.outcome == Some(UNREADABLE));
    let first: BTreeMap<&str, &NewEvent> = unreadable.map(|event| (event.provider.as_str(), event)).collect();
    for (provider, event) in first {
        // the doctor knows the task by these words
        let what = format!("{provider} told what can't be read");
        if tasks::about(tx, KIND, &what)
            .await?
            .is_some_and(|last| last.is_open)
        {
            continue;
        }
        let said = format!("{what}, and may be an opt-out: {}", event.key);
        tasks::open(tx, KIND, None, None, &said).await?;
    }
    Ok(())
}
