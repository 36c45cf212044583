//! What Bandwidth calls us for: events, under a name and a password that we gave it.
use super::message::failed;
use crate::event::{Event, EventKind, Inbound};
use crate::hook::{Heard, Hook, Refusal};
use crate::signed::{has_basic_auth, sha256_hex};
use rules::channel::Channel;
use rules::status::MessageStatus;
use serde_json::Value;
use uuid::Uuid;

/// Whose callbacks we believe.
pub struct Caller {
    pub username: String,
    pub password: String,
    pub application_id: String,
}

/// The events of our application in a call that is genuine, one by one. Those of another application are left out; a call that has no
/// other is refused.
pub fn hear(caller: &Caller, hook: &Hook<'_>) -> Result<Heard, Refusal> {
    if hook.method != "POST" || !hook.is_json() {
        return Err(Refusal::ContentType);
    }
    has_basic_auth(hook.headers, &caller.username, &caller.password)?;
    // the guides show an array, the published description one event
    let body = match serde_json::from_slice(hook.body).map_err(|_| Refusal::Malformed)? {
        Value::Array(events) => events,
        event => vec![event],
    };
    if body.is_empty() || !body.iter().all(Value::is_object) {
        return Err(Refusal::Malformed);
    }
    let ours: Vec<Value> = body
        .into_iter()
        .filter(|event| event["message"]["applicationId"] == caller.application_id.as_str())
        .collect();
    if ours.is_empty() {
        return Err(Refusal::Account);
    }
    Ok(Heard::Pieces(ours))
}

/// The key of a text that came to a number of ours: one to a group of them comes once for each. It stands in logs, where no number may be.
pub fn received_key(id: &str, ours: &str) -> String {
    format!("{id}:{}", &sha256_hex(ours.as_bytes())[..16])
}

/// The events of one of them.
pub fn read(piece: &Value) -> Result<Vec<Event>, Refusal> {
    let message = &piece["message"];
    let text = |of: &Value, name: &str| {
        of[name]
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let kind = text(piece, "type").ok_or(Refusal::Malformed)?;
    let id = text(message, "id").ok_or(Refusal::Malformed)?;
    let our_address = text(message, "owner").ok_or(Refusal::Malformed)?;
    let occurred_at = text(piece, "eventTime")
        .or_else(|| text(piece, "time"))
        .and_then(|at| at.parse().ok())
        .ok_or(Refusal::Malformed)?;
    let error = piece["errorCode"].as_u64().filter(|code| *code != 0);
    let (status, code) = match kind.as_str() {
        "message-sending" | "message-sent" => (MessageStatus::Sent, None),
        "message-delivered" => (MessageStatus::Delivered, None),
        "message-read" => (MessageStatus::Read, None),
        "message-failed" => (failed(error), error.map(|code| code.to_string())),
        "message-received" => {
            let from = text(message, "from").ok_or(Refusal::Malformed)?;
            let media = message["media"].as_array().into_iter().flatten();
            let inbound = Inbound {
                media_urls: media
                    .filter_map(Value::as_str)
                    // the layout of an MMS, which is nothing to look at
                    .filter(|url| !url.ends_with(".smil"))
                    .map(str::to_owned)
                    .collect(),
                ..Inbound::text(
                    &id,
                    Channel::Sms,
                    (&from, &our_address),
                    message["text"].as_str().unwrap_or_default(),
                )
            };
            return Ok(vec![Event {
                key: received_key(&id, &our_address),
                our_address,
                occurred_at,
                kind: EventKind::Inbound(inbound),
            }]);
        }
        _ => return Ok(Vec::new()),
    };
    Ok(vec![Event {
        key: format!("{id}:{kind}"),
        our_address,
        occurred_at,
        kind: EventKind::Status {
            message_id: text(message, "tag").and_then(|tag| Uuid::try_parse(&tag).ok()),
            external_id: id,
            status: status.name().to_owned(),
            code,
        },
    }])
}
