//! The SQL of connections.
use crate::db::{EngineTx, TenantTx, Time};
use rules::channel::Channel;
use uuid::Uuid;

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
    sqlx::query!(
        "insert into number_routes (channel, address, routed_tenant_id) values ($1, $2, $3)",
        channel.name(),
        sender,
        tenant,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An address of ours belongs to one tenant on every channel.
pub(super) async fn route(tx: &mut EngineTx, our_address: &str) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "select routed_tenant_id from number_routes where address = $1 limit 1",
        our_address
    )
    .fetch_optional(tx.conn())
    .await
}
