//! What a provider told, for a person to read.
use crate::db::{TenantTx, Time};
use serde_json::Value;

pub(in crate::inbound) struct Row {
    pub provider: String,
    pub event_key: String,
    pub kind: String,
    pub outcome: Option<String>,
    pub attempts: i16,
    pub occurred_at: Time,
    pub received_at: Time,
    pub applied_at: Option<Time>,
    pub wait_until: Option<Time>,
    pub payload: Value,
    pub raw: Option<Value>,
}

/// Events whose key begins so, the newest first, each with the piece in which it came.
pub(in crate::inbound) async fn events(
    tx: &mut TenantTx,
    beginning: &str,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Row,
        r#"select e.provider, e.event_key, e.kind, e.outcome, e.attempts, e.occurred_at as "occurred_at: Time",
                  e.received_at as "received_at: Time", e.applied_at as "applied_at: Time", e.wait_until as "wait_until: Time", e.payload,
                  coalesce(e.raw, (select h.raw from provider_events h
                                   where h.tenant_id = $1 and h.provider = e.provider and h.event_key = e.raw_with)) as raw
           from provider_events e
           where e.tenant_id = $1 and starts_with(e.event_key, $2)
           order by e.received_at desc, e.provider, e.event_key limit $3"#,
        tenant,
        beginning,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}
