//! What a piece of Twilio's says: where a message of ours stands, or that somebody wrote to us.
use super::outcome::{code, is_message_sid, status_of};
use crate::hook::Refusal;
use crate::{Event, EventKind, Inbound, OptOutType};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::keywords::{KEYWORDS, List};
use serde_json::{Map, Value};

/// As many pictures as a message has at most.
const MOST_MEDIA: usize = 10;

/// The fields of a call.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.0
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }
}

/// None for calls that tell of neither a message nor the account. The key is Twilio's name for the message and its status: Twilio repeats a call that was not
/// answered, and its calls have no name of their own.
///
/// It happened when it was heard: Twilio passes on a carrier's own time (`RawDlrDoneDate`) without its zone, and carriers differ.
///
/// `twilio_answers`: Twilio answers its default keywords by itself and does not say so.
pub fn events_of(piece: &Value, twilio_answers: bool) -> Result<Vec<Event>, Refusal> {
    let fields = Fields(piece.as_object().ok_or(Refusal::Malformed)?);
    let Some(sid) = fields.text("MessageSid").or_else(|| fields.text("SmsSid")) else {
        return Ok(debugged(&fields).into_iter().collect());
    };
    let heard: Timestamp = fields
        .text("_heard")
        .and_then(|text| text.parse().ok())
        .ok_or(Refusal::Malformed)?;
    if !is_message_sid(sid) {
        return Err(Refusal::Malformed);
    }
    let status = fields
        .text("MessageStatus")
        .or_else(|| fields.text("SmsStatus"))
        .unwrap_or("received");
    let told = if status == "received" {
        inbound(&fields, sid, twilio_answers)?
            .map(|inbound| (inbound.to.clone(), EventKind::Inbound(inbound)))
    } else {
        status_of(status).map(|ours| {
            let from = fields.text("From").map_or("", |from| address(from).1);
            let kind = EventKind::Status {
                message_id: fields.text("_message").and_then(|id| id.parse().ok()),
                external_id: sid.to_owned(),
                status: ours.name().to_owned(),
                code: fields.0.get("ErrorCode").and_then(code),
            };
            (from.to_owned(), kind)
        })
    };
    Ok(told
        .into_iter()
        .map(|(our_address, kind)| Event {
            key: format!("{sid}:{status}"),
            our_address,
            occurred_at: heard,
            kind,
        })
        .collect())
}

/// An error or a warning that Twilio's debugger tells. Its code is kept, not its words: they hold numbers of people.
///
/// <https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks>
fn debugged(fields: &Fields<'_>) -> Option<Event> {
    let (sid, level) = (fields.text("Sid")?, fields.text("Level")?);
    let payload: Value = serde_json::from_str(fields.text("Payload")?).ok()?;
    let at = |name| fields.text(name).and_then(|at| at.parse().ok());
    let level = level.to_ascii_lowercase();
    Some(Event {
        key: format!("debugger:{sid}"),
        our_address: String::new(),
        occurred_at: at("Timestamp").or_else(|| at("_heard"))?,
        kind: EventKind::Account {
            code: code(&payload["error_code"])?,
            detail: format!(
                "{} in Twilio's error log",
                if level == "warning" {
                    "a warning"
                } else {
                    "an error"
                }
            ),
        },
    })
}

/// A message to us; none on a channel that is not ours.
fn inbound(fields: &Fields<'_>, sid: &str, twilio_answers: bool) -> Result<Option<Inbound>, Refusal> {
    let (Some(from), Some(to)) = (fields.text("From"), fields.text("To")) else {
        return Err(Refusal::Malformed);
    };
    let ((channel, from), (_, to)) = (address(from), address(to));
    let channel = match channel {
        "" => Channel::Sms,
        "whatsapp" => Channel::Whatsapp,
        _ => return Ok(None),
    };
    let body = fields.text("Body").unwrap_or_default();
    let media = fields.text("NumMedia").and_then(|count| count.parse().ok());
    let media = 0..media.unwrap_or(0).min(MOST_MEDIA);
    let opt_out_type = match fields.text("OptOutType") {
        Some("STOP") => Some(OptOutType::Stop),
        Some("START") => Some(OptOutType::Start),
        Some("HELP") => Some(OptOutType::Help),
        _ => None,
    };
    Ok(Some(Inbound {
        media_urls: media
            .filter_map(|number| fields.text(&format!("MediaUrl{number}")))
            .map(str::to_owned)
            .collect(),
        // Twilio says it only where it answers for the messaging service; of a number by itself the operator has said it, and of what its
        // list told nobody has: better no second answer than two. It answers by text alone, and its own words alone: who says another gets
        // our answer
        answered_by_provider: opt_out_type.is_some()
            || (twilio_answers || fields.text("_listed") == Some("service"))
                && channel == Channel::Sms
                && is_default_keyword(body),
        opt_out_type,
        // whoever hides the number has a name in its place
        user_id: (channel == Channel::Whatsapp && !from.starts_with('+')).then(|| from.to_owned()),
        ..Inbound::text(sid, channel, (from, to), body)
    }))
}

