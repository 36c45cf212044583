//! Bandwidth beside `bandwidth-sdk`.
use crate::recorder::Recorder;
use crate::script;
use crate::{heard, now, request};
use providers::bandwidth::Bandwidth;
use providers::http::{Egress, Http};
use providers::{Asked, EventKind, Heard, LookUp, Outcome, Provider, Request, Values};
use rules::channel::Channel;
use serde_json::{Value, json};

const APPLICATION: &str = "93de2206-9669-4e07-948d-329f4b722ee2";

fn bandwidth(url: &str) -> Bandwidth {
    connected(APPLICATION, "pässword:with more", url)
}

fn connected(application: &str, password: &str, url: &str) -> Bandwidth {
    let mut values = Values::default();
    values.set("account_id", "9900000");
    values.set("username", "api-user");
    values.set("password", password);
    values.set("application_id", application);
    values.set("callback_username", "courtesy");
    values.set("callback_password", "pass:word");
    values.set("api_url", url);
    Bandwidth::new(Http::new(Egress::Anywhere).unwrap(), &values).unwrap()
}

async fn tasks(tasks: Value) -> Vec<Value> {
    script::tasks("bandwidth.mjs", "bandwidth-sdk", &tasks).await
}

/// A text with a window, and one with a picture, which can have none.
#[tokio::test]
async fn we_send_what_their_client_sends_field_for_field() {
    let recorder = Recorder::start(202, &json!({ "id": "m1", "direction": "out" })).await;
    let window = Some(now() + jiff::SignedDuration::from_hours(1));
    let text = Request {
        expires_at: window,
        ..request(Channel::Sms)
    };
    let picture = Request {
        media_urls: vec!["https://courtesy.example/a.png".to_owned()],
        expires_at: window,
        ..request(Channel::Sms)
    };
    let plain = json!({
        "applicationId": APPLICATION, "to": [text.to], "from": text.from, "text": text.body, "tag": text.message_id,
    });
    for (request, further) in [
        (&text, json!({ "expiration": window })),
        (&picture, json!({ "media": picture.media_urls })),
    ] {
        let outcome = bandwidth(&recorder.url).send(request).await;
        assert_eq!(
            outcome,
            Outcome::Accepted {
                external_id: "m1".to_owned()
            }
        );
        let mut message = plain.clone();
        let further = further.as_object().unwrap().clone();
        message.as_object_mut().unwrap().extend(further);
        let theirs = tasks(json!([{
            "do": "send", "url": recorder.url, "username": "api-user", "password": "pässword:with more",
            "account_id": "9900000", "message": message,
        }]))
        .await;
        assert_eq!(theirs[0]["id"], "m1");
    }
    let came = recorder.came();
    assert_eq!(came.len(), 4);
    for pair in came.chunks(2) {
        let (ours, theirs) = (&pair[0], &pair[1]);
        assert_eq!((&ours.line, &ours.body), (&theirs.line, &theirs.body));
        assert_eq!(ours.line, "POST /users/9900000/messages");
        assert_eq!(ours.header("authorization"), theirs.header("authorization"));
    }
}

#[tokio::test]
async fn we_ask_for_a_message_as_their_client_does() {
    let list = json!({ "totalCount": 1, "messages": [{ "messageId": "m/1", "messageStatus": "DELIVERED", "errorCode": 0 }] });
    let recorder = Recorder::start(200, &list).await;
    let asked = Asked {
        message_id: uuid::Uuid::from_u128(7),
        external_id: Some("m/1".to_owned()),
        from: String::new(),
        to: String::new(),
        body: String::new(),
        since: now(),
    };
    let found = bandwidth(&recorder.url).look_up(&asked).await;
    let wanted = LookUp::Accepted {
        external_id: "m/1".to_owned(),
        status: "delivered".to_owned(),
        code: None,
    };
    assert_eq!(found, wanted);
    tasks(json!([{
        "do": "list", "url": recorder.url, "username": "api-user", "password": "pässword:with more",
        "account_id": "9900000", "message_id": "m/1",
    }]))
    .await;
    let came = recorder.came();
    assert_eq!(came[0].line, format!("{}&limit=1", came[1].line));
    assert_eq!(came[0].header("authorization"), came[1].header("authorization"));
}

