//! SES against what we did not write: Moto's SES and SNS, botocore's signer, and signatures made by Python's cryptography.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]
#[path = "../counterpart/mod.rs"]
mod counterpart;
mod front;
mod hearing;

use counterpart::{Counterpart, python};
use front::Front;
use jiff::Timestamp;
use providers::http::{Egress, Http};
use providers::ses::sigv4::{Call, Signer, sign};
use providers::{Asked, CheckFailed, LookUp, Outcome, Provider, Request, Unsubscribe, Values};
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use uuid::Uuid;

const FROM: &str = "hello@joes-plumbing.example";
const TO: &str = "jane@mail.example";
const OURS: Uuid = Uuid::from_u128(0x0198_7654_0000_7000_8000_0000_0000_0001);

/// Asks a script once.
fn ask(script: &str, question: &Value) -> Value {
    let mut child = python(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
}

fn anywhere() -> Http {
    Http::new(Egress::Anywhere).unwrap()
}

fn ses(api_url: &str, more: &[(&str, &str)]) -> Arc<dyn Provider> {
    let mut values = Values::default();
    for (field, value) in [
        ("region", "us-east-1"),
        ("access_key_id", "AKIAIOSFODNN7EXAMPLE"),
        ("secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("from_name", "Joe’s Plumbing"),
        ("api_url", api_url),
    ]
    .iter()
    .chain(more)
    {
        values.set(field, *value);
    }
    let ses = providers::described("ses").unwrap();
    providers::settings::check(ses.fields, &values).unwrap();
    (ses.connect)(anywhere(), &values).unwrap()
}

/// Moto, with the sender's address verified.
async fn moto() -> (Counterpart, String) {
    let moto = Counterpart::start("amazon.py", &[]);
    let url = format!("http://127.0.0.1:{}", moto.says);
    let body = json!({ "EmailIdentity": FROM }).to_string();
    let made = anywhere().post(&format!("{url}/v2/email/identities"));
    let made = made.header("authorization", scope("ses")).body(body);
    assert_eq!(anywhere().call(made).await.unwrap().status, 200);
    (moto, url)
}

/// By which Moto finds the service that is meant.
fn scope(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIA/20261121/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

fn request() -> Request {
    Request {
        message_id: OURS,
        channel: Channel::Email,
        purpose: Purpose::Service,
        from: FROM.to_owned(),
        to: TO.to_owned(),
        subject: Some("How did we do, Zoë?".to_owned()),
        body: "Dear Zoë,\n.\nhow was it?\n".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: Some(Unsubscribe {
            url: "https://courtesy.example/u/t0ken".to_owned(),
            mailto: Some("unsubscribe@joes-plumbing.example?subject=t0ken".to_owned()),
        }),
        callback_url: None,
        expires_at: None,
        now: "2026-11-21T15:00:00Z".parse().unwrap(),
    }
}

#[tokio::test]
async fn moto_takes_a_mail_as_we_made_it_and_refuses_one_from_an_address_that_is_not_verified() {
    let (_moto, url) = moto().await;
    let ses = ses(&url, &[]);
    let Outcome::Accepted { external_id } = ses.send(&request()).await else {
        panic!()
    };
    let stranger = Request {
        from: "hello@stranger.example".to_owned(),
        ..request()
    };
    let Outcome::Refused { code, detail } = ses.send(&stranger).await else {
        panic!()
    };
    assert_eq!(code, "MessageRejected");
    assert!(!detail.contains("stranger"), "{detail}");
    let data = anywhere()
        .call(anywhere().get(&format!("{url}/moto-api/data.json")))
        .await;
    let data = data.unwrap().json().unwrap();
    let taken = data["ses"]["RawMessage"].as_array().unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0]["id"], json!(external_id));
    let raw = taken[0]["raw_data"].as_str().unwrap().replace("\r\n ", " ");
    for header in [
        format!("Message-ID: <{OURS}@joes-plumbing.example>\r\n"),
        "List-Unsubscribe: <https://courtesy.example/u/t0ken>, <mailto:unsubscribe@joes-plumbing.example?subject=t0ken>\r\n".to_owned(),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".to_owned(),
        "Date: Sat, 21 Nov 2026 15:00:00 +0000\r\n".to_owned(),
    ] {
        assert!(raw.contains(&header), "{header} {raw}");
    }
    assert!(taken[0]["destinations"].as_array().unwrap().contains(&json!(TO)));
}

#[tokio::test]
async fn moto_lets_the_keys_be_checked_and_can_tell_nothing_of_a_message() {
    let (_moto, url) = moto().await;
    let ses = ses(&url, &[]);
    assert!(ses.check().await.unwrap().summary.contains("us-east-1"));
    let wrong = crate::ses(&url, &[("configuration_set", "nobody-made-it")]);
    assert!(
        matches!(wrong.check().await, Err(CheckFailed::Refused(why)) if why.starts_with("configuration_set"))
    );
    let asked = Asked {
        message_id: OURS,
        external_id: Some("0100018f-aaaa-000000".to_owned()),
        from: FROM.to_owned(),
        to: TO.to_owned(),
        body: String::new(),
        since: request().now,
    };
    assert_eq!(ses.look_up(&asked).await, LookUp::NotKnown);
    let unnamed = Asked {
        external_id: None,
        ..asked
    };
    assert_eq!(ses.look_up(&unnamed).await, LookUp::NotKnown);
}

#[tokio::test]
async fn a_hand_over_carries_our_id_as_a_tag_the_configuration_set_and_a_signature() {
    let front = Front::open(None).await;
    let ses = ses(&front.url, &[("configuration_set", "courtesy")]);
    assert!(matches!(ses.send(&request()).await, Outcome::Unknown { .. }));
    let came = front.came.lock().unwrap().join("\n");
    let body: Value = serde_json::from_str(came.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(
        body["EmailTags"],
        json!([{ "Name": "message", "Value": OURS.to_string() }])
    );
    assert_eq!(body["ConfigurationSetName"], "courtesy");
    assert_eq!(body["FromEmailAddress"], FROM);
    assert_eq!(body["Destination"], json!({ "ToAddresses": [TO] }));
    assert!(
        came.to_lowercase()
            .contains("authorization: aws4-hmac-sha256 credential=akiaiosfodnn7example/")
    );
}

#[test]
fn botocore_signs_the_same_byte_for_byte() {
    let bodies = ["", "{}", "{\"Content\":\"Zoë 😀\"}"];
    let paths = [
        "/v2/email/outbound-emails",
        "/v2/email/account",
        "/",
        "/v2/email/insights/a-b_c.d~e/",
        "/v2/email/identities/jane%40mail.example",
    ];
    let queries: [&[(&str, &str)]; 4] = [
        &[],
        &[("PageSize", "500")],
        &[("PageSize", "500"), ("NextToken", "a+b/c=d e&f~g*ü")],
        &[("Reason", "COMPLAINT"), ("Reason", "BOUNCE")],
    ];
    let at: Timestamp = "2026-11-21T15:04:05Z".parse().unwrap();
    let mut questions = Vec::new();
    let mut ours = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        for query in queries {
            for body in bodies {
                let (region, host) = [
                    ("us-east-1", "email.us-east-1.amazonaws.com"),
                    ("eu-west-3", "127.0.0.1:5005"),
                ][number % 2];
                let secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
                let content_type = (!body.is_empty()).then_some("application/json");
                let method = if body.is_empty() { "GET" } else { "POST" };
                questions.push(json!({ "method": method, "host": host, "path": path, "query": query, "body": body, "region": region,
                    "content_type": content_type, "at": "20261121T150405Z", "access_key_id": "AKID", "secret_access_key": secret_access_key }));
                let signer = Signer {
                    access_key_id: "AKID",
                    secret_access_key,
                    region,
                    service: "ses",
                };
                let call = Call {
                    method,
                    host,
                    path,
                    query,
                    content_type,
                    body: body.as_bytes(),
                    at,
                };
                let (date, authorization) = sign(signer, call);
                assert_eq!(date, "20261121T150405Z");
                ours.push(authorization);
            }
        }
    }
    assert_eq!(ours.len(), 60);
    assert_eq!(ask("sigv4.py", &json!(questions)), json!(ours));
}
