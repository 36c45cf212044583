//! What Twilio is asked: what became of a message among others like it, and whether the account works.
use crate::entry::{BODY, Made, now};
use crate::mood::{Kind, Mood, kind};
use crate::other_side::{self, Came, Reply, Speech};
use crate::twilio::{ACCOUNT, ENTRY, SPEECH, TOKEN, answer, connect, made, message, problem, sid};
use jiff::SignedDuration;
use providers::{CheckFailed, LookUp};
use serde_json::{Value, json};

/// What Twilio lists when one message was taken, made of that message by `list`.
async fn found(answers: fn(&Came, &[(usize, Came)]) -> Reply) -> LookUp {
    let made = made(Speech { answers, ..SPEECH }, vec![Mood::SaysNothing]).await;
    let sent = made.provider.send(&ENTRY.request(1)).await;
    assert_eq!(kind(&sent), Kind::Unknown);
    made.provider.look_up(&ENTRY.asked(1, None)).await
}

fn accepted(number: usize, status: &str, code: Option<&str>) -> LookUp {
    LookUp::Accepted {
        external_id: sid(number),
        status: status.to_owned(),
        code: code.map(str::to_owned),
    }
}

/// The message that was taken, with other values in some fields, and under another name if it has a number.
fn like(taken: &[(usize, Came)], number: usize, fields: &Value) -> Value {
    let mut like = message(number, &taken[0].1, "sent");
    for (name, value) in fields.as_object().unwrap() {
        like[name] = value.clone();
    }
    like
}

/// A list in which every message but the one with number 0 differs from what was sent in one way.
fn others(taken: &[(usize, Came)]) -> Vec<Value> {
    let mut fields = [
        json!({ "body": "Another text." }),
        json!({ "direction": "inbound" }),
        json!({ "from": "+12125550199" }),
        json!({ "to": "+12125550199" }),
        json!({ "to": "whatsapp:+12125550123", "from": "+12125550100" }),
        json!({ "date_created": "Sat, 21 Nov 2026 13:39:59 +0000" }),
        json!({ "date_created": null }),
        json!({}),
    ];
    let last = fields.len();
    fields.rotate_right(3);
    fields
        .iter()
        .enumerate()
        .map(|(index, fields)| {
            let is_it = fields == &json!({});
            like(taken, if is_it { 0 } else { index + last }, fields)
        })
        .collect()
}

fn list(messages: &[Value], next: Value) -> Reply {
    Reply::json(
        200,
        json!({ "messages": messages, "next_page_uri": next }).to_string(),
    )
}

fn second_page() -> Value {
    json!(format!(
        "/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=PA1"
    ))
}

fn is_of_whatsapp(came: &Came) -> bool {
    came.target.contains("whatsapp")
}

#[tokio::test]
async fn the_one_that_was_sent_is_found_among_others_that_differ_in_one_way() {
    let seen = found(|came, taken| {
        if is_of_whatsapp(came) {
            list(&[], Value::Null)
        } else {
            list(&others(taken), Value::Null)
        }
    })
    .await;
    assert_eq!(seen, accepted(0, "sent", None));
}

#[tokio::test]
async fn two_of_the_same_words_can_not_be_told_apart() {
    let seen = found(|came, taken| {
        let two = [like(taken, 0, &json!({})), like(taken, 1, &json!({}))];
        let none = is_of_whatsapp(came);
        list(if none { &[] } else { &two }, Value::Null)
    })
    .await;
    assert_eq!(seen, LookUp::NotKnown);
}

