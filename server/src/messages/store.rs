//! The SQL of messages.
use super::NewMessage;
use crate::db::{TenantTx, Time};
use uuid::Uuid;

pub(super) async fn insert(tx: &mut TenantTx, messages: &[NewMessage]) -> sqlx::Result<u64> {
    if messages.is_empty() {
        return Ok(0);
    }
    let (tenant, at) = (tx.id(), tx.time());
    let column = |of: fn(&NewMessage) -> String| messages.iter().map(of).collect::<Vec<String>>();
    let channels = column(|m| m.channel.name().to_owned());
    let addresses = column(|m| m.to.clone());
    let customers: Vec<Option<Uuid>> = messages.iter().map(|m| m.customer).collect();
    sqlx::query!(
        r#"insert into recipients (tenant_id, channel, address, customer_id, created_at, updated_at)
           select $1, channel, address, customer_id, $5, $5
           from (select distinct on (channel, address) channel, address, customer_id
                 from unnest($2::text[], $3::text[], $4::uuid[]) as wanted (channel, address, customer_id)
                 order by channel, address) as first_seen
           on conflict (tenant_id, channel, address) do nothing"#,
        tenant,
        &channels,
        &addresses,
        &customers as &[Option<Uuid>],
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    let ids: Vec<Uuid> = messages.iter().map(|m| m.id).collect();
    let purposes = column(|m| m.purpose.name().to_owned());
    let subjects: Vec<Option<String>> = messages.iter().map(|m| m.subject.clone()).collect();
    let bodies = column(|m| m.body.clone());
    let templates: Vec<Option<Uuid>> = messages.iter().map(|m| m.template).collect();
    let campaigns: Vec<Option<Uuid>> = messages.iter().map(|m| m.touch.map(|t| t.0)).collect();
    let enrollments: Vec<Option<Uuid>> = messages.iter().map(|m| m.touch.map(|t| t.1)).collect();
    let numbers: Vec<Option<i16>> = messages.iter().map(|m| m.touch.map(|t| t.2)).collect();
    let answers: Vec<Option<String>> = messages
        .iter()
        .map(|m| m.answers.as_ref().map(|a| a.0.clone()))
        .collect();
    let answered: Vec<Option<Time>> = messages
        .iter()
        .map(|m| m.answers.as_ref().map(|a| Time(a.1)))
        .collect();
    let due: Vec<Time> = messages.iter().map(|m| Time(m.due_at)).collect();
    let done = sqlx::query_file!(
        "src/messages/insert.sql",
        tenant,
        &ids,
        &channels,
        &purposes,
        &customers as &[Option<Uuid>],
        &addresses,
        &subjects as &[Option<String>],
        &bodies,
        &templates as &[Option<Uuid>],
        &campaigns as &[Option<Uuid>],
        &enrollments as &[Option<Uuid>],
        &numbers as &[Option<i16>],
        &answers as &[Option<String>],
        &answered as &[Option<Time>],
        &due as &[Time],
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
