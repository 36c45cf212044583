//! The SQL of work orders.
use super::{NewWorkOrder, WorkOrder};
use crate::db::{TenantTx, Time};
use rules::lifecycle::{ServiceType, WorkOrderStatus};
use uuid::Uuid;

struct Row {
    id: Uuid,
    customer_id: Uuid,
    number: Option<String>,
    service_type: String,
    title: Option<String>,
    status: String,
    scheduled_at: Option<Time>,
    completed_at: Option<Time>,
    amount_cents: Option<i64>,
}

impl From<Row> for WorkOrder {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            customer: row.customer_id,
            number: row.number,
            // the table's CHECK holds the same words
            service_type: ServiceType::parse(&row.service_type).unwrap_or(ServiceType::Other),
            title: row.title,
            status: WorkOrderStatus::parse(&row.status).unwrap_or(WorkOrderStatus::DoNotSend),
            scheduled_at: row.scheduled_at.map(|at| at.0),
            completed_at: row.completed_at.map(|at| at.0),
            amount_cents: row.amount_cents,
        }
    }
}

pub(super) async fn get(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<Option<WorkOrder>> {
    let tenant = tx.id();
    let row = sqlx::query_as!(
        Row,
        r#"select id, customer_id, number, service_type, title, status, scheduled_at, completed_at, amount_cents
           from work_orders where tenant_id = $1 and id = $2"#,
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(WorkOrder::from))
}

/// Locked: whoever changes them decides on what they are now.
pub(super) async fn by_numbers(tx: &mut TenantTx, numbers: &[String]) -> sqlx::Result<Vec<WorkOrder>> {
    let tenant = tx.id();
    let rows = sqlx::query_as!(
        Row,
        r#"select id, customer_id, number, service_type, title, status, scheduled_at, completed_at, amount_cents
           from work_orders where tenant_id = $1 and number = any($2) order by id for update"#,
        tenant,
        numbers,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(WorkOrder::from).collect())
}

pub(super) async fn list(
    tx: &mut TenantTx,
    customer: Option<Uuid>,
    status: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<WorkOrder>> {
    let tenant = tx.id();
    let rows = sqlx::query_as!(
        Row,
        r#"select id, customer_id, number, service_type, title, status, scheduled_at, completed_at, amount_cents
           from work_orders
           where tenant_id = $1 and ($2::uuid is null or customer_id = $2) and ($3::text is null or status = $3)
             and ($4::uuid is null or id < $4)
           order by id desc limit $5"#,
        tenant,
        customer,
        status,
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(WorkOrder::from).collect())
}

/// The columns of work orders, each a list.
struct Columns {
    ids: Vec<Uuid>,
    customers: Vec<Uuid>,
    numbers: Vec<Option<String>>,
    services: Vec<String>,
    titles: Vec<Option<String>>,
    statuses: Vec<String>,
    scheduled: Vec<Option<Time>>,
    completed: Vec<Option<Time>>,
    amounts: Vec<Option<i64>>,
}

fn columns(orders: &[(Uuid, NewWorkOrder)]) -> Columns {
    Columns {
        ids: orders.iter().map(|(id, _)| *id).collect(),
        customers: orders.iter().map(|(_, order)| order.customer).collect(),
        numbers: orders.iter().map(|(_, order)| order.number.clone()).collect(),
        services: orders
            .iter()
            .map(|(_, order)| order.service_type.name().to_owned())
            .collect(),
        titles: orders.iter().map(|(_, order)| order.title.clone()).collect(),
        statuses: orders
            .iter()
            .map(|(_, order)| order.status.name().to_owned())
            .collect(),
        scheduled: orders
            .iter()
            .map(|(_, order)| order.scheduled_at.map(Time))
            .collect(),
        completed: orders
            .iter()
            .map(|(_, order)| order.completed_at.map(Time))
            .collect(),
        amounts: orders.iter().map(|(_, order)| order.amount_cents).collect(),
    }
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    actor: &str,
    orders: &[(Uuid, NewWorkOrder)],
) -> sqlx::Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let (tenant, at) = (tx.id(), tx.time());
    let c = columns(orders);
    sqlx::query!(
        r#"insert into work_orders (tenant_id, id, customer_id, number, service_type, title, status, scheduled_at, completed_at,
                                    amount_cents, created_by, created_at, updated_at)
           select $1, n.id, n.customer_id, n.number, n.service_type, n.title, n.status, n.scheduled_at, n.completed_at,
                  n.amount_cents, $2, $3, $3
           from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[],
                       $11::timestamptz[], $12::bigint[])
                as n (id, customer_id, number, service_type, title, status, scheduled_at, completed_at, amount_cents)
           returning id"#,
        tenant,
        actor,
        at as Time,
        &c.ids,
        &c.customers,
        &c.numbers as &[Option<String>],
        &c.services,
        &c.titles as &[Option<String>],
        &c.statuses,
        &c.scheduled as &[Option<Time>],
        &c.completed as &[Option<Time>],
        &c.amounts as &[Option<i64>],
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut TenantTx, orders: &[(Uuid, NewWorkOrder)]) -> sqlx::Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let (tenant, at) = (tx.id(), tx.time());
    let c = columns(orders);
    sqlx::query!(
        r#"update work_orders w
           set customer_id = n.customer_id, service_type = n.service_type, title = n.title, status = n.status,
               scheduled_at = n.scheduled_at, completed_at = n.completed_at, amount_cents = n.amount_cents, updated_at = $2
           from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[],
                       $10::bigint[])
                as n (id, customer_id, service_type, title, status, scheduled_at, completed_at, amount_cents)
           where w.tenant_id = $1 and w.id = n.id"#,
        tenant,
        at as Time,
        &c.ids,
        &c.customers,
        &c.services,
        &c.titles as &[Option<String>],
        &c.statuses,
        &c.scheduled as &[Option<Time>],
        &c.completed as &[Option<Time>],
        &c.amounts as &[Option<i64>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
