//! How fast a sender may send (rule R6): a token bucket, and the line of those that found it empty. Pure arithmetic on moments.
//!
//! A token is a segment of a text, or one message of another channel. What finds none is told a moment that nobody else was told, so
//! that a backlog of any length is looked at about once before it goes. Answers and replies go first: some tokens are kept for them,
//! and while one of them waits no campaign takes any. Each campaign has a line of its own, and those that wait share alike.
mod bucket;
mod caps;
mod defaults;
mod line;
mod told;

pub use bucket::{Bucket, Pace, take};
pub use caps::{
    CAPPED_CARRIERS, CarrierCap, att_minute, carrier_cap, is_account_cap, next_midnight_pacific, t_mobile_day,
};
pub use defaults::{DefaultPace, PACES, default_pace};
pub use line::Line;

use crate::purpose::Purpose;
use serde::{Deserialize, Serialize};

/// What a bucket is of. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaceScope {
    /// One connection: an account at a provider.
    Connection,
    /// One address of ours, whichever connection sends from it.
    Number,
    /// A registration whose rate all its numbers share (10DLC, T4).
    Registration,
    /// What one carrier takes of a connection in a minute.
    CarrierMinute,
    /// What one carrier takes of a connection in a day.
    CarrierDay,
}

impl PaceScope {
    pub const ALL: [Self; 5] = [
        Self::Connection,
        Self::Number,
        Self::Registration,
        Self::CarrierMinute,
        Self::CarrierDay,
    ];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Number => "number",
            Self::Registration => "registration",
            Self::CarrierMinute => "carrier_minute",
            Self::CarrierDay => "carrier_day",
        }
    }

    /// Is it what a sender may send to whomever, and not what one carrier takes of it?
    pub fn is_of_the_sender(self) -> bool {
        matches!(self, Self::Connection | Self::Number | Self::Registration)
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Who goes before whom at one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// Somebody waits for it: a reply, the answer to a keyword, what the customer asked for.
    First,
    /// Marketing and service: in the line of their campaign, whose id it is (0 of what belongs to none), in the order in which they
    /// found the bucket empty.
    InLine(u128),
}

impl Turn {
    /// The turn of a message of that purpose and campaign.
    pub fn of(purpose: Purpose, campaign: Option<u128>) -> Self {
        match purpose {
            Purpose::Marketing | Purpose::Service => Self::InLine(campaign.unwrap_or_default()),
            Purpose::Transactional
            | Purpose::Reply
            | Purpose::OptOutConfirmation
            | Purpose::OptInConfirmation
            | Purpose::HelpAnswer => Self::First,
        }
    }
}

#[cfg(test)]
mod line_tests;
#[cfg(test)]
mod tests;