#[tokio::test]
async fn a_failure_is_found_with_its_code() {
    let seen = found(|came, taken| {
        let failed = json!({ "status": "undelivered", "error_code": 30006 });
        answer(came, &[like(taken, 0, &failed)])
    })
    .await;
    assert_eq!(seen, accepted(0, "undelivered", Some("30006")));
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_not_without_end() {
    let seen = found(|came, taken| {
        if is_of_whatsapp(came) {
            list(&[], Value::Null)
        } else if came.target.contains("PageToken=PA1") {
            list(&[like(taken, 0, &json!({}))], Value::Null)
        } else {
            list(&[like(taken, 1, &json!({ "body": "Another." }))], second_page())
        }
    })
    .await;
    assert_eq!(seen, accepted(0, "sent", None));
    // the message of the first page counts once: were the list read without end, it would come several times, too
    let endless = found(|came, taken| {
        let first = [like(taken, 0, &json!({}))];
        let is_first = !is_of_whatsapp(came) && !came.target.contains("PageToken");
        list(if is_first { &first } else { &[] }, second_page())
    })
    .await;
    assert_eq!(endless, LookUp::NotKnown);
}

#[tokio::test]
async fn with_somebody_who_is_written_to_for_years_only_what_is_new_is_read() {
    let seen = found(|came, taken| {
        let old = json!({ "date_created": "Fri, 20 Nov 2026 09:00:00 +0000" });
        if is_of_whatsapp(came) {
            list(&[], Value::Null)
        } else if came.target.contains("PageToken") {
            list(&[like(taken, 2, &old), like(taken, 3, &old)], second_page())
        } else {
            list(&[like(taken, 0, &json!({})), like(taken, 1, &old)], second_page())
        }
    })
    .await;
    assert_eq!(seen, accepted(0, "sent", None));
}

#[tokio::test]
async fn a_page_elsewhere_is_not_asked_for() {
    let seen = found(|came, taken| {
        assert!(
            came.target.starts_with("/2010-04-01/Accounts/"),
            "{}",
            came.target
        );
        list(&[like(taken, 0, &json!({}))], json!("/latest/meta-data?Page=1"))
    })
    .await;
    assert_eq!(seen, LookUp::NotKnown);
}

#[tokio::test]
async fn a_message_before_this_one_is_not_this_one() {
    let made = made(SPEECH, vec![]).await;
    let sent = made.provider.send(&ENTRY.request(1)).await;
    assert_eq!(kind(&sent), Kind::Accepted);
    let mut later = ENTRY.asked(1, None);
    assert_eq!(later.body, BODY);
    // the same second: Twilio's times have no parts of one
    later.since = now() + SignedDuration::from_millis(999);
    assert_eq!(
        made.provider.look_up(&later).await,
        accepted(0, "delivered", None)
    );
    later.since = now() + SignedDuration::from_secs(1);
    assert_eq!(made.provider.look_up(&later).await, LookUp::NotKnown);
}

#[tokio::test]
async fn a_name_that_is_none_is_not_asked_for() {
    let speech = Speech {
        answers: |came, _| panic!("{}", came.target),
        ..SPEECH
    };
    let made = made(speech, vec![]).await;
    for name in ["", "SM1", "../../Accounts", "CA0123456789abcdef0123456789abcdef"] {
        let seen = made.provider.look_up(&ENTRY.asked(1, Some(name))).await;
        assert_eq!(seen, LookUp::NotKnown, "{name}");
    }
}

/// An account with an API key, before an other side that answers so.
async fn keyed(answers: fn(&Came, &[(usize, Came)]) -> Reply) -> Made {
    const KEY: [(&str, &str); 2] = [
        ("api_key_sid", "SK0123456789abcdef0123456789abcdef"),
        ("api_key_secret", "k3y"),
    ];
    let speech = Speech { answers, ..SPEECH };
    other_side::made(speech, vec![], |http, url| connect(http, url, &KEY)).await
}

/// What the account says of itself, when it is asked by its own token.
fn account(came: &Came, status: &str) -> Reply {
    // AC0123…:0011… in base64
    let by_token = "authorization: Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjowMDExMjIzMzQ0";
    assert!(
        came.head
            .to_ascii_lowercase()
            .contains(&by_token.to_ascii_lowercase())
    );
    assert_eq!(came.target, format!("/2010-04-01/Accounts/{ACCOUNT}.json"));
    Reply::json(
        200,
        json!({ "sid": ACCOUNT, "status": status, "friendly_name": "Joe's" }).to_string(),
    )
}

#[tokio::test]
async fn an_account_that_is_active_passes_and_its_state_is_said() {
    let made = made(
        Speech {
            answers: |came, _| account(came, "active"),
            ..SPEECH
        },
        vec![],
    )
    .await;
    let checked = made.provider.check().await.unwrap();
    assert_eq!(checked.summary, "the account \"Joe's\" is active");
}

#[tokio::test]
async fn what_twilio_refuses_is_refused_and_what_is_not_known_may_be_asked_again() {
    type Answers = fn(&Came, &[(usize, Came)]) -> Reply;
    let cases: [(Answers, &str, bool); 6] = [
        (|came, _| account(came, "suspended"), "suspended", true),
        (|came, _| account(came, "closed"), "closed", true),
        (|came, _| problem(401, 20003, came), "auth_token", true),
        (|came, _| problem(404, 20404, came), "account_sid", true),
        (|came, _| problem(503, 20503, came), "503", false),
        (|_, _| Reply::json(200, "<html>"), "can't be read", false),
    ];
    for (answers, word, is_refused) in cases {
        let made = made(Speech { answers, ..SPEECH }, vec![]).await;
        let error = made.provider.check().await.unwrap_err();
        assert_eq!(
            matches!(error, CheckFailed::Refused(_)),
            is_refused,
            "{word}: {error}"
        );
        let said = error.to_string();
        assert!(said.contains(word), "{word}: {said}");
        assert!(!said.contains(TOKEN) && !said.contains("is not right"), "{said}");
    }
}

#[tokio::test]
async fn an_api_key_is_tried_too() {
    let good = keyed(|came, _| {
        if came.target.contains("Messages.json?PageSize=1") {
            assert!(!came.head.contains("Basic QUMw"), "by the token");
            list(&[], Value::Null)
        } else {
            account(came, "active")
        }
    })
    .await;
    good.provider.check().await.unwrap();
    let bad = keyed(|came, _| {
        if came.target.contains("Messages.json?PageSize=1") {
            problem(401, 20003, came)
        } else {
            account(came, "active")
        }
    })
    .await;
    let error = bad.provider.check().await.unwrap_err().to_string();
    assert!(error.contains("api_key_secret"), "{error}");
}
