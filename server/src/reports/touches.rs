//! What became of every touch: counts that add up, and the reasons behind them.
use super::store::{self, Counted};
use crate::db::TenantTx;
use serde::Serialize;
use uuid::Uuid;

/// Counts of messages that were planned. Each stands in exactly one of sent, stopped, failed, unknown, cancelled and waiting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub planned: u64,
    /// The provider took it.
    pub sent: u64,
    /// Of those sent: it arrived.
    pub delivered: u64,
    /// Of those sent: the carrier could not deliver it.
    pub undelivered: u64,
    /// It was held at least once, whatever became of it later.
    pub held: u64,
    pub stopped: u64,
    pub failed: u64,
    /// Nobody knows whether the provider has it.
    pub unknown: u64,
    pub cancelled: u64,
    /// It is to come, is held, or is being handed over.
    pub waiting: u64,
}

impl Counts {
    /// Does what was planned equal what became of it?
    pub fn conserve(&self) -> bool {
        self.planned == self.sent + self.stopped + self.failed + self.unknown + self.cancelled + self.waiting
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.planned += other.planned;
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.undelivered += other.undelivered;
        self.held += other.held;
        self.stopped += other.stopped;
        self.failed += other.failed;
        self.unknown += other.unknown;
        self.cancelled += other.cancelled;
        self.waiting += other.waiting;
    }
}

impl From<Counted> for Counts {
    fn from(row: Counted) -> Self {
        Self {
            planned: count(row.planned),
            sent: count(row.sent),
            delivered: count(row.delivered),
            undelivered: count(row.undelivered),
            held: count(row.held),
            stopped: count(row.stopped),
            failed: count(row.failed),
            unknown: count(row.unknown),
            cancelled: count(row.cancelled),
            waiting: count(row.waiting),
        }
    }
}

/// A count of rows, which is never negative.
pub(super) fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}

/// One touch of a campaign on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TouchRow {
    #[serde(serialize_with = "crate::ids::json::campaign")]
    pub campaign_id: Uuid,
    pub campaign: String,
    /// From 1.
    pub touch: i16,
    pub channel: String,
    #[serde(flatten)]
    pub counts: Counts,
}

/// Every touch, by campaign, number and channel; of one campaign, or of all.
pub async fn touches(tx: &mut TenantTx, campaign: Option<Uuid>) -> sqlx::Result<Vec<TouchRow>> {
    Ok(store::touches(tx, campaign)
        .await?
        .into_iter()
        .map(|row| TouchRow {
            campaign_id: row.campaign_id,
            campaign: row.campaign,
            touch: row.touch,
            channel: row.channel,
            counts: row.counted.into(),
        })
        .collect())
}

/// Messages outside of campaigns, of one purpose on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherRow {
    pub purpose: String,
    pub channel: String,
    #[serde(flatten)]
    pub counts: Counts,
}

/// What was sent outside of campaigns: replies, answers to keywords.
pub async fn other_messages(tx: &mut TenantTx) -> sqlx::Result<Vec<OtherRow>> {
    Ok(store::other_messages(tx)
        .await?
        .into_iter()
        .map(|row| OtherRow {
            purpose: row.purpose,
            channel: row.channel,
            counts: row.counted.into(),
        })
        .collect())
}

/// Why touches ended or waited so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonRow {
    /// `held`, `stopped`, `failed`, `undelivered`, `cancelled` or `unknown`.
    pub fate: String,
    pub channel: String,
    /// As stored: a reason's name or a provider's code.
    pub reason: String,
    /// In plain words.
    pub words: String,
    pub count: u64,
}

/// The reasons behind the counts of `touches`, the most frequent first within each fate.
pub async fn reasons(tx: &mut TenantTx, campaign: Option<Uuid>) -> sqlx::Result<Vec<ReasonRow>> {
    Ok(store::reasons(tx, campaign)
        .await?
        .into_iter()
        .map(|row| ReasonRow {
            words: super::words::reason(&row.reason),
            fate: row.fate,
            channel: row.channel,
            reason: row.reason,
            count: count(row.count),
        })
        .collect())
}
