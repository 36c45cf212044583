//! The SQL of pace.
use super::{Key, Stored, time};
use crate::db::{TenantTx, Time};
use jiff::Timestamp;
use rules::pacing::{Bucket, Line, Pace, PaceScope};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use std::collections::BTreeSet;
use uuid::Uuid;

struct Row {
    scope: String,
    key: String,
    rate_tokens: Option<i32>,
    rate_seconds: Option<i32>,
    burst: Option<i32>,
    told_tokens: Option<i32>,
    told_seconds: Option<i32>,
    told_burst: Option<i32>,
    level: i64,
    refilled_at: Time,
    blocked_until: Option<Time>,
    reason: Option<String>,
    lines: Json<Vec<StoredLine>>,
    first_until: Option<Time>,
}

/// A campaign's line, as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredLine {
    /// The campaign; nil of what belongs to none.
    of: Uuid,
    until: Timestamp,
    level: i64,
}

impl StoredLine {
    fn of(line: &Line) -> Self {
        Self {
            of: Uuid::from_u128(line.of),
            until: line.until,
            level: line.level,
        }
    }

    fn read(self) -> Line {
        Line {
            of: self.of.as_u128(),
            until: self.until,
            level: self.level,
        }
    }
}

impl Row {
    /// None: a scope that a newer version wrote.
    fn read(self) -> Option<Stored> {
        let scope = PaceScope::parse(&self.scope)?;
        let mut stored = Stored {
            key: (scope, self.key),
            set: whole(self.rate_tokens, self.rate_seconds, self.burst),
            told: whole(self.told_tokens, self.told_seconds, self.told_burst),
            bucket: Bucket {
                pace: None,
                is_daily: scope == PaceScope::CarrierDay,
                level: self.level,
                refilled_at: self.refilled_at.0,
                blocked_until: self.blocked_until.map(|at| at.0),
                lines: self.lines.0.into_iter().map(StoredLine::read).collect(),
                first_until: self.first_until.map(|at| at.0),
            },
            reason: self.reason,
        };
        stored.bucket.pace = stored.own_pace();
        Some(stored)
    }
}

fn whole(tokens: Option<i32>, seconds: Option<i32>, burst: Option<i32>) -> Option<Pace> {
    let whole = |number: Option<i32>| u32::try_from(number?).ok();
    Some(Pace {
        tokens: whole(tokens)?,
        seconds: whole(seconds)?,
        burst: whole(burst)?,
    })
}

