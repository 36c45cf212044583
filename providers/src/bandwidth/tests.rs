//! Requests, answers and callbacks of Bandwidth, case by case. The callbacks are those of its published description.
use super::message::{body, failed, found};
use super::{Bandwidth, DESCRIPTION, callbacks};
use crate::hook::{Heard, Hook, Refusal};
use crate::http::{Egress, Http};
use crate::{EventKind, LookUp, Outcome, Request, Values};
use http::HeaderMap;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde_json::{Value, json};
use uuid::Uuid;

const APPLICATION: &str = "93de2206-9669-4e07-948d-329f4b722ee2";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn request() -> Request {
    Request {
        message_id: Uuid::from_u128(7),
        channel: Channel::Sms,
        purpose: Purpose::Service,
        from: "+12125550100".to_owned(),
        to: "+12125550123".to_owned(),
        subject: None,
        body: "Thanks from Joe's Plumbing.".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: None,
        callback_url: None,
        expires_at: None,
        now: at("2026-11-21T15:00:00Z"),
    }
}

#[test]
fn a_text_is_written_as_the_description_wants_it() {
    let plain = json!({
        "applicationId": APPLICATION,
        "to": ["+12125550123"],
        "from": "+12125550100",
        "text": "Thanks from Joe's Plumbing.",
        "tag": "00000000-0000-0000-0000-000000000007",
    });
    assert_eq!(body(&request(), APPLICATION), Ok(plain.clone()));
    let until_four = Request {
        expires_at: Some(at("2026-11-21T16:00:00Z")),
        ..request()
    };
    let mut wanted = plain.clone();
    wanted["expiration"] = json!("2026-11-21T16:00:00Z");
    assert_eq!(body(&until_four, APPLICATION), Ok(wanted));
    let with_a_picture = Request {
        media_urls: vec!["https://example.com/a.png".to_owned()],
        ..until_four
    };
    let mut wanted = plain;
    wanted["media"] = json!(["https://example.com/a.png"]);
    assert_eq!(
        body(&with_a_picture, APPLICATION),
        Ok(wanted),
        "an MMS takes no time at which it ends"
    );
}

#[test]
fn what_is_over_is_not_sent() {
    for (expires_at, is_sent) in [
        ("2026-11-21T14:00:00Z", false),
        ("2026-11-21T15:00:00Z", false),
        ("2026-11-21T15:00:01Z", true),
    ] {
        let late = Request {
            expires_at: Some(at(expires_at)),
            ..request()
        };
        let written = body(&late, APPLICATION);
        assert_eq!(written.is_ok(), is_sent, "{expires_at}");
        if let Err(Outcome::Refused { code, .. }) = written {
            assert_eq!(code, "expired");
        }
    }
}

#[test]
fn the_list_says_where_a_message_stands() {
    let list = |status: &str, code: u64| {
        json!({"totalCount": 1, "messages": [{
            "messageId": "m1", "sourceTn": "+12125550100", "messageStatus": status, "errorCode": code,
        }]})
    };
    for (said, code, status, known) in [
        ("QUEUED", 0, "sent", None),
        ("SENDING", 0, "sent", None),
        ("SENT", 0, "sent", None),
        ("ACCEPTED", 0, "sent", None),
        ("DLR_EXPIRED", 9902, "sent", None),
        ("DELIVERED", 0, "delivered", None),
        ("FAILED", 4405, "failed", Some("4405")),
        ("FAILED", 4775, "undelivered", Some("4775")),
        ("UNDELIVERED", 5620, "undelivered", Some("5620")),
        ("FAILED", 9902, "sent", None),
        ("FAILED", 0, "failed", None),
    ] {
        let wanted = LookUp::Accepted {
            external_id: "m1".to_owned(),
            status: status.to_owned(),
            code: known.map(str::to_owned),
        };
        assert_eq!(found(&list(said, code), "m1"), Some(wanted), "{said} {code}");
    }
    assert_eq!(found(&list("SENT", 0), "m2"), None);
    assert_eq!(found(&list("RECEIVED", 0), "m1"), None);
    assert_eq!(found(&json!({"totalCount": 0, "messages": []}), "m1"), None);
    assert_eq!(found(&json!({}), "m1"), None);
}

