//! Twilio's other side: its forms, its JSON and its lists.
use crate::entry::{Entry, Made, now};
use crate::mood::{Mood, Moods};
use crate::other_side::{self, Came, Reply, Speech};
use providers::http::Http;
use providers::{Provider, Values};
use rules::channel::Channel;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::form_urlencoded;

pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const TOKEN: &str = "00112233445566778899aabbccddeeff";

pub const ENTRY: Entry = Entry {
    name: "twilio",
    codes: "twilio",
    channel: Channel::Sms,
    from: "+12125550100",
    to: "+12125550123",
    moods: Mood::ALL,
    secrets: &[TOKEN, ACCOUNT],
    says_when: true,
    finds_without_name: true,
    proves_absence: false,
    make: |moods| Box::pin(made(SPEECH, moods)),
};

/// The same provider for messages by WhatsApp.
pub const WHATSAPP: Entry = Entry {
    channel: Channel::Whatsapp,
    ..ENTRY
};

pub const SPEECH: Speech = Speech {
    is_send: |came| came.method == "POST",
    accepts: |number, came| Reply::json(201, message(number, came, "queued").to_string()),
    refuses: |came| problem(400, 21211, came),
    opted_out: |came| problem(400, 21610, came),
    limits: |came| problem(429, 20429, came).with("Retry-After", "30"),
    fails: |came| problem(500, 20500, came),
    answers: |came, taken| {
        let sent: Vec<Value> = taken
            .iter()
            .map(|(number, came)| message(*number, came, "delivered"))
            .collect();
        answer(came, &sent)
    },
};

/// The provider before an other side that speaks so.
pub async fn made(speech: Speech, moods: impl Into<Moods>) -> Made {
    other_side::made(speech, moods, |http, url| connect(http, url, &[])).await
}

/// The provider as a connection makes it, with these values beside those that all have.
pub fn connect(http: Http, url: &str, further: &[(&str, &str)]) -> Arc<dyn Provider> {
    let mut values = Values::default();
    let all = [("account_sid", ACCOUNT), ("auth_token", TOKEN), ("api_url", url)];
    for (name, value) in all.iter().chain(further) {
        values.set(name, *value);
    }
    let twilio = providers::described("twilio").unwrap();
    providers::settings::check(twilio.fields, &values).unwrap();
    (twilio.connect)(http, &values).unwrap()
}

pub fn sid(number: usize) -> String {
    format!("SM{number:032x}")
}

/// The resource of a message that was posted.
pub fn message(number: usize, came: &Came, status: &str) -> Value {
    let form: BTreeMap<String, String> = form_urlencoded::parse(came.body.as_bytes())
        .into_owned()
        .collect();
    let made = jiff::fmt::rfc2822::to_string(&now().to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
    json!({
        "sid": sid(number),
        "account_sid": ACCOUNT,
        "status": status,
        "direction": "outbound-api",
        "to": form["To"],
        "from": form["From"],
        "body": form["Body"],
        "date_created": made,
        "date_sent": null,
        "error_code": null,
    })
}

/// The answer to a question, of these messages.
pub fn answer(came: &Came, messages: &[Value]) -> Reply {
    let account = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages");
    let (path, query) = came.target.split_once('?').unwrap_or((&came.target, ""));
    if let Some(name) = path.strip_prefix(&format!("{account}/")) {
        let wanted = messages
            .iter()
            .find(|message| message["sid"].as_str() == name.strip_suffix(".json"));
        return match wanted {
            Some(message) => Reply::json(200, message.to_string()),
            None => problem(404, 20404, came),
        };
    }
    if path == format!("/2010-04-01/Accounts/{ACCOUNT}.json") {
        return Reply::json(200, r#"{ "status": "active", "friendly_name": "Joe's" }"#);
    }
    assert_eq!(path, format!("{account}.json"));
    let asked: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let listed: Vec<&Value> = messages
        .iter()
        .filter(|message| message["to"] == asked["To"].as_str() && message["from"] == asked["From"].as_str())
        .collect();
    Reply::json(
        200,
        json!({ "messages": listed, "next_page_uri": null }).to_string(),
    )
}

/// Twilio's errors repeat what was wrong.
pub fn problem(status: u16, code: u32, came: &Came) -> Reply {
    let words = format!("{} {} is not right", came.head, came.body);
    Reply::json(
        status,
        json!({ "code": code, "message": words, "status": status }).to_string(),
    )
}
