//! Applies what a provider says of a message later on: only upward, in any order, doubled or late.
use super::bounce;
use super::signs;
use super::store::{self, Outcome};
use super::tasks;
use crate::consents;
use crate::customers::recipients;
use crate::db::TenantTx;
use crate::happened::{Fate, Happened};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::filtering::is_filtered;
use rules::retry::{self, NextStep};
use rules::status::{MessageStatus, merge};
use rules::suppression::SuppressionReason;
use uuid::Uuid;

/// A status that a provider reported.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// None where the provider does not repeat our id: the message is found by the provider's own.
    pub message: Option<Uuid>,
    pub provider: &'a str,
    pub external_id: &'a str,
    pub status: &'a str,
    pub code: Option<&'a str>,
    /// When that was so, if it is said; else it was when the message went. What a carrier knows of an opt-out, and a limit, count from
    /// then, however late they are told.
    pub at: Option<Timestamp>,
}

/// What came of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    Moved,
    /// The message was there already, or further.
    NothingNew,
    UnknownMessage,
    UnknownStatus,
    /// The message was never handed over: whoever says so is mistaken, and it stays what it is.
    NeverHandedOver,
}

/// Statuses that a provider may know of; the others are ours alone.
fn is_a_providers(status: MessageStatus) -> bool {
    match status {
        MessageStatus::Sent
        | MessageStatus::Delivered
        | MessageStatus::Read
        | MessageStatus::Undelivered
        | MessageStatus::Failed => true,
        MessageStatus::Queued
        | MessageStatus::Sending
        | MessageStatus::Stopped
        | MessageStatus::Unknown
        | MessageStatus::Cancelled => false,
    }
}

/// Applies a report. What an accepted message failed with afterwards is never a reason to send it again.
pub async fn apply(tx: &mut TenantTx, report: &Report<'_>) -> anyhow::Result<Applied> {
    let Some(reported) = MessageStatus::parse(report.status).filter(|status| is_a_providers(*status)) else {
        return Ok(Applied::UnknownStatus);
    };
    let message = match report.message {
        Some(message) => Some(message),
        None => store::of_external_id(tx, report.provider, report.external_id).await?,
    };
    let Some(message) = message else {
        return Ok(Applied::UnknownMessage);
    };
    let Some(carried) = store::lock(tx, &[message]).await?.pop() else {
        return Ok(Applied::UnknownMessage);
    };
    let Some(current) = MessageStatus::parse(&carried.status) else {
        return Ok(Applied::UnknownMessage);
    };
    if carried.attempts == 0 {
        return Ok(Applied::NeverHandedOver);
    }
    let merged = merge(current, reported);
    if merged == current {
        return Ok(Applied::NothingNew);
    }
    // queued: it was refused for the time being, and sent all the same
    let was_open = matches!(
        current,
        MessageStatus::Queued | MessageStatus::Sending | MessageStatus::Unknown
    );
    store::write(
        tx,
        &[Outcome {
            message: carried.id,
            status: merged.name(),
            external_id: Some(report.external_id.to_owned()),
            error_code: report.code.map(str::to_owned),
            due_at: None,
            provider: carried.provider.clone(),
            was_asked: false,
            was_put_off: false,
        }],
    )
    .await?;
    if was_open {
        let fate = match merged {
            MessageStatus::Failed => Fate::Failed {
                code: report.code.unwrap_or("failed").to_owned(),
                address_invalid: false,
            },
            MessageStatus::Sent
            | MessageStatus::Delivered
            | MessageStatus::Read
            | MessageStatus::Undelivered => Fate::Sent,
            MessageStatus::Queued
            | MessageStatus::Sending
            | MessageStatus::Stopped
            | MessageStatus::Unknown
            | MessageStatus::Cancelled => return Ok(Applied::Moved),
        };
        tx.happened(Happened::MessagesSettled(vec![super::book::settled(
            &carried, fate,
        )]));
    }
    if matches!(merged, MessageStatus::Delivered | MessageStatus::Read)
        && let Some(channel) = Channel::parse(&carried.channel)
    {
        recipients::reached(tx, channel, std::slice::from_ref(&carried.their_address)).await?;
    }
    if let Some(code) = report.code {
        let went = carried.let_go_at.map(|at| at.0);
        let at = report.at.or(went).unwrap_or(tx.now());
        learn(tx, &carried, code, at).await?;
    }
    Ok(Applied::Moved)
}

/// What a failure says of the address, once the message itself is lost.
async fn learn(tx: &mut TenantTx, carried: &store::Carried, code: &str, at: Timestamp) -> anyhow::Result<()> {
    let Some(channel) = Channel::parse(&carried.channel) else {
        return Ok(());
    };
    let address = carried.their_address.as_str();
    if is_filtered(&carried.provider, code)
        && let Some(enrollment) = carried.enrollment_id
    {
        tx.happened(Happened::Filtered { enrollment });
    }
    if signs::told(tx, carried, code).await? {
        return Ok(());
    }
    let in_a_row = if retry::counts_by_address(&carried.provider, code) {
        recipients::came_back(tx, channel, address).await?
    } else {
        0
    };
    let in_a_row = u32::try_from(in_a_row).unwrap_or(u32::MAX);
    match retry::after_acceptance(&carried.provider, code, carried.tries(), in_a_row) {
        NextStep::Revoke => {
            consents::opted_out_at(tx, channel, address, SuppressionReason::Carrier, at).await?;
        }
        NextStep::MarkInvalid if channel == Channel::Email => bounce::hard(tx, address).await?,
        NextStep::MarkInvalid => recipients::mark_invalid(tx, channel, address).await?,
        NextStep::MarkLandline => recipients::mark_landline(tx, channel, address).await?,
        NextStep::FailAndAlert => {
            tasks::refused(tx, carried, code).await?;
        }
        NextStep::SlowDown(seconds) => {
            let mut signs = signs::Signs::default();
            let times = (at.min(tx.now()), tx.now());
            if let Some(carrier) = signs.limited(carried, code, i64::from(seconds), times) {
                recipients::learn_carrier(tx, channel, address, carrier).await?;
            }
            signs.close(tx).await?;
        }
        NextStep::RetryAfter(_) | NextStep::Replan | NextStep::Fail => {}
    }
    Ok(())
}
