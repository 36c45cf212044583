//! The SQL of what is sealed, of one tenant and of all.
use crate::db::{OperatorTx, TenantTx, Time};
use uuid::Uuid;

/// Whoever seals something or changes the key file waits for whoever does already, in whatever process.
pub(in crate::connections) async fn lock_keys(tx: &mut TenantTx) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('courtesy.keys'))")
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

/// The same lock, for who looks at all tenants.
pub(in crate::connections) async fn lock_keys_of_all(tx: &mut OperatorTx) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('courtesy.keys'))")
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

/// How many connections of a tenant have credentials that begin so: with the name of their key.
pub(in crate::connections) struct SealedRow {
    pub tenant_id: Uuid,
    pub head: Vec<u8>,
    pub connections: i64,
}

pub(in crate::connections) async fn sealed(tx: &mut OperatorTx) -> sqlx::Result<Vec<SealedRow>> {
    sqlx::query_file_as!(SealedRow, "src/connections/sealed.sql")
        .fetch_all(tx.conn())
        .await
}

/// Sealed credentials of a tenant.
pub(in crate::connections) struct Blob {
    pub id: Uuid,
    pub blob: Vec<u8>,
}

/// The next ones, locked.
pub(in crate::connections) async fn sealed_rows(
    tx: &mut TenantTx,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Blob>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Blob,
        r#"select id, credentials as "blob!" from tenant_channel_settings
           where tenant_id = $1 and credentials is not null and ($2::uuid is null or id > $2)
           order by id
           limit $3
           for update"#,
        tenant,
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Keeps credentials; as a new version of the connection when they open to something else than before.
pub(in crate::connections) async fn set_credentials(
    tx: &mut TenantTx,
    id: Uuid,
    credentials: &[u8],
    is_new_version: bool,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update tenant_channel_settings
           set credentials = $3,
               updated_at = case when $4 then greatest($5, updated_at + interval '1 microsecond') else updated_at end
           where tenant_id = $1 and id = $2"#,
        tenant,
        id,
        credentials,
        is_new_version,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
