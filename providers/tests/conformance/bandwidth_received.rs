//! What came to a number, by asking Bandwidth: that it came, under the key of its call and a word that says so.
use crate::bandwidth::{SPEECH, made_as, problem};
use crate::entry::Made;
use crate::other_side::{Came, Reply, Speech};
use jiff::Timestamp;
use providers::event::UNTOLD;
use providers::{CheckFailed, Event, EventKind};
use rules::channel::Channel;
use serde_json::{Value, json};
use url::form_urlencoded;

const OURS: &str = "+12125550100";

/// A message as Bandwidth lists it, with other values in some fields.
fn message(id: &str, fields: &Value) -> Value {
    let mut message = json!({
        "messageId": id, "accountId": "9900000", "sourceTn": "+12125550123", "destinationTn": OURS, "messageStatus": "DELIVERED",
        "messageDirection": "INBOUND", "messageType": "sms", "segmentCount": 1, "errorCode": 0, "receiveTime": "2026-11-21T14:00:05.123Z",
        "carrierName": "other", "messageSize": 27, "messageLength": 4, "attachmentCount": null, "recipientCount": 1,
    });
    for (name, value) in fields.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

fn page(messages: &[Value], next: &Value) -> Reply {
    let page = json!({ "totalCount": 3, "pageInfo": { "nextPageToken": next }, "messages": messages });
    Reply::json(200, page.to_string())
}

fn asked(came: &Came, name: &str) -> Option<String> {
    let query = came.target.split_once('?').unwrap_or_default().1;
    let mut pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    pairs.find(|(one, _)| one == name).map(|(_, value)| value)
}

async fn side(answers: fn(&Came, &[(usize, Came)]) -> Reply) -> Made {
    made_as(Speech { answers, ..SPEECH }, vec![].into()).await
}

/// What is listed since half past one, and whether that was all.
async fn listed(made: &Made) -> (Result<bool, CheckFailed>, Vec<Value>) {
    let since: Timestamp = "2026-11-21T13:30:00.5Z".parse().unwrap();
    let mut pieces = Vec::new();
    let listed = made
        .provider
        .received(Channel::Sms, OURS, since, &mut pieces)
        .await;
    (listed, pieces)
}

#[tokio::test]
async fn a_text_that_bandwidth_lists_is_told_of_without_words_under_the_key_of_its_call_to_the_lists_end() {
    let made = side(|came, _| {
        for (name, wanted) in [
            ("messageDirection", "INBOUND"),
            ("destinationTn", OURS),
            ("fromDateTime", "2026-11-21T13:30:00.000Z"),
        ] {
            assert_eq!(asked(came, name).as_deref(), Some(wanted), "{}", came.target);
        }
        match asked(came, "pageToken").as_deref() {
            None => page(
                &[
                    message("in1", &json!({})),
                    message("out1", &json!({ "messageDirection": "OUTBOUND" })),
                    message("in9", &json!({ "destinationTn": "+12125550199" })),
                ],
                &json!("GL83+PD3C"),
            ),
            Some("GL83+PD3C") => page(&[message("in2", &json!({}))], &Value::Null),
            Some(other) => panic!("{other}"),
        }
    })
    .await;
    let (all, pieces) = listed(&made).await;
    assert_eq!(all, Ok(true));
    let events: Vec<Event> = pieces
        .iter()
        .flat_map(|piece| made.provider.read(piece).unwrap())
        .collect();
    let calls: Vec<Event> = ["in1", "in2"]
        .iter()
        .flat_map(|id| {
            let call = json!({
                "type": "message-received", "time": "2026-11-21T14:00:06Z",
                "message": { "id": id, "owner": OURS, "from": "+12125550123", "to": [OURS], "text": "STOP" },
            });
            made.provider.read(&call).unwrap()
        })
        .collect();
    assert_eq!(events.len(), 2);
    for (event, call) in events.iter().zip(&calls) {
        assert_eq!(event.key, format!("{}{UNTOLD}", call.key));
        assert_eq!(event.occurred_at, "2026-11-21T14:00:05.123Z".parse().unwrap());
        let (EventKind::Inbound(untold), EventKind::Inbound(told)) = (&event.kind, &call.kind) else {
            panic!("{event:?}")
        };
        assert!(untold.is_untold && !told.is_untold);
        assert_eq!(
            (
                &untold.external_id,
                &untold.from,
                &untold.to,
                untold.body.as_str()
            ),
            (&told.external_id, &told.from, &told.to, "")
        );
    }
}

#[tokio::test]
async fn a_list_of_bandwidths_that_breaks_off_says_so_beside_what_was_read() {
    let endless = side(|_, _| page(&[message("in1", &json!({}))], &json!("again"))).await;
    let broken = side(|_, _| Reply::json(200, "<html>")).await;
    let failing = side(|_, _| problem(503, "internal-server-error", "")).await;
    for (made, read) in [(endless, 20), (broken, 0), (failing, 0)] {
        let (got, pieces) = listed(&made).await;
        assert!(matches!(got, Err(CheckFailed::NotNow(_))), "{got:?}");
        assert_eq!(pieces.len(), read);
    }
    let denied = side(|_, _| problem(401, "unauthorized", "")).await;
    let (got, _) = listed(&denied).await;
    assert!(matches!(got, Err(CheckFailed::Refused(_))), "{got:?}");
    for lacking in ["messageId", "sourceTn", "receiveTime"] {
        let piece = json!({ "listed": message("in1", &json!({ lacking: null })) });
        assert!(
            denied.provider.read(&piece).is_err(),
            "{lacking}: kept as unreadable"
        );
    }
}
