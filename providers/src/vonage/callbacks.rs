//! What Vonage calls us for: where a message stands, and texts from customers.
use super::message::code;
use super::token::Caller;
use crate::event::{Event, EventKind, Inbound};
use crate::hook::{Heard, Hook, Refusal};
use rules::channel::Channel;
use rules::status::MessageStatus;
use serde_json::Value;
use uuid::Uuid;

/// A call that is genuine holds one event: its body.
pub fn hear(caller: &Caller, hook: &Hook<'_>) -> Result<Heard, Refusal> {
    if hook.method != "POST" || !hook.is_json() {
        return Err(Refusal::ContentType);
    }
    caller.verify(hook)?;
    let body: Value = serde_json::from_slice(hook.body).map_err(|_| Refusal::Malformed)?;
    if !body.is_object() {
        return Err(Refusal::Malformed);
    }
    Ok(Heard::Pieces(vec![body]))
}

/// The event of a body.
pub fn read(piece: &Value) -> Result<Vec<Event>, Refusal> {
    if !matches!(piece["channel"].as_str(), Some("sms" | "mms")) {
        return Ok(Vec::new());
    }
    let text = |name: &str| piece[name].as_str().filter(|text| !text.is_empty());
    let id = text("message_uuid").ok_or(Refusal::Malformed)?;
    let occurred_at = text("timestamp")
        .and_then(|at| at.parse().ok())
        .ok_or(Refusal::Malformed)?;
    let (to, from) = (
        text("to").ok_or(Refusal::Malformed)?,
        text("from").ok_or(Refusal::Malformed)?,
    );
    let event = if let Some(status) = text("status") {
        let Some(reached) = reached(status) else {
            return Ok(Vec::new());
        };
        let is_failure = matches!(reached, MessageStatus::Failed | MessageStatus::Undelivered);
        let error = &piece["error"];
        Event {
            key: format!("{id}:{status}"),
            our_address: full(from),
            occurred_at,
            kind: EventKind::Status {
                message_id: text("client_ref").and_then(|id| Uuid::try_parse(id).ok()),
                external_id: id.to_owned(),
                status: reached.name().to_owned(),
                code: code(error)
                    // some callbacks wrap it once more
                    .or_else(|| code(&error["error"]))
                    .filter(|_| is_failure),
            },
        }
    } else {
        let kind = text("message_type").ok_or(Refusal::Malformed)?;
        let (from, to) = (full(from), full(to));
        let file = &piece[kind];
        let body = text("text")
            .or_else(|| file["caption"].as_str())
            .unwrap_or_default();
        Event {
            key: id.to_owned(),
            our_address: to.clone(),
            occurred_at,
            kind: EventKind::Inbound(Inbound {
                media_urls: file["url"].as_str().map(str::to_owned).into_iter().collect(),
                ..Inbound::text(id, Channel::Sms, (&from, &to), body)
            }),
        }
    };
    Ok(vec![event])
}

/// How far a message came. None: a word that says nothing of that.
fn reached(status: &str) -> Option<MessageStatus> {
    Some(match status {
        "submitted" => MessageStatus::Sent,
        "delivered" => MessageStatus::Delivered,
        "read" => MessageStatus::Read,
        // refused on the way, by Vonage or by the carrier
        "rejected" => MessageStatus::Failed,
        "undeliverable" => MessageStatus::Undelivered,
        _ => return None,
    })
}

/// With the plus that we write; names of senders stay as they are.
fn full(address: &str) -> String {
    if address.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("+{address}")
    } else {
        address.to_owned()
    }
}
