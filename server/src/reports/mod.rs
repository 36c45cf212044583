//! Reports: what was sent, what waits, what was stopped and why; one customer's story; one message's record; and the proof from
//! the sandbox's journal. Reads across features by SQL of its own and writes nothing.
use crate::db::TenantTx;
use serde::Serialize;
use uuid::Uuid;

mod consent;
mod conserves;
mod funnel;
pub mod gauges;
mod hours;
pub mod mask;
mod proof;
mod store;
mod timeline;
mod touches;
mod waiting;
mod why;
pub mod words;
mod zones;

pub use consent::{ChannelRow, Consent, OriginRow, SuppressionRow, TaskRow, consent};
pub use conserves::{Check, conserves, ledger};
pub use funnel::{Funnel, StopRow, funnel};
pub use hours::{HoldRow, SendsByLocalHour, holds_by_local_hour, sends_by_local_hour};
pub use proof::{Offence, Promise, Proof, asleep};
pub use timeline::{Entry, Mark, Timeline, interesting_customer, local, shortened, timeline};
pub use touches::{Counts, OtherRow, ReasonRow, TouchRow, other_messages, reasons, touches};
pub use waiting::{WaitingRow, waiting};
pub use why::{GateLook, Moment, Report, SettledBy, Why, tenant_of, why};
pub use zones::{Zones, zones};

/// Everything that a report of a tenant shows.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    pub touches: Vec<TouchRow>,
    /// Left out when the report is of one campaign.
    pub other_messages: Vec<OtherRow>,
    pub reasons: Vec<ReasonRow>,
    pub funnel: Funnel,
    pub sends_by_local_hour: SendsByLocalHour,
    pub holds_by_local_hour: Vec<HoldRow>,
    pub waiting: Vec<WaitingRow>,
    /// Left out when the report is of one campaign.
    pub consent: Option<Consent>,
    pub checks: Vec<Check>,
}

/// The report of a tenant, or of one of its campaigns.
pub async fn overview(tx: &mut TenantTx, campaign: Option<Uuid>) -> anyhow::Result<Overview> {
    let whole = campaign.is_none();
    let mut checks = conserves(tx).await?;
    checks.push(ledger(tx).await?);
    Ok(Overview {
        touches: touches(tx, campaign).await?,
        other_messages: if whole {
            other_messages(tx).await?
        } else {
            Vec::new()
        },
        reasons: reasons(tx, campaign).await?,
        funnel: funnel(tx, campaign).await?,
        sends_by_local_hour: sends_by_local_hour(tx, campaign).await?,
        holds_by_local_hour: holds_by_local_hour(tx, campaign).await?,
        waiting: waiting(tx, campaign).await?,
        consent: if whole { Some(consent(tx).await?) } else { None },
        checks,
    })
}
