//! The one gate. Pure: the intent, the facts and the moment in; a decision out.
mod answer_look;
mod consent_look;
mod look;
mod whatsapp_look;

use crate::channel::Channel;
use crate::consent::Consent;
use crate::place::Place;
use crate::purpose::Purpose;
use crate::suppression::Suppression;
use crate::verdict::{Decision, Verdict};
use jiff::Timestamp;
pub use look::HELD_TOO_LONG;
use look::Look;
use serde::{Deserialize, Serialize};

/// What somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub channel: Channel,
    pub purpose: Purpose,
    /// When the message was first due; a message held for longer than `HELD_TOO_LONG` is stopped.
    pub first_due_at: Timestamp,
    /// For answers to a keyword: when the customer's message was received.
    pub in_answer_to_at: Option<Timestamp>,
    /// The rendered text names the sender.
    pub names_sender: bool,
    /// The rendered text carries the opt-out wording already.
    pub has_stop_wording: bool,
    /// The rendered text carries the tenant's postal address.
    pub has_postal_address: bool,
    /// It fills a template that the channel's provider approved.
    #[serde(default)]
    pub has_approved_template: bool,
    /// The rendered text has a link of a public shortener.
    #[serde(default)]
    pub has_public_shortener: bool,
}

/// What is known of the recipient, the customer, the tenant and the campaign at this moment, read under the
/// recipient's lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub recipient: RecipientFacts,
    pub consent: Option<Consent>,
    /// Where the recipient may be, from all evidence.
    pub place: Place,
    pub customer_archived: bool,
    pub campaign: Option<CampaignFacts>,
    pub connection: Option<ConnectionFacts>,
    pub tenant: TenantFacts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientFacts {
    pub address_status: AddressStatus,
    /// The number begins with +1: WhatsApp carries no marketing there.
    pub is_north_american: bool,
    pub suppression: Option<Suppression>,
    /// When messages that count against caps (marketing, service) went to this recipient, of late.
    pub recent_sends: Vec<Timestamp>,
    pub last_stop_wording_at: Option<Timestamp>,
    pub last_help_answer_at: Option<Timestamp>,
    /// When the recipient last wrote to us on this channel.
    pub last_inbound_at: Option<Timestamp>,
}

/// What is known of an address. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressStatus {
    Valid,
    Invalid,
    /// A carrier said that the number takes no texts.
    Landline,
    /// The customer for whom the message was planned has no address for the channel, or another one by now.
    Missing,
}

impl AddressStatus {
    pub const ALL: [Self; 4] = [Self::Valid, Self::Invalid, Self::Landline, Self::Missing];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Landline => "landline",
            Self::Missing => "missing",
        }
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignFacts {
    pub paused: bool,
    pub deleted: bool,
    pub enrollment_active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionFacts {
    pub is_sandbox: bool,
    pub available: bool,
    /// When one that is unavailable is tried next, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
    /// Can its mails carry a link to unsubscribe? What was written before this was asked could.
    #[serde(default = "yes")]
    pub offers_unsubscribe: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantFacts {
    pub suspended: bool,
    pub is_demo: bool,
    /// Messages left of the tenant's quota in this period, and when the next period begins. None: no quota.
    pub quota: Option<Quota>,
    /// E-mail marketing goes until opt-out (true) or to opted-in customers only (false).
    pub email_marketing_until_opt_out: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    pub left: u32,
    pub renews_at: Timestamp,
}

/// May this message go now? The findings name every rule that was looked at, in the order of the looking; the
/// verdict is that of the first stop, else the latest hold, else send.
pub fn may_send(intent: &Intent, facts: &Facts, now: Timestamp) -> Decision {
    let mut look = Look {
        intent,
        facts,
        now,
        findings: Vec::new(),
        stop: None,
        hold: None,
    };
    look.at_the_sender();
    look.at_the_campaign();
    look.at_the_recipient();
    look.at_consent();
    look.at_whatsapp();
    look.at_the_text();
    let expires_at = look.at_the_time();
    look.at_limits();
    let verdict = match (look.stop, look.hold) {
        (Some(why), _) => Verdict::Stop { why },
        (None, Some((until, why))) => Verdict::Hold {
            until: (until < Timestamp::MAX).then_some(until),
            why,
        },
        (None, None) => Verdict::Send {
            expires_at,
            stop_wording: look.needs_stop_wording(),
        },
    };
    Decision {
        verdict,
        findings: look.findings,
    }
}

#[cfg(test)]
mod link_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod taken_back;
#[cfg(test)]
mod tests;
