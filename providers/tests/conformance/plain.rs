//! Two providers that exist in tests only: the shortest adapter that does all right, and one that makes the usual mistakes, on which
//! the suite must lay its finger.
use crate::entry::{Entry, Made};
use crate::mood::{Mood, Moods};
use crate::other_side::{self, Came, Reply, Speech};
use providers::http::{Answer, Http, NoAnswer};
use providers::{Asked, CheckFailed, Checked, LookUp, Outcome, Provider, Request};
use rules::channel::Channel;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const TOKEN: &str = "s3cret-of-the-plain-one";

pub const ENTRY: Entry = Entry {
    name: "plain",
    codes: "twilio",
    channel: Channel::Sms,
    from: "+12125550100",
    to: "+12125550123",
    moods: Mood::ALL,
    secrets: &[TOKEN],
    says_when: true,
    finds_without_name: false,
    proves_absence: false,
    make: |moods| Box::pin(made(moods, false)),
};

/// The same, but careless.
pub const CARELESS: Entry = Entry {
    make: |moods| Box::pin(made(moods, true)),
    ..ENTRY
};

const SPEECH: Speech = Speech {
    is_send: |came| came.method == "POST",
    accepts: |number, _| Reply::json(201, json!({ "id": format!("m{number}") }).to_string()),
    refuses: |came| problem(400, "21211", came),
    opted_out: |came| problem(400, "21610", came),
    limits: |came| problem(429, "20429", came).with("Retry-After", "30"),
    fails: |came| problem(500, "20500", came),
    answers: |_, taken| match taken.first() {
        Some((number, _)) => Reply::json(200, json!({ "id": format!("m{number}") }).to_string()),
        None => Reply::json(404, "{}"),
    },
};

/// An error that repeats what it was sent, as providers' errors do.
fn problem(status: u16, code: &str, came: &Came) -> Reply {
    let words = format!("{} {} is not right", came.head, came.body);
    Reply::json(status, json!({ "code": code, "message": words }).to_string())
}

async fn made(moods: Moods, is_careless: bool) -> Made {
    other_side::made(SPEECH, moods, |http, url| {
        Arc::new(Plain {
            http,
            url: url.to_owned(),
            is_careless,
        })
    })
    .await
}

struct Plain {
    http: Http,
    url: String,
    is_careless: bool,
}

impl Plain {
    async fn call(&self, request: &Request) -> Result<Answer, NoAnswer> {
        let call = self
            .http
            .post(&format!("{}/messages", self.url))
            .bearer_auth(TOKEN);
        self.http
            .call(call.json(&json!({ "to": request.to, "body": request.body })))
            .await
    }
}

#[async_trait::async_trait]
impl Provider for Plain {
    fn name(&self) -> &'static str {
        ENTRY.name
    }

    async fn send(&self, request: &Request) -> Outcome {
        if request.expires_at.is_some_and(|end| end <= request.now) {
            return Outcome::Refused {
                code: "expired".to_owned(),
                detail: String::new(),
            };
        }
        let mut answer = self.call(request).await;
        let is_lost = !matches!(&answer, Ok(answer) if answer.status.as_u16() < 500);
        if self.is_careless && is_lost {
            answer = self.call(request).await;
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(NoAnswer::NotSent(_)) => {
                return Outcome::TryLater {
                    code: "no_connection".to_owned(),
                    after: None,
                };
            }
            Err(NoAnswer::Lost(_)) if self.is_careless => {
                return Outcome::TryLater {
                    code: "timeout".to_owned(),
                    after: None,
                };
            }
            Err(NoAnswer::Lost(detail)) => return Outcome::Unknown { detail },
        };
        let said = answer.json().unwrap_or_default();
        let word = |name: &str| said[name].as_str().map(str::to_owned);
        match (answer.status.as_u16(), word("id"), word("code")) {
            (201, Some(external_id), _) => Outcome::Accepted { external_id },
            (429, _, Some(code)) => Outcome::TryLater {
                code,
                after: answer.retry_after().or(Some(Duration::from_secs(60))),
            },
            (400, _, Some(code)) => Outcome::Refused {
                code,
                detail: match (self.is_careless, word("message")) {
                    (true, Some(message)) => message,
                    _ => String::new(),
                },
            },
            (status, ..) => Outcome::Unknown {
                detail: format!("an answer with {status} that can't be read"),
            },
        }
    }

    async fn look_up(&self, asked: &Asked) -> LookUp {
        if asked.external_id.is_none() {
            return LookUp::NotKnown;
        }
        let call = self.http.get(&format!("{}/messages/last", self.url));
        let answer = self
            .http
            .call(call)
            .await
            .ok()
            .filter(|answer| answer.status.is_success());
        let found = answer.and_then(|answer| answer.json());
        match found.as_ref().and_then(|found| found["id"].as_str()) {
            Some(external_id) => LookUp::Accepted {
                external_id: external_id.to_owned(),
                status: "sent".to_owned(),
                code: None,
            },
            None => LookUp::NotKnown,
        }
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        Err(CheckFailed::NotNow("it has no account".to_owned()))
    }
}
