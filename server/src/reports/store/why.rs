//! The SQL of one message's record.
use crate::db::{OperatorTx, TenantTx, Time};
use serde_json::Value;
use uuid::Uuid;

/// Which tenant's message is it? Its slug.
pub(in crate::reports) async fn slug_of_message(
    tx: &mut OperatorTx,
    message: Uuid,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "select t.slug from messages m join tenants t on t.tenant_id = m.tenant_id where m.id = $1",
        message
    )
    .fetch_optional(tx.conn())
    .await
}

pub(in crate::reports) struct Spoken {
    pub direction: String,
    pub channel: String,
    pub purpose: String,
    pub status: String,
    pub their_address: String,
    pub our_address: String,
    pub subject: Option<String>,
    pub body: String,
    pub provider: Option<String>,
    pub external_id: Option<String>,
    pub campaign: Option<String>,
    pub touch_number: Option<i16>,
    pub first_due_at: Option<Time>,
    pub due_at: Option<Time>,
    pub attempts: i16,
    pub created_at: Time,
    pub error_code: Option<String>,
    pub zone: Option<String>,
}

pub(in crate::reports) async fn message(tx: &mut TenantTx, message: Uuid) -> sqlx::Result<Option<Spoken>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Spoken,
        r#"select m.direction, m.channel, m.purpose, m.status, m.their_address, m.our_address, m.subject, m.body, m.provider,
                  m.external_id, g.name as "campaign?", m.touch_number, m.first_due_at, m.due_at, m.attempts, m.created_at,
                  m.error_code, coalesce(c.zone, t.zone) as zone
           from messages m
           join tenants t on t.tenant_id = $1
           left join customers c on c.tenant_id = $1 and c.id = m.customer_id
           left join campaigns g on g.tenant_id = $1 and g.id = m.campaign_id
           where m.tenant_id = $1 and m.id = $2"#,
        tenant,
        message,
    )
    .fetch_optional(tx.conn())
    .await
}

/// One look of the gate.
pub(in crate::reports) struct Look {
    pub at: Time,
    pub verdict: String,
    pub reason: Option<String>,
    pub hold_until: Option<Time>,
    pub findings: Value,
    pub zones: Option<Value>,
}

pub(in crate::reports) async fn looks(tx: &mut TenantTx, message: Uuid) -> sqlx::Result<Vec<Look>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Look,
        r#"select at, verdict, reason, hold_until, findings, facts #> '{facts,place,zones}' as zones
           from send_logs where tenant_id = $1 and message_id = $2 order by at, id"#,
        tenant,
        message,
    )
    .fetch_all(tx.conn())
    .await
}

/// What somebody told of the message after it was handed over.
pub(in crate::reports) struct Told {
    pub at: Time,
    pub kind: String,
    pub status: Option<String>,
    pub code: Option<String>,
    pub outcome: Option<String>,
}

pub(in crate::reports) async fn told(tx: &mut TenantTx, message: Uuid) -> sqlx::Result<Vec<Told>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Told,
        r#"select received_at as at, kind, payload ->> 'status' as status, payload ->> 'code' as code, outcome
           from provider_events
           where tenant_id = $1 and kind in ('status', 'click', 'feedback') and payload ->> 'message_id' = $2
           order by received_at, occurred_at, event_key"#,
        tenant,
        message.to_string(),
    )
    .fetch_all(tx.conn())
    .await
}

/// Who closed the task about its outcome, and why.
pub(in crate::reports) struct Settled {
    pub at: Time,
    pub by: String,
    pub because: String,
}

pub(in crate::reports) async fn settled(tx: &mut TenantTx, message: Uuid) -> sqlx::Result<Option<Settled>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Settled,
        r#"select closed_at as "at!", closed_by as "by!", closed_because as "because!"
           from review_tasks
           where tenant_id = $1 and message_id = $2 and kind = 'unknown_outcome' and closed_at is not null
           order by id limit 1"#,
        tenant,
        message,
    )
    .fetch_optional(tx.conn())
    .await
}
