//! The SQL of enrollments.
use crate::db::{TenantTx, Time};
use uuid::Uuid;

/// A completed work order and the campaign that follows it up.
pub struct ToEnroll {
    pub work_order: Uuid,
    pub customer: Uuid,
    pub campaign: Uuid,
    pub completed_at: Time,
    pub channel: String,
    pub delay_hours: i32,
    pub paused: bool,
}

/// The campaign of each work order: that of its service type, else the default; without those that are never followed up.
pub async fn to_enroll(tx: &mut TenantTx, orders: &[Uuid], not_before: Time) -> sqlx::Result<Vec<ToEnroll>> {
    let tenant = tx.id();
    sqlx::query_file_as!(
        ToEnroll,
        "src/campaigns/to_enroll.sql",
        tenant,
        orders,
        not_before as Time
    )
    .fetch_all(tx.conn())
    .await
}

/// Active enrollments of these customers in these campaigns, pair by pair.
pub async fn active_of_pairs(tx: &mut TenantTx, pairs: &[(Uuid, Uuid)]) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    let (customers, campaigns): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    sqlx::query_scalar!(
        r#"select e.id from campaign_enrollments e
           join unnest($2::uuid[], $3::uuid[]) as p (customer_id, campaign_id)
             on e.customer_id = p.customer_id and e.campaign_id = p.campaign_id
           where e.tenant_id = $1 and e.status = 'active'"#,
        tenant,
        &customers,
        &campaigns,
    )
    .fetch_all(tx.conn())
    .await
}

/// A new enrollment: its id, and what it follows up.
pub struct NewEnrollment {
    pub id: Uuid,
    pub campaign: Uuid,
    pub customer: Uuid,
    pub work_order: Uuid,
}

/// Inserts what is new; answers the ids of what was inserted.
pub async fn insert(tx: &mut TenantTx, new: &[NewEnrollment]) -> sqlx::Result<Vec<Uuid>> {
    let (tenant, at) = (tx.id(), tx.time());
    let ids: Vec<Uuid> = new.iter().map(|one| one.id).collect();
    let campaigns: Vec<Uuid> = new.iter().map(|one| one.campaign).collect();
    let customers: Vec<Uuid> = new.iter().map(|one| one.customer).collect();
    let orders: Vec<Uuid> = new.iter().map(|one| one.work_order).collect();
    sqlx::query_scalar!(
        r#"insert into campaign_enrollments (tenant_id, id, campaign_id, customer_id, work_order_id, enrolled_at)
           select $1, n.id, n.campaign_id, n.customer_id, n.work_order_id, $2
           from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[]) as n (id, campaign_id, customer_id, work_order_id)
           on conflict do nothing
           returning id"#,
        tenant,
        at as Time,
        &ids,
        &campaigns,
        &customers,
        &orders,
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn active_of_customers(tx: &mut TenantTx, customers: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        "select id from campaign_enrollments where tenant_id = $1 and customer_id = any($2) and status = 'active' order by id",
        tenant,
        customers,
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn active_of_work_orders(tx: &mut TenantTx, orders: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        "select id from campaign_enrollments where tenant_id = $1 and work_order_id = any($2) and status = 'active' order by id",
        tenant,
        orders,
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn active_of_campaign(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        "select id from campaign_enrollments where tenant_id = $1 and campaign_id = $2 and status = 'active' order by id",
        tenant,
        campaign,
    )
    .fetch_all(tx.conn())
    .await
}

/// The customer that a message went to.
pub async fn customer_of_message(tx: &mut TenantTx, message: Uuid) -> sqlx::Result<Option<Uuid>> {
    let tenant = tx.id();
    Ok(sqlx::query_scalar!(
        "select customer_id from messages where tenant_id = $1 and id = $2",
        tenant,
        message
    )
    .fetch_optional(tx.conn())
    .await?
    .flatten())
}

/// Ends active enrollments; answers those that were ended.
pub async fn end(tx: &mut TenantTx, enrollments: &[Uuid], reason: &str) -> sqlx::Result<Vec<Uuid>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_scalar!(
        r#"update campaign_enrollments set status = 'stopped', stop_reason = $3, ended_at = $4
           where tenant_id = $1 and id = any($2) and status = 'active'
           returning id"#,
        tenant,
        enrollments,
        reason,
        at as Time,
    )
    .fetch_all(tx.conn())
    .await
}

/// Completes active enrollments none of whose touches is still to come or under way.
pub async fn complete_finished(tx: &mut TenantTx, enrollments: &[Uuid]) -> sqlx::Result<u64> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        r#"update campaign_enrollments e set status = 'completed', ended_at = $3
           where e.tenant_id = $1 and e.id = any($2) and e.status = 'active'
             and not exists (select from enrollment_touches t
                             where t.tenant_id = $1 and t.enrollment_id = e.id and t.status in ('pending', 'queued', 'paused'))"#,
        tenant,
        enrollments,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
