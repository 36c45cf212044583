//! The SQL of what became of messages at the provider.
use crate::db::{TenantTx, Time};
use providers::Asked;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is written of one message after its hand-over, or after it was asked about.
pub(in crate::messages) struct Outcome {
    pub message: Uuid,
    pub status: &'static str,
    pub external_id: Option<String>,
    pub error_code: Option<String>,
    pub due_at: Option<Time>,
    pub provider: String,
    /// The provider was asked about it.
    pub was_asked: bool,
    /// The hand-over said nothing of the message itself.
    pub was_put_off: bool,
}

/// A message of which nobody knows whether the provider has it.
pub(in crate::messages) struct Unknown {
    pub provider: String,
    pub connection: Option<Uuid>,
    pub asked: Asked,
}

/// What is needed of a message to act on its outcome.
#[derive(Clone)]
pub(in crate::messages) struct Carried {
    pub id: Uuid,
    pub status: String,
    pub channel: String,
    pub their_address: String,
    pub customer_id: Option<Uuid>,
    pub enrollment_id: Option<Uuid>,
    pub touch_number: Option<i16>,
    pub provider: String,
    pub attempts: i16,
    /// How many of them said nothing of the message itself.
    pub put_off: i16,
    pub lookups: i16,
    /// When it was last let go.
    pub let_go_at: Option<Time>,
    pub connection_id: Option<Uuid>,
    /// Its connection was not quite in order of late.
    pub is_troubled: bool,
}

impl Carried {
    /// How often the message itself was tried, the last time included.
    pub fn tries(&self) -> u32 {
        u32::try_from(self.attempts - self.put_off).unwrap_or(0).max(1)
    }
}

/// The message that a provider names so.
pub(in crate::messages) async fn of_external_id(
    tx: &mut TenantTx,
    provider: &str,
    external_id: &str,
) -> sqlx::Result<Option<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        "select message_id from message_provider_mappings where tenant_id = $1 and provider = $2 and external_id = $3",
        tenant,
        provider,
        external_id,
    )
    .fetch_optional(tx.conn())
    .await
}

/// To whom a message of ours went or is to go: channel and address.
pub(in crate::messages) async fn recipient(
    tx: &mut TenantTx,
    message: Uuid,
) -> sqlx::Result<Option<(String, String)>> {
    let tenant = tx.id();
    let found = sqlx::query!(
        "select channel, their_address from messages where tenant_id = $1 and id = $2 and direction = 'outbound'",
        tenant,
        message,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|row| (row.channel, row.their_address)))
}

/// Locks these messages, in the order of their ids.
pub(in crate::messages) async fn lock(tx: &mut TenantTx, ids: &[Uuid]) -> sqlx::Result<Vec<Carried>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Carried,
        r#"select id, status, channel, their_address, customer_id, enrollment_id, touch_number,
                  coalesce(provider, '') as "provider!", attempts, put_off, lookups, let_go_at as "let_go_at: Time", connection_id,
                  coalesce(connection_id in (select c.connection_id from connection_circuits c where c.tenant_id = $1), false)
                      as "is_troubled!"
           from messages where tenant_id = $1 and id = any($2) order by id for update"#,
        tenant,
        ids,
    )
    .fetch_all(tx.conn())
    .await
}

/// Was the message let go before its connection was last verified?
pub(in crate::messages) async fn went_before_its_way_was_verified(
    tx: &mut TenantTx,
    message: Uuid,
) -> sqlx::Result<bool> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select exists (select from messages m
                          join tenant_channel_settings s on s.tenant_id = $1 and s.id = m.connection_id
                          where m.tenant_id = $1 and m.id = $2 and m.let_go_at < s.verified_at) as "is!""#,
        tenant,
        message,
    )
    .fetch_one(tx.conn())
    .await
}

