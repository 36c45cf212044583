//! The SQL of what providers tell us.
pub(super) mod told;

use super::NewEvent;
use super::pieces::{self, Evidence};
use crate::db::{EngineTx, TenantId, TenantTx, Time};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

/// A stored event that is to be applied.
pub(super) struct Waiting {
    pub provider: String,
    pub event_key: String,
    pub payload: Value,
    /// How often it failed, or was put off.
    pub attempts: i16,
    /// Through whose hook it came.
    pub connection_id: Option<Uuid>,
    /// When it was stored: what it says counts from then, however late it is applied.
    pub received_at: Time,
}

/// Stores events that are not there yet, each piece with the first of its events that is new. Answers how many were.
pub(super) async fn insert(tx: &mut TenantTx, events: &[NewEvent]) -> sqlx::Result<u64> {
    let events = pieces::once(events);
    let evidence = pieces::evidence(&events);
    let stored = insert_all(tx, &events, &evidence).await?;
    let number = u64::try_from(stored.len()).unwrap_or(u64::MAX);
    if stored.len() == events.len() {
        return Ok(number);
    }
    // some were there before: what these should have held is held by others
    let (new, were): (Vec<&NewEvent>, Vec<&Evidence>) = events
        .iter()
        .zip(&evidence)
        .filter(|(event, _)| stored.contains(&(event.provider.clone(), event.key.clone())))
        .unzip();
    let are = pieces::evidence(&new);
    let moved: Vec<(&NewEvent, &Evidence)> = new
        .into_iter()
        .zip(&are)
        .zip(were)
        .filter(|((_, is), was)| is != was)
        .map(|(moved, _)| moved)
        .collect();
    move_evidence(tx, &moved).await?;
    Ok(number)
}

async fn insert_all(
    tx: &mut TenantTx,
    events: &[&NewEvent],
    evidence: &[Evidence],
) -> sqlx::Result<HashSet<(String, String)>> {
    let (tenant, at) = (tx.id(), tx.time());
    let providers: Vec<String> = events.iter().map(|event| event.provider.clone()).collect();
    let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    let kinds: Vec<String> = events.iter().map(|event| event.kind.to_owned()).collect();
    let payloads: Vec<Value> = events.iter().map(|event| event.payload.clone()).collect();
    let raw: Vec<Option<Value>> = evidence.iter().map(Evidence::raw).collect();
    let raw_with: Vec<Option<String>> = evidence.iter().map(Evidence::raw_with).collect();
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
    let rows = sqlx::query!(
        r#"insert into provider_events (tenant_id, provider, event_key, kind, payload, raw, connection_id, occurred_at, received_at,
                                        applied_at, outcome, raw_with)
           select $1, e.provider, e.key, e.kind, e.payload, e.raw, e.connection_id, e.occurred_at,
                  least(e.received_at, $2::timestamptz),
                  case when e.outcome is not null then $2::timestamptz end, e.outcome, e.raw_with
           from unnest($3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::uuid[], $9::timestamptz[], $10::text[], $11::text[],
                       $12::timestamptz[])
                as e (provider, key, kind, payload, raw, connection_id, occurred_at, outcome, raw_with, received_at)
           order by e.provider, e.key
           on conflict (tenant_id, provider, event_key) do nothing
           returning provider, event_key"#,
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
        &raw_with as &[Option<String>],
        &received as &[Time],
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.provider, row.event_key))
        .collect())
}

