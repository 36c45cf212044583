//! Vonage beside `@vonage/jwt` and `@vonage/messages`.
use crate::recorder::Recorder;
use crate::script;
use crate::{heard, now, request};
use providers::http::{Egress, Http};
use providers::vonage::Vonage;
use providers::{Heard, Outcome, Provider, Refusal, Request, Values};
use rules::channel::Channel;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const KEY: &str = include_str!("../data/rsa_key_of_nobody.pem");
const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
const SECRET: &str = "a signature secret of thirty-two or more";

fn vonage(url: &str) -> Vonage {
    let mut values = Values::default();
    values.set("api_key", "a1b2c3d4");
    values.set("application_id", APPLICATION);
    values.set("private_key", KEY.replace('\n', "\\n"));
    values.set("signature_secret", SECRET);
    values.set("api_url", url);
    Vonage::new(Http::new(Egress::Anywhere).unwrap(), &values).unwrap()
}

async fn tasks(tasks: Value) -> Vec<Value> {
    script::tasks("vonage.mjs", "@vonage/messages", &tasks).await
}

#[tokio::test]
async fn we_send_what_their_client_sends_and_our_token_is_one_of_the_application() {
    let recorder = Recorder::start(202, &json!({ "message_uuid": "u1" })).await;
    let text = Request {
        callback_url: Some("https://courtesy.example/hooks/vonage/t?message=7".to_owned()),
        expires_at: Some(now() + jiff::SignedDuration::from_hours(1)),
        ..request(Channel::Sms)
    };
    let outcome = vonage(&recorder.url).send(&text).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            external_id: "u1".to_owned()
        }
    );
    let sent = tasks(json!([{
        "do": "send", "url": recorder.url, "application_id": APPLICATION, "private_key": KEY,
        "message": {
            "messageType": "text", "channel": "sms", "to": "12125550123", "from": "12125550100", "text": text.body,
            "clientRef": text.message_id, "webhookUrl": text.callback_url, "webhookVersion": "v1", "ttl": 3600,
        },
    }]))
    .await;
    assert_eq!(sent, [json!({ "messageUUID": "u1" })]);
    let came = recorder.came();
    let [ours, theirs] = came.as_slice() else {
        panic!("{came:?}")
    };
    assert_eq!(ours.line, theirs.line);
    assert_eq!(ours.body, theirs.body);
    let token = ours
        .header("authorization")
        .unwrap()
        .strip_prefix("Bearer ")
        .unwrap();
    assert!(theirs.header("authorization").unwrap().starts_with("Bearer "));
    let told = &tasks(json!([
        { "do": "application", "token": token, "application_id": APPLICATION, "private_key": KEY },
    ]))
    .await[0];
    assert_eq!(told["is_signed"], true, "{told}");
    assert_eq!(told["header"], told["their_header"]);
    let names = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&told["ours"]), names(&told["theirs"]));
    assert_eq!(told["ours"]["application_id"], told["theirs"]["application_id"]);
}

#[tokio::test]
async fn what_their_packages_sign_we_believe_and_what_is_changed_neither_of_us_does() {
    let body = json!({"channel": "sms", "message_uuid": "m1", "status": "delivered", "text": "Söhne 🙂"})
        .to_string();
    let hash: String = Sha256::digest(&body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let claims = json!({
        "iat": now().as_second(), "jti": "c5ba8f24", "iss": "Vonage", "payload_hash": hash, "api_key": "a1b2c3d4",
        "application_id": APPLICATION,
    });
    let sign = |secret: &str, algorithm: &str| json!({ "do": "sign", "claims": claims, "secret": secret, "algorithm": algorithm });
    let tokens = tasks(json!([
        sign(SECRET, "HS256"),
        sign("another secret of thirty-two or more", "HS256"),
        sign(SECRET, "HS512"),
        sign(KEY, "RS256"),
    ]))
    .await;
    let token = |index: usize| tokens[index].as_str().unwrap().to_owned();
    let good = token(0);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let mut changed = signed.to_owned();
    let middle = changed.len() - 20;
    let other = if &changed[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    changed.replace_range(middle..=middle, other);
    let none = format!("{}.", tokens_without_algorithm(signed));
    let cases = [
        (good.clone(), true),
        (token(1), false),
        (token(2), false),
        (token(3), false),
        (format!("{changed}.{signature}"), false),
        (none, false),
        (format!("{signed}.{}", signature.to_ascii_lowercase()), false),
    ];
    let asked: Vec<Value> = cases
        .iter()
        .map(|(token, _)| json!({ "do": "is_signed", "token": token, "secret": SECRET }))
        .collect();
    let theirs = tasks(Value::Array(asked)).await;
    let vonage = vonage("http://127.0.0.1:1");
    for ((token, is_good), theirs) in cases.iter().zip(&theirs) {
        assert_eq!(theirs, is_good, "theirs: {token}");
        let ours = heard(&vonage, ("authorization", &format!("Bearer {token}")), &body).await;
        match ours {
            Ok(Heard::Pieces(pieces)) => assert!(*is_good && pieces.len() == 1, "{token}"),
            other => assert_eq!((other, *is_good), (Err(Refusal::Signature), false), "{token}"),
        }
    }
    // their function knows the token alone; we look at the bytes that came with it
    let other = heard(
        &vonage,
        ("authorization", &format!("Bearer {good}")),
        &body.replace("m1", "m2"),
    )
    .await;
    assert_eq!(other, Err(Refusal::Signature));
}

/// The claims under a header that names no algorithm: `{"alg":"none","typ":"JWT"}`.
fn tokens_without_algorithm(signed: &str) -> String {
    let (_, claims) = signed.split_once('.').unwrap();
    format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}")
}
