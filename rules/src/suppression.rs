//! A recipient that must not be messaged. Suppressions never expire (Virginia SB 1339: ten years and more); only
//! an act of the same recipient re-opens.
use crate::consent::Scope;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a recipient is suppressed. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// STOP or another opt-out keyword; an unsubscribe link; a choice in the channel's own settings.
    Keyword,
    /// A sentence that revokes; a person may reverse it with a reason.
    FreeText,
    /// The carrier or provider knows of an opt-out (Twilio 21610).
    Carrier,
    /// Recorded by staff: told on the phone, in person, by letter.
    Staff,
    /// From an opt-out list of another tool.
    Import,
    Complaint,
    HardBounce,
    /// The number is invalid, a landline, or not in service.
    InvalidAddress,
}

impl SuppressionReason {
    pub const ALL: [Self; 8] = [
        Self::Keyword,
        Self::FreeText,
        Self::Carrier,
        Self::Staff,
        Self::Import,
        Self::Complaint,
        Self::HardBounce,
        Self::InvalidAddress,
    ];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::FreeText => "free_text",
            Self::Carrier => "carrier",
            Self::Staff => "staff",
            Self::Import => "import",
            Self::Complaint => "complaint",
            Self::HardBounce => "hard_bounce",
            Self::InvalidAddress => "invalid_address",
        }
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A suppression in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    pub scope: Scope,
    pub reason: SuppressionReason,
    pub at: Timestamp,
}
