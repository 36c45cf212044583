//! What was written to an account's sender, by asking Twilio: it calls once, and a call that nobody took is lost.
use super::outcome::{checked, is_message_sid};
use super::{SENDERS, Twilio};
use crate::CheckFailed;
use jiff::Timestamp;
use rules::channel::Channel;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// So that a page of the longest messages stays well below the largest answer that is read.
const PAGE_SIZE: usize = 50;
const MOST_PAGES: usize = 100;

/// Each message to that sender since then, as the call would have told it but for what Twilio's list does not have: whether Twilio
/// understood an opt-out itself, and a WhatsApp user's name. Its time is Twilio's. An error when they can't be listed to their end: half a
/// list would look like a whole one.
pub async fn since(
    twilio: &Twilio,
    channel: Channel,
    ours: &str,
    since: Timestamp,
) -> Result<Vec<Value>, CheckFailed> {
    let unread = || CheckFailed::NotNow("a page of messages that can't be read".to_owned());
    let list = twilio.settings.path("Messages.json");
    let mut next = format!("{list}?{}", query(channel, ours, since));
    let mut pieces = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = checked(
            twilio.http.call(twilio.ask(&next)).await,
            "they may not list messages",
        )?;
        for message in page["messages"].as_array().ok_or_else(unread)? {
            if is_to_us(message, channel, ours) {
                pieces.extend(piece_of(twilio, message, since).await);
            }
        }
        match page["next_page_uri"].as_str() {
            None => return Ok(pieces),
            // no other path, whatever the answer says
            Some(further) if further.starts_with(&format!("{list}?")) => further.clone_into(&mut next),
            Some(_) => return Err(unread()),
        }
    }
    Err(CheckFailed::NotNow("the list has no end".to_owned()))
}

fn query(channel: Channel, ours: &str, since: Timestamp) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !SENDERS.is_pool(ours) {
        query.append_pair("To", &format!("{}{ours}", prefix(channel)));
    }
    // Twilio's document speaks of whole days, its libraries send times: the day's beginning is both
    query.append_pair("DateSent>", &since.strftime("%Y-%m-%dT00:00:00Z").to_string());
    query.append_pair("PageSize", &PAGE_SIZE.to_string());
    query.finish()
}

fn prefix(channel: Channel) -> &'static str {
    match channel {
        Channel::Whatsapp => "whatsapp:",
        Channel::Sms | Channel::Email => "",
    }
}

/// Of several senders of one account, only what came to ours: the number, or a number of the service.
fn is_to_us(message: &Value, channel: Channel, ours: &str) -> bool {
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let (to, service) = (text("to"), text("messaging_service_sid"));
    let is_channel = to.starts_with("whatsapp:") == (channel == Channel::Whatsapp);
    let is_ours = if SENDERS.is_pool(ours) {
        service == ours
    } else {
        to.strip_prefix(prefix(channel)) == Some(ours)
    };
    text("direction") == "inbound" && is_channel && is_ours
}

/// The fields that a call has; none of a message of before that moment. One without its names is told as it is: who reads it keeps it as
/// unreadable.
async fn piece_of(twilio: &Twilio, message: &Value, since: Timestamp) -> Option<Value> {
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let at = ["date_sent", "date_created"].into_iter().find_map(|name| {
        let at = jiff::fmt::rfc2822::parse(message[name].as_str()?).ok()?;
        Some(at.timestamp())
    });
    if at.is_some_and(|at| at < since) {
        return None;
    }
    let sid = text("sid");
    let mut piece = Map::new();
    for (name, value) in [
        ("MessageSid", sid),
        ("AccountSid", twilio.settings.account_sid.as_str()),
        ("SmsStatus", "received"),
        ("From", text("from")),
        ("To", text("to")),
        ("Body", text("body")),
        ("_heard", at.map(|at| at.to_string()).unwrap_or_default().as_str()),
    ] {
        piece.insert(name.to_owned(), json!(value.replace('\0', "")));
    }
    if !matches!(text("num_media"), "" | "0") && is_message_sid(sid) {
        let pictures = pictures(twilio, sid).await;
        piece.insert("NumMedia".to_owned(), json!(pictures.len().to_string()));
        for (number, url) in pictures.into_iter().enumerate() {
            piece.insert(format!("MediaUrl{number}"), json!(url));
        }
    }
    Some(Value::Object(piece))
}

/// Where the pictures of a message are. None when Twilio does not say: the words count without them.
async fn pictures(twilio: &Twilio, sid: &str) -> Vec<String> {
    let path = twilio.settings.path(&format!("Messages/{sid}/Media.json"));
    let listed = checked(twilio.http.call(twilio.ask(&path)).await, "").unwrap_or_default();
    let of = |media: &Value| {
        let uri = media["uri"].as_str()?.strip_suffix(".json")?;
        Some(format!("{}{uri}", twilio.settings.api_url))
    };
    listed["media_list"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(of)
        .collect()
}