#[test]
fn a_failure_is_the_carriers_or_bandwidths_by_its_second_digit() {
    for (code, status) in [
        (4001, "failed"),
        (4303, "failed"),
        (4470, "failed"),
        (5100, "failed"),
        (4702, "undelivered"),
        (5650, "undelivered"),
        (9999, "undelivered"),
        (9902, "sent"),
    ] {
        assert_eq!(failed(Some(code)).name(), status, "{code}");
    }
}

fn callback(kind: &str, more: Value) -> Value {
    let mut callback = json!({
        "time": "2026-11-21T15:00:05.278Z",
        "type": kind,
        "to": "+12125550123",
        "description": "Message delivered to carrier.",
        "message": {
            "id": "1661365814859loidf7mcwd4qacn7",
            "owner": "+12125550100",
            "applicationId": APPLICATION,
            "time": "2026-11-21T15:00:01.666Z",
            "segmentCount": 1,
            "direction": "out",
            "to": ["+12125550123"],
            "from": "+12125550100",
            "text": "Hello world",
            "tag": "00000000-0000-0000-0000-000000000007",
        },
    });
    for (name, value) in more.as_object().unwrap() {
        callback[name] = value.clone();
    }
    callback
}

fn heard(headers: &[(&'static str, &str)], body: &Value) -> Result<Heard, Refusal> {
    let caller = callbacks::Caller {
        username: "courtesy".to_owned(),
        password: "pass:word".to_owned(),
        application_id: APPLICATION.to_owned(),
    };
    let mut map = HeaderMap::new();
    map.insert("content-type", "application/json; charset=utf-8".parse().unwrap());
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    callbacks::hear(
        &caller,
        &Hook {
            method: "POST",
            url: "https://courtesy.example/hooks/bandwidth/t",
            headers: &map,
            body: body.to_string().as_bytes(),
            now: at("2026-11-21T15:00:00Z"),
        },
    )
}

/// courtesy:pass:word
const GOOD: (&str, &str) = ("authorization", "Basic Y291cnRlc3k6cGFzczp3b3Jk");

#[test]
fn a_body_that_is_not_called_json_is_refused() {
    let sent = callback("message-sent", json!({}));
    assert!(heard(&[GOOD, ("content-type", "application/json")], &sent).is_ok());
    for wrong in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let call = [GOOD, ("content-type", wrong)];
        assert_eq!(heard(&call, &sent), Err(Refusal::ContentType), "{wrong}");
    }
}

#[test]
fn a_call_with_our_password_for_our_application_is_believed_and_no_other() {
    let (first, second) = (
        callback("message-sent", json!({})),
        callback("message-delivered", json!({})),
    );
    let both = json!([first, second]);
    assert_eq!(
        heard(&[GOOD], &both),
        Ok(Heard::Pieces(vec![first.clone(), second]))
    );
    assert_eq!(heard(&[], &both), Err(Refusal::Signature));
    // courtesy:password, Courtesy:pass:word
    for wrong in ["Basic Y291cnRlc3k6cGFzc3dvcmQ=", "Basic Q291cnRlc3k6cGFzczp3b3Jk"] {
        assert_eq!(heard(&[("authorization", wrong)], &both), Err(Refusal::Signature));
    }
    let mut elsewhere = callback("message-sent", json!({}));
    elsewhere["message"]["applicationId"] = json!("another");
    assert_eq!(heard(&[GOOD], &json!([elsewhere])), Err(Refusal::Account));
    assert_eq!(
        heard(&[GOOD], &json!([elsewhere, first])),
        Ok(Heard::Pieces(vec![first.clone()]))
    );
    assert_eq!(heard(&[GOOD], &first), Ok(Heard::Pieces(vec![first.clone()])));
    assert_eq!(heard(&[GOOD], &json!({})), Err(Refusal::Account));
    for malformed in [json!([]), json!([1]), json!("x"), Value::Null] {
        assert_eq!(heard(&[GOOD], &malformed), Err(Refusal::Malformed), "{malformed}");
    }
}

#[test]
fn a_status_says_how_far_our_message_came_and_why_no_further() {
    for (kind, more, status, code) in [
        ("message-sending", json!({}), "sent", None),
        ("message-sent", json!({}), "sent", None),
        ("message-delivered", json!({}), "delivered", None),
        (
            "message-read",
            json!({"eventTime": "2026-11-21T15:00:09Z"}),
            "read",
            None,
        ),
        (
            "message-failed",
            json!({"errorCode": 4405}),
            "failed",
            Some("4405"),
        ),
        (
            "message-failed",
            json!({"errorCode": 4775}),
            "undelivered",
            Some("4775"),
        ),
        ("message-failed", json!({"errorCode": 9902}), "sent", Some("9902")),
        ("message-failed", json!({}), "failed", None),
    ] {
        let event = callbacks::read(&callback(kind, more)).unwrap().remove(0);
        assert_eq!(event.key, format!("1661365814859loidf7mcwd4qacn7:{kind}"));
        assert_eq!(event.our_address, "+12125550100");
        let wanted = EventKind::Status {
            message_id: Some(Uuid::from_u128(7)),
            external_id: "1661365814859loidf7mcwd4qacn7".to_owned(),
            status: status.to_owned(),
            code: code.map(str::to_owned),
        };
        assert_eq!(event.kind, wanted, "{kind}");
        let second = if kind == "message-read" { "09" } else { "05.278" };
        assert_eq!(event.occurred_at, at(&format!("2026-11-21T15:00:{second}Z")));
    }
    let other = callback("suggestion-response", json!({}));
    assert_eq!(callbacks::read(&other), Ok(vec![]));
}

#[test]
fn a_customers_message_arrives_with_its_pictures() {
    let mut received = callback("message-received", json!({}));
    received["message"] = json!({
        "id": "in1", "owner": "+12125550100", "applicationId": APPLICATION, "time": "2026-11-21T15:00:01Z",
        "segmentCount": 1, "direction": "in", "to": ["+12125550100"], "from": "+12125550123", "text": "STOP",
        "media": ["https://messaging.bandwidth.com/api/v2/users/1/media/0.smil", "https://m.example/1.jpg"],
    });
    let event = callbacks::read(&received).unwrap().remove(0);
    let EventKind::Inbound(said) = &event.kind else {
        panic!()
    };
    assert_eq!(
        (said.from.as_str(), said.to.as_str()),
        ("+12125550123", "+12125550100")
    );
    assert_eq!((said.body.as_str(), said.channel), ("STOP", Channel::Sms));
    assert_eq!(said.media_urls, ["https://m.example/1.jpg"]);
    assert_eq!(
        (event.our_address.as_str(), event.key.as_str()),
        ("+12125550100", "in1:7051794160d36233"),
        "keys stand in logs"
    );
    received["message"]["owner"] = json!("+12125550101");
    let of_another = callbacks::read(&received).unwrap().remove(0);
    assert_ne!(
        of_another.key, event.key,
        "a message to a group comes once for each"
    );
    received["message"]["text"] = Value::Null;
    assert!(callbacks::read(&received).is_ok(), "a picture alone has no text");
    for lacking in ["id", "owner", "from"] {
        let mut piece = received.clone();
        piece["message"][lacking] = Value::Null;
        assert_eq!(callbacks::read(&piece), Err(Refusal::Malformed), "{lacking}");
    }
    for lacking in ["type", "time"] {
        let mut piece = received.clone();
        piece[lacking] = json!("");
        assert_eq!(callbacks::read(&piece), Err(Refusal::Malformed), "{lacking}");
    }
}

#[test]
fn settings_that_would_lead_elsewhere_are_refused() {
    let values = |changed: &str, to: &str| {
        let mut values = Values::default();
        for field in DESCRIPTION.fields {
            values.set(field.name, if field.name == "api_url" { "" } else { "abc" });
        }
        values.set(changed, to);
        values
    };
    let http = Http::new(Egress::Public).unwrap();
    let connect = |changed: &str, to: &str| Bandwidth::new(http.clone(), &values(changed, to)).err();
    assert_eq!(connect("account_id", "9900000"), None);
    for (field, value) in [
        ("account_id", "1/../2"),
        ("account_id", "1?x"),
        ("account_id", ""),
        ("callback_username", "a:b"),
        ("callback_password", ""),
    ] {
        assert_eq!(
            connect(field, value).map(|problem| problem.field).as_deref(),
            Some(field)
        );
    }
}
