//! WhatsApp beside `pywa`, a client of other people, and beside signatures that node's own crypto made.
use crate::recorder::Recorder;
use crate::{heard, request, script};
use providers::http::{Egress, Http};
use providers::whatsapp::Whatsapp;
use providers::{Approved, EventKind, Heard, Outcome, Provider, Refusal, Request, Values};
use rules::channel::Channel;
use serde_json::{Value, json};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const NUMBER: &str = "106540352242922";
const ACCOUNT: &str = "419561257915477";

fn whatsapp(url: &str) -> Whatsapp {
    let mut values = Values::default();
    values.set("phone_number_id", NUMBER);
    values.set("business_account_id", ACCOUNT);
    values.set("access_token", "token");
    values.set("app_secret", SECRET);
    values.set("verify_token", "word");
    values.set("api_url", url);
    Whatsapp::new(Http::new(Egress::Anywhere).unwrap(), &values).unwrap()
}

async fn tasks(mut tasks: Value) -> Vec<Value> {
    for task in tasks.as_array_mut().unwrap() {
        task["phone_number_id"] = json!(NUMBER);
        task["access_token"] = json!("token");
        task["app_secret"] = json!(SECRET);
    }
    script::tasks("meta.py", "pywa", &tasks).await
}

/// Theirs says what is the default, and writes the name of a component as templates are made, not as they are sent.
fn as_we_write(mut body: Value) -> Value {
    if let Some(text) = body.pointer_mut("/text").and_then(Value::as_object_mut) {
        assert_eq!(text.remove("preview_url"), Some(json!(false)));
    }
    if let Some(kind) = body.pointer_mut("/template/components/0/type") {
        *kind = json!(kind.as_str().unwrap().to_lowercase());
    }
    body
}

#[tokio::test]
async fn we_send_what_their_client_sends() {
    let taken = json!({ "messaging_product": "whatsapp", "messages": [{ "id": "wamid.1" }] });
    let recorder = Recorder::start(200, &taken).await;
    let plain = request(Channel::Whatsapp);
    let template = |variables: &[(&str, &str)]| Request {
        approved: Some(Approved {
            name: "thank_you".to_owned(),
            language: "en_US".to_owned(),
            variables: variables
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
        }),
        ..plain.clone()
    };
    let send = |to: &str, more: Value| {
        let mut task = json!({ "do": "send", "to": to, "text": plain.body, "tracker": plain.message_id });
        for (name, value) in more.as_object().unwrap() {
            task[name] = value.clone();
        }
        task
    };
    let head = |more: Value| {
        let mut head = json!({ "name": "thank_you", "language": "en_US" });
        for (name, value) in more.as_object().unwrap() {
            head[name] = value.clone();
        }
        json!({ "template": head })
    };
    let person = "US.13491208655302741918";
    let both = [
        (plain.clone(), send(&plain.to, json!({}))),
        (
            Request {
                to: person.to_owned(),
                ..plain.clone()
            },
            send(person, json!({})),
        ),
        (
            template(&[("2", "the drain & more"), ("1", "Zoë")]),
            send(
                &plain.to,
                head(json!({ "by_position": ["Zoë", "the drain & more"] })),
            ),
        ),
        (
            template(&[("first_name", "Zoë")]),
            send(&plain.to, head(json!({ "by_name": { "first_name": "Zoë" } }))),
        ),
        (
            Request {
                media_urls: vec!["https://courtesy.example/a.png".to_owned()],
                ..plain.clone()
            },
            send(&plain.to, json!({ "image": "https://courtesy.example/a.png" })),
        ),
    ];
    let theirs = tasks(both.iter().map(|(_, task)| task.clone()).collect()).await;
    for (ours, _) in &both {
        let wanted = Outcome::Accepted {
            external_id: "wamid.1".to_owned(),
        };
        assert_eq!(whatsapp(&recorder.url).send(ours).await, wanted);
    }
    let came = recorder.came();
    assert_eq!((came.len(), theirs.len()), (5, 5));
    for (ours, theirs) in came.iter().zip(theirs) {
        assert_eq!(ours.line, theirs["line"].as_str().unwrap());
        assert_eq!(ours.header("authorization"), theirs["authorization"].as_str());
        assert_eq!(ours.body, as_we_write(theirs["body"].clone()));
    }
}

