//! What topics say: signed by Moto, or as Amazon signs by Python's cryptography.
use crate::front::Front;
use crate::{FROM, OURS, TO, anywhere, ask, moto, request, scope, ses};
use http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use providers::{BounceClass, EventKind, Heard, Hook, Provider, Refusal};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:ses-events";
const TEXT: &str = "text/plain; charset=UTF-8";

async fn hear(
    ses: &Arc<dyn Provider>,
    body: &str,
    content_type: &str,
    now: Timestamp,
) -> Result<Heard, Refusal> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_str(content_type).unwrap());
    let hook = Hook {
        method: "POST",
        url: "https://courtesy.example/hooks/ses/t0ken",
        headers: &headers,
        body: body.as_bytes(),
        now,
    };
    ses.hear(&hook).await
}

fn bounce() -> Value {
    json!({ "eventType": "Bounce",
        "mail": { "timestamp": "2026-11-21T15:00:00Z", "source": FROM, "messageId": "0100018f-aaaa-000000", "destination": [TO],
            "tags": { "message": [OURS.to_string()] } },
        "bounce": { "bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "f-1", "timestamp": "2026-11-21T15:00:00Z",
            "bouncedRecipients": [{ "emailAddress": TO, "status": "5.1.1" }] } })
}

#[tokio::test]
async fn what_motos_topic_signs_is_believed_and_a_changed_byte_is_not() {
    let (_moto, url) = moto().await;
    let sink = Front::open(None).await;
    let form = async |fields: &[(&str, &str)]| {
        let request = anywhere()
            .post(&format!("{url}/"))
            .header("authorization", scope("sns"));
        anywhere().call(request.form(fields)).await.unwrap().status
    };
    assert_eq!(
        form(&[("Action", "CreateTopic"), ("Name", "ses-events")]).await,
        200
    );
    let endpoint = format!("{}/hooks/ses/t0ken", sink.url);
    let subscribe = [
        ("Action", "Subscribe"),
        ("TopicArn", TOPIC),
        ("Protocol", "http"),
        ("Endpoint", &endpoint),
    ];
    assert_eq!(form(&subscribe).await, 200);
    let message = bounce().to_string();
    let publish = [("Action", "Publish"), ("TopicArn", TOPIC), ("Message", &message)];
    assert_eq!(form(&publish).await, 200);
    let came = sink
        .came
        .lock()
        .unwrap()
        .iter()
        .find(|call| call.contains("SigningCertURL"))
        .cloned();
    let (head, body) = came.as_ref().unwrap().split_once("\r\n\r\n").unwrap();
    assert!(head.to_lowercase().contains("content-type: text/plain"), "{head}");

    // its certificate is named at Amazon's address, and lies at Moto's; which address is believed is no part of the signature
    let front = Front::open(Some(url.clone())).await;
    let mut body: Value = serde_json::from_str(body).unwrap();
    let pem = body["SigningCertURL"]
        .as_str()
        .unwrap()
        .replace("https://sns.us-east-1.amazonaws.com", &front.url);
    body["SigningCertURL"] = json!(pem);
    let now: Timestamp = body["Timestamp"].as_str().unwrap().parse().unwrap();
    let ses = ses(&front.url, &[("topic_arn", TOPIC)]);
    let Ok(Heard::Pieces(pieces)) = hear(&ses, &body.to_string(), TEXT, now).await else {
        panic!()
    };
    let [event] = &ses.read(&pieces[0]).unwrap()[..] else {
        panic!()
    };
    assert_eq!(
        event.kind,
        EventKind::Bounce {
            message_id: Some(OURS),
            external_id: "0100018f-aaaa-000000".to_owned(),
            address: TO.to_owned(),
            class: BounceClass::Hard,
            code: Some("5.1.1".to_owned()),
        }
    );
    for field in ["Message", "MessageId", "Timestamp"] {
        let mut changed = body.clone();
        let mut text = body[field].as_str().unwrap().to_owned();
        let last = text.pop().unwrap();
        text.push(if last == '}' { ' ' } else { last });
        if field == "MessageId" {
            text.push('0');
        }
        if field == "Timestamp" {
            text = (now - SignedDuration::from_secs(1)).to_string();
        }
        changed[field] = json!(text);
        assert_eq!(
            hear(&ses, &changed.to_string(), TEXT, now).await,
            Err(Refusal::Signature),
            "{field}"
        );
    }
    assert_eq!(front.calls(".pem"), 1, "a certificate is fetched once");
}

/// A body that is signed by our own certificate, served at the front.
fn signed(front: &Front, body: Value) -> Value {
    signed_all(front, vec![body]).remove(0)
}

