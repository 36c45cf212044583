//! The SQL of feedback.
use crate::db::{TenantTx, Time};
use uuid::Uuid;

pub(super) async fn insert(
    tx: &mut TenantTx,
    message: Uuid,
    kind: &str,
    rating: Option<i16>,
    comment: Option<&str>,
) -> sqlx::Result<u64> {
    let (tenant, id, at) = (tx.id(), tx.new_id(), tx.time());
    let done = sqlx::query!(
        r#"insert into customer_feedback (tenant_id, id, customer_id, message_id, kind, rating, comment, at)
           select $1, $2, m.customer_id, m.id, $4, $5, $6, $7
           from messages m
           where m.tenant_id = $1 and m.id = $3 and m.customer_id is not null
           on conflict do nothing"#,
        tenant,
        id,
        message,
        kind,
        rating,
        comment,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
