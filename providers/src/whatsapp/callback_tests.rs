//! What WhatsApp calls us for, case by case. The shapes are those of Meta's published examples.
use super::callbacks::{Caller, hear, read};
use crate::hook::{Heard, Hook, Refusal};
use crate::signed::hmac_sha256_hex;
use crate::{Event, EventKind};
use http::HeaderMap;
use jiff::Timestamp;
use rules::channel::Channel;
use serde_json::{Value, json};
use uuid::Uuid;

const SECRET: &str = "an app's secret";
const URL: &str = "https://courtesy.example/hooks/whatsapp/t";

fn heard_with(method: &str, url: &str, signature: &str, body: &str) -> Result<Heard, Refusal> {
    heard_as("application/json", method, url, signature, body)
}

fn heard_as(
    content_type: &str,
    method: &str,
    url: &str,
    signature: &str,
    body: &str,
) -> Result<Heard, Refusal> {
    let caller = Caller {
        phone_number_id: "106540352242922".to_owned(),
        business_account_id: "419561257915477".to_owned(),
        app_secret: SECRET.to_owned(),
        verify_token: "open sesame & more".to_owned(),
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-hub-signature-256", signature.parse().unwrap());
    headers.insert("content-type", content_type.parse().unwrap());
    hear(
        &caller,
        &Hook {
            method,
            url,
            headers: &headers,
            body: body.as_bytes(),
            now: Timestamp::from_second(1_749_416_400).unwrap(),
        },
    )
}

fn heard(body: &Value) -> Result<Heard, Refusal> {
    let body = body.to_string();
    let signature = format!("sha256={}", hmac_sha256_hex(SECRET, body.as_bytes()));
    heard_with("POST", URL, &signature, &body)
}

#[test]
fn a_body_that_is_not_called_json_is_refused_though_it_is_signed() {
    let body = call("419561257915477", "106540352242922").to_string();
    let signature = format!("sha256={}", hmac_sha256_hex(SECRET, body.as_bytes()));
    let heard = |content_type| heard_as(content_type, "POST", URL, &signature, &body);
    assert!(heard("application/json; charset=utf-8").is_ok());
    for wrong in ["text/plain", "application/x-www-form-urlencoded", ""] {
        assert_eq!(heard(wrong), Err(Refusal::ContentType), "{wrong}");
    }
}

fn call(entry: &str, number: &str) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": entry, "changes": [{"field": "messages", "value": value(number, json!({}))}]}],
    })
}

/// What is heard of a call that tells of others too: the pieces, and which numbers it names.
fn shared(call: &Value) -> (Vec<Value>, Vec<String>) {
    match heard(call) {
        Ok(Heard::Shared { pieces, others }) => {
            assert_eq!(others.field, "phone_number_id");
            (pieces, others.values.into_iter().collect())
        }
        heard => panic!("{heard:?}"),
    }
}

fn value(number: &str, more: Value) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": number},
    });
    for (name, told) in more.as_object().unwrap() {
        value[name] = told.clone();
    }
    value
}

#[test]
fn a_call_with_the_apps_signature_over_these_bytes_is_believed_and_no_other() {
    let good = call("419561257915477", "106540352242922");
    assert!(matches!(heard(&good), Ok(Heard::Pieces(pieces)) if pieces.len() == 1));
    let body = good.to_string();
    let right = hmac_sha256_hex(SECRET, body.as_bytes());
    assert!(heard_with("POST", URL, &format!("sha256={}", right.to_uppercase()), &body).is_ok());
    for signature in [
        String::new(),
        right.clone(),
        "sha256=".to_owned(),
        format!("sha1={right}"),
        format!("sha256={}", &right[..63]),
        format!("sha256={right}0"),
        format!("sha256={}", hmac_sha256_hex("another secret", body.as_bytes())),
        format!("sha256={}", hmac_sha256_hex("", body.as_bytes())),
    ] {
        assert_eq!(
            heard_with("POST", URL, &signature, &body),
            Err(Refusal::Signature),
            "{signature}"
        );
    }
    let changed = body.replace("15550783881", "15550783882");
    let signature = format!("sha256={right}");
    assert_eq!(
        heard_with("POST", URL, &signature, &changed),
        Err(Refusal::Signature)
    );
    assert_eq!(
        heard_with("PUT", URL, &signature, &body),
        Err(Refusal::ContentType)
    );
}

