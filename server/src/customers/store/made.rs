//! The SQL of who made customers' records.
use crate::db::TenantTx;
use jiff::Timestamp;
use uuid::Uuid;

pub async fn was_made_by(tx: &mut TenantTx, id: Uuid, actor: &str) -> sqlx::Result<bool> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select exists (select from customers where tenant_id = $1 and id = $2 and created_by = $3) as "was!""#,
        tenant,
        id,
        actor,
    )
    .fetch_one(tx.conn())
    .await
}

/// Since then: found by their ids, whose order is that of time.
pub async fn made_by(tx: &mut TenantTx, actor: &str, since: Timestamp) -> sqlx::Result<i64> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select count(*) as "made!" from customers where tenant_id = $1 and id >= $2 and created_by = $3"#,
        tenant,
        crate::ids::first_of(since),
        actor,
    )
    .fetch_one(tx.conn())
    .await
}
