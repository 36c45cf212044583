//! The SQL that puts messages into threads.
use crate::db::{TenantTx, Time};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A message of ours that is being let go. E-mail addresses are in lower case, see `address`.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub channel: String,
    pub ours: String,
    pub theirs: String,
    pub customer: Option<Uuid>,
    pub campaign: Option<Uuid>,
    /// Not in this thread yet: it counts. One that is tried again does not.
    pub is_new: bool,
}

/// A message of theirs. E-mail addresses are in lower case, see `address`.
#[derive(Debug, Clone)]
pub struct Heard<'a> {
    pub channel: &'a str,
    pub ours: &'a str,
    pub theirs: &'a str,
    pub customer: Option<Uuid>,
    /// When they wrote it.
    pub at: Time,
}

/// What a batch adds to a thread.
pub(in crate::conversations) struct Threaded {
    /// If it is made now.
    pub id: Uuid,
    pub customer: Option<Uuid>,
    pub campaign: Option<Uuid>,
    pub messages: i32,
}

pub(in crate::conversations) async fn thread(
    tx: &mut TenantTx,
    threads: &BTreeMap<(&str, &str, &str), Threaded>,
) -> sqlx::Result<HashMap<(String, String, String), Uuid>> {
    let (tenant, at) = (tx.id(), tx.time());
    let ids: Vec<Uuid> = threads.values().map(|one| one.id).collect();
    let channels: Vec<String> = threads.keys().map(|key| key.0.to_owned()).collect();
    let ours: Vec<String> = threads.keys().map(|key| key.1.to_owned()).collect();
    let theirs: Vec<String> = threads.keys().map(|key| key.2.to_owned()).collect();
    let customers: Vec<Option<Uuid>> = threads.values().map(|one| one.customer).collect();
    let campaigns: Vec<Option<Uuid>> = threads.values().map(|one| one.campaign).collect();
    let messages: Vec<i32> = threads.values().map(|one| one.messages).collect();
    let rows = sqlx::query_file!(
        "src/conversations/thread.sql",
        tenant,
        at as Time,
        &ids,
        &channels,
        &ours,
        &theirs,
        &customers as &[Option<Uuid>],
        &campaigns as &[Option<Uuid>],
        &messages,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.channel, row.our_address, row.their_address), row.id))
        .collect())
}

pub(in crate::conversations) async fn recount(tx: &mut TenantTx, threads: &[Uuid]) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_file!("src/conversations/recount.sql", tenant, threads, at as Time)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A thread that is made for somebody who opted out before says so from the beginning.
pub(in crate::conversations) async fn hear(tx: &mut TenantTx, heard: &Heard<'_>) -> sqlx::Result<Uuid> {
    let (tenant, at, id) = (tx.id(), tx.time(), tx.new_id());
    sqlx::query_scalar!(
        r#"insert into conversations as c (tenant_id, id, channel, our_address, their_address, customer_id, inbound_count, unread,
                                           last_inbound_at, opted_out_at, opt_out_reason, created_at, updated_at)
           select $1, $2, $3, $4, $5, $6, 1, 1, $7::timestamptz, r.suppressed_at, r.suppressed_reason, $8::timestamptz, $8
           from (select 1) as always
           left join recipients r on r.tenant_id = $1 and r.channel = $3 and r.address = $5 and r.suppressed_scope = 'all'
                                 and r.suppressed_reason not in ('hard_bounce', 'invalid_address')
           on conflict (tenant_id, channel, our_address, their_address)
           do update set inbound_count = c.inbound_count + 1,
                         unread = c.unread + 1,
                         last_inbound_at = greatest(c.last_inbound_at, excluded.last_inbound_at),
                         customer_id = coalesce(c.customer_id, excluded.customer_id),
                         status = case when c.status in ('completed', 'archived') then 'active' else c.status end,
                         updated_at = excluded.updated_at
           returning c.id"#,
        tenant,
        id,
        heard.channel,
        heard.ours,
        heard.theirs,
        heard.customer,
        heard.at as Time,
        at as Time,
    )
    .fetch_one(tx.conn())
    .await
}

pub(in crate::conversations) async fn opt_out(
    tx: &mut TenantTx,
    channel: &str,
    theirs: &str,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update conversations c
           set opted_out_at = r.suppressed_at, opt_out_reason = r.suppressed_reason, updated_at = $4
           from recipients r
           where c.tenant_id = $1 and c.channel = $2 and c.their_address = $3
             and r.tenant_id = $1 and r.channel = c.channel and r.address = c.their_address and r.suppressed_scope = 'all'"#,
        tenant,
        channel,
        theirs,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::conversations) async fn opt_in(
    tx: &mut TenantTx,
    channel: &str,
    theirs: &str,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update conversations c set opted_out_at = null, opt_out_reason = null, updated_at = $4
           where c.tenant_id = $1 and c.channel = $2 and c.their_address = $3 and c.opted_out_at is not null
             and not exists (select from recipients r where r.tenant_id = $1 and r.channel = c.channel and r.address = c.their_address
                                                        and r.suppressed_scope = 'all')"#,
        tenant,
        channel,
        theirs,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Of the spellings of a number on WhatsApp the one that a customer has, for WhatsApp or else as phone; else one with a thread; else the
/// first.
pub async fn known_spelling(tx: &mut TenantTx, spellings: &[String]) -> sqlx::Result<Option<String>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select s.address as "address!" from unnest($2::text[]) with ordinality as s (address, place)
           order by exists (select from customers c where c.tenant_id = $1 and c.whatsapp_number = s.address) desc,
                    exists (select from customers c where c.tenant_id = $1 and c.phone = s.address) desc,
                    exists (select from conversations n
                            where n.tenant_id = $1 and n.channel = 'whatsapp' and n.their_address = s.address) desc,
                    s.place
           limit 1"#,
        tenant,
        spellings,
    )
    .fetch_optional(tx.conn())
    .await
}
