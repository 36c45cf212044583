//! One message on its way to a provider, and what can become of it.
use jiff::Timestamp;
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// One message to hand over. `message_id` is ours and travels to the provider (callback URL, tag), so that an answer
/// that was lost can be settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub message_id: Uuid,
    pub channel: Channel,
    pub purpose: Purpose,
    /// Our address: E.164 number or e-mail address.
    pub from: String,
    /// Their address.
    pub to: String,
    pub subject: Option<String>,
    pub body: String,
    pub media_urls: Vec<String>,
    /// The approved template that the provider fills, where a channel demands one.
    #[serde(default)]
    pub approved: Option<Approved>,
    /// How the reader of an e-mail gets off the list by one click.
    #[serde(default)]
    pub unsubscribe: Option<Unsubscribe>,
    /// Where the provider tells what becomes of this message. Holds no personal data.
    #[serde(default)]
    pub callback_url: Option<String>,
    /// The provider must not send it at or after this moment.
    pub expires_at: Option<Timestamp>,
    /// The business time of the hand-over.
    pub now: Timestamp,
}

/// A template that WhatsApp approved: the provider's name for it (Twilio's ContentSid, Meta's template name), its language, and
/// its variables in order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    pub name: String,
    /// E.g. `en_US`; a provider whose name says it already ignores it.
    pub language: String,
    pub variables: Vec<(String, String)>,
}

/// Both ways of RFC 8058 and RFC 2369 to unsubscribe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsubscribe {
    /// Takes the POST `List-Unsubscribe=One-Click`.
    pub url: String,
    /// A mailbox whose mail we read, with a subject that names the recipient by token.
    pub mailto: Option<String>,
}

/// What became of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took it and named it.
    Accepted { external_id: String },
    /// The provider refused it for good; nothing was sent. The code is the provider's own; the detail holds no address and no text.
    Refused { code: String, detail: String },
    /// The provider proved that it did not take it (429, connection refused before a byte was sent): may be tried
    /// again, `after` at the earliest when it says so.
    TryLater { code: String, after: Option<Duration> },
    /// Nobody knows (time-out after bytes were sent, 5xx, connection lost): never repeated by itself.
    Unknown { detail: String },
}

/// A message that we ask a provider about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub message_id: Uuid,
    /// The provider's name for it, when an answer or a callback told us.
    pub external_id: Option<String>,
    pub from: String,
    pub to: String,
    pub body: String,
    /// It was handed over at this moment or later.
    pub since: Timestamp,
}

/// What the provider says of a message that we asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUp {
    /// It has it; where it stands as a name of `rules::status::MessageStatus`, and the provider's code when it failed.
    Accepted {
        external_id: String,
        status: String,
        code: Option<String>,
    },
    /// Proven: the provider never took it.
    NeverAccepted,
    /// The provider can't tell, or not now.
    NotKnown,
}
