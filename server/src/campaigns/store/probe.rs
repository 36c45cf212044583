//! The SQL that finds which tenants have due touches or long pauses, and when the next touch is due.
use crate::db::{EngineTx, TenantId, Time};

/// A loose index scan: one probe per tenant, whatever waits.
pub async fn tenants_with_due(tx: &mut EngineTx, now: Time) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_file_scalar!("src/campaigns/tenants_with_due.sql", now as Time)
        .fetch_all(tx.conn())
        .await?;
    Ok(found.into_iter().map(TenantId::found).collect())
}

pub async fn next_due(tx: &mut EngineTx, now: Time) -> sqlx::Result<Option<Time>> {
    sqlx::query_file_scalar!("src/campaigns/next_due.sql", now as Time)
        .fetch_one(tx.conn())
        .await
}

pub async fn tenants_with_long_pauses(
    tx: &mut EngineTx,
    now: Time,
    days: i32,
) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_scalar!(
        r#"select distinct tenant_id from campaigns
           where status = 'paused' and deleted_at is null and paused_at < $1::timestamptz - make_interval(days => $2)"#,
        now as Time,
        days,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(TenantId::found).collect())
}
