//! The SQL of reports: reads across features, writes nothing.
use crate::db::{OperatorTx, TenantTx, Time};
use uuid::Uuid;

mod gauges;
mod why;
pub(in crate::reports) use gauges::gauges;
pub(in crate::reports) use why::{
    Look, Settled, Spoken, Told, looks, message, settled, slug_of_message, told,
};

/// A row of touches.sql or, without campaign and touch, of other_messages.sql.
pub(in crate::reports) struct Counted {
    pub planned: i64,
    pub sent: i64,
    pub delivered: i64,
    pub undelivered: i64,
    pub held: i64,
    pub stopped: i64,
    pub failed: i64,
    pub unknown: i64,
    pub cancelled: i64,
    pub waiting: i64,
}

macro_rules! counted {
    ($row:expr) => {
        Counted {
            planned: $row.planned,
            sent: $row.sent,
            delivered: $row.delivered,
            undelivered: $row.undelivered,
            held: $row.held,
            stopped: $row.stopped,
            failed: $row.failed,
            unknown: $row.unknown,
            cancelled: $row.cancelled,
            waiting: $row.waiting,
        }
    };
}

pub(in crate::reports) struct Touch {
    pub campaign_id: Uuid,
    pub campaign: String,
    pub touch: i16,
    pub channel: String,
    pub counted: Counted,
}

pub(in crate::reports) async fn touches(
    tx: &mut TenantTx,
    campaign: Option<Uuid>,
) -> sqlx::Result<Vec<Touch>> {
    let tenant = tx.id();
    let rows = sqlx::query_file!("src/reports/touches.sql", tenant, campaign)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Touch {
            counted: counted!(row),
            campaign_id: row.campaign_id,
            campaign: row.campaign,
            touch: row.touch,
            channel: row.channel,
        })
        .collect())
}

pub(in crate::reports) struct Other {
    pub purpose: String,
    pub channel: String,
    pub counted: Counted,
}

pub(in crate::reports) async fn other_messages(tx: &mut TenantTx) -> sqlx::Result<Vec<Other>> {
    let tenant = tx.id();
    let rows = sqlx::query_file!("src/reports/other_messages.sql", tenant)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Other {
            counted: counted!(row),
            purpose: row.purpose,
            channel: row.channel,
        })
        .collect())
}

pub(in crate::reports) struct Reason {
    pub fate: String,
    pub channel: String,
    pub reason: String,
    pub count: i64,
}

pub(in crate::reports) async fn reasons(
    tx: &mut TenantTx,
    campaign: Option<Uuid>,
) -> sqlx::Result<Vec<Reason>> {
    let tenant = tx.id();
    sqlx::query_file_as!(Reason, "src/reports/reasons.sql", tenant, campaign)
        .fetch_all(tx.conn())
        .await
}

pub(in crate::reports) struct Quarter {
    pub verdict: String,
    pub channel: String,
    pub zone: String,
    pub at: Time,
    pub until: Option<Time>,
    pub count: i64,
}

pub(in crate::reports) async fn hours(
    tx: &mut TenantTx,
    campaign: Option<Uuid>,
) -> sqlx::Result<Vec<Quarter>> {
    let tenant = tx.id();
    sqlx::query_file_as!(Quarter, "src/reports/hours.sql", tenant, campaign)
        .fetch_all(tx.conn())
        .await
}

pub(in crate::reports) struct ConsentState {
    pub channel: String,
    pub status: String,
    pub source: Option<String>,
    pub method: Option<String>,
    pub count: i64,
}

pub(in crate::reports) async fn consent_states(tx: &mut TenantTx) -> sqlx::Result<Vec<ConsentState>> {
    let tenant = tx.id();
    sqlx::query_file_as!(ConsentState, "src/reports/consent_states.sql", tenant)
        .fetch_all(tx.conn())
        .await
}

pub(in crate::reports) struct Suppressed {
    pub channel: String,
    pub reason: String,
    pub scope: String,
    pub count: i64,
}

pub(in crate::reports) async fn suppressions(tx: &mut TenantTx) -> sqlx::Result<Vec<Suppressed>> {
    let tenant = tx.id();
    sqlx::query_file_as!(Suppressed, "src/reports/suppressions.sql", tenant)
        .fetch_all(tx.conn())
        .await
}

pub(in crate::reports) struct OpenTasks {
    pub kind: String,
    pub count: i64,
    pub oldest: Time,
}

pub(in crate::reports) async fn open_tasks(tx: &mut TenantTx) -> sqlx::Result<Vec<OpenTasks>> {
    let tenant = tx.id();
    sqlx::query_file_as!(OpenTasks, "src/reports/open_tasks.sql", tenant)
        .fetch_all(tx.conn())
        .await
}

