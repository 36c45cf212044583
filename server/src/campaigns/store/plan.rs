//! The SQL of planning: due touches with all that their messages are made of.
use crate::db::{TenantTx, Time};
use uuid::Uuid;

/// A due touch.
pub struct Due {
    pub enrollment_id: Uuid,
    pub touch_number: i16,
    pub channel: String,
    pub scheduled_at: Time,
    pub campaign_id: Uuid,
    pub customer_id: Uuid,
    pub template_id: Option<Uuid>,
    pub purpose: Option<String>,
    pub template_subject: Option<String>,
    pub template_body: Option<String>,
    pub next_channel: Option<String>,
    pub next_delay_hours: Option<i32>,
    pub address: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company_name: Option<String>,
    pub service_type: String,
    pub work_order_title: Option<String>,
    pub completed_at: Option<Time>,
    pub zone: Option<String>,
    pub sender_name: String,
    pub sender_phone: Option<String>,
    pub postal_address: Option<String>,
    pub review_url: Option<String>,
}

/// Claims due touches of active enrollments; those that somebody else holds are passed over.
pub async fn claim(tx: &mut TenantTx, limit: i64) -> sqlx::Result<Vec<Due>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_file_as!(Due, "src/campaigns/claim_due.sql", tenant, at as Time, limit)
        .fetch_all(tx.conn())
        .await
}

/// How a claimed touch goes on.
pub struct Step {
    pub enrollment: Uuid,
    pub number: i16,
    pub status: &'static str,
    pub why: Option<String>,
}

pub async fn advance(tx: &mut TenantTx, steps: &[Step]) -> sqlx::Result<()> {
    let tenant = tx.id();
    let enrollments: Vec<Uuid> = steps.iter().map(|step| step.enrollment).collect();
    let numbers: Vec<i16> = steps.iter().map(|step| step.number).collect();
    let statuses: Vec<String> = steps.iter().map(|step| step.status.to_owned()).collect();
    let why: Vec<Option<String>> = steps.iter().map(|step| step.why.clone()).collect();
    sqlx::query!(
        r#"update enrollment_touches t set status = s.status, why = s.why
           from unnest($2::uuid[], $3::smallint[], $4::text[], $5::text[]) as s (enrollment_id, number, status, why)
           where t.tenant_id = $1 and t.enrollment_id = s.enrollment_id and t.touch_number = s.number"#,
        tenant,
        &enrollments,
        &numbers,
        &statuses,
        &why as &[Option<String>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
