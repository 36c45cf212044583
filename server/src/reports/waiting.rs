//! What waits, for what, and until when.
use super::store;
use super::touches::count;
use crate::db::TenantTx;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// Things that wait for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingRow {
    /// `touch` (not made yet), `message` (made, not sent) or `outcome` (sent, nobody knows what came of it).
    pub what: String,
    pub reason: String,
    pub words: String,
    pub channel: String,
    pub count: u64,
    /// When the first goes on; none: when something happens.
    pub first_until: Option<Timestamp>,
    pub last_until: Option<Timestamp>,
}

/// What waits in one campaign, or everywhere; what goes on first, first.
pub async fn waiting(tx: &mut TenantTx, campaign: Option<Uuid>) -> sqlx::Result<Vec<WaitingRow>> {
    Ok(store::waiting(tx, campaign)
        .await?
        .into_iter()
        .map(|row| WaitingRow {
            words: super::words::reason(&row.reason),
            what: row.what,
            reason: row.reason,
            channel: row.channel,
            count: count(row.count),
            first_until: row.first_until.map(|at| at.0),
            last_until: row.last_until.map(|at| at.0),
        })
        .collect())
}
