//! The SQL of what a person should look at.
use crate::db::{TenantTx, Time};
use crate::messages::tasks::{Filter, Standing};
use uuid::Uuid;

/// A task as it is stored, with what is shown of whom and what it is about.
pub(in crate::messages) struct TaskRow {
    pub id: Uuid,
    pub kind: String,
    pub said: String,
    pub opened_at: Time,
    pub closed_at: Option<Time>,
    pub closed_by: Option<String>,
    pub closed_because: Option<String>,
    pub customer: Option<Uuid>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company_name: Option<String>,
    pub message: Option<Uuid>,
    pub message_status: Option<String>,
}

/// Tasks after that of the filter, the oldest first; of one alone, if it is named.
pub(in crate::messages) async fn tasks(
    tx: &mut TenantTx,
    only: Option<Uuid>,
    filter: &Filter,
    limit: i64,
) -> sqlx::Result<Vec<TaskRow>> {
    let tenant = tx.id();
    sqlx::query_as!(
        TaskRow,
        r#"select t.id, t.kind, t.said, t.opened_at, t.closed_at, t.closed_by, t.closed_because, t.customer_id as customer,
                  c.first_name as "first_name?", c.last_name as "last_name?", c.company_name as "company_name?",
                  t.message_id as message, m.status as "message_status?"
           from review_tasks t
           left join customers c on c.tenant_id = $1 and c.id = t.customer_id
           left join messages m on m.tenant_id = $1 and m.id = t.message_id
           where t.tenant_id = $1 and ($2 or t.closed_at is null) and ($3::text is null or t.kind = $3)
             and ($4::uuid is null or t.id > $4) and ($5::uuid is null or t.id = $5)
           order by t.id limit $6"#,
        tenant,
        filter.also_closed,
        filter.kind.as_deref(),
        filter.after,
        only,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// The open task of that kind about a message.
pub(in crate::messages) async fn open_task_of(
    tx: &mut TenantTx,
    kind: &str,
    message: Uuid,
) -> sqlx::Result<Option<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select id from review_tasks
           where tenant_id = $1 and kind = $2 and message_id = $3 and closed_at is null
           order by id limit 1"#,
        tenant,
        kind,
        message,
    )
    .fetch_optional(tx.conn())
    .await
}

/// The last task of that kind whose words begin so.
pub(in crate::messages) async fn task_about(
    tx: &mut TenantTx,
    kind: &str,
    beginning: &str,
) -> sqlx::Result<Option<Standing>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Standing,
        r#"select id, closed_at is null as "is_open!" from review_tasks
           where tenant_id = $1 and kind = $2 and starts_with(said, $3)
           order by opened_at desc, id desc limit 1"#,
        tenant,
        kind,
        beginning,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Closes a task that is open. Answers whether it was.
pub(in crate::messages) async fn close_task(
    tx: &mut TenantTx,
    id: Uuid,
    by: &str,
    because: &str,
) -> sqlx::Result<bool> {
    let (tenant, at) = (tx.id(), tx.time());
    let closed = sqlx::query!(
        r#"update review_tasks set closed_at = $3, closed_by = $4, closed_because = $5
           where tenant_id = $1 and id = $2 and closed_at is null"#,
        tenant,
        id,
        at as Time,
        by,
        because,
    )
    .execute(tx.conn())
    .await?;
    Ok(closed.rows_affected() == 1)
}

pub(in crate::messages) async fn insert_task(
    tx: &mut TenantTx,
    kind: &str,
    customer: Option<Uuid>,
    message: Option<Uuid>,
    said: &str,
) -> sqlx::Result<()> {
    let (tenant, id, at) = (tx.id(), tx.new_id(), tx.time());
    sqlx::query!(
        r#"insert into review_tasks (tenant_id, id, kind, customer_id, message_id, said, opened_at)
           values ($1, $2, $3, $4, $5, $6, $7)"#,
        tenant,
        id,
        kind,
        customer,
        message,
        said,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A task that ends with the connection's name, unless one that says the same is open.
pub(in crate::messages) async fn insert_task_once(
    tx: &mut TenantTx,
    kind: &str,
    connection: Uuid,
    said: &str,
) -> sqlx::Result<()> {
    let (tenant, id, at) = (tx.id(), tx.new_id(), tx.time());
    sqlx::query!(
        r#"insert into review_tasks (tenant_id, id, kind, said, opened_at)
           select $1, $2, $3, $5::text || s.name, $6 from tenant_channel_settings s
           where s.tenant_id = $1 and s.id = $4
             and not exists (select from review_tasks t
                             where t.tenant_id = $1 and t.kind = $3 and t.said = $5::text || s.name and t.closed_at is null)
           on conflict do nothing"#,
        tenant,
        id,
        kind,
        connection,
        said,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A task about a message and its customer, unless an open one says the same of another of its campaign and connection.
pub(in crate::messages) async fn insert_task_for_its_like(
    tx: &mut TenantTx,
    kind: &str,
    message: Uuid,
    said: &str,
) -> sqlx::Result<()> {
    let (tenant, id, at) = (tx.id(), tx.new_id(), tx.time());
    sqlx::query!(
        r#"insert into review_tasks (tenant_id, id, kind, customer_id, message_id, said, opened_at)
           select $1, $2, $3, m.customer_id, m.id, $5, $6 from messages m
           where m.tenant_id = $1 and m.id = $4
             and not exists (select from review_tasks t
                             join messages first on first.tenant_id = $1 and first.id = t.message_id
                             where t.tenant_id = $1 and t.kind = $3 and t.said = $5 and t.closed_at is null
                               and first.campaign_id is not distinct from m.campaign_id
                               and first.connection_id is not distinct from m.connection_id)
           on conflict do nothing"#,
        tenant,
        id,
        kind,
        message,
        said,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