#[test]
fn only_what_is_of_our_number_and_account_is_kept_and_another_number_is_named() {
    let ours = call("419561257915477", "106540352242922");
    for account in ["419561257915477", "999"] {
        assert_eq!(
            shared(&call(account, "998")),
            (Vec::new(), vec!["998".to_owned()]),
            "{account}"
        );
    }
    for nameless in ["", "a word", &"9".repeat(33)] {
        assert_eq!(heard(&call("419561257915477", nameless)), Err(Refusal::Account));
    }
    assert_eq!(heard(&call("999", "106540352242922")), Err(Refusal::Account));
    let mut page = ours.clone();
    page["object"] = json!("page");
    assert_eq!(heard(&page), Err(Refusal::Account));
    for malformed in [
        json!({}),
        json!([]),
        json!({"object": "whatsapp_business_account"}),
        json!({"object": "whatsapp_business_account", "entry": [{"id": "419561257915477"}]}),
    ] {
        assert_eq!(heard(&malformed), Err(Refusal::Malformed), "{malformed}");
    }
    let mut many = ours.clone();
    many["entry"] = json!([
        call("999", "106540352242922")["entry"][0],
        {"id": "419561257915477", "time": 1_739_321_024, "changes": [
            {"field": "messages", "value": value("999", json!({}))},
            {"field": "messages", "value": value("106540352242922", json!({}))},
            {"field": "account_update", "value": {"event": "DISABLED_UPDATE"}},
        ]},
    ]);
    let (pieces, others) = shared(&many);
    assert_eq!(others, ["999"]);
    let fields: Vec<_> = pieces
        .iter()
        .map(|piece| piece["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["messages", "account_update"]);
    assert_eq!(pieces[0]["time"], 1_739_321_024);
    // where Meta says no time, it is that of the call
    let Ok(Heard::Pieces(pieces)) = heard(&ours) else {
        panic!()
    };
    assert_eq!(pieces[0]["time"], 1_749_416_400);
}

#[test]
fn a_change_with_many_events_is_parted_so_that_one_that_cannot_be_read_holds_up_no_other() {
    let person = |number: &str, id: &str| json!({"wa_id": number, "user_id": id});
    let message = |from: &str, id: &str| json!({"from": from, "id": id, "timestamp": "1749416383", "type": "text", "text": {"body": "hi"}});
    let mut call = call("419561257915477", "106540352242922");
    call["entry"][0]["changes"][0]["value"] = value(
        "106540352242922",
        json!({
            "contacts": [person("1111", "US.1"), person("2222", "US.2")],
            "messages": [message("1111", "w1"), {"from": "2222"}, message("2222", "w2")],
            "statuses": [{"id": "w3", "status": "sent", "timestamp": "1749416390"}, {"id": "w4"}],
        }),
    );
    let Ok(Heard::Pieces(pieces)) = heard(&call) else {
        panic!()
    };
    let mut found = Vec::new();
    for piece in &pieces {
        match read(piece) {
            Ok(events) => found.extend(events.into_iter().map(|event| match event.kind {
                EventKind::Inbound(said) => format!("{} {}", event.key, said.user_id.unwrap()),
                _ => event.key,
            })),
            Err(why) => found.push(why.name().to_owned()),
        }
    }
    assert_eq!(found, ["w3:sent", "malformed", "w1 US.1", "malformed", "w2 US.2"]);
}

#[test]
fn the_challenge_is_given_back_to_who_knows_our_word() {
    let ask = |query: &str| heard_with("GET", &format!("{URL}?{query}"), "", "");
    let good = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=open%20sesame+%26%20more";
    assert_eq!(ask(good), Ok(Heard::Echo("1158201444".to_owned())));
    for (query, refused) in [
        (good.replace("open", "Open"), Refusal::Signature),
        (good.replace("subscribe", "unsubscribe"), Refusal::Signature),
        (
            good.replace("hub.verify_token", "verify_token"),
            Refusal::Signature,
        ),
        (good.replace("1158201444", ""), Refusal::Malformed),
        (good.replace("1158201444", "%3Cscript%3E"), Refusal::Malformed),
        (String::new(), Refusal::Signature),
    ] {
        assert_eq!(ask(&query), Err(refused), "{query}");
    }
}

/// The events of a change of this field of our number.
pub fn events(field: &str, told: Value) -> Result<Vec<Event>, Refusal> {
    read(&json!({"time": 1_739_321_024, "field": field, "value": value("106540352242922", told)}))
}

fn status(more: Value) -> Value {
    let mut status = json!({
        "id": "wamid.HBg=", "status": "delivered", "timestamp": "1749416390", "recipient_id": "16505551234",
        "biz_opaque_callback_data": "00000000-0000-0000-0000-000000000007",
    });
    for (name, told) in more.as_object().unwrap() {
        status[name] = told.clone();
    }
    json!({"statuses": [status]})
}

#[test]
fn a_status_says_how_far_our_message_came_and_why_no_further() {
    for (more, reached, code) in [
        (json!({"status": "sent"}), "sent", None),
        (json!({}), "delivered", None),
        (json!({"status": "read"}), "read", None),
        (json!({"status": "played"}), "read", None),
        (
            json!({"status": "failed", "errors": [{"code": 131_026}]}),
            "failed",
            Some("131026"),
        ),
        (
            json!({"status": "failed", "errors": [{"code": 131_049}]}),
            "failed",
            Some("131049"),
        ),
        (json!({"status": "failed"}), "failed", None),
    ] {
        let wanted = Event {
            key: format!("wamid.HBg=:{reached}"),
            our_address: "+15550783881".to_owned(),
            occurred_at: Timestamp::from_second(1_749_416_390).unwrap(),
            kind: EventKind::Status {
                message_id: Some(Uuid::from_u128(7)),
                external_id: "wamid.HBg=".to_owned(),
                status: reached.to_owned(),
                code: code.map(str::to_owned),
            },
        };
        assert_eq!(events("messages", status(more)), Ok(vec![wanted]));
    }
    assert_eq!(
        events("messages", status(json!({"status": "deleted"}))),
        Ok(vec![])
    );
    for lacking in ["id", "status", "timestamp"] {
        assert_eq!(
            events("messages", status(json!({lacking: null}))),
            Err(Refusal::Malformed)
        );
    }
}

#[test]
fn who_turned_out_to_have_stopped_marketing_is_told_as_a_preference_too() {
    let failed = json!({"status": "failed", "errors": [{"code": 131_050}]});
    let by_id = json!({
        "status": "failed", "errors": [{"code": 131_050}], "recipient_id": null, "recipient_user_id": "US.1349",
    });
    for (more, address) in [(failed, "+16505551234"), (by_id, "US.1349")] {
        let told = events("messages", status(more)).unwrap();
        assert_eq!(told.len(), 2);
        let wanted = EventKind::Preference {
            channel: Channel::Whatsapp,
            address: address.to_owned(),
            marketing: false,
        };
        assert_eq!(told[1].kind, wanted);
        assert_ne!(told[0].key, told[1].key);
    }
}

#[test]
fn a_choice_made_in_whatsapp_is_a_preference_and_its_key_holds_no_address() {
    let told = |more: Value| {
        let mut told = json!({
            "wa_id": "16505551234", "detail": "User requested to stop marketing messages",
            "category": "marketing_messages", "value": "stop", "timestamp": 1_749_416_390,
        });
        for (name, value) in more.as_object().unwrap() {
            told[name] = value.clone();
        }
        events("user_preferences", json!({"user_preferences": [told]}))
    };
    for (more, address, marketing) in [
        (json!({}), "+16505551234", false),
        (
            json!({"value": "resume", "timestamp": "1749416390"}),
            "+16505551234",
            true,
        ),
        (json!({"wa_id": null, "user_id": "US.1349"}), "US.1349", false),
    ] {
        let event = told(more).unwrap().remove(0);
        let wanted = EventKind::Preference {
            channel: Channel::Whatsapp,
            address: address.to_owned(),
            marketing,
        };
        assert_eq!(event.kind, wanted);
        assert!(
            !event.key.contains("650555") && !event.key.contains("1349"),
            "{}",
            event.key
        );
    }
    assert_ne!(
        told(json!({})).unwrap()[0].key,
        told(json!({"value": "resume"})).unwrap()[0].key
    );
    assert_eq!(told(json!({"category": "another"})), Ok(vec![]));
    assert_eq!(told(json!({"value": "another"})), Ok(vec![]));
    assert_eq!(told(json!({"wa_id": null})), Err(Refusal::Malformed));
}

#[test]
fn what_is_said_of_the_account_is_for_a_person_to_look_at() {
    for (field, told, address, detail) in [
        (
            "phone_number_quality_update",
            json!({"display_phone_number": "15550783881", "event": "FLAGGED", "current_limit": "TIER_10K"}),
            "+15550783881",
            "FLAGGED, TIER_10K",
        ),
        (
            "account_update",
            json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}}),
            "",
            "ACCOUNT_VIOLATION, SPAM",
        ),
        (
            "account_review_update",
            json!({"decision": "REJECTED"}),
            "",
            "REJECTED",
        ),
        (
            "message_template_status_update",
            json!({"event": "PAUSED", "message_template_name": "thank_you", "reason": "QUALITY", "message_template_id": 1}),
            "",
            "PAUSED, thank_you, QUALITY",
        ),
    ] {
        let piece = json!({"time": 1_739_321_024, "field": field, "value": told});
        let event = read(&piece).unwrap().remove(0);
        let wanted = EventKind::Account {
            code: field.to_owned(),
            detail: detail.to_owned(),
        };
        assert_eq!((event.our_address.as_str(), event.kind), (address, wanted));
        assert_eq!(
            read(&piece).unwrap()[0].key,
            event.key,
            "told again it is the same"
        );
        let later = json!({"time": 1_739_321_025, "field": field, "value": told});
        assert_ne!(read(&later).unwrap()[0].key, event.key);
    }
    assert_eq!(events("calls", json!({"calls": [{"id": "c"}]})), Ok(vec![]));
    assert_eq!(read(&json!({"value": {}})), Err(Refusal::Malformed));
}
