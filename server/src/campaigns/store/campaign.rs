//! The SQL of campaigns and their touches.
use crate::campaigns::{Campaign, NewCampaign, Touch};
use crate::db::{TenantTx, Time};
use rules::channel::Channel;
use rules::lifecycle::{CampaignStatus, ServiceType};
use uuid::Uuid;

/// None when the service type, or the default, is taken.
pub async fn insert(tx: &mut TenantTx, new: &NewCampaign) -> sqlx::Result<Option<Uuid>> {
    let (tenant, id, at) = (tx.id(), tx.new_id(), tx.time());
    sqlx::query_scalar!(
        r#"insert into campaigns (tenant_id, id, name, service_type, is_default, copied_from, created_by, created_at, updated_at)
           values ($1, $2, $3, $4, $4::text is null, $5, $6, $7, $7)
           on conflict do nothing returning id"#,
        tenant,
        id,
        new.name,
        new.service_type.map(ServiceType::name),
        new.copied_from,
        new.created_by,
        at as Time,
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn replace_touches(tx: &mut TenantTx, campaign: Uuid, touches: &[Touch]) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        "delete from campaign_touches where tenant_id = $1 and campaign_id = $2",
        tenant,
        campaign
    )
    .execute(tx.conn())
    .await?;
    let numbers: Vec<i16> = touches.iter().map(|touch| touch.number).collect();
    let channels: Vec<String> = touches
        .iter()
        .map(|touch| touch.channel.name().to_owned())
        .collect();
    let delays: Vec<i32> = touches.iter().map(|touch| touch.delay_hours).collect();
    let templates: Vec<Uuid> = touches.iter().map(|touch| touch.template).collect();
    sqlx::query!(
        r#"insert into campaign_touches (tenant_id, campaign_id, touch_number, channel, delay_hours, template_id)
           select $1, $2, t.number, t.channel, t.delay, t.template
           from unnest($3::smallint[], $4::text[], $5::int[], $6::uuid[]) as t (number, channel, delay, template)
           on conflict do nothing"#,
        tenant,
        campaign,
        &numbers,
        &channels,
        &delays,
        &templates,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn list(tx: &mut TenantTx) -> sqlx::Result<Vec<Campaign>> {
    let tenant = tx.id();
    let touches = sqlx::query!(
        r#"select campaign_id, touch_number, channel, delay_hours, template_id
           from campaign_touches where tenant_id = $1 order by campaign_id, touch_number"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = sqlx::query!(
        r#"select id, name, service_type, status, paused_at, paused_because, deleted_at, copied_from
           from campaigns where tenant_id = $1 order by deleted_at is not null, service_type nulls last, id"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Campaign {
            id: row.id,
            name: row.name,
            service_type: row.service_type,
            status: row.status,
            paused_at: row.paused_at.map(|at| at.0),
            paused_because: row.paused_because,
            deleted_at: row.deleted_at.map(|at| at.0),
            copied_from: row.copied_from,
            touches: touches
                .iter()
                .filter(|touch| touch.campaign_id == row.id)
                .filter_map(|touch| {
                    Some(Touch {
                        number: touch.touch_number,
                        channel: Channel::parse(&touch.channel)?,
                        delay_hours: touch.delay_hours,
                        template: touch.template_id,
                    })
                })
                .collect(),
        })
        .collect())
}

/// Answers whether the status changed.
pub async fn set_status(
    tx: &mut TenantTx,
    campaign: Uuid,
    to: CampaignStatus,
    because: Option<&str>,
) -> sqlx::Result<bool> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        r#"update campaigns
           set status = $3, paused_at = case when $3 = 'paused' then $4::timestamptz end,
               paused_because = case when $3 = 'paused' then $5::text end, updated_at = $4
           where tenant_id = $1 and id = $2 and status <> $3 and deleted_at is null"#,
        tenant,
        campaign,
        to.name(),
        at as Time,
        because,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn mark_deleted(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        "update campaigns set deleted_at = $3, updated_at = $3 where tenant_id = $1 and id = $2 and deleted_at is null",
        tenant,
        campaign,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn paused_for_long(tx: &mut TenantTx, days: i32) -> sqlx::Result<Vec<Uuid>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_scalar!(
        r#"select id from campaigns
           where tenant_id = $1 and deleted_at is null and status = 'paused' and paused_at < $2::timestamptz - make_interval(days => $3)"#,
        tenant,
        at as Time,
        days,
    )
    .fetch_all(tx.conn())
    .await
}

/// The tenant's campaigns are not paused, resumed or deleted before this transaction ends: who is enrolled meanwhile would be left out.
pub async fn stay(tx: &mut TenantTx) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        "select id from campaigns where tenant_id = $1 and deleted_at is null order by id for share",
        tenant
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}
