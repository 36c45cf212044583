//! What Meta calls us for: once by GET to see that the hook is ours, then by POST with as many events as it likes.
use super::{account, inbound};
use crate::event::{Event, EventKind};
use crate::hook::{Heard, Hook, Others, Refusal, same_secret};
use crate::signed::{hmac_sha256_hex, sha256_hex};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::status::MessageStatus;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use url::Url;
use uuid::Uuid;

/// Whose callbacks we believe.
pub struct Caller {
    pub phone_number_id: String,
    pub business_account_id: String,
    pub app_secret: String,
    pub verify_token: String,
}

/// What to do about a number that no connection of the tenant is of. Only some fields can have another address than the app's (Meta's
/// "Webhook overrides", as of 2026-06-28); preferences are not among them.
const ADVICE: &str = "An app calls one address, unless a number has another (override_callback_uri). If the number is this tenant's, add a \
    connection for it with this app's secret; if not, give it the callback of its own connection, and better an app of its own: what its \
    customers choose in WhatsApp (user_preferences) is always told to the app's address";

/// As long as any id of Meta's, and longer.
const LONGEST_ID: usize = 32;

/// The answer to the challenge, or the changes of our number and account, one by one. What is another number's is left out and the
/// number named; a call that has neither is refused.
pub fn hear(caller: &Caller, hook: &Hook<'_>) -> Result<Heard, Refusal> {
    match hook.method {
        "GET" => return challenge(caller, hook.url),
        "POST" if hook.is_json() => {}
        _ => return Err(Refusal::ContentType),
    }
    let theirs = hook
        .headers
        .get("x-hub-signature-256")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("sha256="))
        .ok_or(Refusal::Signature)?;
    let ours = hmac_sha256_hex(&caller.app_secret, hook.body);
    if !same_secret(ours.as_bytes(), theirs.to_ascii_lowercase().as_bytes()) {
        return Err(Refusal::Signature);
    }
    let body: Value = serde_json::from_slice(hook.body).map_err(|_| Refusal::Malformed)?;
    if body["object"].as_str().ok_or(Refusal::Malformed)? != "whatsapp_business_account" {
        return Err(Refusal::Account);
    }
    let mut pieces = Vec::new();
    let mut others = BTreeSet::new();
    for entry in body["entry"].as_array().ok_or(Refusal::Malformed)? {
        let changes = entry["changes"].as_array().ok_or(Refusal::Malformed)?;
        let is_our_account = entry["id"] == caller.business_account_id.as_str();
        let time = entry["time"].as_i64().unwrap_or(hook.now.as_second());
        for change in changes {
            let number = &change["value"]["metadata"]["phone_number_id"];
            // what is told of the account names no number
            if is_our_account && (number.is_null() || *number == caller.phone_number_id.as_str()) {
                pieces.extend(
                    parted(&change["value"])
                        .into_iter()
                        .map(|value| json!({ "time": time, "field": change["field"], "value": value })),
                );
            } else if let Some(id) = word(number).filter(|id| is_id(id) && *id != caller.phone_number_id) {
                others.insert(id.to_owned());
            }
        }
    }
    match (pieces.is_empty(), others.is_empty()) {
        (true, true) => Err(Refusal::Account),
        (false, true) => Ok(Heard::Pieces(pieces)),
        (_, false) => Ok(Heard::Shared {
            pieces,
            others: Others {
                field: "phone_number_id",
                values: others,
                advice: ADVICE,
            },
        }),
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= LONGEST_ID && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A change part by part, each of one event: one that can't be read holds up no other.
fn parted(value: &Value) -> Vec<Value> {
    const LISTS: [&str; 3] = ["statuses", "messages", "user_preferences"];
    let Some(fields) = value.as_object() else {
        return vec![value.clone()];
    };
    let mut rest = fields.clone();
    for list in LISTS {
        rest.remove(list);
    }
    let contacts = rest.remove("contacts").unwrap_or_default();
    let mut parts = Vec::new();
    for name in LISTS {
        for one in list(&value[name]) {
            let mut part = rest.clone();
            part.insert("contacts".to_owned(), inbound::contacts_of(one, list(&contacts)));
            part.insert(name.to_owned(), json!([one]));
            parts.push(Value::Object(part));
        }
    }
    if parts.is_empty() {
        parts.push(value.clone());
    }
    parts
}

/// Meta asks whether the hook is ours, by the word that was entered there.
fn challenge(caller: &Caller, url: &str) -> Result<Heard, Refusal> {
    let url = Url::parse(url).map_err(|_| Refusal::Malformed)?;
    let of = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let (ours, theirs) = (
        sha256_hex(caller.verify_token.as_bytes()),
        sha256_hex(of("hub.verify_token").as_bytes()),
    );
    if of("hub.mode") != "subscribe" || !same_secret(ours.as_bytes(), theirs.as_bytes()) {
        return Err(Refusal::Signature);
    }
    let challenge = of("hub.challenge");
    // it is sent back as it came
    let is_plain = (1..=200).contains(&challenge.len())
        && challenge
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if is_plain {
        Ok(Heard::Echo(challenge))
    } else {
        Err(Refusal::Malformed)
    }
}

/// The events of one change.
pub fn read(piece: &Value) -> Result<Vec<Event>, Refusal> {
    let value = &piece["value"];
    match piece["field"].as_str().ok_or(Refusal::Malformed)? {
        "messages" => {
            let our_address = full(&value["metadata"]["display_phone_number"]).ok_or(Refusal::Malformed)?;
            let mut events = Vec::new();
            for status in list(&value["statuses"]) {
                events.extend(statuses(status, &our_address)?);
            }
            for message in list(&value["messages"]) {
                events.extend(inbound::read(message, list(&value["contacts"]), &our_address)?);
            }
            Ok(events)
        }
        "user_preferences" => {
            let our_address = full(&value["metadata"]["display_phone_number"]).ok_or(Refusal::Malformed)?;
            list(&value["user_preferences"])
                .iter()
                .filter(|told| told["category"] == "marketing_messages")
                .filter_map(|told| preference(told, &our_address).transpose())
                .collect()
        }
        field => account::read(field, value, piece),
    }
}

/// Where a message of ours stands. Who turned out to have stopped marketing is told as a preference as well: the callback of the
/// preference itself may not be subscribed, or came before we were connected.
fn statuses(status: &Value, our_address: &str) -> Result<Vec<Event>, Refusal> {
    let reached = match status["status"].as_str().ok_or(Refusal::Malformed)? {
        "sent" => MessageStatus::Sent,
        "delivered" => MessageStatus::Delivered,
        "read" | "played" => MessageStatus::Read,
        "failed" => MessageStatus::Failed,
        _ => return Ok(Vec::new()),
    };
    let id = word(&status["id"]).ok_or(Refusal::Malformed)?;
    let occurred_at = moment(&status["timestamp"]).ok_or(Refusal::Malformed)?;
    let code = status["errors"][0]["code"]
        .as_u64()
        .filter(|_| reached == MessageStatus::Failed);
    let event = |name: &str, kind| Event {
        key: format!("{id}:{name}"),
        our_address: our_address.to_owned(),
        occurred_at,
        kind,
    };
    let mut events = vec![event(
        reached.name(),
        EventKind::Status {
            message_id: word(&status["biz_opaque_callback_data"]).and_then(|id| Uuid::try_parse(id).ok()),
            external_id: id.to_owned(),
            status: reached.name().to_owned(),
            code: code.map(|code| code.to_string()),
        },
    )];
    let person =
        full(&status["recipient_id"]).or_else(|| word(&status["recipient_user_id"]).map(str::to_owned));
    if let (Some(131_050), Some(address)) = (code, person) {
        let kind = EventKind::Preference {
            channel: Channel::Whatsapp,
            address,
            marketing: false,
        };
        events.push(event("marketing", kind));
    }
    Ok(events)
}

/// What somebody chose in WhatsApp. None: a choice that says nothing of marketing.
fn preference(told: &Value, our_address: &str) -> Result<Option<Event>, Refusal> {
    let marketing = match told["value"].as_str().ok_or(Refusal::Malformed)? {
        "stop" => false,
        "resume" => true,
        _ => return Ok(None),
    };
    let address = full(&told["wa_id"])
        .or_else(|| word(&told["user_id"]).map(str::to_owned))
        .ok_or(Refusal::Malformed)?;
    let occurred_at = moment(&told["timestamp"]).ok_or(Refusal::Malformed)?;
    // keys stand in logs: no address in them
    let who = sha256_hex(address.as_bytes());
    Ok(Some(Event {
        key: format!("marketing:{}:{}:{marketing}", &who[..32], occurred_at.as_second()),
        our_address: our_address.to_owned(),
        occurred_at,
        kind: EventKind::Preference {
            channel: Channel::Whatsapp,
            address,
            marketing,
        },
    }))
}

/// A number as we write it, of one that Meta writes: without the plus, or as people read it.
pub fn full(number: &Value) -> Option<String> {
    let digits: String = number.as_str()?.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| format!("+{digits}"))
}

/// A text that is there.
pub fn word(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// Seconds since 1970, as a number or as a text; milliseconds where they can't be seconds.
pub fn moment(value: &Value) -> Option<Timestamp> {
    let number = match value {
        Value::String(text) => text.parse().ok()?,
        _ => value.as_i64()?,
    };
    if number > 100_000_000_000 {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