pub(in crate::reports) struct Steps {
    pub enrolled: i64,
    pub first_sent: i64,
    pub delivered: i64,
    pub clicked: i64,
    pub feedback: i64,
    pub replied: i64,
    pub opted_out: i64,
    pub answered: i64,
    pub active: i64,
    pub completed: i64,
    pub stopped: i64,
}

pub(in crate::reports) async fn funnel(tx: &mut TenantTx, campaign: Option<Uuid>) -> sqlx::Result<Steps> {
    let tenant = tx.id();
    sqlx::query_file_as!(Steps, "src/reports/funnel.sql", tenant, campaign)
        .fetch_one(tx.conn())
        .await
}

/// Why enrollments stopped, the most frequent first.
pub(in crate::reports) async fn stop_reasons(
    tx: &mut TenantTx,
    campaign: Option<Uuid>,
) -> sqlx::Result<Vec<(String, i64)>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select stop_reason as "reason!", count(*) as "count!"
           from campaign_enrollments
           where tenant_id = $1 and stop_reason is not null and ($2::uuid is null or campaign_id = $2)
           group by stop_reason order by count(*) desc, stop_reason"#,
        tenant,
        campaign,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.reason, row.count)).collect())
}

pub(in crate::reports) struct Waits {
    pub what: String,
    pub reason: String,
    pub channel: String,
    pub count: i64,
    pub first_until: Option<Time>,
    pub last_until: Option<Time>,
}

pub(in crate::reports) async fn waiting(
    tx: &mut TenantTx,
    campaign: Option<Uuid>,
) -> sqlx::Result<Vec<Waits>> {
    let tenant = tx.id();
    sqlx::query_file_as!(Waits, "src/reports/waiting.sql", tenant, campaign)
        .fetch_all(tx.conn())
        .await
}

pub(in crate::reports) struct Loose {
    pub touches_without_message: i64,
    pub touches_behind_their_message: i64,
    pub leases_expired: i64,
    pub queued_for_nothing: i64,
    pub unknown_without_a_task: i64,
    pub sent_without_a_decision: i64,
    pub stopped_without_a_decision: i64,
    pub active_without_a_touch: i64,
    pub ended_with_a_touch_to_come: i64,
    pub events_not_applied: i64,
}

pub(in crate::reports) async fn loose_ends(tx: &mut TenantTx) -> sqlx::Result<Loose> {
    let tenant = tx.id();
    sqlx::query_file_as!(Loose, "src/reports/conserves.sql", tenant)
        .fetch_one(tx.conn())
        .await
}

pub(in crate::reports) struct Evidence {
    pub channel: String,
    pub ours: String,
    pub theirs: String,
    pub postal_code: Option<String>,
    pub state: Option<String>,
    pub explicit_zone: Option<String>,
    pub phone: Option<String>,
}

pub(in crate::reports) async fn evidence(tx: &mut OperatorTx) -> sqlx::Result<Vec<Evidence>> {
    sqlx::query_file_as!(Evidence, "src/reports/zones.sql")
        .fetch_all(tx.conn())
        .await
}

pub(in crate::reports) struct Happening {
    pub at: Time,
    pub kind: String,
    pub channel: Option<String>,
    pub message_id: Option<Uuid>,
    pub touch: Option<i16>,
    pub a: Option<String>,
    pub b: Option<String>,
    pub c: Option<String>,
    pub d: Option<String>,
    pub until: Option<Time>,
}

pub(in crate::reports) async fn timeline(tx: &mut TenantTx, customer: Uuid) -> sqlx::Result<Vec<Happening>> {
    let tenant = tx.id();
    sqlx::query_file_as!(Happening, "src/reports/timeline.sql", tenant, customer)
        .fetch_all(tx.conn())
        .await
}

pub(in crate::reports) async fn interesting(tx: &mut TenantTx) -> sqlx::Result<Option<Uuid>> {
    let tenant = tx.id();
    sqlx::query_file_scalar!("src/reports/interesting.sql", tenant)
        .fetch_optional(tx.conn())
        .await
}

pub(in crate::reports) struct Person {
    pub first_name: Option<String>,
    pub company_name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub whatsapp_number: Option<String>,
    pub zone: Option<String>,
}

/// The customer, and the zone that the gate saw last, else their own, else the tenant's.
pub(in crate::reports) async fn person(tx: &mut TenantTx, customer: Uuid) -> sqlx::Result<Option<Person>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Person,
        r#"select c.first_name, c.company_name, c.phone, c.email, c.whatsapp_number,
                  coalesce((select l.facts #>> '{facts,place,zones,0}' from send_logs l
                            where l.tenant_id = $1 and l.customer_id = $2 order by l.at desc limit 1),
                           c.zone, t.zone) as zone
           from customers c
           join tenants t on t.tenant_id = $1
           where c.tenant_id = $1 and c.id = $2"#,
        tenant,
        customer,
    )
    .fetch_optional(tx.conn())
    .await
}
