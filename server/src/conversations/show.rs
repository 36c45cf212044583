//! One conversation with its messages, the newest last, what is queued in it, and its notes.
use super::store::inbox;
use super::{Conversation, ConversationError, get};
use crate::db::TenantTx;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A message in a thread.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    #[serde(serialize_with = "crate::ids::json::message")]
    pub message: Uuid,
    pub is_theirs: bool,
    pub purpose: String,
    pub status: String,
    pub subject: Option<String>,
    pub body: String,
    pub media_urls: Vec<String>,
    /// When it came, or was made.
    pub at: Timestamp,
    /// When the gate looks at it, while it is queued.
    pub due_at: Option<Timestamp>,
    pub error_code: Option<String>,
}

/// What somebody of ours wrote down beside a conversation.
#[derive(Debug, Clone, Serialize)]
pub struct Note {
    pub by: String,
    pub body: String,
    pub at: Timestamp,
}

/// A conversation with what was said.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    #[serde(flatten)]
    pub conversation: Conversation,
    /// The newest last.
    pub messages: Vec<Line>,
    /// Queued from this address of ours to theirs, and not let go yet.
    pub waiting: Vec<Line>,
    pub notes: Vec<Note>,
    /// Give it as `before` for the messages before these; none: there are none.
    #[serde(serialize_with = "crate::ids::json::next_message")]
    pub earlier: Option<Uuid>,
}

/// The conversation with its newest messages, or with those before a message; 1 to 200 of them.
pub async fn show(
    tx: &mut TenantTx,
    id: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Shown, ConversationError> {
    let conversation = get(tx, id).await?;
    let limit = limit.clamp(1, 200);
    let mut messages = inbox::messages(tx, id, before, limit + 1).await?;
    let shown = usize::try_from(limit).unwrap_or(200);
    let more = messages.len() > shown;
    messages.truncate(shown);
    let earlier = messages.last().filter(|_| more).map(|line| line.message);
    messages.reverse();
    Ok(Shown {
        messages,
        waiting: inbox::waiting(tx, &conversation).await?,
        notes: inbox::notes(tx, id).await?,
        earlier,
        conversation,
    })
}
