//! Bandwidth: texts by the Messaging API, version 2.
//!
//! Our id travels as `tag`, which its callbacks repeat. The list of messages knows no tag: a message whose name we were not told can't be
//! found in it. Nor does it have what a text says, which Bandwidth does not keep.
mod callbacks;
mod message;
mod received;
#[cfg(test)]
mod tests;

use crate::answered::Dialect;
use crate::http::Http;
use crate::{
    Asked, BadField, CheckFailed, Checked, Description, Event, Field, Heard, Hook, LookUp, Outcome, Provider,
    Refusal, Request, Senders, Values,
};
use jiff::Timestamp;
use reqwest::RequestBuilder;
use rules::channel::Channel;
use serde_json::Value;
use std::sync::Arc;

const NAME: &str = "bandwidth";

pub const DESCRIPTION: Description = Description {
    name: NAME,
    title: "Bandwidth",
    channels: &[Channel::Sms],
    senders: Senders::NUMBERS,
    fields: &[
        Field {
            name: "account_id",
            help: "the account's number, in the top corner of the Bandwidth App",
            example: "9900000",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "username",
            help: "an API credential's user name, under Account, API Credentials",
            example: "api-user",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "password",
            help: "the password of that API credential",
            example: "shown once when it is made",
            is_secret: true,
            is_required: true,
        },
        Field {
            name: "application_id",
            help: "the messaging application that the number belongs to, under Applications",
            example: "93de2206-9669-4e07-948d-329f4b722ee2",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "callback_username",
            help: "the user name that callbacks carry: entered at the application, beside the callback URL",
            example: "courtesy",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "callback_password",
            help: "the password that callbacks carry: entered at the application, beside the callback URL",
            example: "32 random characters",
            is_secret: true,
            is_required: true,
        },
        Field {
            name: "api_url",
            help: "another address of the API",
            example: "https://messaging.bandwidth.com/api/v2",
            is_secret: false,
            is_required: false,
        },
    ],
    hooks: Some(
        "Applications, the messaging application: as inbound and as status callback URL, with user name and password",
    ),
    repeats_5xx_alone: false,
    files: &[(Channel::Sms, 10)],
    most_bytes: crate::USUAL_BYTES,
    connect: |http, values| Ok(Arc::new(Bandwidth::new(http, values)?)),
};

/// A connection to one application of one account.
pub struct Bandwidth {
    http: Http,
    account_id: String,
    /// Where the account's messages are.
    messages_url: String,
    username: String,
    password: String,
    application_id: String,
    caller: callbacks::Caller,
}

impl Bandwidth {
    /// An error when a field lacks, or can't be part of a URL.
    pub fn new(http: Http, values: &Values) -> Result<Self, BadField> {
        let account_id = values.required("account_id")?;
        if !account_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(BadField::new(
                "account_id",
                "has other characters than letters and digits",
            ));
        }
        let callback_username = values.required("callback_username")?;
        if callback_username.contains(':') {
            return Err(BadField::new("callback_username", "may not have a colon in it"));
        }
        let api_url = values.url("api_url", "https://messaging.bandwidth.com/api/v2")?;
        let application_id = values.required("application_id")?;
        Ok(Self {
            http,
            account_id: account_id.to_owned(),
            messages_url: format!("{api_url}/users/{account_id}/messages"),
            username: values.required("username")?.to_owned(),
            password: values.required("password")?.to_owned(),
            application_id: application_id.to_owned(),
            caller: callbacks::Caller {
                username: callback_username.to_owned(),
                password: values.required("callback_password")?.to_owned(),
                application_id: application_id.to_owned(),
            },
        })
    }

    fn signed(&self, call: RequestBuilder) -> RequestBuilder {
        call.basic_auth(&self.username, Some(&self.password))
    }

    fn list(&self, query: &[(&str, &str)]) -> RequestBuilder {
        self.signed(self.http.get(&self.messages_url).query(query))
    }
}

const WORDS: Dialect = Dialect {
    provider: NAME,
    accepted: |said| said["id"].as_str().map(str::to_owned),
    refused: |said| said["type"].as_str().map(str::to_owned),
    busy: "rate-limit-exceeded",
};

#[async_trait::async_trait]
impl Provider for Bandwidth {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn send(&self, request: &Request) -> Outcome {
        let body = match message::body(request, &self.application_id) {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let call = self.signed(self.http.post(&self.messages_url));
        WORDS.outcome(&self.http.call(call.json(&body)).await)
    }

    async fn look_up(&self, asked: &Asked) -> LookUp {
        let Some(external_id) = &asked.external_id else {
            return LookUp::NotKnown;
        };
        let call = self.list(&[("messageId", external_id), ("limit", "1")]);
        match self.http.call(call).await {
            Ok(answer) if answer.status.is_success() => answer
                .json()
                .and_then(|list| message::found(&list, external_id))
                .unwrap_or(LookUp::NotKnown),
            _ => LookUp::NotKnown,
        }
    }

    /// Asks for one of the messages that were sent.
    async fn check(&self) -> Result<Checked, CheckFailed> {
        let call = self.list(&[("messageDirection", "OUTBOUND"), ("limit", "1")]);
        let answer = self.http.call(call).await;
        let total = match &answer {
            Ok(told) if told.status.is_success() => told.json().and_then(|list| list["totalCount"].as_u64()),
            _ => None,
        };
        match total {
            Some(total) => Ok(Checked::says(format!(
                "account {}: {total} messages sent",
                self.account_id
            ))),
            None => Err(WORDS.check_failed(&answer, "account_id, username and password")),
        }
    }

    async fn hear(&self, hook: &Hook<'_>) -> Result<Heard, Refusal> {
        callbacks::hear(&self.caller, hook)
    }

    async fn received(
        &self,
        _: Channel,
        ours: &str,
        since: Timestamp,
        pieces: &mut Vec<Value>,
    ) -> Result<bool, CheckFailed> {
        received::since(self, ours, since, pieces).await?;
        Ok(true)
    }

    fn read(&self, piece: &Value) -> Result<Vec<Event>, Refusal> {
        match received::listed(piece) {
            Some(message) => received::read(message),
            None => callbacks::read(piece),
        }
    }
}
