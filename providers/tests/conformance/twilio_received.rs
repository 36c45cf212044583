//! What was written to us, by asking Twilio: told as its call would have told it, under the same key.
use crate::entry::Made;
use crate::other_side::{self, Came, Reply, Speech};
use crate::twilio::{ACCOUNT, SPEECH, connect, made, problem};
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
    let mut pieces = Vec::new();
    let lists = made.provider.received(channel, ours, since(), &mut pieces).await;
    assert_eq!(lists, Ok(true));
    pieces
        .iter()
        .flat_map(|piece| made.provider.read(piece).unwrap())
        .collect()
}

/// What is told, and whether that was all.
async fn listed(made: &Made, ours: &str) -> (Result<bool, CheckFailed>, Vec<Value>) {
    let mut pieces = Vec::new();
    let listed = made
        .provider
        .received(Channel::Sms, ours, since(), &mut pieces)
        .await;
    (listed, pieces)
}

/// The senders of a service, when they are asked for.
fn senders(came: &Came, numbers: &[String]) -> Option<Reply> {
    let kind = came.target.strip_prefix(&format!("/v1/Services/{SERVICE}/"))?;
    let (kind, _) = kind.split_once('?').unwrap();
    assert!(came.target.contains("PageSize=1000"), "{}", came.target);
    let of =
        |name: &str, all: &[String]| -> Vec<Value> { all.iter().map(|one| json!({ name: one })).collect() };
    let answer = match kind {
        "PhoneNumbers" => json!({ "phone_numbers": of("phone_number", numbers) }),
        "ShortCodes" => json!({ "short_codes": of("short_code", &["12345".to_owned()]) }),
        "ChannelSenders" => {
            json!({ "senders": of("sender", &[format!("whatsapp:{OURS}"), "rcs:brand".to_owned()]) })
        }
        _ => panic!("{}", came.target),
    };
    Some(Reply::json(200, answer.to_string()))
}

fn list(came: &Came, _: &[(usize, Came)]) -> Reply {
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
    let its_list = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{}/Media.json", sid(2));
    assert!(picture.media_urls[0].ends_with(&its_list), "{picture:?}");
}

#[tokio::test]
async fn however_many_pictures_were_sent_the_list_is_asked_for_once() {
    let made = side(|came, before| {
        assert_eq!(before.len(), 0, "{}", came.target);
        let many: Vec<Value> = (0..1_000)
            .map(|number| message(number, &json!({ "num_media": "3" })))
            .collect();
        page(&many, Value::Null)
    })
    .await;
    let events = heard(&made, Channel::Sms, OURS).await;
    assert_eq!(events.len(), 1_000);
    let with_pictures =
        |event: &&Event| matches!(&event.kind, EventKind::Inbound(said) if said.media_urls.len() == 1);
    assert_eq!(events.iter().filter(with_pictures).count(), 1_000);
}

#[tokio::test]
async fn on_whatsapp_only_what_came_by_it_is_told() {
    let made = side(list).await;
    let events = heard(&made, Channel::Whatsapp, OURS).await;
    let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    assert_eq!(keys, [format!("{}:received", sid(6))]);
}

#[tokio::test]
async fn each_sender_of_a_service_is_asked_for_what_came_to_it_whether_the_list_names_the_service_or_not() {
    let made = side(|came, _| {
        if let Some(senders) = senders(came, &[OURS.to_owned()]) {
            return senders;
        }
        let asked = query(came);
        let to = &asked.iter().find(|(name, _)| name == "To").unwrap().1;
        let number = if to == OURS { 1 } else { 2 };
        page(&[message(number, &json!({ "to": to }))], Value::Null)
    })
    .await;
    for (channel, numbers) in [(Channel::Sms, &[1, 2][..]), (Channel::Whatsapp, &[2])] {
        let events = heard(&made, channel, SERVICE).await;
        let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
        let wanted: Vec<String> = numbers
            .iter()
            .map(|one| format!("{}:received", sid(*one)))
            .collect();
        assert_eq!(keys, wanted, "{channel:?}");
    }
}

