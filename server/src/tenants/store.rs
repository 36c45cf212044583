//! The SQL of tenants and of what they say of themselves.
use super::{BusinessInfo, Changes, NewTenant, Tenant};
use crate::db::{OperatorTx, TenantTx, Time};
use rules::lifecycle::TenantStatus;
use uuid::Uuid;

/// One tenant is made at a time, so that a slug, which no index may hold across tenants, is given once.
pub(super) async fn lock_slugs(tx: &mut TenantTx) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('courtesy.tenants.slug'))")
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn insert(tx: &mut TenantTx, new: &NewTenant) -> sqlx::Result<()> {
    let (id, at) = (tx.id(), tx.time());
    let demo_at = new.demo_created_by.as_ref().map(|_| at);
    sqlx::query!(
        r#"insert into tenants (tenant_id, slug, name, default_region, zone, monthly_message_quota, is_demo, demo_created_by,
                                demo_created_at, created_at, updated_at)
           values ($1, $2, $3, coalesce(upper($10), 'US'), $4, $5, $6, $7, $8, $9, $9)"#,
        id,
        new.slug,
        new.name,
        new.zone,
        new.monthly_message_quota,
        new.demo_created_by.is_some(),
        new.demo_created_by,
        demo_at as Option<Time>,
        at as Time,
        new.default_region,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        r#"insert into tenant_business_info (tenant_id, sender_name, phone, email, website, postal_address, review_url, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8)"#,
        id,
        new.sender_name,
        new.phone,
        new.email,
        new.website,
        new.postal_address,
        new.review_url,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn region(tx: &mut TenantTx) -> sqlx::Result<String> {
    let id = tx.id();
    sqlx::query_scalar!("select default_region from tenants where tenant_id = $1", id)
        .fetch_one(tx.conn())
        .await
}

pub(super) async fn edit(tx: &mut TenantTx, changes: &Changes) -> sqlx::Result<()> {
    let (id, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update tenants
           set name = coalesce($2, name), zone = coalesce($3, zone), status = coalesce($4, status),
               monthly_message_quota = coalesce($5, monthly_message_quota), default_region = coalesce(upper($7), default_region),
               updated_at = $6
           where tenant_id = $1"#,
        id,
        changes.name,
        changes.zone,
        changes.status.map(TenantStatus::name),
        changes.monthly_message_quota,
        at as Time,
        changes.default_region,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        r#"update tenant_business_info
           set sender_name = coalesce($2, sender_name), phone = coalesce($3, phone), email = coalesce($4, email),
               website = coalesce($5, website), postal_address = coalesce($6, postal_address),
               review_url = coalesce($7, review_url), updated_at = $8
           where tenant_id = $1"#,
        id,
        changes.sender_name,
        changes.phone,
        changes.email,
        changes.website,
        changes.postal_address,
        changes.review_url,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn business_info(tx: &mut TenantTx) -> sqlx::Result<BusinessInfo> {
    let id = tx.id();
    sqlx::query_as!(
        BusinessInfo,
        r#"select sender_name, phone, email, website, postal_address, review_url
           from tenant_business_info where tenant_id = $1"#,
        id,
    )
    .fetch_one(tx.conn())
    .await
}

pub(super) async fn find(tx: &mut OperatorTx, slug: &str) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("select tenant_id from tenants where slug = $1", slug)
        .fetch_optional(tx.conn())
        .await
}

pub(super) async fn list(tx: &mut OperatorTx) -> sqlx::Result<Vec<Tenant>> {
    let rows = sqlx::query!(
        r#"select tenant_id, slug, name, status, default_region, zone, monthly_message_quota, is_demo, created_at
           from tenants order by slug"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Tenant {
            tenant_id: row.tenant_id,
            slug: row.slug,
            name: row.name,
            status: row.status,
            default_region: row.default_region,
            zone: row.zone,
            monthly_message_quota: row.monthly_message_quota,
            is_demo: row.is_demo,
            created_at: row.created_at.0,
        })
        .collect())
}
