//! What was written to us, by asking Twilio: told as its call would have told it, under the same key.
use crate::entry::Made;
use crate::other_side::{Came, Reply, Speech};
use crate::twilio::{ACCOUNT, SPEECH, made, problem};
use jiff::Timestamp;
use providers::{CheckFailed, Event, EventKind};
use rules::channel::Channel;
use serde_json::{Value, json};
use url::form_urlencoded;

const OURS: &str = "+12125550100";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

fn sid(number: usize) -> String {
    format!("SM{number:032x}")
}

/// A message as Twilio lists it, with other values in some fields.
fn message(number: usize, fields: &Value) -> Value {
    let mut message = json!({
        "sid": sid(number), "account_sid": ACCOUNT, "status": "received", "direction": "inbound", "from": "+12125550123", "to": OURS,
        "body": "Stop bugging me please", "num_media": "0", "messaging_service_sid": null,
        "date_sent": "Sat, 21 Nov 2026 14:00:05 +0000", "date_created": "Sat, 21 Nov 2026 14:00:04 +0000",
    });
    for (name, value) in fields.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

fn page(messages: &[Value], next: Value) -> Reply {
    Reply::json(
        200,
        json!({ "messages": messages, "next_page_uri": next }).to_string(),
    )
}

/// What is asked for, as it is written in the query.
fn query(came: &Came) -> Vec<(String, String)> {
    let query = came.target.split_once('?').unwrap_or_default().1;
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn side(answers: fn(&Came, &[(usize, Came)]) -> Reply) -> Made {
    made(Speech { answers, ..SPEECH }, vec![]).await
}

fn since() -> Timestamp {
    "2026-11-21T13:30:00Z".parse().unwrap()
}

async fn heard(made: &Made, channel: Channel, ours: &str) -> Vec<Event> {
    let pieces = made.provider.received(channel, ours, since()).await;
    let pieces = pieces.unwrap().unwrap();
    pieces
        .iter()
        .flat_map(|piece| made.provider.read(piece).unwrap())
        .collect()
}

fn list(came: &Came, _: &[(usize, Came)]) -> Reply {
    if came.target.ends_with("/Media.json") {
        let media =
            json!([{ "uri": format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{}/Media/ME1.json", sid(2)) }]);
        return Reply::json(200, json!({ "media_list": media }).to_string());
    }
    if came.target.contains("PageToken") {
        return page(&[message(3, &json!({ "body": "later" }))], Value::Null);
    }
    let wanted = ("DateSent>".to_owned(), "2026-11-21T00:00:00Z".to_owned());
    assert!(query(came).contains(&wanted), "{}", came.target);
    let next = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=PA1");
    page(
        &[
            message(1, &json!({})),
            message(2, &json!({ "body": "", "num_media": "1" })),
            message(4, &json!({ "direction": "outbound-api" })),
            message(5, &json!({ "to": "+12125550199" })),
            message(
                6,
                &json!({ "to": format!("whatsapp:{OURS}"), "from": "whatsapp:+12125550123" }),
            ),
            message(7, &json!({ "date_sent": "Sat, 21 Nov 2026 13:29:59 +0000" })),
            message(
                8,
                &json!({ "to": "+12125550177", "messaging_service_sid": SERVICE }),
            ),
        ],
        json!(next),
    )
}

#[tokio::test]
async fn what_was_written_to_our_number_is_told_as_the_call_would_have() {
    let made = side(list).await;
    let events = heard(&made, Channel::Sms, OURS).await;
    let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    assert_eq!(keys, [1, 2, 3].map(|number| format!("{}:received", sid(number))));
    // the call of the first
    let call = json!({
        "MessageSid": sid(1), "SmsStatus": "received", "From": "+12125550123", "To": OURS, "Body": "Stop bugging me please",
        "NumMedia": "0", "_heard": "2026-11-21T14:00:05Z",
    });
    assert_eq!(made.provider.read(&call).unwrap(), events[..1]);
    let EventKind::Inbound(picture) = &events[1].kind else {
        panic!("{events:?}")
    };
    assert_eq!(picture.media_urls.len(), 1);
    assert!(picture.media_urls[0].ends_with("/Media/ME1"), "{picture:?}");
}

#[tokio::test]
async fn on_whatsapp_and_at_a_service_only_what_came_to_it_is_told() {
    let made = side(list).await;
    for (channel, ours, number) in [(Channel::Whatsapp, OURS, 6), (Channel::Sms, SERVICE, 8)] {
        let events = heard(&made, channel, ours).await;
        let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
        assert_eq!(keys, [format!("{}:received", sid(number))], "{ours}");
    }
}

#[tokio::test]
async fn half_a_list_or_a_page_elsewhere_is_no_list_and_no_credentials_are_told_so() {
    let elsewhere = side(|_, _| page(&[message(1, &json!({}))], json!("/latest/meta-data?Page=1"))).await;
    let endless = side(|_, _| {
        let next = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=PA1");
        page(&[], json!(next))
    })
    .await;
    let broken = side(|_, _| Reply::json(200, "<html>")).await;
    let failing = side(|came, _| problem(503, 20503, came)).await;
    for made in [elsewhere, endless, broken, failing] {
        let got = made.provider.received(Channel::Sms, OURS, since()).await;
        assert!(matches!(got, Err(CheckFailed::NotNow(_))), "{got:?}");
    }
    let denied = side(|came, _| problem(401, 20003, came)).await;
    let got = denied.provider.received(Channel::Sms, OURS, since()).await;
    assert!(matches!(got, Err(CheckFailed::Refused(_))), "{got:?}");
}

#[tokio::test]
async fn a_message_that_twilio_lists_in_another_form_is_told_as_it_is() {
    let made = side(|_, _| {
        page(
            &[message(
                1,
                &json!({ "from": null, "date_sent": null, "date_created": null }),
            )],
            Value::Null,
        )
    })
    .await;
    let pieces = made
        .provider
        .received(Channel::Sms, OURS, since())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(pieces.len(), 1);
    assert!(made.provider.read(&pieces[0]).is_err(), "kept as unreadable");
}
