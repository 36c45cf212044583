//! The SQL of the gate.
use crate::db::{TenantTx, Time};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use uuid::Uuid;

/// What the gate knows of one message, as it is stored.
pub(in crate::messages) struct FactRow {
    pub id: Uuid,
    pub channel: String,
    pub purpose: String,
    pub customer_id: Option<Uuid>,
    pub their_address: String,
    pub subject: Option<String>,
    pub body: String,
    pub media_urls: Value,
    pub campaign_id: Option<Uuid>,
    pub enrollment_id: Option<Uuid>,
    pub touch_number: Option<i16>,
    pub attempts: i16,
    /// When it was let go before, if it came back.
    pub let_go_at: Option<Time>,
    pub first_due_at: Time,
    pub in_answer_to_at: Option<Time>,
    pub conversation_id: Option<Uuid>,
    /// Our address in that conversation.
    pub threaded_from: Option<String>,
    /// What an approved template is filled with.
    pub variables: Option<Value>,
    pub template_name: Option<String>,
    pub approved_name: Option<String>,
    pub approved_language: Option<String>,
    pub address_status: String,
    /// Has the customer of a follow-up this address still?
    pub is_theirs: bool,
    pub suppressed_scope: Option<String>,
    pub suppressed_reason: Option<String>,
    pub suppressed_at: Option<Time>,
    pub recent_sends: Vec<Time>,
    pub last_stop_wording_at: Option<Time>,
    pub last_help_answer_at: Option<Time>,
    pub last_inbound_at: Option<Time>,
    pub carrier: Option<String>,
    pub customer_status: Option<String>,
    pub postal_code: Option<String>,
    pub state: Option<String>,
    pub explicit_zone: Option<String>,
    pub customer_phone: Option<String>,
    pub consent_status: Option<String>,
    pub consent_scope: Option<String>,
    pub consent_at: Option<Time>,
    pub consent_method: Option<String>,
    pub has_disclosure: Option<bool>,
    pub names_seller: Option<bool>,
    pub campaign_status: Option<String>,
    pub campaign_deleted_at: Option<Time>,
    pub enrollment_status: Option<String>,
    pub connection_id: Option<Uuid>,
    pub connection_version: Option<Time>,
    pub provider: Option<String>,
    pub sender_address: Option<String>,
    pub registration: Option<String>,
    pub unavailable_since: Option<Time>,
    pub probe_at: Option<Time>,
    pub has_buckets: bool,
    pub tenant_status: String,
    pub is_demo: bool,
    pub monthly_message_quota: Option<i32>,
    pub email_marketing_until_opt_out: bool,
    pub messages_this_month: Option<i32>,
    pub sender_name: String,
    pub postal_address: Option<String>,
}

/// What the gate decided of one message.
pub(in crate::messages) struct Decided {
    pub message: Uuid,
    pub log: Uuid,
    pub status: &'static str,
    pub verdict: &'static str,
    pub reason: Option<&'static str>,
    pub due_at: Option<Time>,
    pub expires_at: Option<Time>,
    pub body: String,
    pub segments: i16,
    /// It came back: what it uses of the month was counted when it first went.
    pub is_counted: bool,
    /// The thread of a message that is let go.
    pub conversation: Option<Uuid>,
    pub findings: Value,
    pub facts: Value,
    pub row: LogKeys,
}

/// What the send log keeps to be found by.
pub(in crate::messages) struct LogKeys {
    pub customer: Option<Uuid>,
    pub campaign: Option<Uuid>,
    pub enrollment: Option<Uuid>,
    pub touch: Option<i16>,
    pub channel: String,
    pub purpose: String,
    pub connection: Option<Uuid>,
    pub provider: Option<String>,
    pub our_address: Option<String>,
}

/// A recipient after messages were let through to it.
pub(in crate::messages) struct Touched {
    pub channel: String,
    pub address: String,
    pub recent_sends: Vec<Timestamp>,
    pub last_stop_wording_at: Option<Timestamp>,
    pub last_help_answer_at: Option<Timestamp>,
}

/// Locks the recipients of due messages and answers those messages.
#[cfg(not(feature = "unlocked-gate"))]
pub(in crate::messages) async fn lock_due(tx: &mut TenantTx, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_file_scalar!("src/messages/candidates.sql", tenant, at as Time, limit)
        .fetch_all(tx.conn())
        .await
}

