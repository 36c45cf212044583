//! Lists conversations, those with the newest message first, page by page.
use super::store::inbox::{self, After};
use super::{Conversation, Status};
use crate::db::{TenantTx, Time};
use jiff::Timestamp;
use rules::channel::Channel;
use serde::Serialize;
use uuid::Uuid;

/// Which conversations. Everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub unread: bool,
    pub assigned_to: Option<String>,
    pub status: Option<Status>,
    pub channel: Option<Channel>,
    /// The last conversation of the page before.
    pub after: Option<Uuid>,
    /// 1 to 100.
    pub limit: i64,
}

/// A conversation in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    #[serde(flatten)]
    pub conversation: Conversation,
    /// The customer's name, if there is one.
    pub name: Option<String>,
    /// What was said last, and by whom.
    pub last_body: Option<String>,
    pub last_is_theirs: Option<bool>,
    pub last_message_at: Option<Timestamp>,
}

/// A page of conversations.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    pub conversations: Vec<Listed>,
    /// Give it as `after` for the next page; none: this is the last.
    #[serde(serialize_with = "crate::ids::json::next_conversation")]
    pub next: Option<Uuid>,
}

/// A page of the conversations that the filter asks for. One that moved to the top meanwhile is on no later page.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> sqlx::Result<Page> {
    let limit = filter.limit.clamp(1, 100);
    let after = match filter.after {
        None => None,
        Some(id) => match inbox::get(tx, id).await? {
            Some(last) => Some(After {
                at: last.last_inbound_at.max(last.last_outbound_at).map(Time),
                id,
            }),
            None => {
                return Ok(Page {
                    conversations: Vec::new(),
                    next: None,
                });
            }
        },
    };
    let mut found = inbox::page(tx, filter, after, limit + 1).await?;
    let shown = usize::try_from(limit).unwrap_or(100);
    let more = found.len() > shown;
    found.truncate(shown);
    Ok(Page {
        next: found.last().filter(|_| more).map(|listed| listed.conversation.id),
        conversations: found,
    })
}