/// Locks these buckets, in the order of scope and key; makes those that are not there. A new one was last refilled so long ago that it is
/// full.
pub(super) async fn lock(tx: &mut TenantTx, keys: &BTreeSet<Key>) -> sqlx::Result<Vec<Stored>> {
    let (tenant, at) = (tx.id(), tx.time());
    let scopes: Vec<String> = keys.iter().map(|key| key.0.name().to_owned()).collect();
    let names: Vec<String> = keys.iter().map(|key| key.1.clone()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"insert into pace_buckets (tenant_id, scope, key, level, refilled_at, updated_at)
           select $1, k.scope, k.key, 0, 'epoch', $4
           from unnest($2::text[], $3::text[]) as k (scope, key)
           order by k.scope, k.key
           on conflict (tenant_id, scope, key) do update set updated_at = excluded.updated_at
           returning scope, key, rate_tokens, rate_seconds, burst, told_tokens, told_seconds, told_burst, level, refilled_at, blocked_until,
                     reason, lines as "lines: Json<Vec<StoredLine>>", first_until"#,
        tenant,
        &scopes,
        &names,
        at as Time,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// Writes buckets that are locked.
pub(super) async fn write(tx: &mut TenantTx, changed: &[&Stored]) -> sqlx::Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let tenant = tx.id();
    let scopes: Vec<String> = changed.iter().map(|s| s.key.0.name().to_owned()).collect();
    let keys: Vec<String> = changed.iter().map(|s| s.key.1.clone()).collect();
    let levels: Vec<i64> = changed.iter().map(|s| s.bucket.level).collect();
    let refilled: Vec<Time> = changed.iter().map(|s| Time(s.bucket.refilled_at)).collect();
    let blocked: Vec<Option<Time>> = changed.iter().map(|s| time(s.bucket.blocked_until)).collect();
    let reasons: Vec<Option<String>> = changed
        .iter()
        .map(|s| s.bucket.blocked_until.and(s.reason.clone()))
        .collect();
    let lines: Vec<Json<Vec<StoredLine>>> = changed
        .iter()
        .map(|s| Json(s.bucket.lines.iter().map(StoredLine::of).collect()))
        .collect();
    let firsts: Vec<Option<Time>> = changed.iter().map(|s| time(s.bucket.first_until)).collect();
    sqlx::query!(
        r#"update pace_buckets b
           set level = n.level, refilled_at = n.refilled_at, blocked_until = n.blocked_until,
               reason = case when n.blocked_until is not null then coalesce(n.reason, 'blocked') end,
               lines = n.lines, first_until = n.first_until
           from unnest($2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::jsonb[],
                       $9::timestamptz[])
                as n (scope, key, level, refilled_at, blocked_until, reason, lines, first_until)
           where b.tenant_id = $1 and b.scope = n.scope and b.key = n.key"#,
        tenant,
        &scopes,
        &keys,
        &levels,
        &refilled as &[Time],
        &blocked as &[Option<Time>],
        &reasons as &[Option<String>],
        &lines as &[Json<Vec<StoredLine>>],
        &firsts as &[Option<Time>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The connections that have a bucket of their own.
pub(super) async fn paced_connections(tx: &mut TenantTx) -> sqlx::Result<BTreeSet<Uuid>> {
    let tenant = tx.id();
    let keys = sqlx::query_scalar!(
        "select key from pace_buckets where tenant_id = $1 and scope = 'connection'",
        tenant
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(keys.iter().filter_map(|key| key.parse().ok()).collect())
}

/// Every bucket of the tenant.
pub(super) async fn all(tx: &mut TenantTx) -> sqlx::Result<Vec<Stored>> {
    let tenant = tx.id();
    let rows = sqlx::query_as!(
        Row,
        r#"select scope, key, rate_tokens, rate_seconds, burst, told_tokens, told_seconds, told_burst, level, refilled_at, blocked_until,
                  reason, lines as "lines: Json<Vec<StoredLine>>", first_until
           from pace_buckets where tenant_id = $1 order by scope, key"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// Sets the rate of a bucket, or gives it back to the rules. It is full afterwards, and nobody waits in a line.
pub(super) async fn set(tx: &mut TenantTx, key: &Key, pace: Option<Pace>) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let whole = |of: fn(Pace) -> u32| pace.map(|pace| i32::try_from(of(pace)).unwrap_or(i32::MAX));
    sqlx::query!(
        r#"insert into pace_buckets (tenant_id, scope, key, rate_tokens, rate_seconds, burst, level, refilled_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, 0, 'epoch', $7)
           on conflict (tenant_id, scope, key) do update
           set rate_tokens = excluded.rate_tokens, rate_seconds = excluded.rate_seconds, burst = excluded.burst, level = 0,
               refilled_at = 'epoch', lines = '[]', first_until = null, updated_at = excluded.updated_at"#,
        tenant,
        key.0.name(),
        key.1,
        whole(|pace| pace.tokens),
        whole(|pace| pace.seconds),
        whole(|pace| pace.burst),
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes a bucket without a rate, if it is not there.
pub(super) async fn make(tx: &mut TenantTx, key: &Key) -> sqlx::Result<()> {
    lock(tx, &BTreeSet::from([key.clone()])).await?;
    Ok(())
}

/// Keeps the rate that a provider allows. What was taken stays taken, and who waits in a line waits there.
pub(super) async fn tell(tx: &mut TenantTx, key: &Key, told: Pace) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    sqlx::query!(
        r#"insert into pace_buckets as b (tenant_id, scope, key, told_tokens, told_seconds, told_burst, level, refilled_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, 0, 'epoch', $7)
           on conflict (tenant_id, scope, key) do update
           set told_tokens = excluded.told_tokens, told_seconds = excluded.told_seconds, told_burst = excluded.told_burst,
               updated_at = excluded.updated_at"#,
        tenant,
        key.0.name(),
        key.1,
        whole(told.tokens),
        whole(told.seconds),
        whole(told.burst),
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes away every bucket that is of no connection, number or registration of the tenant.
pub(super) async fn forget(tx: &mut TenantTx) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"delete from pace_buckets b
           where b.tenant_id = $1
             and not exists (select from tenant_channel_settings s
                             where s.tenant_id = $1
                               and case when b.scope = 'number' then b.key = s.channel || ' ' || s.sender_address
                                        else split_part(b.key, ' ', 1) in (s.id::text, s.registration) end)"#,
        tenant,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A connection of the tenant, by its name.
pub(super) struct Named {
    pub id: Uuid,
    pub name: String,
    pub provider: String,
    pub channel: String,
    pub sender_address: String,
    pub registration: Option<String>,
}

/// The tenant's connections, whether in use or not.
pub(super) async fn connections(tx: &mut TenantTx) -> sqlx::Result<Vec<Named>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Named,
        r#"select id, name, provider, channel, sender_address, registration from tenant_channel_settings
           where tenant_id = $1 order by name"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await
}
