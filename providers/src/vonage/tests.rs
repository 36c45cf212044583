//! Requests, outcomes, tokens and callbacks of Vonage, case by case.
use super::message::{body, code};
use super::token::{ApplicationKey, Caller};
use super::{DESCRIPTION, WORDS, callbacks};
use crate::answered::tests::answer;
use crate::hook::{Heard, Hook, Refusal};
use crate::signed::{base64_url, from_base64_url, sha256_hex};
use crate::{Event, EventKind, Outcome, Request};
use http::HeaderMap;
use jiff::Timestamp;
use ring::hmac;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde_json::{Value, json};
use uuid::Uuid;

const PKCS8: &str = include_str!("../../tests/data/rsa_key_of_nobody.pem");
const PKCS1: &str = include_str!("../../tests/data/rsa_key_of_nobody_pkcs1.pem");
const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
const SECRET: &str = "a signature secret of thirty-two or more";

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
        body: "Thanks from Joe's Plumbing. 🙂".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: None,
        callback_url: Some("https://courtesy.example/hooks/vonage/t?message=7".to_owned()),
        expires_at: Some(at("2026-11-21T16:00:00Z")),
        now: at("2026-11-21T15:00:00Z"),
    }
}

#[test]
fn a_text_is_written_as_version_1_wants_it() {
    let wanted = json!({
        "channel": "sms",
        "message_type": "text",
        "to": "12125550123",
        "from": "12125550100",
        "text": "Thanks from Joe's Plumbing. 🙂",
        "client_ref": "00000000-0000-0000-0000-000000000007",
        "webhook_url": "https://courtesy.example/hooks/vonage/t?message=7",
        "webhook_version": "v1",
        "ttl": 3600,
    });
    assert_eq!(body(&request()), Ok(wanted));
    let plain = Request {
        callback_url: None,
        expires_at: None,
        from: "JoesPlumb".to_owned(),
        ..request()
    };
    let written = body(&plain).unwrap();
    assert_eq!(written["from"], "JoesPlumb");
    assert!(written.get("ttl").is_none() && written.get("webhook_url").is_none());
}

#[test]
fn a_message_lives_no_longer_than_its_window_and_one_that_is_nearly_over_is_not_sent() {
    for (expires_at, ttl) in [
        ("2026-11-21T14:59:00Z", None),
        ("2026-11-21T15:00:00Z", None),
        ("2026-11-21T15:00:19Z", None),
        ("2026-11-21T15:00:20Z", Some(20)),
        ("2026-12-31T15:00:00Z", Some(604_800)),
    ] {
        let request = Request {
            expires_at: Some(at(expires_at)),
            ..request()
        };
        match (body(&request), ttl) {
            (Ok(body), Some(ttl)) => assert_eq!(body["ttl"], ttl, "{expires_at}"),
            (Err(Outcome::Refused { code, .. }), None) => assert_eq!(code, "expired"),
            (other, _) => panic!("{expires_at}: {other:?}"),
        }
    }
}

#[test]
fn a_picture_is_refused_rather_than_left_out() {
    let request = Request {
        media_urls: vec!["https://example.com/a.png".to_owned()],
        ..request()
    };
    assert!(matches!(body(&request), Err(Outcome::Refused { .. })));
}

