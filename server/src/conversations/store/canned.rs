//! The SQL of canned replies.
use crate::conversations::canned::Canned;
use crate::db::{TenantTx, Time};
use rules::channel::Channel;

pub async fn put(tx: &mut TenantTx, name: &str, channel: Option<Channel>, body: &str) -> sqlx::Result<()> {
    let (tenant, id, at) = (tx.id(), tx.new_id(), tx.time());
    sqlx::query!(
        r#"insert into canned_replies (tenant_id, id, name, channel, body, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6)
           on conflict (tenant_id, name)
           do update set channel = excluded.channel, body = excluded.body, updated_at = excluded.updated_at"#,
        tenant,
        id,
        name,
        channel.map(Channel::name),
        body,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn list(tx: &mut TenantTx) -> sqlx::Result<Vec<Canned>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        "select name, channel, body from canned_replies where tenant_id = $1 order by name",
        tenant
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Canned {
            name: row.name,
            channel: row.channel.as_deref().and_then(Channel::parse),
            body: row.body,
        })
        .collect())
}

pub async fn remove(tx: &mut TenantTx, name: &str) -> sqlx::Result<bool> {
    let tenant = tx.id();
    let done = sqlx::query!(
        "delete from canned_replies where tenant_id = $1 and name = $2",
        tenant,
        name
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