/// Writes where the evidence of events is that were stored just now.
async fn move_evidence(tx: &mut TenantTx, moved: &[(&NewEvent, &Evidence)]) -> sqlx::Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    let tenant = tx.id();
    let providers: Vec<String> = moved.iter().map(|(event, _)| event.provider.clone()).collect();
    let keys: Vec<String> = moved.iter().map(|(event, _)| event.key.clone()).collect();
    let raw: Vec<Option<Value>> = moved.iter().map(|(_, evidence)| evidence.raw()).collect();
    let raw_with: Vec<Option<String>> = moved.iter().map(|(_, evidence)| evidence.raw_with()).collect();
    sqlx::query!(
        r#"update provider_events p set raw = e.raw, raw_with = e.raw_with
           from unnest($2::text[], $3::text[], $4::jsonb[], $5::text[]) as e (provider, key, raw, raw_with)
           where p.tenant_id = $1 and p.provider = e.provider and p.event_key = e.key"#,
        tenant,
        &providers,
        &keys,
        &raw as &[Option<Value>],
        &raw_with as &[Option<String>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The next event that is not applied and need not wait, locked; those that somebody else holds are passed over.
pub(super) async fn claim(tx: &mut TenantTx) -> sqlx::Result<Option<Waiting>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_as!(
        Waiting,
        r#"select provider, event_key, payload, attempts, connection_id, received_at from provider_events
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

/// It comes after those that were tried less often, and not before `until`.
pub(super) async fn put_off(
    tx: &mut TenantTx,
    waiting: &Waiting,
    attempts: i16,
    until: Time,
) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"update provider_events set attempts = $4, wait_until = $5
           where tenant_id = $1 and provider = $2 and event_key = $3 and applied_at is null"#,
        tenant,
        waiting.provider,
        waiting.event_key,
        attempts,
        until as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn tenants_with_events(
    tx: &mut EngineTx,
    now: Time,
    until: Option<Time>,
) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_scalar!(
        r#"select distinct tenant_id from provider_events
           where applied_at is null and (wait_until is null or wait_until <= $1)
             and ($2::timestamptz is null or received_at <= $2) order by 1"#,
        now as Time,
        until as Option<Time>,
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
    /// The piece in which it came, whoever holds it, and the key of who does.
    pub raw: Option<Value>,
    pub holder: String,
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
        r#"select p.provider, p.event_key, p.payload, coalesce(p.raw, h.raw) as raw, coalesce(p.raw_with, p.event_key) as "holder!",
                  p.connection_id, p.received_at, p.outcome
           from provider_events p
           left join provider_events h on h.tenant_id = $1 and h.provider = p.provider and h.event_key = p.raw_with
           where p.tenant_id = $1 and (p.raw is not null or p.outcome = any($2))
             and ($3::text is null or p.provider = $3)
             and ($4::timestamptz is null or p.received_at >= $4)
             and ($5::timestamptz is null or p.received_at < $5)
             and ($6::timestamptz is null or (p.received_at, p.provider, p.event_key) > ($6, $7::text, $8::text))
           order by p.received_at, p.provider, p.event_key limit 200"#,
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

/// Of these events of a list, each with the key of its call, the keys of those that no call told.
pub(super) async fn untold(
    tx: &mut TenantTx,
    provider: &str,
    listed: &[(&NewEvent, &str)],
) -> sqlx::Result<HashSet<String>> {
    let tenant = tx.id();
    let text = |event: &NewEvent, field: &str| event.payload[field].as_str().unwrap_or_default().to_owned();
    let keys: Vec<String> = listed.iter().map(|(event, _)| event.key.clone()).collect();
    let calls: Vec<String> = listed.iter().map(|(_, call)| (*call).to_owned()).collect();
    let theirs: Vec<String> = listed.iter().map(|(event, _)| text(event, "from")).collect();
    let ours: Vec<String> = listed
        .iter()
        .map(|(event, _)| text(event, "our_address"))
        .collect();
    let times: Vec<Time> = listed.iter().map(|(event, _)| Time(event.occurred_at)).collect();
    let untold = sqlx::query_file_scalar!(
        "src/inbound/untold.sql",
        tenant,
        provider,
        &keys,
        &calls,
        &theirs,
        &ours,
        &times as &[Time],
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(untold.into_iter().collect())
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
    /// `waits` when it is not applied yet; `fails` when it was tried so often that a task says so. It is tried again all the same.
    pub outcome: String,
    pub events: i64,
}

pub(super) async fn counts(tx: &mut TenantTx, fails_after: i16) -> sqlx::Result<Vec<Count>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Count,
        r#"select provider, kind, coalesce(outcome, case when attempts >= $2 then 'fails' else 'waits' end) as "outcome!",
                  count(*) as "events!"
           from provider_events where tenant_id = $1 group by 1, 2, 3 order by 1, 2, 3"#,
        tenant,
        fails_after,
    )
    .fetch_all(tx.conn())
    .await
}
