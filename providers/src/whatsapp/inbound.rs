//! A message from a customer on WhatsApp.
use super::callbacks::{full, moment, word};
use crate::event::{Event, EventKind, Inbound};
use crate::hook::Refusal;
use rules::channel::Channel;
use serde_json::Value;

/// The event of a message. None for what nobody wrote to us: notes of the system, reactions, talk in a group.
pub fn read(message: &Value, contacts: &[Value], our_address: &str) -> Result<Option<Event>, Refusal> {
    let kind = word(&message["type"]).ok_or(Refusal::Malformed)?;
    if matches!(kind, "system" | "reaction") || word(&message["group_id"]).is_some() {
        return Ok(None);
    }
    let id = word(&message["id"]).ok_or(Refusal::Malformed)?;
    let occurred_at = moment(&message["timestamp"]).ok_or(Refusal::Malformed)?;
    let number = full(&message["from"]);
    let user_id = word(&message["from_user_id"])
        .or_else(|| known(contacts, &message["from"]))
        .map(str::to_owned);
    // who has a user name may keep the number back
    let from = number.or_else(|| user_id.clone()).ok_or(Refusal::Malformed)?;
    let (body, file) = said(kind, &message[kind]);
    Ok(Some(Event {
        key: id.to_owned(),
        our_address: our_address.to_owned(),
        occurred_at,
        kind: EventKind::Inbound(Inbound {
            media_urls: file.into_iter().collect(),
            user_id,
            ..Inbound::text(id, Channel::Whatsapp, (&from, our_address), &body)
        }),
    }))
}

/// The stable id of the person with this number; of the only person when the number is kept back.
fn known<'a>(contacts: &'a [Value], from: &Value) -> Option<&'a str> {
    let contact = match word(from) {
        Some(number) => contacts.iter().find(|contact| contact["wa_id"] == number)?,
        None => match contacts {
            [only] => only,
            _ => return None,
        },
    };
    word(&contact["user_id"])
}

/// The words of a message, and a reference to its file: Meta hands files out to the holder of the token only, for some days.
fn said(kind: &str, content: &Value) -> (String, Option<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match kind {
        "text" => (text(&content["body"]), None),
        "button" => (text(&content["text"]), None),
        "interactive" => {
            let reply = word(&content["type"]).map_or(&Value::Null, |reply| &content[reply]);
            let words = word(&reply["title"]).or_else(|| word(&reply["body"]));
            (words.unwrap_or_default().to_owned(), None)
        }
        "image" | "video" | "audio" | "document" | "sticker" => {
            let file = word(&content["id"]).map(|id| format!("whatsapp-media:{id}"));
            (text(&content["caption"]), file)
        }
        "location" => {
            let words: Vec<&str> = [&content["name"], &content["address"]]
                .into_iter()
                .filter_map(word)
                .collect();
            (words.join(", "), None)
        }
        "order" => (text(&content["text"]), None),
        _ => (String::new(), None),
    }
}
