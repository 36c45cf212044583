//! Work orders: jobs done or to be done for a customer. Completion enrolls, in the same transaction.
use crate::customers::{self, Counted};
use crate::db::TenantTx;
use crate::happened::Happened;
use jiff::Timestamp;
use rules::lifecycle::{ServiceType, WorkOrderStatus};
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

mod store;

/// A work order as its tenant sees it.
#[derive(Debug, Clone, Serialize)]
pub struct WorkOrder {
    #[serde(serialize_with = "crate::ids::json::work_order")]
    pub id: Uuid,
    #[serde(serialize_with = "crate::ids::json::customer")]
    pub customer: Uuid,
    /// Its number in the tenant's own tool.
    pub number: Option<String>,
    pub service_type: ServiceType,
    pub title: Option<String>,
    pub status: WorkOrderStatus,
    pub scheduled_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub amount_cents: Option<i64>,
}

/// What is said of a work order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkOrder {
    pub customer: Uuid,
    pub number: Option<String>,
    pub service_type: ServiceType,
    pub title: Option<String>,
    pub status: WorkOrderStatus,
    pub scheduled_at: Option<Timestamp>,
    /// Must be there when it is completed.
    pub completed_at: Option<Timestamp>,
    pub amount_cents: Option<i64>,
}

/// What became of a work order that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    Created(Uuid),
    Updated(Uuid),
    Unchanged(Uuid),
    /// It can't go from the status it has to the one that was given; it stays as it is.
    Refused {
        id: Uuid,
        from: WorkOrderStatus,
        to: WorkOrderStatus,
    },
}

