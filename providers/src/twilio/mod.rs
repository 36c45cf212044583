//! Twilio: texts, pictures and WhatsApp over its REST API of 2010, and the calls of its webhooks.
//!
//! Twilio knows no idempotency key for a message: a request whose answer was lost is never repeated, only asked about.
mod events;
mod hooks;
mod look_up;
mod outcome;
mod pool;
mod received;
mod registered;
mod request;
mod settings;
mod signature;

pub use settings::FIELDS;

use self::settings::Settings;
use crate::http::{Http, NoAnswer};
use crate::{
    Asked, BadField, CheckFailed, Checked, Description, Event, Heard, Hook, LookUp, Outcome, Provider,
    Refusal, Registered, Request, Senders, Values,
};
use jiff::Timestamp;
use rules::channel::Channel;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Twilio, among what can be connected to.
pub const DESCRIPTION: Description = Description {
    name: NAME,
    title: "Twilio",
    channels: &[Channel::Sms, Channel::Whatsapp],
    fields: FIELDS,
    senders: SENDERS,
    hooks: Some(
        "Messaging > Services > your service > Integration > \"Send a webhook\"; without a service, Phone Numbers > your number > \
         \"A message comes in\"; for WhatsApp, Messaging > Senders > WhatsApp senders > your sender. Method: HTTP POST. Status callbacks \
         need no entry: each message names its own",
    ),
    // of more by WhatsApp, Twilio sends the first and says nothing (its help on media by WhatsApp, as of 2026-11-21)
    repeats_5xx_alone: false,
    files: &[(Channel::Sms, 10), (Channel::Whatsapp, 1)],
    most_bytes: crate::USUAL_BYTES,
    connect,
};

const NAME: &str = "twilio";

/// Its pools are Messaging Services, which pick a number for each recipient ("sticky sender").
const SENDERS: Senders = Senders {
    short_codes: true,
    pools: Some("MG"),
};

struct Twilio {
    http: Http,
    settings: Settings,
}

fn connect(http: Http, values: &Values) -> Result<Arc<dyn Provider>, BadField> {
    Ok(Arc::new(Twilio {
        http,
        settings: Settings::of(values)?,
    }))
}

impl Twilio {
    /// Asks for a path of the API, as who sends.
    fn ask(&self, path: &str) -> reqwest::RequestBuilder {
        self.ask_at(&self.settings.api_url, path)
    }

    /// The same of another of Twilio's hosts.
    fn ask_at(&self, host: &str, path: &str) -> reqwest::RequestBuilder {
        let (user, password) = self.settings.sender();
        self.http
            .get(&format!("{host}{path}"))
            .basic_auth(user, Some(password))
    }
}

#[async_trait::async_trait]
impl Provider for Twilio {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn send(&self, request: &Request) -> Outcome {
        let form = match request::form_of(&self.settings, request) {
            Ok(form) => form,
            Err(refused) => return refused,
        };
        let (user, password) = self.settings.sender();
        let call = self
            .http
            .post(&format!(
                "{}{}",
                self.settings.api_url,
                self.settings.path("Messages.json")
            ))
            .basic_auth(user, Some(password))
            .form(&form);
        match self.http.call(call).await {
            Ok(answer) => outcome::outcome_of(&answer),
            Err(NoAnswer::NotSent(_)) => Outcome::TryLater {
                code: "no_connection".to_owned(),
                after: None,
            },
            Err(NoAnswer::Lost(detail)) => Outcome::Unknown { detail },
        }
    }

    async fn look_up(&self, asked: &Asked) -> LookUp {
        match &asked.external_id {
            Some(sid) => look_up::by_sid(self, sid).await,
            None => look_up::by_what_was_sent(self, asked).await,
        }
    }

    /// The account by its own token, which webhooks are signed with; and, where an API key sends, whether that may.
    async fn check(&self) -> Result<Checked, CheckFailed> {
        let settings = &self.settings;
        let account = self
            .http
            .get(&format!(
                "{}/2010-04-01/Accounts/{}.json",
                settings.api_url, settings.account_sid
            ))
            .basic_auth(&settings.account_sid, Some(&settings.auth_token));
        let account = outcome::checked(
            self.http.call(account).await,
            "account_sid and auth_token don't belong together; of a sub-account, both are its own",
        )?;
        let status = account["status"].as_str().unwrap_or_default();
        if status != "active" {
            return Err(match status {
                "suspended" | "closed" => CheckFailed::Refused(format!("the account is {status}")),
                _ => CheckFailed::NotNow("an answer that can't be read".to_owned()),
            });
        }
        if settings.api_key.is_some() {
            let messages = self.ask(&settings.path("Messages.json?PageSize=1"));
            outcome::checked(
                self.http.call(messages).await,
                "api_key_sid and api_key_secret are no key of this account that may see messages",
            )?;
        }
        Ok(Checked::says(match account["friendly_name"].as_str() {
            Some(name) => format!("the account \"{name}\" is active"),
            None => "the account is active".to_owned(),
        }))
    }

    async fn registered(&self, channel: Channel, ours: &str) -> Result<Option<Registered>, CheckFailed> {
        registered::of(self, channel, ours).await
    }

    async fn senders(&self, channel: Channel, ours: &str) -> Result<BTreeSet<String>, CheckFailed> {
        if !SENDERS.is_pool(ours) {
            return Ok(BTreeSet::new());
        }
        let senders = pool::senders(self, channel, ours).await?;
        let plain = |sender: String| {
            sender
                .strip_prefix("whatsapp:")
                .map(str::to_owned)
                .unwrap_or(sender)
        };
        Ok(senders.into_iter().map(plain).collect())
    }

    async fn hear(&self, hook: &Hook<'_>) -> Result<Heard, Refusal> {
        hooks::hear(&self.settings, hook)
    }

    async fn received(
        &self,
        channel: Channel,
        ours: &str,
        since: Timestamp,
        pieces: &mut Vec<Value>,
    ) -> Result<bool, CheckFailed> {
        received::since(self, (channel, ours), since, pieces).await?;
        Ok(true)
    }

    fn read(&self, piece: &Value) -> Result<Vec<Event>, Refusal> {
        events::events_of(piece, self.settings.twilio_answers)
    }
}
