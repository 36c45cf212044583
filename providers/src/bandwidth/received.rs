//! What came to a number, by asking Bandwidth: that it came, from whom and when. What it says Bandwidth does not keep
//! (<https://dev.bandwidth.com/docs/messaging/getMessage>), so that only its call tells it.
use super::callbacks::received_key;
use super::{Bandwidth, WORDS};
use crate::event::{Event, EventKind, Inbound, UNTOLD};
use crate::{CheckFailed, Refusal};
use jiff::Timestamp;
use rules::channel::Channel;
use serde_json::{Value, json};

/// So that `MOST_PAGES` of them are all that Bandwidth lets anybody page through.
const PAGE_SIZE: &str = "500";
const MOST_PAGES: usize = 20;
/// So many messages, and room to spare.
const LARGEST_PAGE: usize = 4 * 1024 * 1024;

/// Adds each message to that number since then. An error when the list's end was not reached.
pub async fn since(
    bandwidth: &Bandwidth,
    ours: &str,
    since: Timestamp,
    pieces: &mut Vec<Value>,
) -> Result<(), CheckFailed> {
    let from = since.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let mut next = String::new();
    for _ in 0..MOST_PAGES {
        let mut query = vec![
            ("messageDirection", "INBOUND"),
            ("destinationTn", ours),
            ("fromDateTime", &from),
            ("limit", PAGE_SIZE),
        ];
        if !next.is_empty() {
            query.push(("pageToken", &next));
        }
        let answer = bandwidth
            .http
            .call_for(bandwidth.list(&query), LARGEST_PAGE)
            .await;
        let page = match &answer {
            Ok(told) if told.status.is_success() => told.json().unwrap_or_default(),
            _ => return Err(WORDS.check_failed(&answer, "account_id, username and password")),
        };
        let messages = page["messages"]
            .as_array()
            .ok_or_else(|| CheckFailed::NotNow("a page of messages that can't be read".to_owned()))?;
        let is_ours =
            |message: &&Value| message["messageDirection"] == "INBOUND" && message["destinationTn"] == ours;
        pieces.extend(
            messages
                .iter()
                .filter(is_ours)
                .map(|message| json!({ "listed": message })),
        );
        match page["pageInfo"]["nextPageToken"].as_str() {
            Some(token) if !token.is_empty() && !messages.is_empty() => token.clone_into(&mut next),
            _ => return Ok(()),
        }
    }
    Err(CheckFailed::NotNow("the list has no end".to_owned()))
}

/// What the list says of a message, if the piece is of the list.
pub fn listed(piece: &Value) -> Option<&Value> {
    piece.get("listed")
}

/// The event of one of them: that it came.
pub fn read(message: &Value) -> Result<Vec<Event>, Refusal> {
    let text = |name: &str| {
        let text = message[name].as_str().filter(|text| !text.is_empty());
        text.ok_or(Refusal::Malformed)
    };
    let (id, from, ours) = (text("messageId")?, text("sourceTn")?, text("destinationTn")?);
    Ok(vec![Event {
        key: format!("{}{UNTOLD}", received_key(id, ours)),
        our_address: ours.to_owned(),
        occurred_at: text("receiveTime")?.parse().map_err(|_| Refusal::Malformed)?,
        kind: EventKind::Inbound(Inbound {
            is_untold: true,
            ..Inbound::text(id, Channel::Sms, (from, ours), "")
        }),
    }])
}
