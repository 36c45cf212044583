//! The SQL of connections.
use crate::db::{TenantTx, Time};
use rules::channel::Channel;

pub(super) async fn insert(
    tx: &mut TenantTx,
    channel: Channel,
    provider: &str,
    sender: &str,
) -> sqlx::Result<()> {
    let (tenant, id, at) = (tx.id(), tx.new_id(), tx.time());
    sqlx::query!(
        r#"insert into tenant_channel_settings (tenant_id, id, channel, provider, sender_address, created_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $6)"#,
        tenant,
        id,
        channel.name(),
        provider,
        sender,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
