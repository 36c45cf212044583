//! The ways a message can travel.
use serde::{Deserialize, Serialize};

/// A channel. Stored as its lower-case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Whatsapp,
    Email,
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::Sms, Self::Whatsapp, Self::Email];

    /// The stored and displayed name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
        }
    }

    /// The channel of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// Does the channel reach a phone (and so fall under the rules for calls and texts)?
    pub fn reaches_a_phone(self) -> bool {
        match self {
            Self::Sms | Self::Whatsapp => true,
            Self::Email => false,
        }
    }
}
