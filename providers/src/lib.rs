//! How each provider is spoken to: one file per provider, one conformance suite. Knows no database and no tenant.
use jiff::Timestamp;
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

pub mod sandbox;

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
    /// The provider must not send it at or after this moment.
    pub expires_at: Option<Timestamp>,
    /// The business time of the hand-over.
    pub now: Timestamp,
}

/// What became of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took it and named it.
    Accepted { external_id: String },
    /// The provider refused it for good; nothing was sent. The code is the provider's own.
    Refused { code: String, detail: String },
    /// The provider proved that it did not take it (429, connection refused before a byte was sent): may be tried
    /// again, `after` at the earliest when it says so.
    TryLater { code: String, after: Option<Duration> },
    /// Nobody knows (time-out after bytes were sent, 5xx, connection lost): never repeated by itself.
    Unknown { detail: String },
}

/// What the provider says of a message that we asked about by our id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUp {
    Accepted {
        external_id: String,
    },
    /// Proven: the provider never took it.
    NeverAccepted,
    /// The provider can't tell.
    NotKnown,
}

/// Something a provider tells us. `key` is the same each time the same event is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub key: String,
    /// The address of ours that it concerns: it says whose event it is.
    pub our_address: String,
    pub occurred_at: Timestamp,
    #[serde(flatten)]
    pub kind: EventKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A message of ours moved on at the provider. `status` is one of the names of `rules::status::MessageStatus`.
    Status {
        message_id: Uuid,
        external_id: String,
        status: String,
        code: Option<String>,
    },
    /// Somebody wrote to us. `to` is our address. `answered_by_provider`: the provider sent its own confirmation.
    Inbound {
        external_id: String,
        channel: Channel,
        from: String,
        to: String,
        body: String,
        answered_by_provider: bool,
    },
    /// The review link of a message was opened.
    Click { message_id: Uuid },
    /// Feedback was given after a message: a rating of 1 to 5 and perhaps words.
    Feedback {
        message_id: Uuid,
        rating: u8,
        comment: Option<String>,
    },
}

/// A way to hand messages over.
#[async_trait::async_trait]
pub trait Provider: Send + Sync {
    /// The stored name, e.g. `sandbox`.
    fn name(&self) -> &'static str;
    /// Hands one message over. Never panics, never waits longer than its own time-out.
    async fn send(&self, request: &Request) -> Outcome;
    /// What became of the message that we named so?
    async fn look_up(&self, message_id: Uuid) -> LookUp;
}
