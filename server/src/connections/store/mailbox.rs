//! The SQL of mailboxes for unsubscribing.
use crate::db::TenantTx;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Marks the connections that name this mailbox. Where that is known already, nothing is written.
pub(in crate::connections) async fn mailbox_is_heard(
    tx: &mut TenantTx,
    address: &str,
    through: Uuid,
) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"update tenant_channel_settings set mailbox_heard = lower($2), mailbox_heard_through = $3
           where tenant_id = $1 and lower(settings ->> 'unsubscribe_mailbox') = lower($2)
             and (mailbox_heard, mailbox_heard_through) is distinct from (lower($2), $3)"#,
        tenant,
        address,
        through,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes back what was heard through a connection.
pub(in crate::connections) async fn mailboxes_are_not_heard(
    tx: &mut TenantTx,
    through: Uuid,
) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"update tenant_channel_settings set mailbox_heard = null, mailbox_heard_through = null
           where tenant_id = $1 and mailbox_heard_through = $2"#,
        tenant,
        through,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The mailboxes that are named now, and were heard.
pub(in crate::connections) async fn heard_mailboxes(
    tx: &mut TenantTx,
    connections: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, String>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select id, mailbox_heard as "mailbox!" from tenant_channel_settings
           where tenant_id = $1 and id = any($2) and mailbox_heard = lower(settings ->> 'unsubscribe_mailbox')"#,
        tenant,
        connections,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.mailbox)).collect())
}
