//! The closed list of things that happen and that a later feature may react to, in the same transaction. A feature says
//! that something happened; `reactions.rs` lists who reacts. Nobody calls forward.
use crate::db::TenantTx;
use rules::channel::Channel;
use rules::consent::Scope;
use rules::lifecycle::EnrollmentStopReason;
use rules::pacing::{CarrierCap, Pace};
use std::future::Future;
use std::pin::Pin;
use uuid::Uuid;

/// Reacts to one thing that happened, inside the transaction it happened in.
pub type React = for<'tx> fn(
    &'tx mut TenantTx,
    Happened,
) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + 'tx>>;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// Work orders were completed (their ids).
    WorkOrdersCompleted(Vec<Uuid>),
    /// Work orders were cancelled or marked do-not-send.
    WorkOrdersCancelled(Vec<Uuid>),
    /// Customers were archived.
    CustomersArchived(Vec<Uuid>),
    /// A recipient opted out; `customers` are those who have the address.
    OptedOut {
        channel: Channel,
        address: String,
        scope: Scope,
        customers: Vec<Uuid>,
    },
    /// A customer wrote something that is not a keyword.
    Replied { customer: Uuid },
    /// A customer opened the review link of a message.
    ReviewClicked { message: Uuid },
    /// A customer gave feedback after a message.
    FeedbackSubmitted { message: Uuid },
    /// A carrier filtered a message of this enrollment as unwanted.
    Filtered { enrollment: Uuid },
    /// A provider said how fast the account of a connection may send.
    PaceTold { connection: Uuid, pace: Pace },
    /// A provider said what carriers take of the registration that the sender of a connection is under.
    CapsTold {
        connection: Uuid,
        caps: Vec<(CarrierCap, Pace)>,
    },
    /// A connection was removed, or another address or registration given to it.
    SendersChanged,
    /// The outcome of messages is known.
    MessagesSettled(Vec<Settled>),
}

/// A message whose outcome is known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub message: Uuid,
    pub customer: Option<Uuid>,
    /// The touch that the message carried, if any.
    pub touch: Option<(Uuid, i16)>,
    pub fate: Fate,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The provider has it.
    Sent,
    /// The gate stopped it, or it was cancelled; the enrollment goes on, unless `ends` says otherwise.
    Stopped {
        why: String,
        ends: Option<EnrollmentStopReason>,
    },
    /// The provider refused it or could not deliver it; `ends` when no later touch could do better.
    Failed { code: String, address_invalid: bool },
    /// Nobody knows.
    Unknown,
}
