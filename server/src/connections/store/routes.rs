//! The SQL of routes: whose an address of ours is, and whose a hook.
use crate::db::{EngineTx, TenantTx};
use rules::channel::Channel;
use uuid::Uuid;

/// The connection's sender on that channel, where it is no number: short codes have digits alone, a pool's name begins with a letter.
pub(in crate::connections) async fn pool(
    tx: &mut TenantTx,
    id: Uuid,
    channel: Channel,
) -> sqlx::Result<Option<String>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select sender_address from tenant_channel_settings
           where tenant_id = $1 and id = $2 and channel = $3 and sender_address ~ '^[A-Z]'"#,
        tenant,
        id,
        channel.name(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// What is written to this address of ours is this tenant's from now on, as it may be already. False: another tenant has it.
pub(in crate::connections) async fn take_address(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
) -> sqlx::Result<bool> {
    let tenant = tx.id();
    sqlx::query!(
        r#"insert into number_routes (channel, address, routed_tenant_id) values ($1, $2, $3)
           on conflict (address, channel) do nothing"#,
        channel.name(),
        address,
        tenant,
    )
    .execute(tx.conn())
    .await?;
    // in a statement of its own: it sees what the first one waited for. Another tenant's row is not seen at all
    sqlx::query_scalar!(
        r#"select exists (select from number_routes where channel = $1 and address = $2 and routed_tenant_id = $3) as "exists!""#,
        channel.name(),
        address,
        tenant,
    )
    .fetch_one(tx.conn())
    .await
}

/// What is written to this address is nobody's any more, unless another connection of the tenant has it too.
pub(in crate::connections) async fn release_address(
    tx: &mut TenantTx,
    channel: &str,
    address: &str,
) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"delete from number_routes n
           where n.routed_tenant_id = $1 and n.channel = $2 and n.address = $3
             and not exists (select from tenant_channel_settings s
                             where s.tenant_id = $1 and s.channel = $2 and s.sender_address = $3)"#,
        tenant,
        channel,
        address,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whose an address of ours is on a channel. Where the channel is not said: on any, each tenant once.
pub(in crate::connections) async fn routed(
    tx: &mut EngineTx,
    channel: Option<Channel>,
    our_address: &str,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select distinct routed_tenant_id from number_routes
           where address = $1 and ($2::text is null or channel = $2)"#,
        our_address,
        channel.map(Channel::name),
    )
    .fetch_all(tx.conn())
    .await
}

/// Has a verified connection of the tenant this address, on that channel or on any?
pub(in crate::connections) async fn is_proved(
    tx: &mut TenantTx,
    channel: Option<Channel>,
    address: &str,
) -> sqlx::Result<bool> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select exists (select from tenant_channel_settings
                          where tenant_id = $1 and sender_address = $2 and ($3::text is null or channel = $3)
                            and verified_at is not null) as "exists!""#,
        tenant,
        address,
        channel.map(Channel::name),
    )
    .fetch_one(tx.conn())
    .await
}

/// The address is the tenant's no more, unless a verified connection has it.
pub(in crate::connections) async fn release_unproved(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"delete from number_routes n
           where n.routed_tenant_id = $1 and n.channel = $2 and n.address = $3
             and not exists (select from tenant_channel_settings s
                             where s.tenant_id = $1 and s.channel = $2 and s.sender_address = $3
                               and s.verified_at is not null)"#,
        tenant,
        channel.name(),
        address,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Which connections of the tenant to that provider have one of these values as that field, each with its value. Those in use first.
pub(in crate::connections) async fn with_setting(
    tx: &mut TenantTx,
    provider: &str,
    field: &str,
    values: &[String],
) -> sqlx::Result<Vec<(Uuid, String)>> {
    let tenant = tx.id();
    let found = sqlx::query!(
        r#"select id, settings ->> $3 as "value!" from tenant_channel_settings
           where tenant_id = $1 and provider = $2 and settings ->> $3 = any($4)
           order by is_active desc, id"#,
        tenant,
        provider,
        field,
        values,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(|row| (row.id, row.value)).collect())
}

pub(in crate::connections) async fn add_hook(
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

/// Takes a connection's hooks away, but for the one with this digest.
pub(in crate::connections) async fn remove_hooks(
    tx: &mut TenantTx,
    connection: Uuid,
    but: Option<&[u8]>,
) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        r#"delete from hook_routes
           where routed_tenant_id = $1 and connection_id = $2 and ($3::bytea is null or token_digest <> $3)"#,
        tenant,
        connection,
        but,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whose hook a token is: tenant and connection.
pub(in crate::connections) async fn hook(
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
