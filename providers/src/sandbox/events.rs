//! What follows a hand-over that the sandbox took: status callbacks, replies, clicks, feedback. Derived from the
//! receipt and its acts alone, so that a restart derives the same.
use super::journal::Receipt;
use super::script::Act;
use crate::{Event, EventKind, Inbound};
use jiff::{SignedDuration, Timestamp};
use rules::status::MessageStatus;
use sha2::{Digest, Sha256};
use std::time::Duration;
use uuid::Uuid;

const SENT_AFTER: Duration = Duration::from_secs(1);
const DELIVERED_AFTER: Duration = Duration::from_secs(4);
const FAILED_AFTER: Duration = Duration::from_secs(6);
/// How long after the first telling of a callback it is told again.
const DOUBLED_AFTER: Duration = Duration::from_secs(30);

/// An event, and the moments at which it is told.
pub(super) struct Scheduled {
    pub event: Event,
    pub told_at: Vec<Timestamp>,
}

/// The sandbox's name for the `attempt`-th coming of a message.
pub(super) fn external_id(message_id: Uuid, attempt: u32) -> String {
    let digest = Sha256::new()
        .chain_update(message_id.as_bytes())
        .chain_update(attempt.to_be_bytes())
        .finalize();
    format!("SB{}", hex::encode(&digest[..16]))
}

/// Every event that follows a receipt.
pub(super) fn that_follow(receipt: &Receipt, external_id: &str, acts: &[Act]) -> Vec<Scheduled> {
    let mut events = callbacks(receipt, external_id, acts);
    let after = |name: String, after: Duration, kind: EventKind| {
        let occurred_at = later(receipt.at, after);
        let event = Event {
            key: format!("{external_id}:{name}"),
            our_address: receipt.from.clone(),
            occurred_at,
            kind,
        };
        Scheduled {
            event,
            told_at: vec![occurred_at],
        }
    };
    let message_id = receipt.message_id;
    for (index, act) in acts.iter().enumerate() {
        match act {
            Act::Read { after: delay } => {
                let kind = status(receipt, external_id, MessageStatus::Read, None);
                events.push(after("read".to_owned(), *delay, kind));
            }
            Act::Reply { after: delay, body } => {
                let name = format!("reply-{index}");
                let kind = EventKind::Inbound(Inbound::text(
                    &format!("{external_id}:{name}"),
                    receipt.channel,
                    (&receipt.to, &receipt.from),
                    body,
                ));
                events.push(after(name, *delay, kind));
            }
            Act::Click { after: delay } => {
                events.push(after(
                    format!("click-{index}"),
                    *delay,
                    EventKind::Click { message_id },
                ));
            }
            Act::Feedback { after: delay, rating } => {
                let kind = EventKind::Feedback {
                    message_id,
                    rating: *rating,
                    comment: None,
                };
                events.push(after(format!("feedback-{index}"), *delay, kind));
            }
            Act::Deliver
            | Act::Fail { .. }
            | Act::Refuse { .. }
            | Act::RateLimit { .. }
            | Act::LoseAnswer
            | Act::NeverReceive
            | Act::Slow { .. }
            | Act::LateCallback { .. }
            | Act::DoubledCallbacks
            | Act::ShuffledCallbacks => {}
        }
    }
    events
}

/// The status callbacks, as late, as often and in the order that the acts say.
fn callbacks(receipt: &Receipt, external_id: &str, acts: &[Act]) -> Vec<Scheduled> {
    let failure = acts.iter().find_map(|act| {
        if let Act::Fail { code } = act {
            Some(code.clone())
        } else {
            None
        }
    });
    let end = match failure {
        Some(code) => (MessageStatus::Undelivered, FAILED_AFTER, Some(code)),
        None => (MessageStatus::Delivered, DELIVERED_AFTER, None),
    };
    let late = acts
        .iter()
        .filter_map(|act| {
            if let Act::LateCallback { after } = act {
                Some(*after)
            } else {
                None
            }
        })
        .sum::<Duration>();
    let is_shuffled = acts.contains(&Act::ShuffledCallbacks);
    let is_doubled = acts.contains(&Act::DoubledCallbacks);
    let last = end.1;
    [(MessageStatus::Sent, SENT_AFTER, None), end]
        .into_iter()
        .map(|(to, after, code)| {
            let told_after = late
                + if is_shuffled {
                    last + SENT_AFTER - after
                } else {
                    after
                };
            let mut told_at = vec![later(receipt.at, told_after)];
            if is_doubled {
                told_at.push(later(receipt.at, told_after + DOUBLED_AFTER));
            }
            let event = Event {
                key: format!("{external_id}:{}", to.name()),
                our_address: receipt.from.clone(),
                occurred_at: later(receipt.at, after),
                kind: status(receipt, external_id, to, code),
            };
            Scheduled { event, told_at }
        })
        .collect()
}

fn status(receipt: &Receipt, external_id: &str, to: MessageStatus, code: Option<String>) -> EventKind {
    EventKind::Status {
        message_id: Some(receipt.message_id),
        external_id: external_id.to_owned(),
        status: to.name().to_owned(),
        code,
    }
}

fn later(at: Timestamp, after: Duration) -> Timestamp {
    SignedDuration::try_from(after)
        .ok()
        .and_then(|after| at.checked_add(after).ok())
        .unwrap_or(Timestamp::MAX)
}