fn signed_all(front: &Front, mut bodies: Vec<Value>) -> Vec<Value> {
    let answer = ask("sns.py", &json!(bodies));
    answer["pem"]
        .as_str()
        .unwrap()
        .clone_into(&mut front.pem.lock().unwrap());
    for (number, body) in bodies.iter_mut().enumerate() {
        body["Signature"] = answer["signatures"][number].clone();
        body["SigningCertURL"] = json!(format!("{}/SimpleNotificationService-0123.pem", front.url));
    }
    bodies
}

fn notification(version: &str) -> Value {
    json!({ "Type": "Notification", "MessageId": "n-1", "TopicArn": TOPIC, "Message": bounce().to_string(),
        "Timestamp": "2026-11-21T15:00:00.000Z", "SignatureVersion": version })
}

fn confirmation(kind: &str, subscribe_url: &str) -> Value {
    json!({ "Type": kind, "MessageId": "c-1", "TopicArn": TOPIC, "Message": "You have chosen to subscribe", "Token": "t0ken",
        "SubscribeURL": subscribe_url, "Timestamp": "2026-11-21T15:00:00.000Z", "SignatureVersion": "1" })
}

#[tokio::test]
async fn both_versions_of_the_signature_with_and_without_a_subject_are_believed_and_no_other() {
    let front = Front::open(None).await;
    let ses = ses(&front.url, &[("topic_arn", TOPIC)]);
    let now = request().now;
    let mut with_subject = notification("1");
    with_subject["Subject"] = json!("Amazon SES Email Event Notification");
    let good = signed_all(
        &front,
        vec![notification("1"), notification("2"), with_subject.clone()],
    );
    for body in &good {
        for content_type in [TEXT, "application/json"] {
            assert!(
                matches!(
                    hear(&ses, &body.to_string(), content_type, now).await,
                    Ok(Heard::Pieces(_))
                ),
                "{body}"
            );
        }
    }
    let mut evil = Vec::new();
    for (field, value) in [
        ("SignatureVersion", "2"),
        ("SignatureVersion", "3"),
        ("Subject", "another"),
        ("MessageId", "n-2"),
        ("Signature", "AAAA"),
        ("Signature", "%%%"),
        ("Signature", ""),
    ] {
        let mut body = good[2].clone();
        body[field] = json!(value);
        evil.push(body);
    }
    let mut without = good[2].clone();
    without.as_object_mut().unwrap().remove("Subject");
    evil.push(without);
    let mut elsewhere = good[0].clone();
    elsewhere["SigningCertURL"] = json!("https://sns.evil.example/SimpleNotificationService-0123.pem");
    evil.push(elsewhere);
    for body in evil {
        assert_eq!(
            hear(&ses, &body.to_string(), TEXT, now).await,
            Err(Refusal::Signature),
            "{body}"
        );
    }
}

#[tokio::test]
async fn another_topic_an_old_call_and_what_is_no_call_of_sns_are_refused() {
    let front = Front::open(None).await;
    let ses = ses(&front.url, &[("topic_arn", TOPIC)]);
    let now = request().now;
    let body = signed(&front, notification("2"));
    let at = |minutes| now + SignedDuration::from_mins(minutes);
    assert_eq!(
        hear(&ses, &body.to_string(), TEXT, at(61)).await,
        Err(Refusal::Time)
    );
    assert_eq!(
        hear(&ses, &body.to_string(), TEXT, at(-6)).await,
        Err(Refusal::Time)
    );
    assert!(hear(&ses, &body.to_string(), TEXT, at(59)).await.is_ok());
    let mut other = notification("2");
    other["TopicArn"] = json!("arn:aws:sns:us-east-1:999999999999:ses-events");
    let other = signed(&front, other);
    assert_eq!(
        hear(&ses, &other.to_string(), TEXT, now).await,
        Err(Refusal::Account)
    );
    assert_eq!(
        hear(&ses, &body.to_string(), "application/x-www-form-urlencoded", now).await,
        Err(Refusal::ContentType)
    );
    for text in [
        "",
        "{}",
        "null",
        "[]",
        "Type=Notification",
        &"[".repeat(1_000),
        &" ".repeat(2_000_000),
    ] {
        assert_eq!(hear(&ses, text, TEXT, now).await, Err(Refusal::Malformed));
    }
}

