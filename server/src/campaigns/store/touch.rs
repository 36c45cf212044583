//! The SQL of the touches of enrollments.
use crate::db::{TenantTx, Time};
use uuid::Uuid;

/// A touch that is to come.
pub struct NewTouch {
    pub enrollment: Uuid,
    pub campaign: Uuid,
    pub number: i16,
    pub channel: String,
    pub scheduled_at: Time,
    pub status: &'static str,
}

pub async fn insert(tx: &mut TenantTx, touches: &[NewTouch]) -> sqlx::Result<()> {
    if touches.is_empty() {
        return Ok(());
    }
    let tenant = tx.id();
    let enrollments: Vec<Uuid> = touches.iter().map(|touch| touch.enrollment).collect();
    let campaigns: Vec<Uuid> = touches.iter().map(|touch| touch.campaign).collect();
    let numbers: Vec<i16> = touches.iter().map(|touch| touch.number).collect();
    let channels: Vec<String> = touches.iter().map(|touch| touch.channel.clone()).collect();
    let scheduled: Vec<Time> = touches.iter().map(|touch| touch.scheduled_at).collect();
    let statuses: Vec<String> = touches.iter().map(|touch| touch.status.to_owned()).collect();
    sqlx::query!(
        r#"insert into enrollment_touches (tenant_id, enrollment_id, campaign_id, touch_number, channel, scheduled_at, status)
           select $1, t.enrollment_id, t.campaign_id, t.number, t.channel, t.scheduled_at, t.status
           from unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::timestamptz[], $7::text[])
                as t (enrollment_id, campaign_id, number, channel, scheduled_at, status)
           on conflict do nothing"#,
        tenant,
        &enrollments,
        &campaigns,
        &numbers,
        &channels,
        &scheduled as &[Time],
        &statuses,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn pause(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"update enrollment_touches t set status = 'paused'
           where t.tenant_id = $1 and t.campaign_id = $2 and t.status = 'pending'"#,
        tenant,
        campaign,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What waited comes when it was scheduled, and not in the past.
pub async fn resume(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update enrollment_touches t set status = 'pending', scheduled_at = greatest(t.scheduled_at, $3)
           from campaign_enrollments e
           where t.tenant_id = $1 and e.tenant_id = $1 and e.id = t.enrollment_id and e.campaign_id = $2 and t.status = 'paused'"#,
        tenant,
        campaign,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Skips whatever is still to come of ended enrollments.
pub async fn skip(tx: &mut TenantTx, enrollments: &[Uuid], why: &str) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"update enrollment_touches t set status = 'skipped', why = $3
           where t.tenant_id = $1 and t.enrollment_id = any($2)
             and (t.status in ('pending', 'paused')
                  or (t.status = 'queued'
                      and exists (select from messages m
                                  where m.tenant_id = $1 and m.enrollment_id = t.enrollment_id and m.touch_number = t.touch_number
                                    and m.status = 'cancelled')))"#,
        tenant,
        enrollments,
        why,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How a touch ended.
pub struct Ended {
    pub enrollment: Uuid,
    pub number: i16,
    pub status: &'static str,
    pub why: Option<String>,
}

/// Writes how touches ended. One whose outcome was unknown may turn out to have been sent.
pub async fn end(tx: &mut TenantTx, ended: &[Ended]) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let enrollments: Vec<Uuid> = ended.iter().map(|touch| touch.enrollment).collect();
    let numbers: Vec<i16> = ended.iter().map(|touch| touch.number).collect();
    let statuses: Vec<String> = ended.iter().map(|touch| touch.status.to_owned()).collect();
    let why: Vec<Option<String>> = ended.iter().map(|touch| touch.why.clone()).collect();
    sqlx::query!(
        r#"update enrollment_touches t
           set status = n.status, why = n.why, sent_at = case when n.status = 'sent' then $2::timestamptz end
           from unnest($3::uuid[], $4::smallint[], $5::text[], $6::text[]) as n (enrollment_id, number, status, why)
           where t.tenant_id = $1 and t.enrollment_id = n.enrollment_id and t.touch_number = n.number
             and (t.status = 'queued' or (t.status = 'failed' and t.why = 'unknown'))"#,
        tenant,
        at as Time,
        &enrollments,
        &numbers,
        &statuses,
        &why as &[Option<String>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Of these enrollments, those whose campaign has no later touch on another channel that the customer can be reached on.
pub async fn without_another_way(tx: &mut TenantTx, enrollments: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_file_scalar!("src/campaigns/without_another_way.sql", tenant, enrollments)
        .fetch_all(tx.conn())
        .await
}
