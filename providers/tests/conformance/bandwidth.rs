//! Bandwidth in the suite. It tells of an opt-out by callback only, and finds a message by its own name for it.
use crate::entry::{Entry, Made};
use crate::mood::{Mood, Moods};
use crate::other_side::{self, Came, Reply, Speech};
use providers::Values;
use providers::bandwidth::Bandwidth;
use rules::channel::Channel;
use serde_json::json;
use std::sync::Arc;

const PASSWORD: &str = "s3cret-by-which-we-sign-in";

pub const ENTRY: Entry = Entry {
    name: "bandwidth",
    codes: "bandwidth",
    channel: Channel::Sms,
    from: "+12125550100",
    to: "+12125550123",
    moods: Mood::ALL_BUT_OPT_OUTS,
    secrets: &[PASSWORD, "s3cret-by-which-they-call", "Basic"],
    says_when: true,
    finds_without_name: false,
    proves_absence: false,
    make: |moods| Box::pin(made(moods)),
};

pub const SPEECH: Speech = Speech {
    is_send: |came| came.method == "POST" && came.target == "/users/9900000/messages",
    accepts: |number, _| Reply::json(202, json!({ "id": name(number), "direction": "out" }).to_string()),
    refuses: |came| problem(400, "request-validation", &came.body),
    opted_out: |came| problem(400, "request-validation", &came.body),
    limits: |came| problem(429, "message-rate-limit", &came.body).with("Retry-After", "30"),
    fails: |came| problem(500, "internal-server-error", &came.body),
    answers: found,
};

fn name(number: usize) -> String {
    format!("1589228074636lm4k2je7j7jklbn{number}")
}

/// The list, by the name that was asked for.
fn found(came: &Came, taken: &[(usize, Came)]) -> Reply {
    // api-user:s3cret-by-which-we-sign-in
    if !came
        .head
        .contains("Basic YXBpLXVzZXI6czNjcmV0LWJ5LXdoaWNoLXdlLXNpZ24taW4=")
    {
        return problem(401, "unauthorized", "");
    }
    let messages: Vec<_> = taken
        .iter()
        .filter(|(number, _)| came.target.contains(&format!("messageId={}&", name(*number))))
        .map(|(number, _)| json!({ "messageId": name(*number), "messageStatus": "SENDING", "errorCode": 0 }))
        .collect();
    Reply::json(
        200,
        json!({ "totalCount": messages.len(), "messages": messages }).to_string(),
    )
}

pub fn problem(status: u16, what: &str, sent: &str) -> Reply {
    Reply::json(status, json!({ "type": what, "description": sent }).to_string())
}

async fn made(moods: Moods) -> Made {
    made_as(SPEECH, moods).await
}

/// Before an other side that speaks so.
pub async fn made_as(speech: Speech, moods: Moods) -> Made {
    other_side::made(speech, moods, |http, url| {
        let mut values = Values::default();
        values.set("account_id", "9900000");
        values.set("username", "api-user");
        values.set("password", PASSWORD);
        values.set("application_id", "93de2206-9669-4e07-948d-329f4b722ee2");
        values.set("callback_username", "courtesy");
        values.set("callback_password", "s3cret-by-which-they-call");
        values.set("api_url", url);
        Arc::new(Bandwidth::new(http, &values).unwrap())
    })
    .await
}
