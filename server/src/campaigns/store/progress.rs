//! The SQL of how enrollments stand, and of what is still to come.
use crate::db::{TenantTx, Time};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

/// One touch of an enrollment, as the view shows it.
#[derive(Debug, Clone, Serialize)]
pub struct TouchProgress {
    pub number: i16,
    pub status: String,
    pub scheduled_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

/// How one enrollment stands.
#[derive(Debug, Clone, Serialize)]
pub struct Progress {
    #[serde(serialize_with = "crate::ids::json::enrollment")]
    pub enrollment: Uuid,
    #[serde(serialize_with = "crate::ids::json::customer")]
    pub customer: Uuid,
    #[serde(serialize_with = "crate::ids::json::work_order")]
    pub work_order: Uuid,
    pub status: String,
    pub stop_reason: Option<String>,
    pub touches: Vec<TouchProgress>,
}

pub async fn of_campaign(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<Vec<Progress>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select enrollment_id as "enrollment_id!", customer_id as "customer_id!", work_order_id as "work_order_id!",
                  status as "status!", stop_reason,
                  touch_1_status, touch_1_scheduled_at, touch_1_sent_at,
                  touch_2_status, touch_2_scheduled_at, touch_2_sent_at,
                  touch_3_status, touch_3_scheduled_at, touch_3_sent_at,
                  touch_4_status, touch_4_scheduled_at, touch_4_sent_at
           from campaign_enrollment_progress where tenant_id = $1 and campaign_id = $2 order by enrollment_id"#,
        tenant,
        campaign,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Progress {
            enrollment: row.enrollment_id,
            customer: row.customer_id,
            work_order: row.work_order_id,
            status: row.status,
            stop_reason: row.stop_reason,
            touches: [
                touch(
                    1,
                    row.touch_1_status,
                    row.touch_1_scheduled_at,
                    row.touch_1_sent_at,
                ),
                touch(
                    2,
                    row.touch_2_status,
                    row.touch_2_scheduled_at,
                    row.touch_2_sent_at,
                ),
                touch(
                    3,
                    row.touch_3_status,
                    row.touch_3_scheduled_at,
                    row.touch_3_sent_at,
                ),
                touch(
                    4,
                    row.touch_4_status,
                    row.touch_4_scheduled_at,
                    row.touch_4_sent_at,
                ),
            ]
            .into_iter()
            .flatten()
            .collect(),
        })
        .collect())
}

fn touch(
    number: i16,
    status: Option<String>,
    scheduled: Option<Time>,
    sent: Option<Time>,
) -> Option<TouchProgress> {
    Some(TouchProgress {
        number,
        status: status?,
        scheduled_at: scheduled?.0,
        sent_at: sent.map(|at| at.0),
    })
}

/// A touch that is still to come, and how it would be addressed.
#[derive(Debug, Clone)]
pub struct Upcoming {
    pub enrollment: Uuid,
    pub customer: Uuid,
    pub number: i16,
    pub channel: String,
    pub scheduled_at: Time,
    pub status: String,
    pub address: Option<String>,
    pub purpose: Option<String>,
}

pub async fn upcoming(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<Vec<Upcoming>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Upcoming,
        r#"select e.id as enrollment, e.customer_id as customer, t.touch_number as number, t.channel, t.scheduled_at,
                  t.status,
                  case t.channel when 'email' then c.email_norm when 'whatsapp' then c.whatsapp_number else c.phone end as address,
                  p.purpose as "purpose?"
           from campaign_enrollments e
           join enrollment_touches t on t.tenant_id = $1 and t.enrollment_id = e.id and t.status in ('pending', 'paused')
           join customers c on c.tenant_id = $1 and c.id = e.customer_id
           left join campaign_touches x on x.tenant_id = $1 and x.campaign_id = e.campaign_id and x.touch_number = t.touch_number
           left join message_templates p on p.tenant_id = $1 and p.id = x.template_id
           where e.tenant_id = $1 and e.campaign_id = $2 and e.status = 'active'
           order by t.scheduled_at, e.id"#,
        tenant,
        campaign,
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn why_not_planned(
    tx: &mut TenantTx,
    campaign: Uuid,
) -> sqlx::Result<HashMap<(Uuid, i16), String>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select t.enrollment_id, t.touch_number, t.why as "why!"
           from enrollment_touches t
           join campaign_enrollments e on e.tenant_id = $1 and e.id = t.enrollment_id
           where t.tenant_id = $1 and e.campaign_id = $2 and t.status in ('failed', 'skipped') and t.why is not null"#,
        tenant,
        campaign,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.enrollment_id, row.touch_number), row.why))
        .collect())
}
