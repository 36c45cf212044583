//! The SQL of messages that can't be decided.
use crate::db::{TenantTx, Time};
use uuid::Uuid;

/// A queued message waits, as the send log says: ten minutes, and each time after twice as long, up to five hours. Nothing of it is read
/// here. Answers whether it was queued.
pub(in crate::messages) async fn set_aside(
    tx: &mut TenantTx,
    message: Uuid,
    reason: &str,
) -> sqlx::Result<bool> {
    let (tenant, log, at) = (tx.id(), tx.new_id(), tx.time());
    let aside = sqlx::query!(
        r#"with aside as (
               update messages m
               set due_at = $4::timestamptz + interval '10 minutes' * (1 << least(5, (
                       select count(*) from send_logs l
                       where l.tenant_id = $1 and l.message_id = $2 and l.reason = $3))::int),
                   error_code = $3,
                   updated_at = $4
               where m.tenant_id = $1 and m.id = $2 and m.status = 'queued'
               returning m.id, m.customer_id, m.campaign_id, m.enrollment_id, m.touch_number, m.channel, m.purpose, m.due_at
           )
           insert into send_logs (tenant_id, id, at, message_id, customer_id, campaign_id, campaign_enrollment_id, touch_number,
                                  channel, purpose, verdict, reason, hold_until, findings, facts)
           select $1, $5, $4, a.id, a.customer_id, a.campaign_id, a.enrollment_id, a.touch_number,
                  a.channel, a.purpose, 'hold', $3, a.due_at, '[]', '{}'
           from aside a
           on conflict do nothing"#,
        tenant,
        message,
        reason,
        at as Time,
        log,
    )
    .execute(tx.conn())
    .await?;
    Ok(aside.rows_affected() == 1)
}

/// Queued messages that come again at that moment.
pub(in crate::messages) async fn come_again(
    tx: &mut TenantTx,
    messages: &[Uuid],
    at: Time,
) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        "update messages set due_at = $3 where tenant_id = $1 and id = any($2) and status = 'queued'",
        tenant,
        messages,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
