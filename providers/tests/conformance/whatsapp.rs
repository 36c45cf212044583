//! WhatsApp in the suite. It knows of no opt-out but that from marketing, and can't be asked about a message.
use crate::entry::{Entry, Made};
use crate::mood::Mood;
use crate::other_side::{self, Reply, Speech};
use providers::Values;
use providers::whatsapp::Whatsapp;
use rules::channel::Channel;
use serde_json::json;
use std::sync::Arc;

const TOKEN: &str = "s3cret-token-of-the-system-user";

pub const ENTRY: Entry = Entry {
    name: "whatsapp",
    codes: "whatsapp",
    channel: Channel::Whatsapp,
    from: "+15550783881",
    to: "+16505551234",
    moods: Mood::ALL_BUT_OPT_OUTS,
    secrets: &[TOKEN, "s3cret-of-the-app", "s3cret-to-verify", "Bearer"],
    says_when: true,
    finds_without_name: false,
    proves_absence: false,
    make: |moods| Box::pin(made(moods)),
};

const SPEECH: Speech = Speech {
    is_send: |came| came.method == "POST" && came.target == "/v23.0/106540352242922/messages",
    accepts: |number, _| {
        let taken = json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": "+16505551234", "wa_id": "16505551234" }],
            "messages": [{ "id": format!("wamid.{number}") }],
        });
        Reply::json(200, taken.to_string())
    },
    refuses: |came| problem(400, 131_026, &came.body),
    opted_out: |came| problem(400, 131_050, &came.body),
    limits: |came| problem(429, 130_429, &came.body).with("Retry-After", "30"),
    fails: |came| problem(500, 131_000, &came.body),
    answers: |_, _| Reply::json(404, "{}"),
};

fn problem(status: u16, code: u32, sent: &str) -> Reply {
    let error =
        json!({ "message": sent, "type": "OAuthException", "code": code, "fbtrace_id": "AXsgnV2Cm3Z" });
    Reply::json(status, json!({ "error": error }).to_string())
}

async fn made(moods: Vec<Mood>) -> Made {
    other_side::made(SPEECH, moods, |http, url| {
        let mut values = Values::default();
        values.set("phone_number_id", "106540352242922");
        values.set("business_account_id", "102290129340398");
        values.set("access_token", TOKEN);
        values.set("app_secret", "s3cret-of-the-app");
        values.set("verify_token", "s3cret-to-verify");
        values.set("api_url", url);
        Arc::new(Whatsapp::new(http, &values).unwrap())
    })
    .await
}
