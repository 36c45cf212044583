//! WhatsApp in the suite. It knows of no opt-out but that from marketing, and can't be asked about a message.
use crate::entry::{Entry, Made};
use crate::mood::{Mood, Moods};
use crate::other_side::{self, Reply, Speech};
use providers::Values;
use providers::whatsapp::Whatsapp;
use rules::channel::Channel;
use serde_json::json;
use std::sync::Arc;

const TOKEN: &str = "s3cret-token-of-the-system-user";

const PROOF: &str = "f49303d9d9358d97b9b1e47e4c7242a6bc5112f77a352e77247da17801e09968";

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
    answers: |came, _| {
        // HMAC-SHA256 of the token by the app's secret
        let is_proven = came.target.ends_with(&format!("appsecret_proof={PROOF}"));
        let is_token = came.head.contains(&format!("Bearer {TOKEN}"));
        let of = came.target.split('?').next().unwrap_or_default();
        match (is_token, is_proven, of) {
            (false, ..) => problem(401, 190, ""),
            (_, false, _) => problem(400, 100, "Invalid appsecret_proof provided in the API argument"),
            (_, _, "/v23.0/106540352242922") => Reply::json(
                200,
                r#"{"verified_name":"Joe's Plumbing","display_phone_number":"+1 555-078-3881","quality_rating":"GREEN","id":"1"}"#,
            ),
            (_, _, "/v23.0/102290129340398/phone_numbers") => {
                Reply::json(200, r#"{"data":[{"id":"1"},{"id":"106540352242922"}]}"#)
            }
            _ => problem(400, 100, "Unsupported get request"),
        }
    },
};

fn problem(status: u16, code: u32, sent: &str) -> Reply {
    let error =
        json!({ "message": sent, "type": "OAuthException", "code": code, "fbtrace_id": "AXsgnV2Cm3Z" });
    Reply::json(status, json!({ "error": error }).to_string())
}

async fn made(moods: Moods) -> Made {
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
