//! Why a message goes. The gate knows every purpose; none is a way round it.
use serde::{Deserialize, Serialize};

/// The purpose of a message. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Advertises. Needs prior express written consent on phones, 47 CFR 64.1200(f)(9).
    Marketing,
    /// Follows up a job that the customer bought: review request, feedback.
    Service,
    /// Carries out what the customer asked for: appointment, receipt.
    Transactional,
    /// Answers a customer in a conversation.
    Reply,
    /// The one confirmation of an opt-out, 47 CFR 64.1200(a)(12).
    OptOutConfirmation,
    /// The one confirmation that texts may go again after START.
    OptInConfirmation,
    /// The answer to HELP, CTIA 5.1.3.
    HelpAnswer,
}

impl Purpose {
    pub const ALL: [Self; 7] = [
        Self::Marketing,
        Self::Service,
        Self::Transactional,
        Self::Reply,
        Self::OptOutConfirmation,
        Self::OptInConfirmation,
        Self::HelpAnswer,
    ];

    /// The stored and displayed name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Service => "service",
            Self::Transactional => "transactional",
            Self::Reply => "reply",
            Self::OptOutConfirmation => "opt_out_confirmation",
            Self::OptInConfirmation => "opt_in_confirmation",
            Self::HelpAnswer => "help_answer",
        }
    }

    /// The purpose of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }

    /// Is it an answer to a keyword, which the law allows at any hour and after an opt-out?
    pub fn answers_a_keyword(self) -> bool {
        match self {
            Self::OptOutConfirmation | Self::OptInConfirmation | Self::HelpAnswer => true,
            Self::Marketing | Self::Service | Self::Transactional | Self::Reply => false,
        }
    }

    /// Does it go to somebody who has not just written to us, as a campaign's touch does?
    pub fn begins_a_conversation(self) -> bool {
        matches!(self, Self::Marketing | Self::Service | Self::Transactional)
    }
}