/// Of these messages and the names that a provider was found to have for them, those whose name may be another message's: it is already,
/// or another of the same words to the same address waits to be settled as well, or both were found under one name.
pub(in crate::messages) async fn claimed_by_others(
    tx: &mut TenantTx,
    found: &[(Uuid, String)],
) -> sqlx::Result<BTreeSet<Uuid>> {
    let tenant = tx.id();
    let (ids, names): (Vec<Uuid>, Vec<String>) = found.iter().cloned().unzip();
    let claimed = sqlx::query_scalar!(
        r#"select f.id as "id!" from unnest($2::uuid[], $3::text[]) as f (id, name)
           join messages m on m.tenant_id = $1 and m.id = f.id
           where m.external_id is distinct from f.name
             and (exists (select from message_provider_mappings p
                          where p.tenant_id = $1 and p.provider = m.provider and p.external_id = f.name and p.message_id <> m.id)
                  -- by our own id nobody finds another's
                  or m.provider <> 'sandbox' and exists (select from messages o
                             where o.tenant_id = $1 and o.status in ('sending', 'unknown') and o.id <> m.id
                               and o.channel = m.channel and o.their_address = m.their_address and o.body = m.body
                               and o.updated_at >= m.created_at))"#,
        tenant,
        &ids,
        &names,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(claimed.into_iter().collect())
}

/// Writes outcomes of messages that are locked. What is not `queued` again loses its lease and its due time, but for `unknown`,
/// whose due time says when the provider is asked.
pub(in crate::messages) async fn write(tx: &mut TenantTx, outcomes: &[Outcome]) -> sqlx::Result<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let (tenant, at) = (tx.id(), tx.time());
    let ids: Vec<Uuid> = outcomes.iter().map(|o| o.message).collect();
    let statuses: Vec<String> = outcomes.iter().map(|o| o.status.to_owned()).collect();
    let externals: Vec<Option<String>> = outcomes.iter().map(|o| o.external_id.clone()).collect();
    let errors: Vec<Option<String>> = outcomes.iter().map(|o| o.error_code.clone()).collect();
    let due: Vec<Option<Time>> = outcomes.iter().map(|o| o.due_at).collect();
    let providers: Vec<String> = outcomes.iter().map(|o| o.provider.clone()).collect();
    let asked: Vec<bool> = outcomes.iter().map(|o| o.was_asked).collect();
    let put_off: Vec<bool> = outcomes.iter().map(|o| o.was_put_off).collect();
    sqlx::query!(
        r#"update messages m
           set status = o.status,
               external_id = coalesce(o.external_id, m.external_id),
               error_code = o.error_code,
               due_at = o.due_at,
               lease_until = null,
               lookups = m.lookups + o.was_asked::int,
               put_off = m.put_off + o.was_put_off::int,
               sent_at = case when o.status in ('sent', 'delivered', 'read', 'undelivered') then coalesce(m.sent_at, $2) else m.sent_at end,
               delivered_at = case when o.status in ('delivered', 'read') then coalesce(m.delivered_at, $2) else m.delivered_at end,
               updated_at = $2
           from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::bool[], $9::bool[])
                as o (id, status, external_id, error_code, due_at, was_asked, was_put_off)
           where m.tenant_id = $1 and m.id = o.id"#,
        tenant,
        at as Time,
        &ids,
        &statuses,
        &externals as &[Option<String>],
        &errors as &[Option<String>],
        &due as &[Option<Time>],
        &asked,
        &put_off,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        r#"insert into message_provider_mappings (tenant_id, provider, external_id, message_id, created_at)
           select $1, o.provider, o.external_id, o.id, $2
           from unnest($3::uuid[], $4::text[], $5::text[]) as o (id, external_id, provider)
           where o.external_id is not null
           on conflict do nothing"#,
        tenant,
        at as Time,
        &ids,
        &externals as &[Option<String>],
        &providers,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Of these messages, those that are to be tried again although their enrollment has ended meanwhile are cancelled. Answers them. Whoever
/// ends one at this moment is waited for: it sees what is queued again, or is seen. Enrollments are locked last.
pub(in crate::messages) async fn cancel_of_ended(
    tx: &mut TenantTx,
    ids: &[Uuid],
) -> sqlx::Result<Vec<Carried>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_as!(
        Carried,
        r#"with held as (
               select e.id, e.status from campaign_enrollments e
               where e.tenant_id = $1 and e.id in (select c.enrollment_id from messages c where c.tenant_id = $1 and c.id = any($2))
               order by e.id
               for share
           )
           update messages m set status = 'cancelled', error_code = 'enrollment_ended', due_at = null, updated_at = $3
           from held
           where m.tenant_id = $1 and m.id = any($2) and m.status = 'queued' and held.id = m.enrollment_id and held.status <> 'active'
           returning m.id, m.status, m.channel, m.their_address, m.customer_id, m.enrollment_id, m.touch_number,
                     coalesce(m.provider, '') as "provider!", m.attempts, m.put_off, m.lookups, m.let_go_at as "let_go_at: Time",
                     m.connection_id, false as "is_troubled!""#,
        tenant,
        ids,
        at as Time,
    )
    .fetch_all(tx.conn())
    .await
}