#[tokio::test]
async fn a_service_of_many_senders_is_asked_for_once_and_no_further_than_what_is_older() {
    let made = side(|came, _| {
        let many: Vec<String> = (0..30).map(|n| format!("+121255501{n:02}")).collect();
        if let Some(senders) = senders(came, &many) {
            return senders;
        }
        assert!(
            query(came).iter().all(|(name, _)| name != "To"),
            "{}",
            came.target
        );
        let old = json!({ "date_sent": null, "date_created": "Sat, 21 Nov 2026 13:29:59 +0000" });
        let next = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=PA1");
        if came.target.contains("PageToken") {
            let next = next.replace("PA1", "PA2");
            assert!(!came.target.contains("PA2"), "all of that page was older");
            return page(&[message(4, &old), message(5, &old)], json!(next));
        }
        let by_service = json!({ "to": "+12125550999", "messaging_service_sid": SERVICE });
        let messages = [
            message(1, &json!({ "to": many[29] })),
            message(2, &by_service),
            message(3, &json!({ "to": "+12125550998" })),
            message(4, &old),
        ];
        page(&messages, json!(next))
    })
    .await;
    let events = heard(&made, Channel::Sms, SERVICE).await;
    let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    assert_eq!(keys, [1, 2].map(|number| format!("{}:received", sid(number))));
}

#[tokio::test]
async fn what_twilio_may_have_answered_for_a_service_is_not_answered_again() {
    let words = ["HELP", "Start", "stop texting me"];
    let answers = |came: &Came, _: &[(usize, Came)]| {
        senders(came, &[OURS.to_owned()]).unwrap_or_else(|| {
            let listed: Vec<Value> = ["HELP", "Start", "stop texting me"]
                .iter()
                .enumerate()
                .map(|(number, word)| message(number, &json!({ "body": word })))
                .collect();
            page(&listed, Value::Null)
        })
    };
    let plain = side(answers).await;
    let of_service = other_side::made(Speech { answers, ..SPEECH }, vec![], |http, url| {
        connect(http, url, &[("messaging_service_sid", SERVICE)])
    })
    .await;
    for (made, ours, answered) in [
        (&plain, OURS, [false; 3]),
        (&plain, SERVICE, [true, true, false]),
        (&of_service, OURS, [true, true, false]),
    ] {
        let events = heard(made, Channel::Sms, ours).await;
        assert_eq!(events.len(), words.len());
        for (event, answered) in events.iter().zip(answered) {
            let EventKind::Inbound(inbound) = &event.kind else {
                panic!("{event:?}")
            };
            assert_eq!(inbound.answered_by_provider, answered, "{ours}: {}", inbound.body);
        }
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_says_so_beside_what_was_read_and_no_credentials_are_told_so() {
    let elsewhere = side(|_, _| page(&[message(1, &json!({}))], json!("/latest/meta-data?Page=1"))).await;
    let endless = side(|_, _| {
        let next = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=PA1");
        page(&[message(1, &json!({}))], json!(next))
    })
    .await;
    let broken = side(|_, _| Reply::json(200, "<html>")).await;
    let failing = side(|came, _| problem(503, 20503, came)).await;
    for (made, read) in [(elsewhere, 1), (endless, 100), (broken, 0), (failing, 0)] {
        let (got, pieces) = listed(&made, OURS).await;
        assert!(matches!(got, Err(CheckFailed::NotNow(_))), "{got:?}");
        assert_eq!(pieces.len(), read, "what was read is told");
    }
    for ours in [OURS, SERVICE] {
        let denied = side(|came, _| problem(401, 20003, came)).await;
        let (got, _) = listed(&denied, ours).await;
        assert!(matches!(got, Err(CheckFailed::Refused(_))), "{got:?}");
    }
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
    let pieces = listed(&made, OURS).await.1;
    assert_eq!(pieces.len(), 1);
    assert!(made.provider.read(&pieces[0]).is_err(), "kept as unreadable");
}

#[tokio::test]
async fn a_service_s_senders_are_named_as_events_name_them() {
    let made = side(|came, _| senders(came, &[OURS.to_owned()]).unwrap()).await;
    for (channel, ours, wanted) in [
        (Channel::Sms, SERVICE, &[OURS, "12345"][..]),
        (Channel::Whatsapp, SERVICE, &[OURS]),
        (Channel::Sms, OURS, &[]),
    ] {
        let named = made.provider.senders(channel, ours).await.unwrap();
        assert_eq!(
            named,
            wanted.iter().map(|one| (*one).to_owned()).collect(),
            "{channel:?} {ours}"
        );
    }
}
