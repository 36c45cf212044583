//! What became of a message, by asking Twilio.
use super::outcome::{code, is_message_sid, status_of};
use super::{SENDERS, Twilio};
use crate::http::Answer;
use crate::{Asked, LookUp};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use url::form_urlencoded;

/// So that a page of the longest messages stays well below the largest answer that is read.
const PAGE_SIZE: usize = 50;
const MOST_PAGES: usize = 4;

/// The message of that name. One that is not found may have been deleted: nothing is proven.
pub async fn by_sid(twilio: &Twilio, sid: &str) -> LookUp {
    if !is_message_sid(sid) {
        return LookUp::NotKnown;
    }
    let path = twilio.settings.path(&format!("Messages/{sid}.json"));
    match page(twilio, &path).await {
        Some(message) => found(&message),
        None => LookUp::NotKnown,
    }
}

/// The one message that was made of what we sent, if it was this one: another of the same words may be it as well, which only who knows
/// the others can tell. Several can't be told apart; none at all proves nothing, since Twilio's list may lag. It isn't narrowed by `DateSent`, which a message that still waits at Twilio does not have.
pub async fn by_what_was_sent(twilio: &Twilio, asked: &Asked) -> LookUp {
    let mut matching = Vec::new();
    for prefix in ["", "whatsapp:"] {
        match messages(twilio, asked, prefix).await {
            Some(messages) => matching.extend(messages),
            None => return LookUp::NotKnown,
        }
    }
    match matching.as_slice() {
        [one] => found(one),
        _ => LookUp::NotKnown,
    }
}

/// All that match; none when they can't be listed to their end. Twilio lists the newest first: a page on which all are older than what
/// is asked about is the last that matters, however long somebody has been written to.
async fn messages(twilio: &Twilio, asked: &Asked, prefix: &str) -> Option<Vec<Value>> {
    let list = twilio.settings.path("Messages.json");
    let mut next = format!("{list}?{}", query(asked, prefix));
    let mut matching = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = page(twilio, &next).await?;
        let listed = page["messages"].as_array()?;
        matching.extend(
            listed
                .iter()
                .filter(|message| is_it(message, asked, prefix))
                .cloned(),
        );
        let is_past =
            |message: &Value| created(message).is_some_and(|made| made.as_second() < asked.since.as_second());
        if !listed.is_empty() && listed.iter().all(is_past) {
            return Some(matching);
        }
        match page["next_page_uri"].as_str() {
            None => return Some(matching),
            // no other path, whatever the answer says
            Some(further) if further.starts_with(&format!("{list}?")) => further.clone_into(&mut next),
            Some(_) => return None,
        }
    }
    None
}

fn query(asked: &Asked, prefix: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("To", &format!("{prefix}{}", asked.to));
    if !SENDERS.is_pool(&asked.from) {
        query.append_pair("From", &format!("{prefix}{}", asked.from));
    }
    query.append_pair("PageSize", &PAGE_SIZE.to_string());
    query.finish()
}

fn is_it(message: &Value, asked: &Asked, prefix: &str) -> bool {
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let is_from = if SENDERS.is_pool(&asked.from) {
        text("messaging_service_sid") == asked.from
    } else {
        text("from").strip_prefix(prefix) == Some(asked.from.as_str())
    };
    is_from
        && text("to").strip_prefix(prefix) == Some(asked.to.as_str())
        && text("direction").starts_with("outbound")
        && text("body") == asked.body
        // Twilio knows no parts of seconds
        && created(message).is_some_and(|made| made.as_second() >= asked.since.as_second())
}

fn created(message: &Value) -> Option<Timestamp> {
    let made = jiff::fmt::rfc2822::parse(message["date_created"].as_str()?);
    made.map(|made| made.timestamp()).ok()
}

fn found(message: &Value) -> LookUp {
    let sid = message["sid"].as_str().filter(|sid| is_message_sid(sid));
    let status = message["status"].as_str().and_then(status_of);
    match (sid, status) {
        (Some(sid), Some(status)) => LookUp::Accepted {
            external_id: sid.to_owned(),
            status: status.name().to_owned(),
            code: code(&message["error_code"]),
        },
        _ => LookUp::NotKnown,
    }
}

/// A path's answer, if it is one.
async fn page(twilio: &Twilio, path: &str) -> Option<Value> {
    let answer: Answer = twilio.http.call(twilio.ask(path)).await.ok()?;
    (answer.status == StatusCode::OK).then(|| answer.json()).flatten()
}
