//! The gate without its locks, for the drill that must find it out.
#![expect(
    clippy::disallowed_methods,
    reason = "the statements are those of the gate, cut; they are checked where they are whole"
)]
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

/// Of these messages, those that are still queued, whoever holds them.
pub(in crate::messages) async fn lock_queued(tx: &mut TenantTx, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select id from messages where tenant_id = $1 and id = any($2) and status = 'queued' and due_at is not null order by id",
    )
    .bind(tx.id())
    .bind(ids)
    .fetch_all(tx.conn())
    .await
}
