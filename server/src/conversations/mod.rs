//! Conversations: every message between an address of ours and one of theirs is in one thread, with its counts, notes and who sees to it.
//!
//! Whoever threads a message holds its recipient's lock, so that a thread's counts and its messages change together.
use crate::db::{TenantTx, Time};
use jiff::Timestamp;
use rules::channel::Channel;
use serde::Serialize;
use uuid::Uuid;

pub mod canned;
mod list;
mod show;
mod store;
mod thread;

pub use list::{Filter, Listed, Page, list};
pub use show::{Line, Note, Shown, show};
pub use store::thread::{Heard, Outgoing, known_spelling};
pub use thread::{address, hear, opt_in, opt_out, recount, thread};

/// The most tags of a conversation.
pub const MOST_TAGS: usize = 5;
/// The longest tag, in characters.
pub const LONGEST_TAG: usize = 50;
const LONGEST_NOTE: usize = 5000;
const LONGEST_NAME: usize = 200;

/// Where a conversation stands. Stored as its snake_case name. Who writes to us makes one that was completed or archived active again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Active,
    Paused,
    Completed,
    Archived,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Completed, Self::Archived];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Archived => "archived",
        }
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// A conversation: the thread of one address of ours and one of theirs on a channel.
#[derive(Debug, Clone, Serialize)]
pub struct Conversation {
    #[serde(serialize_with = "crate::ids::json::conversation")]
    pub id: Uuid,
    pub channel: Channel,
    pub our_address: String,
    pub their_address: String,
    #[serde(serialize_with = "crate::ids::json::next_customer")]
    pub customer: Option<Uuid>,
    pub status: Status,
    pub inbound_count: i32,
    pub outbound_count: i32,
    /// How many of theirs came since it was read.
    pub unread: i32,
    pub last_inbound_at: Option<Timestamp>,
    pub last_outbound_at: Option<Timestamp>,
    pub assigned_to: Option<String>,
    pub opted_out_at: Option<Timestamp>,
    pub opt_out_reason: Option<String>,
    pub tags: Vec<String>,
}

/// Why a conversation can't be found or changed so.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    #[error("conversation: there is none with that id; `courtesy conversation list` shows all")]
    Unknown,
    #[error("{field}: {why}")]
    Field { field: &'static str, why: String },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

fn fault(field: &'static str, why: impl Into<String>) -> ConversationError {
    ConversationError::Field {
        field,
        why: why.into(),
    }
}

fn within(field: &'static str, text: &str, most: usize) -> Result<String, ConversationError> {
    let text = text.trim();
    if (1..=most).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(fault(field, format!("it should have 1 to {most} characters")))
    }
}

/// The conversation of that id.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Conversation, ConversationError> {
    store::inbox::get(tx, id).await?.ok_or(ConversationError::Unknown)
}

/// The conversation between an address of ours and one of theirs.
pub async fn between(
    tx: &mut TenantTx,
    channel: Channel,
    ours: &str,
    theirs: &str,
) -> sqlx::Result<Option<Uuid>> {
    store::inbox::between(tx, channel, ours, theirs).await
}

/// Keeps a note on a conversation, which the other side never sees. Answers its id.
pub async fn note(tx: &mut TenantTx, id: Uuid, by: &str, body: &str) -> Result<Uuid, ConversationError> {
    let body = within("text", body, LONGEST_NOTE)?;
    let by = within("by", by, LONGEST_NAME)?;
    get(tx, id).await?;
    Ok(store::inbox::insert_note(tx, id, &by, &body).await?)
}

/// Says who sees to a conversation; nobody when none is given.
pub async fn assign(tx: &mut TenantTx, id: Uuid, to: Option<&str>) -> Result<(), ConversationError> {
    let to = to.map(|name| within("to", name, LONGEST_NAME)).transpose()?;
    known(store::inbox::assign(tx, id, to.as_deref()).await?)
}

/// Nothing of it is unread any more.
pub async fn read(tx: &mut TenantTx, id: Uuid) -> Result<(), ConversationError> {
    known(store::inbox::read(tx, id).await?)
}

/// Moves a conversation to a status; from each to each.
pub async fn set_status(tx: &mut TenantTx, id: Uuid, to: Status) -> Result<(), ConversationError> {
    known(store::inbox::set_status(tx, id, to).await?)
}

/// Gives a conversation these tags in place of those it has: lower case, without doubles, five at most.
pub async fn tag(tx: &mut TenantTx, id: Uuid, tags: &[String]) -> Result<(), ConversationError> {
    let mut tags: Vec<String> = tags.iter().map(|tag| tag.trim().to_lowercase()).collect();
    if tags.iter().any(String::is_empty) {
        return Err(fault(
            "tags",
            format!("each should have 1 to {LONGEST_TAG} characters"),
        ));
    }
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > MOST_TAGS {
        return Err(fault(
            "tags",
            format!("{} tags are too many; {MOST_TAGS} at most", tags.len()),
        ));
    }
    if let Some(long) = tags.iter().find(|tag| tag.chars().count() > LONGEST_TAG) {
        return Err(fault(
            "tags",
            format!("`{long}` is longer than {LONGEST_TAG} characters"),
        ));
    }
    known(store::inbox::set_tags(tx, id, &tags).await?)
}

fn known(was_there: bool) -> Result<(), ConversationError> {
    if was_there {
        Ok(())
    } else {
        Err(ConversationError::Unknown)
    }
}

fn moment(stored: Option<Time>) -> Option<Timestamp> {
    stored.map(|time| time.0)
}
