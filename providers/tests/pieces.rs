//! Pieces that are changed at any one place: they are read, or refused, and never more than that.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]
use providers::http::{Egress, Http};
use providers::{Description, Event, EventKind, Provider, Values};
use rules::status::MessageStatus;
use serde_json::{Value, json};
use std::sync::Arc;

const KEY: &str = include_str!("data/rsa_key_of_nobody.pem");

fn connected(described: &Description) -> Arc<dyn Provider> {
    let mut values = Values::default();
    for field in described.fields.iter().filter(|field| field.is_required) {
        values.set(field.name, if field.name == "private_key" { KEY } else { "123" });
    }
    (described.connect)(Http::new(Egress::Public).unwrap(), &values).unwrap()
}

/// Pieces that say something, by provider.
fn pieces() -> Vec<(&'static Description, Value)> {
    let metadata = json!({"display_phone_number": "15550783881", "phone_number_id": "123"});
    let whatsapp = |field: &str, value: Value| json!({"time": 1_739_321_024, "field": field, "value": value});
    vec![
        (
            &providers::vonage::DESCRIPTION,
            json!({
                "message_uuid": "m1", "to": "12125550123", "from": "12125550100", "channel": "sms",
                "timestamp": "2026-11-21T15:00:05Z", "status": "rejected",
                "error": {"type": "https://x/api-errors/messages#1240", "title": "1240"}, "client_ref": "7",
            }),
        ),
        (
            &providers::vonage::DESCRIPTION,
            json!({
                "message_uuid": "m2", "to": "12125550100", "from": "12125550123", "channel": "mms",
                "timestamp": "2026-11-21T15:00:05Z", "message_type": "image",
                "image": {"url": "https://m.example/1.jpg", "caption": "here"},
            }),
        ),
        (
            &providers::bandwidth::DESCRIPTION,
            json!({
                "time": "2026-11-21T15:00:05Z", "type": "message-failed", "to": "+12125550123", "errorCode": 4775,
                "message": {"id": "b1", "owner": "+12125550100", "applicationId": "123", "tag": "7"},
            }),
        ),
        (
            &providers::bandwidth::DESCRIPTION,
            json!({
                "time": "2026-11-21T15:00:05Z", "type": "message-received", "to": "+12125550100",
                "message": {"id": "b2", "owner": "+12125550100", "applicationId": "123", "from": "+12125550123",
                            "to": ["+12125550100"], "text": "hi", "media": ["https://m.example/1.jpg"]},
            }),
        ),
        (
            &providers::whatsapp::DESCRIPTION,
            whatsapp(
                "messages",
                json!({
                    "metadata": metadata,
                    "contacts": [{"profile": {"name": "A"}, "wa_id": "16505551234", "user_id": "US.1"}],
                    "messages": [
                        {"from": "16505551234", "id": "w1", "timestamp": "1749416383", "type": "interactive",
                         "interactive": {"type": "button_reply", "button_reply": {"id": "c", "title": "Cancel"}}},
                        {"from_user_id": "US.1", "id": "w2", "timestamp": "1749416383", "type": "image",
                         "image": {"id": "9", "caption": "here"}},
                    ],
                    "statuses": [{"id": "w3", "status": "failed", "timestamp": "1749416390",
                                  "recipient_id": "16505551234", "errors": [{"code": 131_050}]}],
                }),
            ),
        ),
        (
            &providers::whatsapp::DESCRIPTION,
            whatsapp(
                "user_preferences",
                json!({"metadata": metadata, "user_preferences": [
                    {"wa_id": "16505551234", "category": "marketing_messages", "value": "stop", "timestamp": 1_749_416_390},
                ]}),
            ),
        ),
        (
            &providers::whatsapp::DESCRIPTION,
            whatsapp(
                "account_update",
                json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}}),
            ),
        ),
    ]
}

/// The piece with each of its places taken by each of these in turn.
fn changed(piece: &Value) -> Vec<Value> {
    let others = [
        Value::Null,
        json!(""),
        json!("x"),
        json!("🙂".repeat(300)),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(true),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"code": {"code": 1}}),
    ];
    let mut found = others.to_vec();
    let inner: Vec<(String, Value)> = match piece {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value.clone()))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
    };
    for (name, value) in inner {
        for other in changed(&value) {
            let mut whole = piece.clone();
            *whole.pointer_mut(&format!("/{name}")).unwrap() = other;
            found.push(whole);
        }
    }
    found
}

fn is_sound(event: &Event) -> bool {
    let has_key = !event.key.is_empty();
    has_key
        && match &event.kind {
            EventKind::Status {
                external_id, status, ..
            } => !external_id.is_empty() && MessageStatus::parse(status).is_some(),
            EventKind::Inbound(said) => {
                !said.external_id.is_empty() && !said.from.is_empty() && !said.to.is_empty()
            }
            EventKind::Preference { address, .. } => !address.is_empty(),
            EventKind::Account { code, .. } => !code.is_empty(),
            EventKind::Bounce { .. }
            | EventKind::Complaint { .. }
            | EventKind::Click { .. }
            | EventKind::Feedback { .. } => false,
        }
}

#[test]
fn a_piece_that_is_changed_anywhere_is_read_or_refused() {
    let (mut read, mut refused) = (0, 0);
    for (described, piece) in pieces() {
        let provider = connected(described);
        let told = provider.read(&piece).unwrap();
        assert!(!told.is_empty() && told.iter().all(is_sound), "{piece}");
        assert_eq!(
            provider.read(&piece).unwrap(),
            told,
            "the same piece says the same"
        );
        for other in changed(&piece) {
            match provider.read(&other) {
                Ok(events) => {
                    read += 1;
                    assert!(events.iter().all(is_sound), "{other}: {events:?}");
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(read > 300 && refused > 300, "{read} read, {refused} refused");
}
