//! Messages of customers on WhatsApp, kind by kind, in the shapes of Meta's published examples.
use super::callback_tests::events;
use crate::hook::Refusal;
use crate::{EventKind, Inbound};
use rules::channel::Channel;
use serde_json::{Value, json};

fn message(more: Value) -> Value {
    let mut message =
        json!({"from": "16505551234", "id": "wamid.in", "timestamp": "1749416383", "type": "text"});
    for (name, told) in more.as_object().unwrap() {
        message[name] = told.clone();
    }
    json!({
        "contacts": [{"profile": {"name": "Sheena Nelson"}, "wa_id": "16505551234"}],
        "messages": [message],
    })
}

fn inbound(told: Value) -> Inbound {
    let mut events = events("messages", told).unwrap();
    assert_eq!(
        (events.len(), events[0].our_address.as_str()),
        (1, "+15550783881")
    );
    match events.remove(0).kind {
        EventKind::Inbound(said) => said,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_customer_says_is_found_in_every_kind_of_message() {
    for (more, body, file) in [
        (
            json!({"text": {"body": "Does it come in another color?"}}),
            "Does it come in another color?",
            None,
        ),
        (
            json!({"type": "button", "button": {"payload": "Unsubscribe", "text": "Unsubscribe"}}),
            "Unsubscribe",
            None,
        ),
        (
            json!({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "c", "title": "Cancel"}}}),
            "Cancel",
            None,
        ),
        (
            json!({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "p", "title": "Express"}}}),
            "Express",
            None,
        ),
        (
            json!({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {"body": "Sent"}}}),
            "Sent",
            None,
        ),
        (
            json!({"type": "image", "image": {"caption": "Taj Mahal", "mime_type": "image/jpeg", "id": "1003383421387256"}}),
            "Taj Mahal",
            Some("whatsapp-media:1003383421387256"),
        ),
        (
            json!({"type": "audio", "audio": {"id": "7", "voice": true}}),
            "",
            Some("whatsapp-media:7"),
        ),
        (
            json!({"type": "location", "location": {"name": "Philz Coffee", "address": "101 Forest Ave", "latitude": 37.4}}),
            "Philz Coffee, 101 Forest Ave",
            None,
        ),
        (
            json!({"type": "order", "order": {"text": "two, please", "product_items": []}}),
            "two, please",
            None,
        ),
        (
            json!({"type": "unsupported", "errors": [{"code": 131_051}]}),
            "",
            None,
        ),
    ] {
        let said = inbound(message(more));
        assert_eq!(
            (said.from.as_str(), said.to.as_str()),
            ("+16505551234", "+15550783881")
        );
        assert_eq!((said.body.as_str(), said.channel), (body, Channel::Whatsapp));
        assert_eq!(said.media_urls.first().map(String::as_str), file);
        assert_eq!(said.external_id, "wamid.in");
    }
    for silent in [
        json!({"type": "system", "system": {"type": "user_changed_number", "wa_id": "12195555358"}}),
        json!({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}}),
        json!({"group_id": "Y2Fw", "text": {"body": "hello all"}}),
    ] {
        assert_eq!(events("messages", message(silent)), Ok(vec![]));
    }
    for lacking in ["id", "timestamp", "type", "from"] {
        assert_eq!(
            events("messages", message(json!({lacking: null}))),
            Err(Refusal::Malformed)
        );
    }
}

#[test]
fn a_person_is_known_by_number_and_by_the_id_that_outlives_it() {
    let text = json!({"text": {"body": "hi"}, "from_user_id": "US.1349"});
    let said = inbound(message(text));
    assert_eq!(
        (said.from.as_str(), said.user_id.as_deref()),
        ("+16505551234", Some("US.1349"))
    );
    // the number is kept back
    for told in [
        message(json!({"text": {"body": "hi"}, "from": null, "from_user_id": "US.1349"})),
        message(json!({"text": {"body": "hi"}, "from": "", "from_user_id": "US.1349"})),
        json!({
            "contacts": [{"profile": {"name": "A", "username": "a"}, "user_id": "US.1349"}],
            "messages": [{"id": "wamid.in", "timestamp": "1749416383", "type": "text", "text": {"body": "hi"}}],
        }),
    ] {
        let said = inbound(told);
        assert_eq!(
            (said.from.as_str(), said.user_id.as_deref()),
            ("US.1349", Some("US.1349"))
        );
    }
    // the id of another person in the same call is not taken
    let told = json!({
        "contacts": [{"wa_id": "1999", "user_id": "US.2"}, {"wa_id": "16505551234", "user_id": "US.1"}],
        "messages": [{"from": "16505551234", "id": "wamid.in", "timestamp": "1749416383", "type": "text"}],
    });
    assert_eq!(inbound(told).user_id.as_deref(), Some("US.1"));
}