#[tokio::test]
async fn a_certificate_that_can_not_be_had_is_nobodys_fault_and_one_that_is_none_is() {
    let front = Front::open(None).await;
    let body = signed(&front, notification("2"));
    let ses = ses(&front.url, &[("topic_arn", TOPIC)]);
    front.pem.lock().unwrap().replace_range(.., "no certificate");
    assert_eq!(
        hear(&ses, &body.to_string(), TEXT, request().now).await,
        Err(Refusal::Signature)
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let ses = crate::ses(&format!("http://{closed}"), &[("topic_arn", TOPIC)]);
    let mut body = body;
    body["SigningCertURL"] = json!(format!("http://{closed}/SimpleNotificationService-0123.pem"));
    assert_eq!(
        hear(&ses, &body.to_string(), TEXT, request().now).await,
        Err(Refusal::NotNow)
    );
}

#[tokio::test]
async fn a_subscription_is_confirmed_where_the_topic_is_and_nowhere_else() {
    let front = Front::open(None).await;
    let elsewhere = Front::open(None).await;
    let ses = ses(&front.url, &[("topic_arn", TOPIC)]);
    let now = request().now;
    let url = |front: &Front| {
        format!(
            "{}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t0ken",
            front.url
        )
    };
    let body = signed(&front, confirmation("SubscriptionConfirmation", &url(&front)));
    assert_eq!(hear(&ses, &body.to_string(), TEXT, now).await, Ok(Heard::Nothing));
    assert_eq!(front.calls("GET /?Action=ConfirmSubscription"), 1);
    // a call that is genuine in all but where it wants us to go
    let body = signed(
        &elsewhere,
        confirmation("SubscriptionConfirmation", &url(&elsewhere)),
    );
    elsewhere
        .pem
        .lock()
        .unwrap()
        .clone_into(&mut front.pem.lock().unwrap());
    let mut body = body;
    body["SigningCertURL"] = json!(format!("{}/SimpleNotificationService-0456.pem", front.url));
    assert_eq!(
        hear(&ses, &body.to_string(), TEXT, now).await,
        Err(Refusal::Signature)
    );
    assert_eq!(elsewhere.calls(""), 0, "nothing was called");
}

#[tokio::test]
async fn without_a_topic_of_ours_nothing_is_believed_and_no_subscription_confirmed() {
    let front = Front::open(None).await;
    let now = request().now;
    let url = format!(
        "{}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t0ken",
        front.url
    );
    let called = vec![confirmation("SubscriptionConfirmation", &url), notification("2")];
    let called: Vec<String> = signed_all(&front, called).iter().map(Value::to_string).collect();
    let (asks, says) = (&called[0], &called[1]);
    let other = "arn:aws:sns:us-east-1:123456789012:others";
    for fields in [&[][..], &[("topic_arn", other)]] {
        let ses = ses(&front.url, fields);
        for body in [asks, says] {
            assert_eq!(hear(&ses, body, TEXT, now).await, Err(Refusal::Account));
        }
    }
    assert_eq!(front.calls("GET /?Action=ConfirmSubscription"), 0);
    let both = format!("{other}, {TOPIC}");
    let ses = ses(&front.url, &[("topic_arn", &both)]);
    assert!(hear(&ses, says, TEXT, now).await.is_ok());
    assert_eq!(hear(&ses, asks, TEXT, now).await, Ok(Heard::Nothing));
}

#[tokio::test]
async fn an_ended_subscription_is_told_of_the_account() {
    let front = Front::open(None).await;
    let ses = ses(&front.url, &[("topic_arn", TOPIC)]);
    let body = confirmation(
        "UnsubscribeConfirmation",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
    );
    let body = signed(&front, body);
    let Ok(Heard::Pieces(pieces)) = hear(&ses, &body.to_string(), TEXT, request().now).await else {
        panic!()
    };
    let [event] = &ses.read(&pieces[0]).unwrap()[..] else {
        panic!()
    };
    assert!(matches!(&event.kind, EventKind::Account { code, .. } if code == "sns_unsubscribed"));
    assert_eq!(front.calls("ConfirmSubscription"), 0, "it is not undone");
}

#[tokio::test]
async fn no_bit_of_a_call_can_be_turned_so_that_it_says_something_else() {
    let front = Front::open(None).await;
    let ses = ses(&front.url, &[("topic_arn", TOPIC)]);
    let now = request().now;
    let body = signed(&front, notification("2")).to_string();
    let good = hear(&ses, &body, TEXT, now).await;
    assert!(matches!(good, Ok(Heard::Pieces(_))));
    let (mut refused, mut same) = (0, 0);
    for place in 0..body.len() {
        let mut bytes = body.clone().into_bytes();
        bytes[place] ^= 1 << (place % 7);
        let Ok(changed) = String::from_utf8(bytes) else {
            continue;
        };
        match hear(&ses, &changed, TEXT, now).await {
            Err(_) => refused += 1,
            // another certificate's name, or a field that nobody reads
            said => {
                assert_eq!(said, good, "{changed}");
                same += 1;
            }
        }
    }
    assert!(refused > 1_000 && same < 64, "{refused} refused, {same} the same");
}
