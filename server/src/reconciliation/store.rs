//! The SQL of reconciliation.
use super::heard::Listed;
use super::{Found, Reconciled};
use crate::db::{OperatorTx, TenantId, TenantTx, Time};
use jiff::civil::Date;
use uuid::Uuid;

/// A connection to compare.
pub(super) struct Due {
    pub id: Uuid,
    pub name: String,
    pub provider: String,
    pub channel: String,
    pub sender_address: String,
    /// Since when what was written to it may not have been heard.
    pub heard_until: Time,
}

/// Tenants with a connection to a real provider that was not compared on this day; with `again`, all that have one. One that is not in
/// use any more counts when it was since that moment.
pub(super) async fn tenants_to_compare(
    tx: &mut OperatorTx,
    day: Date,
    since: Time,
    again: bool,
) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_file_scalar!(
        "src/reconciliation/tenants_to_compare.sql",
        day.to_string(),
        again,
        since as Time,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(TenantId::found).collect())
}

/// Such connections of a tenant.
pub(super) async fn connections(
    tx: &mut TenantTx,
    day: Date,
    since: Time,
    again: bool,
) -> sqlx::Result<Vec<Due>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Due,
        r#"select s.id, s.name, s.provider, s.channel, s.sender_address,
                  coalesce((select max(r.heard_until) from reconciliations r where r.tenant_id = $1 and r.connection_id = s.id),
                           s.created_at) as "heard_until!: Time"
           from tenant_channel_settings s
           where s.tenant_id = $1 and s.verified_at is not null and s.provider <> 'sandbox'
             -- who got something through it may answer to it, also when it is not in use any more
             and (s.is_active or s.updated_at >= $4)
             and ($3 or not exists (select from reconciliations r
                                    where r.tenant_id = $1 and r.connection_id = s.id and r.day = $2::text::date
                                      and r.compared_at is not null))
           order by s.name"#,
        tenant,
        day.to_string(),
        again,
        since as Time,
    )
    .fetch_all(tx.conn())
    .await
}

/// An address that is suppressed.
pub(super) struct Suppressed {
    pub address: String,
    /// From everything; else from marketing.
    pub from_all: bool,
    /// It opted out or complained; else mail to it bounces.
    pub is_an_opt_out: bool,
    /// Why, as it is stored.
    pub reason: String,
}

/// The addresses of a channel that are suppressed.
pub(super) async fn suppressed(tx: &mut TenantTx, channel: &str) -> sqlx::Result<Vec<Suppressed>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Suppressed,
        r#"select address, suppressed_scope = 'all' as "from_all!",
                  suppressed_reason not in ('hard_bounce', 'invalid_address') as "is_an_opt_out!",
                  suppressed_reason as "reason!"
           from recipients where tenant_id = $1 and channel = $2 and suppressed_scope is not null"#,
        tenant,
        channel,
    )
    .fetch_all(tx.conn())
    .await
}

/// Which of these addresses the tenant has: a customer's, or one that was written to or wrote.
pub(super) async fn known_here(
    tx: &mut TenantTx,
    channel: &str,
    addresses: &[String],
) -> sqlx::Result<Vec<String>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select address as "address!" from recipients where tenant_id = $1 and channel = $2 and address = any($3)
           union select email_norm from customers where tenant_id = $1 and $2 = 'email' and email_norm = any($3)
           union select phone from customers where tenant_id = $1 and $2 = 'sms' and phone = any($3)
           union select whatsapp_number from customers where tenant_id = $1 and $2 = 'whatsapp' and whatsapp_number = any($3)"#,
        tenant,
        channel,
        addresses,
    )
    .fetch_all(tx.conn())
    .await
}

/// What was listed joins the connection's row of that day.
pub(super) async fn write_listed(
    tx: &mut TenantTx,
    day: Date,
    connection: Uuid,
    listed: &Listed,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"insert into reconciliations as r (tenant_id, day, connection_id, missed, heard_until, unheard, finished_at)
           values ($1, $2::text::date, $3, $4, $5, $6, $7)
           on conflict (tenant_id, day, connection_id) do update
           set missed = case when r.missed is null then excluded.missed else r.missed + coalesce(excluded.missed, 0) end,
               heard_until = greatest(excluded.heard_until, r.heard_until), unheard = excluded.unheard,
               finished_at = excluded.finished_at"#,
        tenant,
        day.to_string(),
        connection,
        listed.missed,
        listed.heard_until.map(Time) as Option<Time>,
        listed.failed,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// So does what was compared; what a later comparison of the day finds is added.
pub(super) async fn write_compared(
    tx: &mut TenantTx,
    day: Date,
    connection: Uuid,
    found: &Found,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let lists = found.lists.as_ref();
    sqlx::query!(
        r#"insert into reconciliations as r (tenant_id, day, connection_id, asked, differed, opt_outs_theirs, opt_outs_ours, bounces_theirs,
                                             failed, compared_at, finished_at)
           values ($1, $2::text::date, $3, $4, $5, $6, $7, $8, $9, $10, $10)
           on conflict (tenant_id, day, connection_id) do update
           set asked = case when r.asked is null then excluded.asked else r.asked + coalesce(excluded.asked, 0) end,
               differed = r.differed + excluded.differed,
               opt_outs_theirs = case when r.opt_outs_theirs is null then excluded.opt_outs_theirs
                                      else r.opt_outs_theirs + coalesce(excluded.opt_outs_theirs, 0) end,
               bounces_theirs = case when r.bounces_theirs is null then excluded.bounces_theirs
                                     else r.bounces_theirs + coalesce(excluded.bounces_theirs, 0) end,
               opt_outs_ours = coalesce(excluded.opt_outs_ours, r.opt_outs_ours), failed = excluded.failed,
               compared_at = excluded.compared_at, finished_at = excluded.finished_at"#,
        tenant,
        day.to_string(),
        connection,
        found.asked,
        found.differed,
        lists.map(|lists| lists.opt_outs_theirs),
        lists.map(|lists| lists.opt_outs_ours),
        lists.map(|lists| lists.bounces_theirs),
        found.failed,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Comparisons, newest first.
pub(super) async fn days(tx: &mut TenantTx, most: i64) -> sqlx::Result<Vec<Reconciled>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select r.day::text as "day!", coalesce(s.name, 'gone') as "connection!",
                  r.compared_at as "compared_at: Time", r.asked, r.differed, r.opt_outs_theirs, r.opt_outs_ours,
                  r.bounces_theirs, r.missed, r.heard_until as "heard_until: Time", r.unheard, r.failed, r.finished_at as "finished_at: Time"
           from reconciliations r
           left join tenant_channel_settings s on s.tenant_id = $1 and s.id = r.connection_id
           where r.tenant_id = $1
           order by r.day desc, s.name limit $2"#,
        tenant,
        most,
    )
    .fetch_all(tx.conn())
    .await?;
    let read = rows.into_iter().map(|row| Reconciled {
        day: row.day.parse().unwrap_or_default(),
        connection: row.connection,
        compared_at: row.compared_at.map(|at| at.0),
        asked: row.asked,
        differed: row.differed,
        opt_outs_theirs: row.opt_outs_theirs,
        opt_outs_ours: row.opt_outs_ours,
        bounces_theirs: row.bounces_theirs,
        missed: row.missed,
        heard_until: row.heard_until.map(|at| at.0),
        unheard: row.unheard,
        failed: row.failed,
        finished_at: row.finished_at.0,
    });
    Ok(read.collect())
}