/// Of these messages, those that are still queued and that nobody else holds.
#[cfg(not(feature = "unlocked-gate"))]
pub(in crate::messages) async fn lock_queued(tx: &mut TenantTx, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select id from messages
           where tenant_id = $1 and id = any($2) and status = 'queued' and due_at is not null
           order by id for update skip locked"#,
        tenant,
        ids,
    )
    .fetch_all(tx.conn())
    .await
}

/// How many messages the tenant sent this month; the row is locked when the tenant has a quota, so that two gates can't both use
/// its last message.
pub(in crate::messages) async fn lock_usage(tx: &mut TenantTx, month: Date) -> sqlx::Result<i32> {
    let tenant = tx.id();
    let has_quota = sqlx::query_scalar!(
        r#"select monthly_message_quota is not null as "has_quota!" from tenants where tenant_id = $1"#,
        tenant
    )
    .fetch_one(tx.conn())
    .await?;
    if !has_quota {
        return Ok(0);
    }
    sqlx::query!(
        "insert into usage_counters (tenant_id, month) values ($1, $2::text::date) on conflict (tenant_id, month) do nothing",
        tenant,
        month.to_string(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query_scalar!(
        "select messages from usage_counters where tenant_id = $1 and month = $2::text::date for update",
        tenant,
        month.to_string(),
    )
    .fetch_one(tx.conn())
    .await
}

pub(in crate::messages) async fn facts(
    tx: &mut TenantTx,
    ids: &[Uuid],
    month: Date,
) -> sqlx::Result<Vec<FactRow>> {
    let (tenant, at) = (tx.id(), tx.time());
    let month = month.to_string();
    sqlx::query_file_as!(FactRow, "src/messages/facts.sql", tenant, ids, month, at as Time)
        .fetch_all(tx.conn())
        .await
}

pub(in crate::messages) async fn write_decisions(
    tx: &mut TenantTx,
    decided: &[Decided],
    lease_seconds: f64,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let ids: Vec<Uuid> = decided.iter().map(|d| d.message).collect();
    let statuses: Vec<String> = decided.iter().map(|d| d.status.to_owned()).collect();
    let due: Vec<Option<Time>> = decided.iter().map(|d| d.due_at).collect();
    let expires: Vec<Option<Time>> = decided.iter().map(|d| d.expires_at).collect();
    let bodies: Vec<String> = decided.iter().map(|d| d.body.clone()).collect();
    let segments: Vec<i16> = decided.iter().map(|d| d.segments).collect();
    let reasons: Vec<Option<String>> = decided.iter().map(|d| d.reason.map(str::to_owned)).collect();
    let providers: Vec<Option<String>> = decided.iter().map(|d| d.row.provider.clone()).collect();
    let ours: Vec<String> = decided
        .iter()
        .map(|d| d.row.our_address.clone().unwrap_or_default())
        .collect();
    let connections: Vec<Option<Uuid>> = decided.iter().map(|d| d.row.connection).collect();
    let conversations: Vec<Option<Uuid>> = decided.iter().map(|d| d.conversation).collect();
    sqlx::query_file!(
        "src/messages/write_decisions.sql",
        tenant,
        &ids,
        &statuses,
        &due as &[Option<Time>],
        &expires as &[Option<Time>],
        &bodies,
        &segments,
        &reasons as &[Option<String>],
        &providers as &[Option<String>],
        &ours,
        lease_seconds,
        at as Time,
        &connections as &[Option<Uuid>],
        &conversations as &[Option<Uuid>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::messages) async fn write_send_logs(tx: &mut TenantTx, decided: &[Decided]) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let logs: Vec<Uuid> = decided.iter().map(|d| d.log).collect();
    let messages: Vec<Uuid> = decided.iter().map(|d| d.message).collect();
    let customers: Vec<Option<Uuid>> = decided.iter().map(|d| d.row.customer).collect();
    let campaigns: Vec<Option<Uuid>> = decided.iter().map(|d| d.row.campaign).collect();
    let enrollments: Vec<Option<Uuid>> = decided.iter().map(|d| d.row.enrollment).collect();
    let touches: Vec<Option<i16>> = decided.iter().map(|d| d.row.touch).collect();
    let channels: Vec<String> = decided.iter().map(|d| d.row.channel.clone()).collect();
    let purposes: Vec<String> = decided.iter().map(|d| d.row.purpose.clone()).collect();
    let verdicts: Vec<String> = decided.iter().map(|d| d.verdict.to_owned()).collect();
    let reasons: Vec<Option<String>> = decided.iter().map(|d| d.reason.map(str::to_owned)).collect();
    let until: Vec<Option<Time>> = decided
        .iter()
        .map(|d| if d.verdict == "hold" { d.due_at } else { None })
        .collect();
    let findings: Vec<Value> = decided.iter().map(|d| d.findings.clone()).collect();
    let facts: Vec<Value> = decided.iter().map(|d| d.facts.clone()).collect();
    sqlx::query!(
        r#"insert into send_logs (tenant_id, id, at, message_id, customer_id, campaign_id, campaign_enrollment_id, touch_number,
                                  channel, purpose, verdict, reason, hold_until, findings, facts)
           select $1, l.id, $2, l.message_id, l.customer_id, l.campaign_id, l.enrollment_id, l.touch_number,
                  l.channel, l.purpose, l.verdict, l.reason, l.hold_until, l.findings, l.facts
           from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::smallint[], $9::text[], $10::text[],
                       $11::text[], $12::text[], $13::timestamptz[], $14::jsonb[], $15::jsonb[])
                as l (id, message_id, customer_id, campaign_id, enrollment_id, touch_number, channel, purpose, verdict, reason,
                      hold_until, findings, facts)
           on conflict do nothing"#,
        tenant,
        at as Time,
        &logs,
        &messages,
        &customers as &[Option<Uuid>],
        &campaigns as &[Option<Uuid>],
        &enrollments as &[Option<Uuid>],
        &touches as &[Option<i16>],
        &channels,
        &purposes,
        &verdicts,
        &reasons as &[Option<String>],
        &until as &[Option<Time>],
        &findings,
        &facts,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::messages) async fn touch_recipients(
    tx: &mut TenantTx,
    touched: impl Iterator<Item = &Touched> + Clone,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let channels: Vec<String> = touched.clone().map(|t| t.channel.clone()).collect();
    if channels.is_empty() {
        return Ok(());
    }
    let addresses: Vec<String> = touched.clone().map(|t| t.address.clone()).collect();
    let wording: Vec<Option<Time>> = touched
        .clone()
        .map(|t| t.last_stop_wording_at.map(Time))
        .collect();
    let help: Vec<Option<Time>> = touched.clone().map(|t| t.last_help_answer_at.map(Time)).collect();
    // an array of arrays must be rectangular in PostgreSQL, so each list travels as one text
    let recent: Vec<String> = touched
        .map(|t| {
            format!(
                "{{{}}}",
                t.recent_sends
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(",")
            )
        })
        .collect();
    sqlx::query!(
        r#"update recipients r
           set recent_sends = t.recent::timestamptz[], last_stop_wording_at = t.wording, last_help_answer_at = t.help,
               last_sent_at = $2, updated_at = $2
           from unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
                as t (channel, address, recent, wording, help)
           where r.tenant_id = $1 and r.channel = t.channel and r.address = t.address"#,
        tenant,
        at as Time,
        &channels,
        &addresses,
        &recent,
        &wording as &[Option<Time>],
        &help as &[Option<Time>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::messages) async fn count_usage(
    tx: &mut TenantTx,
    month: Date,
    decided: &[Decided],
) -> sqlx::Result<()> {
    let sent = decided.iter().filter(|d| d.verdict == "send" && !d.is_counted);
    let messages = i32::try_from(sent.clone().count()).unwrap_or(i32::MAX);
    if messages == 0 {
        return Ok(());
    }
    let segments: i32 = sent.map(|d| i32::from(d.segments)).sum();
    let tenant = tx.id();
    sqlx::query!(
        r#"insert into usage_counters as u (tenant_id, month, messages, segments) values ($1, $2::text::date, $3, $4)
           on conflict (tenant_id, month)
           do update set messages = u.messages + excluded.messages, segments = u.segments + excluded.segments"#,
        tenant,
        month.to_string(),
        messages,
        segments,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
