//! How far follow-ups came: from enrollment to an answer or an end.
use super::store;
use super::touches::count;
use crate::db::TenantTx;
use serde::Serialize;
use uuid::Uuid;

/// Enrollments that reached each step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Funnel {
    pub enrolled: u64,
    /// The first touch was taken by a provider.
    pub first_sent: u64,
    /// Any touch arrived.
    pub delivered: u64,
    /// The customer did any of the four that follow.
    pub answered: u64,
    pub clicked: u64,
    pub feedback: u64,
    pub replied: u64,
    pub opted_out: u64,
    pub active: u64,
    pub completed: u64,
    pub stopped: u64,
    /// Why enrollments stopped, the most frequent first.
    pub stop_reasons: Vec<StopRow>,
}

/// How many enrollments stopped for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StopRow {
    pub reason: String,
    pub words: String,
    pub count: u64,
}

/// How far the enrollments of one campaign came, or of all.
pub async fn funnel(tx: &mut TenantTx, campaign: Option<Uuid>) -> sqlx::Result<Funnel> {
    let steps = store::funnel(tx, campaign).await?;
    let stop_reasons = store::stop_reasons(tx, campaign)
        .await?
        .into_iter()
        .map(|(reason, stopped)| StopRow {
            words: super::words::reason(&reason),
            reason,
            count: count(stopped),
        })
        .collect();
    Ok(Funnel {
        enrolled: count(steps.enrolled),
        first_sent: count(steps.first_sent),
        delivered: count(steps.delivered),
        answered: count(steps.answered),
        clicked: count(steps.clicked),
        feedback: count(steps.feedback),
        replied: count(steps.replied),
        opted_out: count(steps.opted_out),
        active: count(steps.active),
        completed: count(steps.completed),
        stopped: count(steps.stopped),
        stop_reasons,
    })
}
