//! The SQL of what providers tell us.
use crate::db::{EngineTx, TenantId, TenantTx, Time};
use providers::{Event, EventKind};
use serde_json::Value;

/// A stored event that is to be applied.
pub(super) struct Waiting {
    pub provider: String,
    pub event_key: String,
    pub payload: Value,
    /// How often it failed.
    pub attempts: i16,
}

pub(super) async fn insert(tx: &mut TenantTx, provider: &str, events: &[&Event]) -> anyhow::Result<u64> {
    let (tenant, at) = (tx.id(), tx.time());
    let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    let kinds: Vec<String> = events.iter().map(|event| kind(&event.kind).to_owned()).collect();
    let payloads: Vec<Value> = events
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<_, _>>()?;
    let occurred: Vec<Time> = events.iter().map(|event| Time(event.occurred_at)).collect();
    let done = sqlx::query!(
        r#"insert into provider_events (tenant_id, provider, event_key, kind, payload, occurred_at, received_at)
           select $1, $2, e.key, e.kind, e.payload, e.occurred_at, $3
           from unnest($4::text[], $5::text[], $6::jsonb[], $7::timestamptz[]) as e (key, kind, payload, occurred_at)
           on conflict (tenant_id, provider, event_key) do nothing"#,
        tenant,
        provider,
        at as Time,
        &keys,
        &kinds,
        &payloads,
        &occurred as &[Time],
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
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

/// The next event that is not applied, locked; those that somebody else holds are passed over.
pub(super) async fn claim(tx: &mut TenantTx) -> sqlx::Result<Option<Waiting>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Waiting,
        r#"select provider, event_key, payload, attempts from provider_events
           where tenant_id = $1 and applied_at is null
           order by attempts, received_at, occurred_at, event_key limit 1 for update skip locked"#,
        tenant,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Answers whether it was not marked yet.
pub(super) async fn mark_applied(tx: &mut TenantTx, waiting: &Waiting, outcome: &str) -> sqlx::Result<bool> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        r#"update provider_events set applied_at = $4, outcome = $5
           where tenant_id = $1 and provider = $2 and event_key = $3 and applied_at is null"#,
        tenant,
        waiting.provider,
        waiting.event_key,
        at as Time,
        outcome,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// It comes after the others from now on.
pub(super) async fn put_off(tx: &mut TenantTx, waiting: &Waiting) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"update provider_events set attempts = attempts + 1
           where tenant_id = $1 and provider = $2 and event_key = $3 and applied_at is null"#,
        tenant,
        waiting.provider,
        waiting.event_key,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn tenants_with_events(tx: &mut EngineTx) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_scalar!(
        "select distinct tenant_id from provider_events where applied_at is null order by 1"
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(TenantId::found).collect())
}

/// The business's words about itself that answers to keywords carry.
pub(super) struct Sender {
    pub sender_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
}

pub(super) async fn sender(tx: &mut TenantTx) -> sqlx::Result<Sender> {
    let tenant = tx.id();
    sqlx::query_as!(
        Sender,
        "select sender_name, phone, email from tenant_business_info where tenant_id = $1",
        tenant
    )
    .fetch_one(tx.conn())
    .await
}
