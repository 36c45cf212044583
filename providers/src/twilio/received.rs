//! What was written to an account's sender, by asking Twilio: it calls once, and a call that nobody took is lost.
use super::outcome::{checked, is_message_sid};
use super::{SENDERS, Twilio, pool};
use crate::CheckFailed;
use jiff::Timestamp;
use rules::channel::Channel;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use url::form_urlencoded;

/// The most that Twilio lists at once.
const PAGE_SIZE: usize = 1_000;
/// So many of the longest texts, each character written as an escape.
const LARGEST_PAGE: usize = 16 * 1024 * 1024;
const MOST_PAGES: usize = 100;
/// A service of more senders is asked about all at once: Twilio lists what came to one, or what came and went in the whole account.
const MOST_SENDERS: usize = 20;

/// What is asked for.
struct Asking<'a> {
    twilio: &'a Twilio,
    channel: Channel,
    since: Timestamp,
    /// It is told of by a service, which may have answered keywords by itself.
    by_service: bool,
}

/// To whom what is listed was written.
enum Ours<'a> {
    Sender(String),
    Service { sid: &'a str, senders: BTreeSet<String> },
}

/// Adds each message to that sender since then, as the call would have told it but for what Twilio's list does not have: whether Twilio
/// understood an opt-out itself, a WhatsApp user's name, and where each picture is, of which it says where their list is. Its time is
/// Twilio's. An error when the list's end was not reached.
pub async fn since(
    twilio: &Twilio,
    (channel, ours): (Channel, &str),
    since: Timestamp,
    pieces: &mut Vec<Value>,
) -> Result<(), CheckFailed> {
    let asking = Asking {
        twilio,
        channel,
        since,
        by_service: SENDERS.is_pool(ours) || twilio.settings.messaging_service_sid.is_some(),
    };
    if !SENDERS.is_pool(ours) {
        let sender = Ours::Sender(format!("{}{ours}", prefix(channel)));
        return listed(&asking, &sender, pieces).await;
    }
    let senders = pool::senders(twilio, channel, ours).await?;
    if (1..=MOST_SENDERS).contains(&senders.len()) {
        for sender in senders {
            listed(&asking, &Ours::Sender(sender), pieces).await?;
        }
        return Ok(());
    }
    let service = Ours::Service { sid: ours, senders };
    listed(&asking, &service, pieces).await
}

/// One list, from its newest. Twilio lists the newest first: a page on which all are older is the last that matters.
async fn listed(asking: &Asking<'_>, ours: &Ours<'_>, pieces: &mut Vec<Value>) -> Result<(), CheckFailed> {
    let unread = || CheckFailed::NotNow("a page of messages that can't be read".to_owned());
    let (twilio, since) = (asking.twilio, asking.since);
    let list = twilio.settings.path("Messages.json");
    let mut next = format!("{list}?{}", query(ours, since));
    for _ in 0..MOST_PAGES {
        let page = checked(
            twilio.http.call_for(twilio.ask(&next), LARGEST_PAGE).await,
            "they may not list messages",
        )?;
        let messages = page["messages"].as_array().ok_or_else(unread)?;
        for message in messages {
            if is_to_us(message, asking.channel, ours) {
                pieces.extend(piece_of(asking, message));
            }
        }
        if !messages.is_empty() && messages.iter().all(|message| is_past(message, since)) {
            return Ok(());
        }
        match page["next_page_uri"].as_str() {
            None => return Ok(()),
            // no other path, whatever the answer says
            Some(further) if further.starts_with(&format!("{list}?")) => further.clone_into(&mut next),
            Some(_) => return Err(unread()),
        }
    }
    Err(CheckFailed::NotNow("the list has no end".to_owned()))
}

fn query(ours: &Ours<'_>, since: Timestamp) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Ours::Sender(to) = ours {
        query.append_pair("To", to);
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
fn is_to_us(message: &Value, channel: Channel, ours: &Ours<'_>) -> bool {
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let to = text("to");
    let is_channel = to.starts_with("whatsapp:") == (channel == Channel::Whatsapp);
    let is_ours = match ours {
        Ours::Sender(sender) => to == sender,
        Ours::Service { sid, senders } => text("messaging_service_sid") == *sid || senders.contains(to),
    };
    text("direction") == "inbound" && is_channel && is_ours
}

/// When Twilio sent it on, and when it made it, as far as it says so.
fn times(message: &Value) -> impl Iterator<Item = Timestamp> {
    ["date_sent", "date_created"].into_iter().filter_map(|name| {
        let at = jiff::fmt::rfc2822::parse(message[name].as_str()?).ok()?;
        Some(at.timestamp())
    })
}

/// Does its every time say that it is of before that moment?
fn is_past(message: &Value, since: Timestamp) -> bool {
    times(message).count() > 0 && times(message).all(|at| at < since)
}

/// The fields that a call has; none of a message of before that moment. One without its names is told as it is: who reads it keeps it as
/// unreadable.
fn piece_of(asking: &Asking<'_>, message: &Value) -> Option<Value> {
    let twilio = asking.twilio;
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let at = times(message).next();
    if at.is_some_and(|at| at < asking.since) {
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
    if asking.by_service {
        piece.insert("_listed".to_owned(), json!("service"));
    }
    if !matches!(text("num_media"), "" | "0") && is_message_sid(sid) {
        // the list names no pictures, and to ask for those of each message would make it longer than it may take
        let (url, path) = (&twilio.settings.api_url, format!("Messages/{sid}/Media.json"));
        piece.insert("NumMedia".to_owned(), json!("1"));
        piece.insert(
            "MediaUrl0".to_owned(),
            json!(format!("{url}{}", twilio.settings.path(&path))),
        );
    }
    Some(Value::Object(piece))
}
