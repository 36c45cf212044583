//! Ends enrollments: what is to come is skipped, what is queued is cancelled, what is in flight stays in flight.
use super::store::{enrollment, touch};
use crate::db::TenantTx;
use crate::messages;
use rules::lifecycle::EnrollmentStopReason;
use uuid::Uuid;

/// Ends these enrollments. Answers how many were active.
pub(super) async fn stop(
    tx: &mut TenantTx,
    enrollments: &[Uuid],
    why: EnrollmentStopReason,
) -> sqlx::Result<usize> {
    if enrollments.is_empty() {
        return Ok(0);
    }
    let ended = enrollment::end(tx, enrollments, why.name()).await?;
    messages::cancel_of_enrollments(tx, &ended, why.name()).await?;
    touch::skip(tx, &ended, why.name()).await?;
    Ok(ended.len())
}

/// Ends every active enrollment of these customers.
pub async fn stop_for_customers(
    tx: &mut TenantTx,
    customers: &[Uuid],
    why: EnrollmentStopReason,
) -> sqlx::Result<usize> {
    let enrollments = enrollment::active_of_customers(tx, customers).await?;
    stop(tx, &enrollments, why).await
}

/// Ends the enrollments of work orders that were cancelled.
pub async fn stop_for_work_orders(tx: &mut TenantTx, orders: &[Uuid]) -> sqlx::Result<usize> {
    let enrollments = enrollment::active_of_work_orders(tx, orders).await?;
    stop(tx, &enrollments, EnrollmentStopReason::WorkOrderCancelled).await
}

/// Ends every active enrollment of the customer that a message went to: whoever answered one follow-up wants no other.
pub async fn stop_for_message(
    tx: &mut TenantTx,
    message: Uuid,
    why: EnrollmentStopReason,
) -> sqlx::Result<usize> {
    match enrollment::customer_of_message(tx, message).await? {
        Some(customer) => stop_for_customers(tx, &[customer], why).await,
        None => Ok(0),
    }
}
