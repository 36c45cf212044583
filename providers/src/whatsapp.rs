//! WhatsApp, by Meta's Cloud API.
//!
//! Our id travels as `biz_opaque_callback_data`, which the callbacks about a message repeat; nothing can be asked about a message whose
//! name we were not told. Meta takes no time to live with a message: what it took may arrive later than our window.
mod account;
#[cfg(test)]
mod callback_tests;
mod callbacks;
mod inbound;
#[cfg(test)]
mod inbound_tests;
mod message;
#[cfg(test)]
mod tests;

use crate::answered::Dialect;
use crate::http::{Answer, Http, NoAnswer};
use crate::signed::hmac_sha256_hex;
use crate::{
    Asked, BadField, CheckFailed, Checked, Description, Event, Field, Heard, Hook, LookUp, Outcome, Provider,
    Refusal, Request, Senders, Values,
};
use rules::channel::Channel;
use serde_json::Value;
use std::sync::Arc;

const NAME: &str = "whatsapp";

pub const DESCRIPTION: Description = Description {
    name: NAME,
    title: "WhatsApp by Meta",
    channels: &[Channel::Whatsapp],
    senders: Senders::NUMBERS,
    fields: &[
        Field {
            name: "phone_number_id",
            help: "the number's id, under WhatsApp, API Setup; not the number itself",
            example: "106540352242922",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "business_account_id",
            help: "the WhatsApp Business Account's id, on the same page",
            example: "102290129340398",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "access_token",
            help: "a system user's token that does not expire, with whatsapp_business_messaging and whatsapp_business_management",
            example: "EAAG…",
            is_secret: true,
            is_required: true,
        },
        Field {
            name: "app_secret",
            help: "what callbacks are signed with, under App settings, Basic",
            example: "32 hexadecimal digits",
            is_secret: true,
            is_required: true,
        },
        Field {
            name: "verify_token",
            help: "a word of your own that is entered at the webhook, under Verify token",
            example: "32 random characters",
            is_secret: true,
            is_required: true,
        },
        Field {
            name: "api_url",
            help: "another address of the API",
            example: "https://graph.facebook.com",
            is_secret: false,
            is_required: false,
        },
        Field {
            name: "api_version",
            help: "another version of the API",
            example: "v23.0",
            is_secret: false,
            is_required: false,
        },
    ],
    hooks: Some(
        "WhatsApp, Configuration, Webhook: as Callback URL; subscribe messages, user_preferences, account_update, account_alerts, \
         phone_number_quality_update and message_template_status_update. An app has one such URL, and calls it for all of its numbers",
    ),
    repeats_5xx_alone: false,
    files: &[(Channel::Whatsapp, 1)],
    most_bytes: LARGEST_BODY,
    connect: |http, values| Ok(Arc::new(Whatsapp::new(http, values)?)),
};

/// Meta says that a call has up to 3 MB.
const LARGEST_BODY: usize = 3 * 1024 * 1024;

/// A connection to one number of one WhatsApp Business Account.
pub struct Whatsapp {
    http: Http,
    /// With the version.
    api_url: String,
    access_token: String,
    caller: callbacks::Caller,
}

impl Whatsapp {
    /// An error when a field lacks, or can't be part of a URL.
    pub fn new(http: Http, values: &Values) -> Result<Self, BadField> {
        let id = |field: &str| {
            let id = values.required(field)?;
            if id.bytes().all(|byte| byte.is_ascii_digit()) {
                Ok(id.to_owned())
            } else {
                Err(BadField::new(field, "is an id of digits only"))
            }
        };
        let version = values.optional("api_version").unwrap_or("v23.0");
        let is_version = version
            .strip_prefix('v')
            .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
        if !is_version {
            return Err(BadField::new("api_version", "is written like v23.0"));
        }
        let api_url = values.url("api_url", "https://graph.facebook.com")?;
        Ok(Self {
            http,
            api_url: format!("{api_url}/{version}"),
            access_token: values.required("access_token")?.to_owned(),
            caller: callbacks::Caller {
                phone_number_id: id("phone_number_id")?,
                business_account_id: id("business_account_id")?,
                app_secret: values.required("app_secret")?.to_owned(),
                verify_token: values.required("verify_token")?.to_owned(),
            },
        })
    }

    /// Asks for fields of something, with the proof that we know the app's secret: so that a wrong one shows before the first callback.
    async fn ask(&self, what: &str, fields: &str) -> Result<Answer, NoAnswer> {
        let proof = hmac_sha256_hex(&self.caller.app_secret, self.access_token.as_bytes());
        let call = self
            .http
            .get(&format!("{}/{what}", self.api_url))
            .query(&[("fields", fields), ("limit", "200"), ("appsecret_proof", &proof)])
            .bearer_auth(&self.access_token);
        self.http.call(call).await
    }
}

const WORDS: Dialect = Dialect {
    provider: NAME,
    accepted: |said| said["messages"][0]["id"].as_str().map(str::to_owned),
    refused: message::code,
    busy: "130429",
};

#[async_trait::async_trait]
impl Provider for Whatsapp {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn send(&self, request: &Request) -> Outcome {
        let body = match message::body(request) {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let url = format!("{}/{}/messages", self.api_url, self.caller.phone_number_id);
        let call = self.http.post(&url).bearer_auth(&self.access_token).json(&body);
        WORDS.outcome(&self.http.call(call).await)
    }

    fn can_be_asked(&self) -> bool {
        false
    }

    /// The API has no question for it.
    async fn look_up(&self, _asked: &Asked) -> LookUp {
        LookUp::NotKnown
    }

    /// Asks for the number, and whether it is one of the account's.
    async fn check(&self) -> Result<Checked, CheckFailed> {
        let number = self
            .ask(
                &self.caller.phone_number_id,
                "display_phone_number,verified_name,quality_rating",
            )
            .await;
        let number = account::told(&number, "access_token and phone_number_id")?;
        let of_account = format!("{}/phone_numbers", self.caller.business_account_id);
        let numbers = account::told(&self.ask(&of_account, "id").await, "business_account_id")?;
        account::checked(&number, &numbers, &self.caller.phone_number_id)
    }

    async fn hear(&self, hook: &Hook<'_>) -> Result<Heard, Refusal> {
        callbacks::hear(&self.caller, hook)
    }

    fn read(&self, piece: &Value) -> Result<Vec<Event>, Refusal> {
        callbacks::read(piece)
    }
}
