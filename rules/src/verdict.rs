//! What the gate says: send, hold until, or stop; and every reason for it.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The gate's answer for one message at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// May be handed over now. `expires_at`: the provider must not send it later (the window closes).
    /// `stop_wording`: the body must carry the opt-out wording.
    Send {
        expires_at: Option<Timestamp>,
        stop_wording: bool,
    },
    /// May not go now; ask again at `until`, or, without one, when what holds it ends (a campaign is resumed).
    Hold {
        until: Option<Timestamp>,
        why: HoldReason,
    },
    /// May never go.
    Stop { why: StopReason },
}

/// Why a message waits. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// Outside the recipient's window of permitted hours.
    QuietHours,
    /// As many messages as are permitted in 24 hours went to this recipient already.
    FrequencyCap,
    /// The tenant's quota of the period is used up.
    QuotaUsedUp,
    CampaignPaused,
    /// The connection is not verified or is switched off for now.
    ConnectionUnavailable,
    /// Marketing by e-mail, and no address of ours that a link to unsubscribe could lead to.
    NoUnsubscribeLink,
    /// The sender has sent as much as it may for now; this is its place in the line.
    Paced,
    /// Something that is stored of it can't be read by this version: nothing can be decided.
    Unreadable,
}

impl HoldReason {
    pub const ALL: [Self; 8] = [
        Self::QuietHours,
        Self::FrequencyCap,
        Self::QuotaUsedUp,
        Self::CampaignPaused,
        Self::ConnectionUnavailable,
        Self::NoUnsubscribeLink,
        Self::Paced,
        Self::Unreadable,
    ];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::QuietHours => "quiet_hours",
            Self::FrequencyCap => "frequency_cap",
            Self::QuotaUsedUp => "quota_used_up",
            Self::CampaignPaused => "campaign_paused",
            Self::ConnectionUnavailable => "connection_unavailable",
            Self::NoUnsubscribeLink => "no_unsubscribe_link",
            Self::Paced => "paced",
            Self::Unreadable => "unreadable",
        }
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Why a message is stopped for good. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The customer opted out of this channel, or the recipient is suppressed by an opt-out.
    OptedOut,
    /// Nobody consented to this purpose on this channel.
    ConsentUnknown,
    /// Marketing needs written consent: disclosure, seller and an affirmative act.
    ConsentNotWritten,
    /// Bounced, complained, invalid or a landline.
    AddressInvalid,
    /// The customer has no address for the channel.
    AddressMissing,
    /// The enrollment ended before the message went.
    EnrollmentEnded,
    CampaignDeleted,
    CustomerArchived,
    /// The tenant is suspended.
    TenantSuspended,
    /// A demo tenant may use the sandbox only.
    DemoTenant,
    NoConnection,
    /// The rendered template lacks the sender's name.
    SenderNotNamed,
    /// Marketing e-mail needs the postal address (CAN-SPAM, 15 USC 7704(a)(5)).
    PostalAddressMissing,
    /// WhatsApp: free text outside 24 hours of the customer's last message needs an approved template;
    /// marketing templates to +1 numbers are blocked.
    WhatsappNotAllowed,
    /// The text has a link of a public shortener, which carriers block (rule T3).
    PublicShortener,
    /// STOP is answered within five minutes, START and HELP within fifteen, or not at all.
    TooLate,
    /// The opt-out that it confirms was taken back meanwhile.
    TakenBack,
    /// HELP was answered to this recipient a moment ago.
    AnsweredAlready,
    /// Held longer than a message stays worth sending.
    HeldTooLong,
}

impl StopReason {
    pub const ALL: [Self; 19] = [
        Self::OptedOut,
        Self::ConsentUnknown,
        Self::ConsentNotWritten,
        Self::AddressInvalid,
        Self::AddressMissing,
        Self::EnrollmentEnded,
        Self::CampaignDeleted,
        Self::CustomerArchived,
        Self::TenantSuspended,
        Self::DemoTenant,
        Self::NoConnection,
        Self::SenderNotNamed,
        Self::PostalAddressMissing,
        Self::WhatsappNotAllowed,
        Self::PublicShortener,
        Self::TooLate,
        Self::TakenBack,
        Self::AnsweredAlready,
        Self::HeldTooLong,
    ];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OptedOut => "opted_out",
            Self::ConsentUnknown => "consent_unknown",
            Self::ConsentNotWritten => "consent_not_written",
            Self::AddressInvalid => "address_invalid",
            Self::AddressMissing => "address_missing",
            Self::EnrollmentEnded => "enrollment_ended",
            Self::CampaignDeleted => "campaign_deleted",
            Self::CustomerArchived => "customer_archived",
            Self::TenantSuspended => "tenant_suspended",
            Self::DemoTenant => "demo_tenant",
            Self::NoConnection => "no_connection",
            Self::SenderNotNamed => "sender_not_named",
            Self::PostalAddressMissing => "postal_address_missing",
            Self::WhatsappNotAllowed => "whatsapp_not_allowed",
            Self::PublicShortener => "public_shortener",
            Self::TooLate => "too_late",
            Self::TakenBack => "taken_back",
            Self::AnsweredAlready => "answered_already",
            Self::HeldTooLong => "held_too_long",
        }
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// One thing the gate looked at, for the record and for a person who asks why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id in the rules' table, e.g. "K10", "Q2".
    pub rule: String,
    /// Did the rule let the message pass?
    pub passed: bool,
    /// In plain words, without personal data: "08:14 in America/New_York is inside 08:00–20:00 (FL)".
    pub said: String,
}

/// The recorded decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    #[serde(flatten)]
    pub verdict: Verdict,
    pub findings: Vec<Finding>,
}