/// Is it, whole and in any case, one of Twilio's default keywords?
fn is_default_keyword(body: &str) -> bool {
    let word = body.trim().to_lowercase();
    KEYWORDS
        .iter()
        .any(|keyword| keyword.word == word && keyword.lists.contains(&List::Twilio))
}

/// The channel that Twilio writes before an address, and the address.
fn address(text: &str) -> (&str, &str) {
    text.split_once(':').unwrap_or(("", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    const SID: &str = "SM0123456789abcdef0123456789abcdef";
    const HEARD: &str = "2026-11-21T15:00:00Z";

    /// The one event of a piece with these fields beside those that all have.
    fn event(fields: Value) -> Event {
        let mut events = events_of(&piece(fields), false).unwrap();
        assert_eq!(events.len(), 1, "{events:?}");
        events.remove(0)
    }

    fn piece(fields: Value) -> Value {
        let mut piece = json!({ "MessageSid": SID, "_heard": HEARD });
        for (name, value) in fields.as_object().unwrap() {
            piece[name] = value.clone();
        }
        piece
    }

    #[test]
    fn a_status_is_told_once_under_a_key_of_its_own() {
        let message = Uuid::from_u128(7);
        let told = event(json!({
            "MessageStatus": "undelivered", "SmsStatus": "undelivered", "ErrorCode": "30006", "RawDlrDoneDate": "2611210300",
            "From": "whatsapp:+12125550100", "To": "whatsapp:+12125550123", "_message": message.to_string(),
        }));
        let wanted = Event {
            key: format!("{SID}:undelivered"),
            our_address: "+12125550100".to_owned(),
            occurred_at: HEARD.parse().unwrap(),
            kind: EventKind::Status {
                message_id: Some(message),
                external_id: SID.to_owned(),
                status: "undelivered".to_owned(),
                code: Some("30006".to_owned()),
            },
        };
        assert_eq!(told, wanted);
        let early = event(json!({ "MessageStatus": "queued", "From": "" }));
        assert_eq!(
            (early.key, early.our_address),
            (format!("{SID}:queued"), String::new())
        );
        assert_eq!(
            early.kind,
            EventKind::Status {
                message_id: None,
                external_id: SID.to_owned(),
                status: "sent".to_owned(),
                code: None
            }
        );
    }

    fn said(fields: Value) -> Inbound {
        let told = event(fields);
        let EventKind::Inbound(inbound) = told.kind else {
            panic!("{told:?}")
        };
        assert_eq!(
            (told.key, &told.our_address),
            (format!("{SID}:received"), &inbound.to)
        );
        inbound
    }

    #[test]
    fn a_text_to_us_keeps_its_words_and_its_pictures() {
        let plain = json!({ "SmsStatus": "received", "From": "+12125550123", "To": "+12125550100", "Body": " Grüße 👋" });
        let wanted = Inbound::text(SID, Channel::Sms, ("+12125550123", "+12125550100"), " Grüße 👋");
        assert_eq!(said(plain), wanted);
        let picture = json!({
            "From": "+12125550123", "To": "+12125550100", "Body": "", "NumMedia": "2", "MediaUrl0": "https://m.example/0",
            "MediaUrl1": "https://m.example/1", "MediaUrl2": "https://m.example/2",
        });
        let picture = said(picture);
        assert_eq!(picture.media_urls, ["https://m.example/0", "https://m.example/1"]);
        assert_eq!(picture.body, "");
        for count in ["x", "-1", "99999999999999999999"] {
            let none = said(json!({ "From": "+12125550123", "To": "+12125550100", "NumMedia": count }));
            assert_eq!(none.media_urls.len(), 0);
        }
    }

    #[test]
    fn a_keyword_that_twilio_answered_is_not_answered_again() {
        for (word, meant) in [
            ("STOP", Some(OptOutType::Stop)),
            ("START", Some(OptOutType::Start)),
            ("HELP", Some(OptOutType::Help)),
            ("OTHER", None),
            ("", None),
        ] {
            let inbound = said(
                json!({ "From": "+12125550123", "To": "+12125550100", "Body": "Stop", "OptOutType": word }),
            );
            assert_eq!(inbound.opt_out_type, meant, "{word}");
            assert_eq!(inbound.answered_by_provider, meant.is_some(), "{word}");
        }
    }

    #[test]
    fn on_whatsapp_somebody_without_a_number_has_a_name() {
        let with_number = said(json!({
            "From": "whatsapp:+12125550123", "To": "whatsapp:+12125550100", "Body": "Hi", "WaId": "12125550123", "ProfileName": "Jo",
        }));
        let wanted = Inbound::text(SID, Channel::Whatsapp, ("+12125550123", "+12125550100"), "Hi");
        assert_eq!(with_number, wanted);
        let without =
            said(json!({ "From": "whatsapp:US.1349120", "To": "whatsapp:+12125550100", "Body": "Hi" }));
        assert_eq!(
            (without.from.as_str(), without.user_id.as_deref()),
            ("US.1349120", Some("US.1349120"))
        );
    }

    #[test]
    fn what_twilios_debugger_tells_is_of_the_account_and_names_nobody() {
        let told = json!({
            "AccountSid": "AC0123456789abcdef0123456789abcdef", "Sid": "NO0123456789abcdef0123456789abcdef", "Level": "Warning",
            "Timestamp": "2026-11-21T14:59:00Z", "PayloadType": "application/json", "_heard": HEARD,
            "Payload": json!({
                "resource_sid": SID, "service_sid": null, "error_code": "30007",
                "more_info": { "Msg": "to +12125550123" },
            }).to_string(),
        });
        let wanted = Event {
            key: "debugger:NO0123456789abcdef0123456789abcdef".to_owned(),
            our_address: String::new(),
            occurred_at: "2026-11-21T14:59:00Z".parse().unwrap(),
            kind: EventKind::Account {
                code: "30007".to_owned(),
                detail: "a warning in Twilio's error log".to_owned(),
            },
        };
        assert_eq!(events_of(&told, false), Ok(vec![wanted]));
        for (field, value) in [("Payload", "{"), ("Payload", "{}"), ("Level", ""), ("Sid", "")] {
            let mut other = told.clone();
            other[field] = json!(value);
            assert_eq!(events_of(&other, false), Ok(vec![]), "{field}");
        }
        let mut error = told.clone();
        error["Level"] = json!("ERROR");
        error["Timestamp"] = json!("today");
        let error = events_of(&error, false).unwrap().remove(0);
        assert_eq!(error.occurred_at, HEARD.parse().unwrap());
        let EventKind::Account { detail, .. } = error.kind else {
            panic!()
        };
        assert_eq!(detail, "an error in Twilio's error log");
    }

    #[test]
    fn what_tells_of_no_message_of_ours_gives_nothing_and_what_cannot_be_read_is_said_so() {
        for nothing in [
            json!({ "_heard": HEARD, "CallSid": "CA0123456789abcdef0123456789abcdef" }),
            piece(json!({ "MessageStatus": "archived" })),
            piece(json!({ "From": "messenger:1", "To": "messenger:2", "Body": "Hi" })),
        ] {
            assert_eq!(events_of(&nothing, false), Ok(vec![]), "{nothing}");
        }
        for bad in [
            json!([]),
            json!({ "MessageSid": SID, "MessageStatus": "sent" }),
            json!({ "MessageSid": "SM12", "MessageStatus": "sent", "_heard": HEARD }),
            json!({ "MessageSid": SID, "MessageStatus": "sent", "_heard": "today" }),
            piece(json!({ "From": "+12125550123", "Body": "Hi" })),
            piece(json!({ "SmsStatus": "received" })),
        ] {
            assert_eq!(events_of(&bad, false), Err(Refusal::Malformed), "{bad}");
        }
    }

    #[test]
    fn where_twilio_answers_by_itself_its_own_words_are_answered_and_no_others_and_only_by_text() {
        let answered = |from: &str, body: &str, twilio_answers: bool| {
            let fields = json!({ "From": from, "To": "+12125550100", "Body": body });
            let event = events_of(&piece(fields), twilio_answers).unwrap().remove(0);
            match event.kind {
                EventKind::Inbound(inbound) => {
                    // what it means is still ours to read
                    assert_eq!(inbound.opt_out_type, None);
                    inbound.answered_by_provider
                }
                other => panic!("{other:?}"),
            }
        };
        for word in ["STOP", " stop ", "Unsubscribe", "START", "help"] {
            assert!(answered("+12125550123", word, true), "{word}");
            assert!(!answered("+12125550123", word, false), "{word}: we answer");
            assert!(!answered("whatsapp:+12125550123", word, true), "{word}");
        }
        for word in ["ALTO", "stop texting me", "Thanks!", ""] {
            assert!(!answered("+12125550123", word, true), "{word}");
        }
    }
}
