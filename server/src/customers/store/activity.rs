//! The SQL of what was done to customers' records.
use crate::customers::Activity;
use crate::db::{TenantTx, Time};
use serde_json::{Value, json};
use uuid::Uuid;

pub async fn insert(tx: &mut TenantTx, actor: &str, kind: &str, customers: &[Uuid]) -> sqlx::Result<()> {
    insert_with(tx, actor, kind, customers.iter().map(|id| (*id, json!({})))).await
}

pub async fn insert_with(
    tx: &mut TenantTx,
    actor: &str,
    kind: &str,
    done: impl Iterator<Item = (Uuid, Value)>,
) -> sqlx::Result<()> {
    let (customers, changes): (Vec<Uuid>, Vec<Value>) = done.unzip();
    if customers.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = customers.iter().map(|_| tx.new_id()).collect();
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"insert into customer_activities (tenant_id, id, customer_id, kind, at, actor, changes)
           select $1, a.id, a.customer_id, $2, $3, $4, a.changes
           from unnest($5::uuid[], $6::uuid[], $7::jsonb[]) as a (id, customer_id, changes)
           on conflict do nothing"#,
        tenant,
        kind,
        at as Time,
        actor,
        &ids,
        &customers,
        &changes,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn of(tx: &mut TenantTx, customer: Uuid) -> sqlx::Result<Vec<Activity>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        "select kind, at, actor, changes from customer_activities where tenant_id = $1 and customer_id = $2 order by at, id",
        tenant,
        customer,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Activity {
            kind: row.kind,
            at: row.at.0,
            actor: row.actor,
            changes: row.changes,
        })
        .collect())
}