#[test]
fn an_answer_of_the_api_is_read_by_its_own_words() {
    let type_of =
        |what: &str| format!(r#"{{"type":"https://developer.vonage.com/{what}","title":"Not right"}}"#);
    for (status, text, means) in [
        (202, r#"{"message_uuid":"u1"}"#.to_owned(), "accepted u1"),
        (202, "{}".to_owned(), "unknown"),
        (401, type_of("api-errors#unauthorized"), "refused unauthorized"),
        (402, type_of("api-errors/#low-balance"), "refused low-balance"),
        (422, type_of("api-errors/messages#1120"), "refused 1120"),
        (422, r#"{"title":1240}"#.to_owned(), "refused 1240"),
        (422, r#"{"title":"To +12125550123"}"#.to_owned(), "unknown"),
        (429, type_of("api-errors#throttled"), "later throttled"),
        (429, String::new(), "later throttled"),
        (422, type_of("api-errors/messages#1000"), "later 1000"),
        (500, type_of("api-errors/messages#1030"), "unknown"),
    ] {
        let said = match WORDS.outcome(&answer(status, &text)) {
            Outcome::Accepted { external_id } => format!("accepted {external_id}"),
            Outcome::Refused { code, .. } => format!("refused {code}"),
            Outcome::TryLater { code, .. } => format!("later {code}"),
            Outcome::Unknown { .. } => "unknown".to_owned(),
        };
        assert_eq!(said, means, "{status} {text}");
    }
}

#[test]
fn our_token_is_signed_by_the_key_in_whatever_writing_it_was_given() {
    let der = crate::signed::from_base64(
        &PKCS8
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect::<String>(),
    )
    .unwrap();
    let pair = RsaKeyPair::from_pkcs8(&der).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
    for pem in [
        PKCS8.to_owned(),
        PKCS1.to_owned(),
        PKCS8.replace('\n', "\\n"),
        PKCS8.replace('\n', "\\r\\n"),
        PKCS8.replace('\n', " "),
        PKCS8.replace('\n', "\r\n"),
    ] {
        let key = ApplicationKey::read(APPLICATION, &pem).unwrap();
        let token = key.token(at("2026-11-21T15:00:00Z"), "7").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        public
            .verify(signed.as_bytes(), &from_base64_url(signature).unwrap())
            .unwrap();
        let claims: Value =
            serde_json::from_slice(&from_base64_url(signed.split_once('.').unwrap().1).unwrap()).unwrap();
        assert_eq!(claims["application_id"], APPLICATION);
        assert_eq!(
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
            300
        );
        let later = key.token(at("2026-11-21T15:00:01Z"), "7").unwrap();
        assert_ne!(token, later);
    }
    for wrong in [
        "",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----",
    ] {
        let problem = ApplicationKey::read(APPLICATION, wrong).err().unwrap();
        assert_eq!(problem.field, "private_key");
    }
}

const BODY: &str = r#"{"channel":"sms","message_uuid":"m1","status":"delivered"}"#;

/// A token that is right, but for what is changed in header, claims and secret.
fn signed(header: &Value, changes: &Value, secret: &str) -> String {
    let mut claims = json!({
        "iat": at("2026-11-21T15:00:00Z").as_second(),
        "jti": "c5ba8f24",
        "iss": "Vonage",
        "payload_hash": sha256_hex(BODY.as_bytes()),
        "api_key": "a1b2c3d4",
        "application_id": APPLICATION,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let signed = format!(
        "{}.{}",
        base64_url(header.to_string().as_bytes()),
        base64_url(claims.to_string().as_bytes())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", base64_url(signature.as_ref()))
}

fn heard(token: &str, body: &str) -> Result<Heard, Refusal> {
    heard_as("application/json; charset=utf-8", token, body)
}

fn heard_as(content_type: &str, token: &str, body: &str) -> Result<Heard, Refusal> {
    let caller = Caller {
        api_key: "a1b2c3d4".to_owned(),
        application_id: APPLICATION.to_owned(),
        signature_secret: SECRET.to_owned(),
    };
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    headers.insert("content-type", content_type.parse().unwrap());
    callbacks::hear(
        &caller,
        &Hook {
            method: "POST",
            url: "https://courtesy.example/hooks/vonage/t",
            headers: &headers,
            body: body.as_bytes(),
            now: at("2026-11-21T15:00:00Z"),
        },
    )
}

#[test]
fn a_body_that_is_not_called_json_is_refused() {
    let good = signed(&json!({"alg": "HS256", "typ": "JWT"}), &json!({}), SECRET);
    assert!(heard_as("Application/JSON", &good, BODY).is_ok());
    for wrong in ["text/plain", "application/x-www-form-urlencoded", ""] {
        assert_eq!(heard_as(wrong, &good, BODY), Err(Refusal::ContentType), "{wrong}");
    }
}

#[test]
fn a_call_is_believed_when_all_of_it_is_right_and_for_no_less() {
    let hs256 = json!({"alg": "HS256", "typ": "JWT"});
    let good = signed(&hs256, &json!({}), SECRET);
    let piece: Value = serde_json::from_str(BODY).unwrap();
    assert_eq!(heard(&good, BODY), Ok(Heard::Pieces(vec![piece])));
    let now = at("2026-11-21T15:00:00Z").as_second();
    for wrong in [
        json!({"api_key": "another"}),
        json!({"api_key": null}),
        json!({"application_id": "another"}),
        json!({"application_id": null}),
    ] {
        let token = signed(&hs256, &wrong, SECRET);
        assert_eq!(heard(&token, BODY), Err(Refusal::Account), "{wrong}");
    }
    let a_day_ago = signed(&hs256, &json!({"iat": now - 24 * 3600}), SECRET);
    assert!(heard(&a_day_ago, BODY).is_ok(), "it is repeated for a day");
    for (token, refused) in [
        (signed(&hs256, &json!({}), "another secret"), Refusal::Signature),
        (signed(&hs256, &json!({}), ""), Refusal::Signature),
        (
            signed(&json!({"alg": "none"}), &json!({}), SECRET),
            Refusal::Signature,
        ),
        (
            signed(&json!({"alg": "RS256"}), &json!({}), SECRET),
            Refusal::Signature,
        ),
        (
            signed(&json!({"alg": "hs256"}), &json!({}), SECRET),
            Refusal::Signature,
        ),
        (
            signed(&hs256, &json!({"iat": now - 25 * 3600 - 1}), SECRET),
            Refusal::Time,
        ),
        (signed(&hs256, &json!({"iat": now + 301}), SECRET), Refusal::Time),
        (signed(&hs256, &json!({"iat": "now"}), SECRET), Refusal::Time),
        (signed(&hs256, &json!({"exp": now - 1}), SECRET), Refusal::Time),
        (
            signed(&hs256, &json!({"payload_hash": sha256_hex(b"{}")}), SECRET),
            Refusal::Signature,
        ),
        (
            signed(&hs256, &json!({"payload_hash": null}), SECRET),
            Refusal::Signature,
        ),
        (good[..good.len() - 1].to_owned(), Refusal::Signature),
        (
            format!("{}.", good.rsplit_once('.').unwrap().0),
            Refusal::Signature,
        ),
        (String::new(), Refusal::Signature),
        ("a.b".to_owned(), Refusal::Signature),
        ("..".to_owned(), Refusal::Signature),
    ] {
        assert_eq!(heard(&token, BODY), Err(refused), "{token}");
    }
    assert_eq!(
        heard(&good, &BODY.replace("delivered", "rejected")),
        Err(Refusal::Signature)
    );
    for edge in [now - 300, now + 300] {
        assert!(heard(&signed(&hs256, &json!({"iat": edge}), SECRET), BODY).is_ok());
    }
    let list = signed(&hs256, &json!({"payload_hash": sha256_hex(b"[]")}), SECRET);
    assert_eq!(heard(&list, "[]"), Err(Refusal::Malformed));
}

fn status(status: &str, error: Value) -> Value {
    json!({
        "message_uuid": "m1", "to": "12125550123", "from": "12125550100", "channel": "sms",
        "timestamp": "2026-11-21T15:00:05Z", "status": status, "error": error,
        "client_ref": "00000000-0000-0000-0000-000000000007",
    })
}

#[test]
fn a_status_says_how_far_our_message_came_and_why_no_further() {
    let error = json!({"type": "https://developer.vonage.com/api-errors/messages#1240", "title": "1240"});
    for (said, error, reached, code) in [
        ("submitted", Value::Null, "sent", None),
        ("delivered", Value::Null, "delivered", None),
        ("read", error.clone(), "read", None),
        ("rejected", error.clone(), "failed", Some("1240")),
        ("rejected", json!({"title": 1180}), "failed", Some("1180")),
        ("rejected", json!({"error": error}), "failed", Some("1240")),
        (
            "undeliverable",
            json!({"type": "https://x/api-errors/messages#1260"}),
            "undelivered",
            Some("1260"),
        ),
    ] {
        let events = callbacks::read(&status(said, error)).unwrap();
        let wanted = Event {
            key: format!("m1:{said}"),
            our_address: "+12125550100".to_owned(),
            occurred_at: at("2026-11-21T15:00:05Z"),
            kind: EventKind::Status {
                message_id: Some(Uuid::from_u128(7)),
                external_id: "m1".to_owned(),
                status: reached.to_owned(),
                code: code.map(str::to_owned),
            },
        };
        assert_eq!(events, [wanted]);
    }
    assert_eq!(callbacks::read(&status("thought-about", Value::Null)), Ok(vec![]));
}

#[test]
fn a_customers_text_and_a_customers_picture_arrive() {
    let base = json!({
        "message_uuid": "in1", "to": "12125550100", "from": "12125550123", "channel": "sms",
        "timestamp": "2026-11-21T15:00:05Z", "message_type": "text", "text": "STOP", "sms": {"num_messages": "1"},
    });
    let picture = json!({
        "message_uuid": "in2", "to": "12125550100", "from": "12125550123", "channel": "mms",
        "timestamp": "2026-11-21T15:00:05Z", "message_type": "image",
        "image": {"url": "https://media.example/1.jpg", "caption": "the leak"},
    });
    for (piece, body, files) in [(&base, "STOP", 0), (&picture, "the leak", 1)] {
        let events = callbacks::read(piece).unwrap();
        let EventKind::Inbound(said) = &events[0].kind else {
            panic!()
        };
        assert_eq!(
            (said.from.as_str(), said.to.as_str()),
            ("+12125550123", "+12125550100")
        );
        assert_eq!((said.body.as_str(), said.media_urls.len()), (body, files));
        assert_eq!(events[0].our_address, "+12125550100");
        assert_eq!(events[0].key, said.external_id);
    }
    let mut elsewhere = base.clone();
    elsewhere["channel"] = json!("viber_service");
    assert_eq!(callbacks::read(&elsewhere), Ok(vec![]));
    for lacking in ["message_uuid", "to", "from", "timestamp", "message_type"] {
        let mut piece = base.clone();
        piece[lacking] = Value::Null;
        assert_eq!(callbacks::read(&piece), Err(Refusal::Malformed), "{lacking}");
    }
}

#[test]
fn a_code_is_a_number_or_the_last_part_of_a_url() {
    assert_eq!(code(&json!({"title": "Rejected"})), None);
    assert_eq!(code(&json!({"title": ""})), None);
    assert_eq!(code(&Value::Null), None);
}

#[test]
fn each_field_is_told_to_a_person_with_an_example() {
    for field in DESCRIPTION.fields {
        assert!(
            !field.help.is_empty() && !field.example.is_empty(),
            "{}",
            field.name
        );
    }
}
