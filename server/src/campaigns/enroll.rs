//! Enrolls completed work orders, each once. A repeat job of a customer in the same campaign ends the follow-up of the one before.
use super::stop::stop;
use super::store::campaign;
use super::store::enrollment::{self, NewEnrollment, ToEnroll};
use super::store::touch::{self, NewTouch};
use crate::db::{TenantTx, Time};
use jiff::SignedDuration;
use rules::lifecycle::EnrollmentStopReason;
use rules::schedule;
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// A job that was completed earlier is not followed up: an import of old jobs must not message anybody years later. House rule.
pub const FOLLOW_UP_WITHIN_DAYS: i64 = 30;

/// Enrolls these work orders, if they are completed and a campaign is for them. Answers how many were enrolled.
pub async fn enroll(tx: &mut TenantTx, orders: &[Uuid]) -> sqlx::Result<usize> {
    let not_before = Time(tx.now() - SignedDuration::from_hours(24 * FOLLOW_UP_WITHIN_DAYS));
    campaign::stay(tx).await?;
    let found = enrollment::to_enroll(tx, orders, not_before).await?;
    // of several jobs of one customer in one campaign the last is followed up
    let latest: BTreeMap<(Uuid, Uuid), ToEnroll> = found
        .into_iter()
        .map(|order| ((order.customer, order.campaign), order))
        .collect();
    if latest.is_empty() {
        return Ok(0);
    }
    let pairs: Vec<(Uuid, Uuid)> = latest.keys().copied().collect();
    let before = enrollment::active_of_pairs(tx, &pairs).await?;
    stop(tx, &before, EnrollmentStopReason::RepeatJob).await?;
    let new: Vec<(Uuid, ToEnroll)> = latest.into_values().map(|order| (tx.new_id(), order)).collect();
    let rows: Vec<NewEnrollment> = new
        .iter()
        .map(|(id, order)| NewEnrollment {
            id: *id,
            campaign: order.campaign,
            customer: order.customer,
            work_order: order.work_order,
        })
        .collect();
    let inserted: HashSet<Uuid> = enrollment::insert(tx, &rows).await?.into_iter().collect();
    let now = tx.now();
    let touches: Vec<NewTouch> = new
        .into_iter()
        .filter(|(id, _)| inserted.contains(id))
        .map(|(id, order)| {
            let delay = u32::try_from(order.delay_hours).unwrap_or(1);
            let at = schedule::not_in_the_past(schedule::first_touch_at(order.completed_at.0, delay), now);
            NewTouch {
                enrollment: id,
                campaign: order.campaign,
                number: 1,
                channel: order.channel,
                scheduled_at: Time(at),
                status: if order.paused { "paused" } else { "pending" },
            }
        })
        .collect();
    touch::insert(tx, &touches).await?;
    Ok(touches.len())
}
