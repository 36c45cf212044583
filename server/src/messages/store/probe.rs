//! The SQL that finds which tenants have messages to look at, and when the next is due.
use crate::db::{EngineTx, TenantId, Time};

/// Tenants with queued messages that are due, with expired leases, or with unknown outcomes to ask about.
pub(in crate::messages) async fn tenants_with_work(
    tx: &mut EngineTx,
    now: Time,
) -> sqlx::Result<Vec<TenantId>> {
    let found = sqlx::query_file_scalar!("src/messages/tenants_with_work.sql", now as Time)
        .fetch_all(tx.conn())
        .await?;
    Ok(found.into_iter().map(TenantId::found).collect())
}

/// When the next queued or unknown message is due after `now`, over all tenants.
pub(in crate::messages) async fn next_due(tx: &mut EngineTx, now: Time) -> sqlx::Result<Option<Time>> {
    sqlx::query_file_scalar!("src/messages/next_due.sql", now as Time)
        .fetch_one(tx.conn())
        .await
}

/// Is anything in flight under a lease?
pub(in crate::messages) async fn any_sending(tx: &mut EngineTx) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists (select from messages where status = 'sending') as "any!""#)
        .fetch_one(tx.conn())
        .await
}
