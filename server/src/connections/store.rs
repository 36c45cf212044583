//! The SQL of connections.
use super::{Carrier, NewConnection};
use crate::db::{EngineTx, TenantTx, Time};
use rules::channel::Channel;
use serde_json::Value;
use uuid::Uuid;

pub(super) mod circuit;

/// A connection as it is stored; its credentials are sealed.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub id: Uuid,
    pub provider: String,
    pub settings: Value,
    pub credentials: Option<Vec<u8>>,
    pub updated_at: Time,
}

pub(super) async fn insert(tx: &mut TenantTx, connection: &NewConnection<'_>) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, purpose, settings, credentials,
                                                is_active, verified_at, stands_in_for, created_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)"#,
        tenant,
        connection.id,
        connection.name,
        connection.channel.name(),
        connection.provider,
        connection.sender,
        connection.purpose,
        connection.settings,
        connection.credentials,
        connection.is_active,
        connection.verified_at.map(Time) as Option<Time>,
        connection.stands_in_for,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What is written to this address of ours is this tenant's from now on. False: somebody has it already.
pub(super) async fn take_address(tx: &mut TenantTx, channel: Channel, address: &str) -> sqlx::Result<bool> {
    let tenant = tx.id();
    let done = sqlx::query!(
        r#"insert into number_routes (channel, address, routed_tenant_id) values ($1, $2, $3)
           on conflict (address, channel) do nothing"#,
        channel.name(),
        address,
        tenant,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whose an address of ours is on a channel; on any, where the channel is not said.
pub(super) async fn route(
    tx: &mut EngineTx,
    channel: Option<Channel>,
    our_address: &str,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        r#"select routed_tenant_id from number_routes
           where address = $1 and ($2::text is null or channel = $2) limit 1"#,
        our_address,
        channel.map(Channel::name),
    )
    .fetch_optional(tx.conn())
    .await
}

pub(super) async fn add_hook(
    tx: &mut TenantTx,
    digest: &[u8],
    provider: &str,
    connection: Uuid,
) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        "insert into hook_routes (token_digest, provider, routed_tenant_id, connection_id) values ($1, $2, $3, $4)",
        digest,
        provider,
        tenant,
        connection,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whose hook a token is: tenant and connection.
pub(super) async fn hook(
    tx: &mut EngineTx,
    provider: &str,
    digest: &[u8],
) -> sqlx::Result<Option<(Uuid, Uuid)>> {
    let found = sqlx::query!(
        "select routed_tenant_id, connection_id from hook_routes where token_digest = $1 and provider = $2",
        digest,
        provider,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|row| (row.routed_tenant_id, row.connection_id)))
}

pub(super) async fn stored(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<Option<Stored>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Stored,
        r#"select id, provider, settings, credentials, updated_at
           from tenant_channel_settings where tenant_id = $1 and id = $2"#,
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await
}

/// The versions of these connections, for those who hold opened ones.
pub(super) async fn versions(tx: &mut TenantTx, ids: &[Uuid]) -> sqlx::Result<Vec<Carrier>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Carrier,
        r#"select id as connection, provider, updated_at as version
           from tenant_channel_settings where tenant_id = $1 and id = any($2)"#,
        tenant,
        ids,
    )
    .fetch_all(tx.conn())
    .await
}
