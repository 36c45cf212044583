//! The SQL of what providers tell us.
use super::NewEvent;
use crate::db::{EngineTx, TenantId, TenantTx, Time};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A stored event that is to be applied.
pub(super) struct Waiting {
    pub provider: String,
    pub event_key: String,
    pub payload: Value,
    /// How often it failed, or was put off.
    pub attempts: i16,
    /// When it was stored: what it says counts from then, however late it is applied.
    pub received_at: Time,
}

/// Stores events that are not there yet. Answers how many were new.
pub(super) async fn insert(tx: &mut TenantTx, events: &[NewEvent]) -> sqlx::Result<u64> {
    let (tenant, at) = (tx.id(), tx.time());
    let providers: Vec<String> = events.iter().map(|event| event.provider.clone()).collect();
    let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    let kinds: Vec<String> = events.iter().map(|event| event.kind.to_owned()).collect();
    let payloads: Vec<Value> = events.iter().map(|event| event.payload.clone()).collect();
    let raw: Vec<Option<Value>> = events.iter().map(|event| event.raw.clone()).collect();
    let connections: Vec<Option<Uuid>> = events.iter().map(|event| event.connection).collect();
    let occurred: Vec<Time> = events.iter().map(|event| Time(event.occurred_at)).collect();
    let received: Vec<Time> = events
        .iter()
        .map(|event| event.received_at.map_or(at, Time))
        .collect();
    let outcomes: Vec<Option<String>> = events
        .iter()
        .map(|event| event.outcome.map(str::to_owned))
        .collect();
    let done = sqlx::query!(
        r#"insert into provider_events (tenant_id, provider, event_key, kind, payload, raw, connection_id, occurred_at, received_at,
                                        applied_at, outcome)
           select $1, e.provider, e.key, e.kind, e.payload, e.raw, e.connection_id, e.occurred_at, e.received_at,
                  case when e.outcome is not null then $2::timestamptz end, e.outcome
           from unnest($3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::uuid[], $9::timestamptz[], $10::text[],
                       $11::timestamptz[])
                as e (provider, key, kind, payload, raw, connection_id, occurred_at, outcome, received_at)
           order by e.provider, e.key
           on conflict (tenant_id, provider, event_key) do nothing"#,
        tenant,
        at as Time,
        &providers,
        &keys,
        &kinds,
        &payloads,
        &raw as &[Option<Value>],
        &connections as &[Option<Uuid>],
        &occurred as &[Time],
        &outcomes as &[Option<String>],
        &received as &[Time],
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// The next event that is not applied and need not wait, locked; those that somebody else holds are passed over.
pub(super) async fn claim(tx: &mut TenantTx) -> sqlx::Result<Option<Waiting>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_as!(
        Waiting,
        r#"select provider, event_key, payload, attempts, received_at from provider_events
           where tenant_id = $1 and applied_at is null and (wait_until is null or wait_until <= $2)
           order by attempts, received_at, occurred_at, event_key limit 1 for update skip locked"#,
        tenant,
        at as Time,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Answers whether it was not marked yet.
pub(super) async fn mark_applied(tx: &mut TenantTx, waiting: &Waiting, outcome: &str) -> sqlx::Result<bool> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        r#"update provider_events set applied_at = $4, outcome = $5, wait_until = null
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

/// It comes after the others from now on, and not before `until`.
pub(super) async fn put_off(tx: &mut TenantTx, waiting: &Waiting, until: Time) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"update provider_events set attempts = least(attempts + 1, 1000), wait_until = $4
           where tenant_id = $1 and provider = $2 and event_key = $3 and applied_at is null"#,
        tenant,
        waiting.provider,
        waiting.event_key,
        until as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn tenants_with_events(tx: &mut EngineTx, now: Time) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_scalar!(
        r#"select distinct tenant_id from provider_events
           where applied_at is null and (wait_until is null or wait_until <= $1) order by 1"#,
        now as Time,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(TenantId::found).collect())
}

/// When the first event that waits is looked at again, over all tenants.
pub(super) async fn next_wait(tx: &mut EngineTx, now: Time) -> sqlx::Result<Option<Time>> {
    sqlx::query_scalar!(
        r#"-- When the first event that waits is looked at again, whatever its tenant_id.
           select min(wait_until) as "at: Time" from provider_events where applied_at is null and wait_until > $1"#,
        now as Time,
    )
    .fetch_one(tx.conn())
    .await
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

/// A stored event that is looked at again.
pub(super) struct Kept {
    pub provider: String,
    pub event_key: String,
    pub payload: Value,
    pub raw: Option<Value>,
    pub connection_id: Option<Uuid>,
    pub received_at: Time,
    pub outcome: Option<String>,
}

/// Where the reading of stored events stands: they are read in the order of receipt.
pub(super) struct After {
    pub received_at: Time,
    pub provider: String,
    pub event_key: String,
}

/// The next stored events that can be read or applied again, after `after`, received from `since` until `until`.
pub(super) async fn kept(
    tx: &mut TenantTx,
    provider: Option<&str>,
    (since, until): (Option<Time>, Option<Time>),
    again: &[String],
    after: Option<&After>,
) -> sqlx::Result<Vec<Kept>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Kept,
        r#"select provider, event_key, payload, raw, connection_id, received_at, outcome from provider_events
           where tenant_id = $1 and (raw is not null or outcome = any($2))
             and ($3::text is null or provider = $3)
             and ($4::timestamptz is null or received_at >= $4)
             and ($5::timestamptz is null or received_at < $5)
             and ($6::timestamptz is null or (received_at, provider, event_key) > ($6, $7::text, $8::text))
           order by received_at, provider, event_key limit 200"#,
        tenant,
        again,
        provider,
        since as Option<Time>,
        until as Option<Time>,
        after.map(|after| after.received_at) as Option<Time>,
        after.map(|after| after.provider.as_str()),
        after.map(|after| after.event_key.as_str()),
    )
    .fetch_all(tx.conn())
    .await
}

/// Of these keys, those that are stored, each with what came of it, locked.
pub(super) async fn stored(
    tx: &mut TenantTx,
    provider: &str,
    keys: &[String],
) -> sqlx::Result<Vec<(String, Option<String>)>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select event_key, outcome from provider_events
           where tenant_id = $1 and provider = $2 and event_key = any($3) order by event_key for update"#,
        tenant,
        provider,
        keys,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.event_key, row.outcome)).collect())
}

/// Writes what came of an event that was applied again, and how it is read today.
pub(super) async fn mark_again(
    tx: &mut TenantTx,
    waiting: &Waiting,
    kind: &str,
    outcome: &str,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update provider_events set kind = coalesce(nullif($4, ''), kind), payload = $5, outcome = $6, applied_at = $7
           where tenant_id = $1 and provider = $2 and event_key = $3"#,
        tenant,
        waiting.provider,
        waiting.event_key,
        kind,
        waiting.payload,
        outcome,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many stored events there are of a provider and kind, and what came of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    pub provider: String,
    pub kind: String,
    /// `waits` when it is not applied yet.
    pub outcome: String,
    pub events: i64,
}

pub(super) async fn counts(tx: &mut TenantTx) -> sqlx::Result<Vec<Count>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Count,
        r#"select provider, kind, coalesce(outcome, 'waits') as "outcome!", count(*) as "events!"
           from provider_events where tenant_id = $1 group by 1, 2, 3 order by 1, 2, 3"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await
}