#[tokio::test]
async fn their_published_description_allows_what_we_send_and_ask_for() {
    let (_prism, url) = script::listening("bandwidth_prism.mjs", "@stoplight/prism-http-server").await;
    // Prism knows passwords of plain letters only
    let bandwidth = connected(APPLICATION, "password", &url);
    let full = Request {
        media_urls: vec!["https://courtesy.example/a.png".to_owned()],
        expires_at: Some(now() + jiff::SignedDuration::from_hours(1)),
        ..request(Channel::Sms)
    };
    // the description's own example of a name
    let id = "1589228074636lm4k2je7j7jklbn2";
    for text in [request(Channel::Sms), full] {
        let wanted = Outcome::Accepted {
            external_id: id.to_owned(),
        };
        assert_eq!(bandwidth.send(&text).await, wanted);
    }
    let asked = Asked {
        message_id: uuid::Uuid::from_u128(7),
        external_id: Some(id.to_owned()),
        from: String::new(),
        to: String::new(),
        body: String::new(),
        since: now(),
    };
    // its example is of a message that was received: none of ours
    assert_eq!(bandwidth.look_up(&asked).await, LookUp::NotKnown);
    let checked = bandwidth.check().await.unwrap();
    assert_eq!(checked.summary, "account 9900000: 100 messages sent");
    let http = Http::new(Egress::Anywhere).unwrap();
    let post = http.post(&format!("{url}/users/9900000/messages"));
    let good = json!({ "applicationId": APPLICATION, "to": ["+12125550123"], "from": "+12125550100" });
    for (body, name, status) in [
        (good.clone(), Some("api-user"), 202),
        (good, None, 401),
        (
            json!({ "to": ["+12125550123"], "from": "+12125550100" }),
            Some("api-user"),
            400,
        ),
        (
            json!({ "applicationId": APPLICATION, "to": "+12125550123", "from": "+12125550100" }),
            Some("api-user"),
            400,
        ),
        (
            json!({ "applicationId": APPLICATION, "to": ["+1"], "from": "+1", "reference": "7" }),
            Some("api-user"),
            400,
        ),
    ] {
        let mut call = post.try_clone().unwrap().json(&body);
        if let Some(name) = name {
            call = call.basic_auth(name, Some("password"));
        }
        let answer = http.call(call).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{body}");
    }
}

#[tokio::test]
async fn every_callback_of_their_published_description_is_read() {
    let examples = tasks(json!([{ "do": "examples" }])).await;
    let examples = examples[0].as_array().unwrap();
    let mut read = Vec::new();
    for example in examples {
        let application = example["message"]["applicationId"].as_str().unwrap();
        let bandwidth = connected(application, "password", "http://127.0.0.1:1");
        // as the guides show it, and as the description does
        for body in [json!([example]), example.clone()] {
            let header = ("authorization", "Basic Y291cnRlc3k6cGFzczp3b3Jk");
            let Ok(Heard::Pieces(pieces)) = heard(&bandwidth, header, &body.to_string()).await else {
                panic!("{body}")
            };
            assert_eq!(&pieces, std::slice::from_ref(example));
        }
        let events = bandwidth.read(example).unwrap();
        let [event] = events.as_slice() else {
            panic!("{example}")
        };
        assert!(event.our_address.starts_with('+'));
        read.push(match &event.kind {
            EventKind::Status { status, code, .. } => format!("{status} {}", code.as_deref().unwrap_or("-")),
            EventKind::Inbound(said) => format!("inbound {} {}", said.body.len(), said.media_urls.len()),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(
        read,
        [
            "inbound 24 0",
            "inbound 23 1",
            "sent -",
            "sent -",
            "delivered -",
            "delivered -",
            "delivered -",
            "failed 4432",
        ]
    );
}
