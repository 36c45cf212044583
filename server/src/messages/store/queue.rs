//! The SQL of queueing, holding for a campaign, and cancelling.
use super::Carried;
use crate::db::{TenantTx, Time};
use crate::messages::NewMessage;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

pub(in crate::messages) async fn insert(tx: &mut TenantTx, messages: &[NewMessage]) -> sqlx::Result<u64> {
    if messages.is_empty() {
        return Ok(0);
    }
    let (tenant, at) = (tx.id(), tx.time());
    let column = |of: fn(&NewMessage) -> String| messages.iter().map(of).collect::<Vec<String>>();
    let channels = column(|m| m.channel.name().to_owned());
    let addresses = column(|m| m.to.clone());
    let customers: Vec<Option<Uuid>> = messages.iter().map(|m| m.customer).collect();
    sqlx::query!(
        r#"insert into recipients (tenant_id, channel, address, customer_id, created_at, updated_at)
           select $1, channel, address, customer_id, $5, $5
           from (select distinct on (channel, address) channel, address, customer_id
                 from unnest($2::text[], $3::text[], $4::uuid[]) as wanted (channel, address, customer_id)
                 order by channel, address) as first_seen
           on conflict (tenant_id, channel, address) do nothing"#,
        tenant,
        &channels,
        &addresses,
        &customers as &[Option<Uuid>],
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    let ids: Vec<Uuid> = messages.iter().map(|m| m.id).collect();
    let purposes = column(|m| m.purpose.name().to_owned());
    let subjects: Vec<Option<String>> = messages.iter().map(|m| m.subject.clone()).collect();
    let bodies = column(|m| m.body.clone());
    let templates: Vec<Option<Uuid>> = messages.iter().map(|m| m.template).collect();
    let campaigns: Vec<Option<Uuid>> = messages.iter().map(|m| m.touch.map(|t| t.0)).collect();
    let enrollments: Vec<Option<Uuid>> = messages.iter().map(|m| m.touch.map(|t| t.1)).collect();
    let numbers: Vec<Option<i16>> = messages.iter().map(|m| m.touch.map(|t| t.2)).collect();
    let answers: Vec<Option<String>> = messages
        .iter()
        .map(|m| m.answers.as_ref().map(|a| a.0.clone()))
        .collect();
    let answered: Vec<Option<Time>> = messages
        .iter()
        .map(|m| m.answers.as_ref().map(|a| Time(a.1)))
        .collect();
    let due: Vec<Time> = messages.iter().map(|m| Time(m.due_at)).collect();
    let ours: Vec<Option<String>> = messages.iter().map(|m| m.from.clone()).collect();
    let media: Vec<Value> = messages.iter().map(|m| json!(m.media_urls)).collect();
    let metadata: Vec<Value> = messages
        .iter()
        .map(|m| {
            if m.variables.is_empty() {
                json!({})
            } else {
                json!({ "variables": m.variables })
            }
        })
        .collect();
    let done = sqlx::query_file!(
        "src/messages/insert.sql",
        tenant,
        &ids,
        &channels,
        &purposes,
        &customers as &[Option<Uuid>],
        &addresses,
        &subjects as &[Option<String>],
        &bodies,
        &templates as &[Option<Uuid>],
        &campaigns as &[Option<Uuid>],
        &enrollments as &[Option<Uuid>],
        &numbers as &[Option<i16>],
        &answers as &[Option<String>],
        &answered as &[Option<Time>],
        &due as &[Time],
        at as Time,
        &ours as &[Option<String>],
        &media,
        &metadata,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// A queued message goes through this connection and no other.
pub(in crate::messages) async fn want_connection(
    tx: &mut TenantTx,
    message: Uuid,
    connection: Uuid,
) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        "update messages set wanted_connection_id = $3 where tenant_id = $1 and id = $2 and status = 'queued'",
        tenant,
        message,
        connection,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many tests were queued to an address since then, which is not long ago: they are found by their ids, whose order is that of time.
pub(in crate::messages) async fn tests_to(
    tx: &mut TenantTx,
    channel: &str,
    address: &str,
    since: Timestamp,
) -> sqlx::Result<i64> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select count(*) as "tests!" from messages
           where tenant_id = $1 and id >= $2 and channel = $3 and their_address = $4 and wanted_connection_id is not null"#,
        tenant,
        crate::ids::first_of(since),
        channel,
        address,
    )
    .fetch_one(tx.conn())
    .await
}

/// Messages of a campaign wait for its resumption, not for a time.
pub(in crate::messages) async fn wait_for_campaign(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<u64> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        "update messages set due_at = null, updated_at = $3 where tenant_id = $1 and campaign_id = $2 and status = 'queued'",
        tenant,
        campaign,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

pub(in crate::messages) async fn release_for_campaign(
    tx: &mut TenantTx,
    campaign: Uuid,
) -> sqlx::Result<u64> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        r#"update messages set due_at = $3, updated_at = $3
           where tenant_id = $1 and campaign_id = $2 and status = 'queued' and due_at is null"#,
        tenant,
        campaign,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// What is held for that reason is due now.
pub(in crate::messages) async fn wake_held_for(tx: &mut TenantTx, reason: &str) -> sqlx::Result<u64> {
    let (tenant, at) = (tx.id(), tx.time());
    let woken = sqlx::query!(
        r#"update messages set due_at = $3, updated_at = $3
           where tenant_id = $1 and status = 'queued' and error_code = $2 and due_at > $3"#,
        tenant,
        reason,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(woken.rows_affected())
}

pub(in crate::messages) async fn cancel_of_enrollments(
    tx: &mut TenantTx,
    enrollments: &[Uuid],
    why: &str,
) -> sqlx::Result<u64> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        r#"update messages set status = 'cancelled', error_code = $3, due_at = null, updated_at = $4
           where tenant_id = $1 and enrollment_id = any($2) and status = 'queued'"#,
        tenant,
        enrollments,
        why,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Answers to keywords are not cancelled: the law allows them after an opt-out. Answers what was cancelled.
pub(in crate::messages) async fn cancel_to_address(
    tx: &mut TenantTx,
    channel: &str,
    address: &str,
    purposes: &[String],
    why: &str,
) -> sqlx::Result<Vec<Carried>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_as!(
        Carried,
        r#"update messages set status = 'cancelled', error_code = $5, due_at = null, updated_at = $6
           where tenant_id = $1 and channel = $2 and their_address = $3 and purpose = any($4) and status = 'queued'
           returning id, status, channel, their_address, customer_id, enrollment_id, touch_number,
                     coalesce(provider, '') as "provider!", attempts, put_off, lookups, let_go_at as "let_go_at: Time", connection_id,
                     false as "is_troubled!""#,
        tenant,
        channel,
        address,
        purposes,
        why,
        at as Time,
    )
    .fetch_all(tx.conn())
    .await
}

/// A message that somebody sent us.
pub(in crate::messages) struct Received<'a> {
    pub id: Uuid,
    pub channel: &'a str,
    pub customer: Option<Uuid>,
    pub ours: &'a str,
    pub theirs: &'a str,
    pub subject: Option<&'a str>,
    pub body: &'a str,
    pub media_urls: &'a [String],
    pub conversation: Uuid,
    pub provider: &'a str,
    pub external_id: &'a str,
    /// When they wrote it.
    pub at: Time,
}

pub(in crate::messages) async fn insert_received(
    tx: &mut TenantTx,
    received: &Received<'_>,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"insert into messages (tenant_id, id, direction, channel, purpose, status, customer_id, our_address, their_address,
                                 body, provider, external_id, created_at, updated_at, subject, media_urls, conversation_id)
           values ($1, $2, 'inbound', $3, 'reply', 'received', $4, $5, $6, $7, $8, $9, $10, $14, $11, $12, $13)"#,
        tenant,
        received.id,
        received.channel,
        received.customer,
        received.ours,
        received.theirs,
        received.body,
        received.provider,
        received.external_id,
        received.at as Time,
        received.subject,
        json!(received.media_urls),
        received.conversation,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::messages) async fn queued_of_campaign(
    tx: &mut TenantTx,
    campaign: Uuid,
) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        "select id from messages where tenant_id = $1 and campaign_id = $2 and status = 'queued' order by id",
        tenant,
        campaign,
    )
    .fetch_all(tx.conn())
    .await
}

/// The subject of the last e-mail of a thread, ours or theirs.
pub(in crate::messages) async fn last_subject(
    tx: &mut TenantTx,
    conversation: Uuid,
) -> sqlx::Result<Option<String>> {
    let tenant = tx.id();
    let found = sqlx::query_scalar!(
        r#"select subject from messages
           where tenant_id = $1 and conversation_id = $2 and subject is not null
           order by created_at desc, id desc limit 1"#,
        tenant,
        conversation,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.flatten())
}

/// Cancels a reply that is queued. Answers where it stands now; none when there is no such message of ours.
pub(in crate::messages) async fn cancel_reply(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<Option<String>> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        r#"update messages set status = 'cancelled', error_code = 'cancelled_by_staff', due_at = null, updated_at = $3
           where tenant_id = $1 and id = $2 and status = 'queued' and purpose = 'reply'"#,
        tenant,
        id,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 {
        return Ok(Some("cancelled".to_owned()));
    }
    sqlx::query_scalar!(
        "select status from messages where tenant_id = $1 and id = $2 and direction = 'outbound' and purpose = 'reply'",
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await
}
