//! Vonage: texts by the Messages API, version 1.
//!
//! Each call carries a token that the application's key signed; each callback one that the account's signature secret signed. The API
//! can't be asked what became of a message: its callbacks say it, with our id as `client_ref`.
mod callbacks;
mod message;
#[cfg(test)]
mod tests;
mod token;

use crate::answered::Dialect;
use crate::http::Http;
use crate::signed::wall_clock;
use crate::{
    Asked, BadField, CheckFailed, Checked, Description, Event, Field, Heard, Hook, LookUp, Outcome, Provider,
    Refusal, Request, Senders, Values,
};
use rules::channel::Channel;
use serde_json::Value;
use std::sync::Arc;
use token::ApplicationKey;

const NAME: &str = "vonage";

pub const DESCRIPTION: Description = Description {
    name: NAME,
    title: "Vonage",
    channels: &[Channel::Sms],
    senders: Senders::NUMBERS,
    fields: &[
        Field {
            name: "api_key",
            help: "the account's API key, at the top of the dashboard",
            example: "a1b2c3d4",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "application_id",
            help: "the application with the Messages capability, under Applications",
            example: "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "private_key",
            help: "the application's private key, the whole file; line breaks may be written \\n",
            example: "-----BEGIN PRIVATE KEY-----…",
            is_secret: true,
            is_required: true,
        },
        Field {
            name: "signature_secret",
            help: "what callbacks are signed with, under API Settings",
            example: "at least 32 characters",
            is_secret: true,
            is_required: true,
        },
        Field {
            name: "api_url",
            help: "another address of the API",
            example: "https://api.nexmo.com",
            is_secret: false,
            is_required: false,
        },
    ],
    hooks: Some("Applications, the application, Messages: as Status URL and as Inbound URL, both by POST"),
    repeats_5xx_alone: true,
    files: &[],
    most_bytes: crate::USUAL_BYTES,
    connect: |http, values| Ok(Arc::new(Vonage::new(http, values)?)),
};

/// A connection to one application of one account.
pub struct Vonage {
    http: Http,
    api_url: String,
    key: ApplicationKey,
    caller: token::Caller,
}

impl Vonage {
    /// An error when the private key can't be read.
    pub fn new(http: Http, values: &Values) -> Result<Self, BadField> {
        let application_id = values.required("application_id")?;
        Ok(Self {
            http,
            api_url: values.url("api_url", "https://api.nexmo.com")?,
            key: ApplicationKey::read(application_id, values.required("private_key")?)?,
            caller: token::Caller {
                api_key: values.required("api_key")?.to_owned(),
                application_id: application_id.to_owned(),
                signature_secret: values.required("signature_secret")?.to_owned(),
            },
        })
    }
}

const WORDS: Dialect = Dialect {
    provider: NAME,
    accepted: |said| said["message_uuid"].as_str().map(str::to_owned),
    refused: message::code,
    busy: "throttled",
};

#[async_trait::async_trait]
impl Provider for Vonage {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn send(&self, request: &Request) -> Outcome {
        let body = match message::body(request) {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let Some(token) = self.key.token(wall_clock(), &request.message_id.to_string()) else {
            return Outcome::TryLater {
                code: "not_signed".to_owned(),
                after: None,
            };
        };
        let call = self.http.post(&format!("{}/v1/messages", self.api_url));
        WORDS.outcome(&self.http.call(call.bearer_auth(token).json(&body)).await)
    }

    fn can_be_asked(&self) -> bool {
        false
    }

    /// Version 1 has nothing to ask.
    async fn look_up(&self, _asked: &Asked) -> LookUp {
        LookUp::NotKnown
    }

    /// Asks for the application's users: of all that such a token opens, the one that changes nothing.
    async fn check(&self) -> Result<Checked, CheckFailed> {
        let token = self
            .key
            .token(wall_clock(), "check")
            .ok_or_else(|| CheckFailed::NotNow("the token can't be signed".to_owned()))?;
        let call = self.http.get(&format!("{}/v1/users?page_size=1", self.api_url));
        let answer = self.http.call(call.bearer_auth(token)).await;
        match &answer {
            Ok(told) if told.status.is_success() && told.json().is_some() => Ok(Checked::says(format!(
                "the application {} of {}",
                self.caller.application_id, self.caller.api_key
            ))),
            _ => Err(WORDS.check_failed(&answer, "application_id and private_key")),
        }
    }

    async fn hear(&self, hook: &Hook<'_>) -> Result<Heard, Refusal> {
        callbacks::hear(&self.caller, hook)
    }

    fn read(&self, piece: &Value) -> Result<Vec<Event>, Refusal> {
        callbacks::read(piece)
    }
}
