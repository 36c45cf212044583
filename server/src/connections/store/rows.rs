//! The SQL of connections themselves.
use crate::connections::listing::Connection;
use crate::connections::{Carrier, Carries};
use crate::db::{TenantTx, Time};
use jiff::Timestamp;
use rules::channel::Channel;
use serde_json::Value;
use uuid::Uuid;

/// A connection to be stored. Settings and credentials are apart already, the latter sealed.
pub(in crate::connections) struct Row<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub channel: Channel,
    pub provider: &'a str,
    pub sender: &'a str,
    pub registration: Option<&'a str>,
    pub carries: Carries,
    pub settings: Value,
    pub credentials: Option<Vec<u8>>,
    pub is_active: bool,
    pub verified_at: Option<Timestamp>,
    pub stands_in_for: Option<Uuid>,
}

/// What changes of a connection; what is none stays, but for `verified_at`.
pub(in crate::connections) struct Changed<'a> {
    pub name: Option<&'a str>,
    pub sender: Option<&'a str>,
    /// Empty: taken away.
    pub registration: Option<&'a str>,
    pub settings: Option<Value>,
    pub credentials: Option<Vec<u8>>,
    pub verified_at: Option<Timestamp>,
}

/// A connection as it is stored; its credentials are sealed.
#[derive(Debug, Clone)]
pub(in crate::connections) struct Stored {
    pub id: Uuid,
    pub provider: String,
    pub settings: Value,
    pub credentials: Option<Vec<u8>>,
    pub updated_at: Time,
}

/// Whoever changes connections of a tenant waits for whoever does already, and then sees what they did.
pub(in crate::connections) async fn lock_all(tx: &mut TenantTx) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        "select id from tenant_channel_settings where tenant_id = $1 order by id for update",
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::connections) async fn insert(tx: &mut TenantTx, row: &Row<'_>) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, purpose, settings, credentials,
                                                is_active, verified_at, stands_in_for, created_at, updated_at, registration)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)"#,
        tenant,
        row.id,
        row.name,
        row.channel.name(),
        row.provider,
        row.sender,
        row.carries.name(),
        row.settings,
        row.credentials,
        row.is_active,
        row.verified_at.map(Time) as Option<Time>,
        row.stands_in_for,
        at as Time,
        row.registration,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// All of a tenant's, those in use first.
pub(in crate::connections) async fn all(tx: &mut TenantTx) -> sqlx::Result<Vec<Connection>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select s.id, s.name, s.channel, s.provider, s.sender_address, s.registration, s.purpose, s.is_active, s.verified_at,
                  o.name as "stands_in_for?", s.unavailable_since, s.unavailable_reason, s.account_says, s.account_said_at,
                  s.created_at, s.updated_at
           from tenant_channel_settings s
           left join tenant_channel_settings o on o.tenant_id = $1 and o.id = s.stands_in_for
           where s.tenant_id = $1
           order by s.is_active desc, s.channel, s.name"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Connection {
            id: row.id,
            name: row.name,
            channel: row.channel,
            provider: row.provider,
            sender: row.sender_address,
            registration: row.registration,
            carries: row.purpose,
            is_active: row.is_active,
            verified_at: row.verified_at.map(|at| at.0),
            stands_in_for: row.stands_in_for,
            unavailable_since: row.unavailable_since.map(|at| at.0),
            unavailable_reason: row.unavailable_reason,
            account_says: row.account_says,
            account_said_at: row.account_said_at.map(|at| at.0),
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
        .collect())
}

pub(in crate::connections) async fn change(
    tx: &mut TenantTx,
    id: Uuid,
    changed: &Changed<'_>,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update tenant_channel_settings
           set name = coalesce($3, name), sender_address = coalesce($4, sender_address), settings = coalesce($5, settings),
               credentials = coalesce($6, credentials), verified_at = $7,
               registration = nullif(coalesce($9, registration), ''),
               registration_is_told = registration_is_told and $9 is null,
               -- every version has a moment of its own, by which those that hold it open know it
               updated_at = greatest($8, updated_at + interval '1 microsecond')
           where tenant_id = $1 and id = $2"#,
        tenant,
        id,
        changed.name,
        changed.sender,
        changed.settings,
        changed.credentials,
        changed.verified_at.map(Time) as Option<Time>,
        at as Time,
        changed.registration,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The provider says that it works.
pub(in crate::connections) async fn verified(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update tenant_channel_settings
           set verified_at = $3,
               unavailable_since = case when unavailable_reason = 'account' then null else unavailable_since end,
               unavailable_reason = case when unavailable_reason = 'account' then null else unavailable_reason end,
               updated_at = greatest($3, updated_at + interval '1 microsecond')
           where tenant_id = $1 and id = $2"#,
        tenant,
        id,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What the provider said of the account. The version stays: nothing has to be opened anew.
pub(in crate::connections) async fn account_says(
    tx: &mut TenantTx,
    id: Uuid,
    says: &str,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        "update tenant_channel_settings set account_says = $3, account_said_at = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        says,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The registration that the provider names, where nobody gave the sender one. Answers whether it is another than before.
pub(in crate::connections) async fn name_registration(
    tx: &mut TenantTx,
    id: Uuid,
    registration: &str,
) -> sqlx::Result<bool> {
    let tenant = tx.id();
    let done = sqlx::query!(
        r#"update tenant_channel_settings set registration = $3, registration_is_told = true
           where tenant_id = $1 and id = $2 and (registration is null or registration_is_told) and registration is distinct from $3"#,
        tenant,
        id,
        registration,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The provider says that it does not work.
pub(in crate::connections) async fn not_verified(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update tenant_channel_settings
           set verified_at = null, updated_at = greatest($3, updated_at + interval '1 microsecond')
           where tenant_id = $1 and id = $2"#,
        tenant,
        id,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::connections) async fn set_active(
    tx: &mut TenantTx,
    id: Uuid,
    is_active: bool,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update tenant_channel_settings
           set is_active = $3, updated_at = greatest($4, updated_at + interval '1 microsecond')
           where tenant_id = $1 and id = $2 and is_active <> $3"#,
        tenant,
        id,
        is_active,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::connections) async fn set_stands_in_for(
    tx: &mut TenantTx,
    id: Uuid,
    other: Option<Uuid>,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update tenant_channel_settings
           set stands_in_for = $3, updated_at = greatest($4, updated_at + interval '1 microsecond')
           where tenant_id = $1 and id = $2"#,
        tenant,
        id,
        other,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::connections) async fn remove(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        "delete from tenant_channel_settings where tenant_id = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many messages are on their way through it, or were and nobody knows what became of them.
pub(in crate::connections) async fn in_flight(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<i64> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from messages
           where tenant_id = $1 and connection_id = $2 and status in ('sending', 'unknown')"#,
        tenant,
        id,
    )
    .fetch_one(tx.conn())
    .await
}

/// A demo tenant reaches the sandbox only.
pub(in crate::connections) async fn is_demo(tx: &mut TenantTx) -> sqlx::Result<bool> {
    let tenant = tx.id();
    sqlx::query_scalar!("select is_demo from tenants where tenant_id = $1", tenant)
        .fetch_one(tx.conn())
        .await
}

pub(in crate::connections) async fn stored(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<Option<Stored>> {
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
pub(in crate::connections) async fn versions(tx: &mut TenantTx, ids: &[Uuid]) -> sqlx::Result<Vec<Carrier>> {
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
