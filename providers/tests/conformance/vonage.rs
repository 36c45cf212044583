//! Vonage in the suite. It tells of an opt-out by callback only, and can't be asked about a message.
use crate::entry::{Entry, Made};
use crate::mood::{Mood, Moods};
use crate::other_side::{self, Reply, Speech};
use providers::Values;
use providers::vonage::Vonage;
use rules::channel::Channel;
use serde_json::json;
use std::sync::Arc;

const KEY: &str = include_str!("../data/rsa_key_of_nobody.pem");
const SECRET: &str = "s3cret-by-which-vonage-signs";

pub const ENTRY: Entry = Entry {
    name: "vonage",
    codes: "vonage",
    channel: Channel::Sms,
    from: "+12125550100",
    to: "+12125550123",
    moods: Mood::ALL_BUT_OPT_OUTS,
    secrets: &[SECRET, "BEGIN PRIVATE KEY", "Bearer"],
    says_when: true,
    finds_without_name: false,
    proves_absence: false,
    make: |moods| Box::pin(made(moods)),
};

const SPEECH: Speech = Speech {
    is_send: |came| came.method == "POST" && came.target == "/v1/messages",
    accepts: |number, _| {
        Reply::json(
            202,
            json!({ "message_uuid": format!("aaaaaaaa-bbbb-cccc-dddd-{number:012}") }).to_string(),
        )
    },
    refuses: |came| problem(422, "messages#1170", &came.body),
    opted_out: |came| problem(422, "messages#1240", &came.body),
    limits: |came| problem(429, "#throttled", &came.body).with("Retry-After", "30"),
    fails: |came| problem(500, "messages#1030", &came.body),
    answers: |came, _| {
        let is_signed = came
            .head
            .to_ascii_lowercase()
            .contains("authorization: bearer ey");
        match (is_signed, came.target.as_str()) {
            (true, "/v1/users?page_size=1") => Reply::json(200, r#"{"page_size":1}"#),
            (true, _) => Reply::json(404, "{}"),
            (false, _) => problem(401, "#unauthorized", ""),
        }
    },
};

/// RFC 7807, with what it was sent in the words for people.
fn problem(status: u16, what: &str, sent: &str) -> Reply {
    let problem = json!({
        "type": format!("https://developer.vonage.com/api-errors/{what}"),
        "title": "Not right",
        "detail": sent,
        "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
    });
    Reply::json(status, problem.to_string())
}

async fn made(moods: Moods) -> Made {
    other_side::made(SPEECH, moods, |http, url| {
        let mut values = Values::default();
        values.set("api_key", "a1b2c3d4");
        values.set("application_id", "aaaaaaaa-bbbb-cccc-dddd-0123456789ab");
        values.set("private_key", KEY);
        values.set("signature_secret", SECRET);
        values.set("api_url", url);
        Arc::new(Vonage::new(http, &values).unwrap())
    })
    .await
}