/// Expired `sending` messages become `unknown`: whoever held them is gone, and nobody knows whether the provider has them.
pub(in crate::messages) async fn expire(tx: &mut TenantTx) -> sqlx::Result<Vec<Carried>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_as!(
        Carried,
        r#"update messages set status = 'unknown', lease_until = null, due_at = $2, error_code = 'lease_expired', updated_at = $2
           where tenant_id = $1 and status = 'sending' and lease_until < now()
           returning id, status, channel, their_address, customer_id, enrollment_id, touch_number,
                     coalesce(provider, '') as "provider!", attempts, put_off, lookups, let_go_at as "let_go_at: Time", connection_id, false as "is_troubled!""#,
        tenant,
        at as Time,
    )
    .fetch_all(tx.conn())
    .await
}

/// Unknown messages that it is time to ask the provider about.
pub(in crate::messages) async fn to_ask_about(tx: &mut TenantTx, limit: i64) -> sqlx::Result<Vec<Unknown>> {
    let (tenant, at) = (tx.id(), tx.time());
    let rows = sqlx::query!(
        r#"select id, coalesce(provider, '') as "provider!", external_id, our_address, their_address, body, created_at as "created_at: Time", connection_id
           from messages where tenant_id = $1 and status = 'unknown' and due_at <= $2 order by due_at limit $3"#,
        tenant,
        at as Time,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let unknown = rows.into_iter().map(|row| Unknown {
        provider: row.provider,
        connection: row.connection_id,
        asked: Asked {
            message_id: row.id,
            external_id: row.external_id,
            from: row.our_address,
            to: row.their_address,
            body: row.body,
            since: row.created_at.0,
        },
    });
    Ok(unknown.collect())
}

/// Messages of a connection that a provider took between two moments, and of which it has said nothing since. The longest silent first.
pub(in crate::messages) async fn without_a_report(
    tx: &mut TenantTx,
    connection: Uuid,
    (from, to): (Time, Time),
    limit: i64,
) -> sqlx::Result<Vec<Unknown>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select id, coalesce(provider, '') as "provider!", external_id, our_address, their_address, body, created_at as "created_at: Time"
           from messages
           where tenant_id = $1 and status = 'sent' and lookups < 3 and provider not in ('sandbox', 'smtp')
             and connection_id = $2 and sent_at between $3 and $4 and external_id is not null
             -- nor asked about since
             and updated_at <= $4
           order by sent_at limit $5"#,
        tenant,
        connection,
        from as Time,
        to as Time,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let silent = rows.into_iter().map(|row| Unknown {
        provider: row.provider,
        connection: Some(connection),
        asked: Asked {
            message_id: row.id,
            external_id: row.external_id,
            from: row.our_address,
            to: row.their_address,
            body: row.body,
            since: row.created_at.0,
        },
    });
    Ok(silent.collect())
}

/// The provider was asked about these.
pub(in crate::messages) async fn count_lookups(tx: &mut TenantTx, ids: &[Uuid]) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        "update messages set lookups = lookups + 1, updated_at = $3 where tenant_id = $1 and id = any($2)",
        tenant,
        ids,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
