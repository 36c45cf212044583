//! The SQL of what signs unsubscribe links.
use crate::consents::links::LinkKey;
use crate::db::{EngineTx, TenantTx};
use uuid::Uuid;

pub(in crate::consents) async fn link_key(tx: &mut TenantTx) -> sqlx::Result<Option<LinkKey>> {
    let tenant_id = tx.id();
    let found = sqlx::query!(
        "select name, routed_tenant_id, secret from link_keys where routed_tenant_id = $1",
        tenant_id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|row| LinkKey {
        name: row.name,
        tenant: row.routed_tenant_id,
        secret: row.secret,
    }))
}

/// Leaves a key alone that is there already.
pub(in crate::consents) async fn make_link_key(
    tx: &mut TenantTx,
    name: Uuid,
    secret: &[u8],
) -> sqlx::Result<()> {
    let tenant_id = tx.id();
    sqlx::query!(
        "insert into link_keys (name, routed_tenant_id, secret) values ($1, $2, $3) on conflict do nothing",
        name,
        tenant_id,
        secret,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::consents) async fn link_key_named(
    tx: &mut EngineTx,
    name: Uuid,
) -> sqlx::Result<Option<LinkKey>> {
    let found = sqlx::query!(
        "select name, routed_tenant_id, secret from link_keys where name = $1",
        name,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|row| LinkKey {
        name: row.name,
        tenant: row.routed_tenant_id,
        secret: row.secret,
    }))
}
