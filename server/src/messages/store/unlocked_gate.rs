//! The gate without its lock, for the drill that must find it out.
use crate::db::TenantTx;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Answers due messages and locks nobody.
pub(in crate::messages) async fn lock_due(tx: &mut TenantTx, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let (tenant, at) = (tx.id(), tx.time());
    let unlocked = include_str!("../candidates.sql").replace("for update of r skip locked", "");
    sqlx::query_scalar(AssertSqlSafe(unlocked))
        .bind(tenant)
        .bind(at)
        .bind(limit)
        .fetch_all(tx.conn())
        .await
}