/// A call with one change of our number.
fn call(field: &str, more: &Value) -> String {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550783881", "phone_number_id": NUMBER },
        "contacts": [{ "profile": { "name": "Zoë" }, "wa_id": "16505551234", "user_id": "US.1349" }],
    });
    for (name, told) in more.as_object().unwrap() {
        value[name] = told.clone();
    }
    let change = json!({ "field": field, "value": value });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": ACCOUNT, "changes": [change] }] })
        .to_string()
}

/// What we read in a call, in the words of the other client.
async fn ours(whatsapp: &Whatsapp, signature: &str, body: &str) -> Value {
    let pieces = match heard(whatsapp, ("x-hub-signature-256", signature), body).await {
        Ok(Heard::Pieces(pieces)) => pieces,
        Err(Refusal::Signature) => return json!("Forbidden"),
        other => panic!("{other:?}"),
    };
    let events = pieces.iter().flat_map(|piece| whatsapp.read(piece).unwrap());
    let read = events.filter_map(|event| {
        let at = event.occurred_at.as_second();
        Some(match event.kind {
            EventKind::Inbound(said) => json!({
                "id": said.external_id, "at": at, "number": said.from.strip_prefix('+'), "user_id": said.user_id,
                "body": said.body,
                "file": said.media_urls.first().map(|file| file.trim_start_matches("whatsapp-media:")),
            }),
            EventKind::Status {
                message_id,
                external_id,
                status,
                code,
            } => json!({
                "id": external_id, "at": at, "status": status, "tracker": message_id,
                "code": code.map(|code| code.parse::<u32>().unwrap()),
            }),
            // what we tell beside a status is our own
            EventKind::Preference { .. } if body.contains("statuses") => return None,
            EventKind::Preference { address, marketing, .. } => json!({
                "at": at, "marketing": if marketing { "resume" } else { "stop" },
                "number": address.strip_prefix('+'), "user_id": "US.1349",
            }),
            other => panic!("{other:?}"),
        })
    });
    read.collect()
}

