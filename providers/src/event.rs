//! What a provider tells us, in words of our own.
use jiff::Timestamp;
use rules::channel::Channel;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Ends the key of a text of which a provider's list tells without its words: what stands before it is the key of the call that has them.
pub const UNTOLD: &str = ":untold";

/// Something a provider tells us. `key` is the same each time the same event is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub key: String,
    /// The address of ours that it concerns; empty when the provider does not say.
    pub our_address: String,
    pub occurred_at: Timestamp,
    #[serde(flatten)]
    pub kind: EventKind,
}

impl Event {
    /// The channel of our address, where the event says it.
    pub fn channel(&self) -> Option<Channel> {
        match &self.kind {
            EventKind::Inbound(inbound) => Some(inbound.channel),
            EventKind::Preference { channel, .. } => Some(*channel),
            EventKind::Bounce { .. } | EventKind::Complaint { .. } => Some(Channel::Email),
            EventKind::Status { .. }
            | EventKind::Account { .. }
            | EventKind::Click { .. }
            | EventKind::Feedback { .. } => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A message of ours moved on at the provider. `status` is one of the names of `rules::status::MessageStatus`. The message is
    /// found by our id where the provider repeats it, else by its own.
    Status {
        #[serde(default)]
        message_id: Option<Uuid>,
        external_id: String,
        status: String,
        code: Option<String>,
    },
    /// Somebody wrote to us.
    Inbound(Inbound),
    /// An e-mail came back.
    Bounce {
        #[serde(default)]
        message_id: Option<Uuid>,
        external_id: String,
        address: String,
        class: BounceClass,
        /// RFC 3463 where the provider says it, e.g. `5.1.1`.
        code: Option<String>,
    },
    /// The reader called our e-mail spam.
    Complaint {
        #[serde(default)]
        message_id: Option<Uuid>,
        external_id: String,
        address: String,
    },
    /// Somebody chose in the channel's own settings whether we may send marketing (WhatsApp's `user_preferences`).
    Preference {
        channel: Channel,
        address: String,
        marketing: bool,
    },
    /// The provider says something of the account, a number or a sender: somebody has to look.
    Account { code: String, detail: String },
    /// The review link of a message was opened.
    Click { message_id: Uuid },
    /// Feedback was given after a message: a rating of 1 to 5 and perhaps words.
    Feedback {
        message_id: Uuid,
        rating: u8,
        comment: Option<String>,
    },
}

/// A message from a customer, or from somebody we don't know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    pub external_id: String,
    pub channel: Channel,
    /// Their address. WhatsApp may leave out the phone number: then their user id, `US.…`.
    pub from: String,
    /// Our address.
    pub to: String,
    #[serde(default)]
    pub subject: Option<String>,
    pub body: String,
    /// Kept by reference.
    #[serde(default)]
    pub media_urls: Vec<String>,
    /// The provider's own reading of it: Twilio's `OptOutType`.
    #[serde(default)]
    pub opt_out_type: Option<OptOutType>,
    /// The provider sent its own confirmation: we must not send a second.
    pub answered_by_provider: bool,
    /// WhatsApp's stable name for the person, where it is told.
    #[serde(default)]
    pub user_id: Option<String>,
    /// Of an e-mail: what whoever received it for us found.
    #[serde(default)]
    pub verdicts: Option<Verdicts>,
    /// No person wrote it: an absence note, the report of a bounce. It is nobody's reply, and is not answered.
    #[serde(default)]
    pub is_machine: bool,
    /// The provider's list tells that it came, and not what it says. The event's key ends with `UNTOLD`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_untold: bool,
}

/// What was found of an e-mail before it came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdicts {
    pub spf: Verdict,
    pub dkim: Verdict,
    /// SPF or DKIM hold for the domain that readers see as the sender's (RFC 7489 3.1).
    pub dmarc: Verdict,
    pub spam: Verdict,
    pub virus: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// It was not looked at, or nothing could be found.
    #[default]
    Unknown,
}

impl Inbound {
    /// A plain text from one address to another of ours.
    pub fn text(external_id: &str, channel: Channel, (from, to): (&str, &str), body: &str) -> Self {
        Self {
            external_id: external_id.to_owned(),
            channel,
            from: from.to_owned(),
            to: to.to_owned(),
            subject: None,
            body: body.to_owned(),
            media_urls: Vec::new(),
            opt_out_type: None,
            answered_by_provider: false,
            user_id: None,
            verdicts: None,
            is_machine: false,
            is_untold: false,
        }
    }

    /// Is it from whom it says? Networks say so of numbers. A sender's line of an e-mail is anybody's to write: DMARC alone speaks of that
    /// address, SPF and DKIM by themselves may be of another.
    pub fn proves_its_sender(&self) -> bool {
        match self.channel {
            Channel::Sms | Channel::Whatsapp => true,
            Channel::Email => self.verdicts.is_some_and(|found| found.dmarc == Verdict::Pass),
        }
    }

    /// Was a virus found in it?
    pub fn is_infected(&self) -> bool {
        self.verdicts.is_some_and(|found| found.virus == Verdict::Fail)
    }
}

/// What a provider understood a text to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptOutType {
    Stop,
    Start,
    Help,
}

/// What a bounce says of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BounceClass {
    /// The mailbox does not exist, or will never take mail.
    Hard,
    /// A full or absent mailbox: counts toward giving the address up.
    Soft,
    /// Too large, content, policy: says nothing of the address.
    Ignored,
}