/// Why a work order can't be changed so.
#[derive(Debug, thiserror::Error)]
pub enum WorkOrderError {
    #[error("work order: there is none with the id or number `{0}`")]
    Unknown(String),
    #[error("status: a work order can't go from {} to {}", from.name(), to.name())]
    Status {
        from: WorkOrderStatus,
        to: WorkOrderStatus,
    },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Puts work orders, in the order given: new ones are made, those whose number is known are changed where they differ. Counts of
/// customers and what follows from completion or cancellation happen in the same transaction.
pub async fn put_batch(tx: &mut TenantTx, actor: &str, orders: Vec<NewWorkOrder>) -> sqlx::Result<Vec<Put>> {
    let numbers: Vec<String> = orders.iter().filter_map(|order| order.number.clone()).collect();
    let known: HashMap<String, WorkOrder> = store::by_numbers(tx, &numbers)
        .await?
        .into_iter()
        .filter_map(|order| Some((order.number.clone()?, order)))
        .collect();
    let (mut answers, mut new, mut changed, mut moves) =
        (Vec::new(), Vec::new(), Vec::new(), Moves::default());
    for order in orders {
        let Some(before) = order.number.as_ref().and_then(|number| known.get(number)) else {
            let id = tx.new_id();
            moves.begins(id, &order);
            new.push((id, order));
            answers.push(Put::Created(id));
            continue;
        };
        if before.customer == order.customer && before.as_new() == order {
            answers.push(Put::Unchanged(before.id));
        } else if before.status != order.status && !before.status.can_move(order.status) {
            answers.push(Put::Refused {
                id: before.id,
                from: before.status,
                to: order.status,
            });
        } else {
            moves.goes(before, &order);
            answers.push(Put::Updated(before.id));
            changed.push((before.id, order));
        }
    }
    store::insert(tx, actor, &new).await?;
    store::update(tx, &changed).await?;
    moves.follow(tx).await?;
    Ok(answers)
}

/// Makes one work order. Answers its id.
pub async fn create(tx: &mut TenantTx, actor: &str, order: NewWorkOrder) -> sqlx::Result<Uuid> {
    let put = put_batch(tx, actor, vec![order]).await?;
    match put.first() {
        Some(Put::Created(id) | Put::Updated(id) | Put::Unchanged(id) | Put::Refused { id, .. }) => Ok(*id),
        None => Err(sqlx::Error::RowNotFound),
    }
}

/// Moves a work order to another status; `at` is when it was completed.
pub async fn move_to(
    tx: &mut TenantTx,
    id: Uuid,
    to: WorkOrderStatus,
    at: Option<Timestamp>,
) -> Result<(), WorkOrderError> {
    let before = store::get(tx, id)
        .await?
        .ok_or_else(|| WorkOrderError::Unknown(id.to_string()))?;
    if before.status == to {
        return Ok(());
    }
    if !before.status.can_move(to) {
        return Err(WorkOrderError::Status {
            from: before.status,
            to,
        });
    }
    let mut after = before.as_new();
    after.status = to;
    if to == WorkOrderStatus::Completed {
        after.completed_at = Some(at.unwrap_or(tx.now()));
    }
    let mut moves = Moves::default();
    moves.goes(&before, &after);
    store::update(tx, &[(id, after)]).await?;
    moves.follow(tx).await?;
    Ok(())
}

/// The work orders of a tenant, newest first; of one customer, or in one status.
pub async fn list(
    tx: &mut TenantTx,
    customer: Option<Uuid>,
    status: Option<WorkOrderStatus>,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<WorkOrder>> {
    store::list(
        tx,
        customer,
        status.map(WorkOrderStatus::name),
        after,
        limit.clamp(1, 100),
    )
    .await
}

/// The work order that an operator names, by id (`wo_…`) or by its number.
pub async fn find(tx: &mut TenantTx, named: &str) -> Result<WorkOrder, WorkOrderError> {
    let found = match crate::ids::Noun::WorkOrder.read(named) {
        Ok(id) => store::get(tx, id).await?,
        Err(_) => store::by_numbers(tx, &[named.to_owned()]).await?.pop(),
    };
    found.ok_or_else(|| WorkOrderError::Unknown(named.to_owned()))
}

impl WorkOrder {
    fn as_new(&self) -> NewWorkOrder {
        NewWorkOrder {
            customer: self.customer,
            number: self.number.clone(),
            service_type: self.service_type,
            title: self.title.clone(),
            status: self.status,
            scheduled_at: self.scheduled_at,
            completed_at: self.completed_at,
            amount_cents: self.amount_cents,
        }
    }
}

/// What follows from changes of work orders.
#[derive(Default)]
struct Moves {
    counted: Vec<Counted>,
    customers: Vec<Uuid>,
    completed: Vec<Uuid>,
    cancelled: Vec<Uuid>,
}

impl Moves {
    fn begins(&mut self, id: Uuid, order: &NewWorkOrder) {
        let is_done = order.status == WorkOrderStatus::Completed;
        self.count(order, 1, i32::from(is_done));
        self.customers.push(order.customer);
        if is_done {
            self.completed.push(id);
        }
    }

    fn goes(&mut self, before: &WorkOrder, after: &NewWorkOrder) {
        let (was_done, is_done) = (
            before.status == WorkOrderStatus::Completed,
            after.status == WorkOrderStatus::Completed,
        );
        if before.customer == after.customer {
            self.count(after, 0, i32::from(is_done) - i32::from(was_done));
        } else {
            self.count(&before.as_new(), -1, -i32::from(was_done));
            self.count(after, 1, i32::from(is_done));
            self.customers.push(after.customer);
        }
        match after.status {
            WorkOrderStatus::Completed if !was_done => self.completed.push(before.id),
            WorkOrderStatus::Cancelled | WorkOrderStatus::DoNotSend if before.status != after.status => {
                self.cancelled.push(before.id);
            }
            WorkOrderStatus::Scheduled
            | WorkOrderStatus::InProgress
            | WorkOrderStatus::Completed
            | WorkOrderStatus::DoNotSend
            | WorkOrderStatus::Cancelled => {}
        }
    }

    fn count(&mut self, order: &NewWorkOrder, total: i32, completed: i32) {
        self.counted.push(Counted {
            customer: order.customer,
            total,
            completed,
            completed_at: order.completed_at,
        });
    }

    async fn follow(self, tx: &mut TenantTx) -> sqlx::Result<()> {
        customers::count_orders(tx, &self.counted).await?;
        customers::first_work_order(tx, &self.customers).await?;
        if !self.completed.is_empty() {
            tx.happened(Happened::WorkOrdersCompleted(self.completed));
        }
        if !self.cancelled.is_empty() {
            tx.happened(Happened::WorkOrdersCancelled(self.cancelled));
        }
        Ok(())
    }
}