#[tokio::test]
async fn we_read_in_a_call_what_their_client_reads() {
    let message = |more: Value| {
        let mut message = json!({ "from": "16505551234", "from_user_id": "US.1349", "id": "w1", "timestamp": "1749416383" });
        message["context"] = json!({ "from": "15550783881", "id": "w0" });
        for (name, told) in more.as_object().unwrap() {
            message[name] = told.clone();
        }
        json!({ "messages": [message] })
    };
    let status = |status: &str, more: Value| {
        let mut told = json!({
            "id": "w9", "status": status, "timestamp": "1749416390", "recipient_id": "16505551234",
            "recipient_user_id": "US.1349", "biz_opaque_callback_data": "00000000-0000-0000-0000-000000000007",
        });
        for (name, value) in more.as_object().unwrap() {
            told[name] = value.clone();
        }
        json!({ "statuses": [told] })
    };
    let error = |code: u32| json!({ "errors": [{ "code": code, "title": "t", "message": "m", "error_data": { "details": "d" } }] });
    let choice = |value: &str| {
        json!({ "user_preferences": [{
            "wa_id": "16505551234", "user_id": "US.1349", "detail": "d", "category": "marketing_messages", "value": value,
            "timestamp": 1_749_416_390,
        }] })
    };
    let reply = |kind: &str| json!({ "type": "interactive", "interactive": { "type": kind, kind: { "id": "c", "title": "Cancel" } } });
    let media = |kind: &str, more: Value| {
        let mut file = json!({ "mime_type": "x/y", "sha256": "S=", "id": "1003383421387256" });
        for (name, value) in more.as_object().unwrap() {
            file[name] = value.clone();
        }
        json!({ "type": kind, kind: file })
    };
    let calls = [
        call(
            "messages",
            &message(json!({ "type": "text", "text": { "body": "STOP 🙂 </script>" } })),
        ),
        call(
            "messages",
            &message(
                json!({ "type": "button", "button": { "payload": "Unsubscribe", "text": "Unsubscribe" } }),
            ),
        ),
        call("messages", &message(reply("button_reply"))),
        call("messages", &message(reply("list_reply"))),
        call(
            "messages",
            &message(media("image", json!({ "caption": "Taj Mahal" }))),
        ),
        call("messages", &message(media("audio", json!({ "voice": true })))),
        call(
            "messages",
            &message(media(
                "document",
                json!({ "filename": "a.pdf", "caption": "bill" }),
            )),
        ),
        call("messages", &status("sent", json!({}))),
        call("messages", &status("delivered", json!({}))),
        call("messages", &status("read", json!({}))),
        call("messages", &status("failed", error(131_026))),
        call("messages", &status("failed", error(131_047))),
        call("messages", &status("failed", error(131_050))),
        call("user_preferences", &choice("stop")),
        call("user_preferences", &choice("resume")),
    ];
    let to_sign: Vec<Value> = calls
        .iter()
        .map(|body| json!({ "secret": SECRET, "body": body }))
        .collect();
    let signatures = script::tasks("meta.mjs", "", &json!(to_sign)).await;
    let mut asked: Vec<(String, String)> = signatures
        .iter()
        .zip(&calls)
        .map(|(signature, body)| (signature.as_str().unwrap().to_owned(), body.clone()))
        .collect();
    // the signature of another call
    asked.push((asked[0].0.clone(), calls[1].clone()));
    asked.push((format!("sha256={}", "0".repeat(64)), calls[0].clone()));
    let hear = asked
        .iter()
        .map(|(signature, body)| json!({ "do": "hear", "signature": signature, "body": body }))
        .collect();
    let theirs = tasks(hear).await;
    let whatsapp = whatsapp("http://127.0.0.1:1");
    for ((signature, body), theirs) in asked.iter().zip(&theirs) {
        assert_eq!(&ours(&whatsapp, signature, body).await, theirs, "{body}");
    }
    assert!(
        theirs[..15]
            .iter()
            .all(|read| read.as_array().is_some_and(|read| read.len() == 1))
    );
    assert_eq!(theirs[15..], ["Forbidden", "Forbidden"]);
}

#[tokio::test]
async fn what_is_signed_over_these_bytes_is_believed_and_what_is_changed_is_not() {
    let whatsapp = whatsapp("http://127.0.0.1:1");
    let plain = call("messages", &json!({ "note": "Söhne 🙂 </script>" }));
    // Meta escapes what is not ASCII, and slashes: the signature is over what came, however it is written
    let escaped = plain
        .replace("ö", "\\u00f6")
        .replace("ë", "\\u00eb")
        .replace("🙂", "\\ud83d\\ude42")
        .replace('/', "\\/");
    let spaced = plain.replace(',', " , ");
    let bodies = [&plain, &escaped, &spaced];
    let tasks: Vec<_> = bodies
        .iter()
        .map(|body| json!({ "secret": SECRET, "body": body }))
        .collect();
    let signatures = script::tasks("meta.mjs", "", &json!(tasks)).await;
    let mut pieces = Vec::new();
    for (at, signature) in signatures.iter().enumerate() {
        let signature = signature.as_str().unwrap();
        for (of, body) in bodies.iter().enumerate() {
            let ours = heard(&whatsapp, ("x-hub-signature-256", signature), body).await;
            match ours {
                Ok(Heard::Pieces(found)) if at == of => pieces.push(found),
                other => assert_eq!((other, at == of), (Err(Refusal::Signature), false)),
            }
        }
    }
    assert_eq!(pieces.len(), 3);
    assert!(pieces.windows(2).all(|two| two[0] == two[1]), "they say the same");
}
