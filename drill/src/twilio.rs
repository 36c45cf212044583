//! Twilio's side of the drill: its API over HTTP in front of the drill's provider, and its signed calls to the workers' hooks. What it
//! does comes from the provider's script; this file only speaks the protocol, and knows nothing of the product's adapter.
use anyhow::{Context, ensure};
use base64::Engine as _;
use providers::{Event, EventKind, Outcome, Request};
use rand::seq::IndexedRandom;
use ring::{digest, hmac};
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use url::form_urlencoded;
use uuid::Uuid;

pub mod call;
mod list;
use call::Call;
use list::{Written, dated};

/// How long a worker may take to answer a call of a hook.
const PATIENCE: Duration = Duration::from_secs(5);

/// One account for each tenant.
#[derive(Debug, Clone)]
pub struct Account {
    pub sid: String,
    pub token: String,
    /// The public address of the tenant's hook, with its token.
    pub hook_url: String,
}

/// What was taken over the API.
#[derive(Debug, Clone)]
struct Taken {
    sid: String,
    callback_url: String,
    from: String,
    to: String,
    body: String,
    date: String,
}

/// Twilio, as the workers and their hooks see it.
pub struct Twilio {
    /// By the number that the texts come from.
    accounts: Mutex<HashMap<String, Account>>,
    /// Where workers write the addresses of their hooks.
    pub doors: PathBuf,
    taken: Mutex<HashMap<Uuid, Taken>>,
    /// What customers wrote.
    written: Written,
}

impl Twilio {
    pub fn new(doors: PathBuf) -> Self {
        Self {
            accounts: Mutex::default(),
            doors,
            taken: Mutex::default(),
            written: Written::default(),
        }
    }

    /// A text to one of our numbers is in the list from now on.
    pub fn list(&self, event: &Event) {
        if let EventKind::Inbound(text) = &event.kind
            && self.has(&text.to)
        {
            self.written.add(text, event.occurred_at);
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Uuid, Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<String, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens an account for a number.
    pub fn open(&self, number: &str, account: Account) {
        self.accounts().insert(number.to_owned(), account);
    }

    /// Is the number with us?
    pub fn has(&self, number: &str) -> bool {
        self.accounts().contains_key(number)
    }

    /// Does the call say the token of an account?
    pub fn knows(&self, call: &Call) -> bool {
        self.accounts()
            .values()
            .any(|account| account.sid == call.user && account.token == call.password)
    }

    /// The message that a call hands over. Its purpose is read from its words: Twilio is not told.
    pub fn request(&self, call: &Call, now: jiff::Timestamp) -> anyhow::Result<Request> {
        let field = |name: &str| {
            call.form
                .get(name)
                .cloned()
                .with_context(|| format!("{name} is missing"))
        };
        let callback = field("StatusCallback")?;
        let message = callback
            .split_once("?message=")
            .context("the callback names its message")?
            .1
            .parse()?;
        let body = field("Body")?;
        let purpose = if body.contains("you are unsubscribed") {
            Purpose::OptOutConfirmation
        } else if body.contains("you will get our messages again") {
            Purpose::OptInConfirmation
        } else if body.contains(": reach us") {
            Purpose::HelpAnswer
        } else {
            Purpose::Service
        };
        Ok(Request {
            message_id: message,
            channel: Channel::Sms,
            purpose,
            from: field("From")?,
            to: field("To")?,
            subject: None,
            body,
            media_urls: Vec::new(),
            approved: None,
            unsubscribe: None,
            callback_url: Some(callback),
            expires_at: None,
            now,
        })
    }

    /// What Twilio answers to an outcome, and notes what it took. `None`: it says nothing.
    pub fn answer_to(&self, request: &Request, outcome: &Outcome) -> Option<(u16, Value)> {
        match outcome {
            Outcome::Accepted { external_id } => {
                let taken = Taken {
                    sid: sid(external_id),
                    callback_url: request.callback_url.clone().unwrap_or_default(),
                    from: request.from.clone(),
                    to: request.to.clone(),
                    body: request.body.clone(),
                    date: dated(request.now),
                };
                let answer = taken.shown();
                self.taken().insert(request.message_id, taken);
                Some((201, answer))
            }
            Outcome::Refused { code, .. } => Some((
                400,
                json!({ "status": 400, "code": code.parse::<u32>().unwrap_or(0), "message": "refused" }),
            )),
            Outcome::TryLater { .. } => Some((
                429,
                json!({ "status": 429, "code": 20429, "message": "Too Many Requests" }),
            )),
            Outcome::Unknown { .. } => None,
        }
    }

    /// The account, one message by its name, or those to a number.
    pub fn look_up(&self, call: &Call) -> (u16, Value) {
        let name = call
            .path
            .rsplit('/')
            .next()
            .and_then(|last| last.strip_suffix(".json"))
            .unwrap_or_default();
        if name == call.user {
            return (
                200,
                json!({ "sid": name, "status": "active", "friendly_name": "Drill" }),
            );
        }
        if name == "Messages" {
            let to = call.query.get("To").map(String::as_str).unwrap_or_default();
            return (200, list::page(call, &self.all_to(to)));
        }
        let taken = self.taken();
        match taken.values().find(|one| one.sid == name) {
            Some(one) => (200, one.shown()),
            None => (
                404,
                json!({ "status": 404, "code": 20404, "message": "not found" }),
            ),
        }
    }

    /// What the list shows of a number, the newest first where that matters.
    fn all_to(&self, to: &str) -> Vec<Value> {
        if let Some(written) = self.written.to(to) {
            return written;
        }
        let taken = self.taken();
        taken
            .values()
            .filter(|one| one.to == to)
            .map(Taken::shown)
            .collect()
    }

    /// Tells one event at a worker's hook, as Twilio does. An error: nobody said that it is kept. Of a text whose call was sent away, or
    /// found nobody, the list alone tells from then on. One that got no answer in time is called for again, unlike Twilio's: when it was
    /// heard is anybody's guess, and what was written after it must not be heard before.
    pub async fn tell(&self, event: &Event) -> anyhow::Result<()> {
        let account = self
            .accounts()
            .get(&event.our_address)
            .cloned()
            .context("a number of nobody")?;
        ensure!(!self.calls_no_more(event), "the list tells of it");
        let (url, form) = self.call_for(&account, event)?;
        let answered = match self.post(&url, &form, &account.token).await {
            Err(error) if error.is::<Elapsed>() => return Err(error),
            Err(error) => Err(error),
            Ok(status) if status / 100 == 2 => Ok(()),
            Ok(status) => Err(anyhow::anyhow!("the hook answered {status}")),
        };
        if let EventKind::Inbound(text) = &event.kind {
            match answered {
                Ok(()) => self.written.told(text),
                Err(_) => self.written.called_in_vain(text),
            }
        }
        answered
    }

    /// Was it called for in vain, once and for all?
    pub fn calls_no_more(&self, event: &Event) -> bool {
        matches!(&event.kind, EventKind::Inbound(text) if self.written.is_in_vain(text))
    }

    /// So many texts are told by the list alone.
    pub fn called_in_vain(&self) -> u64 {
        self.written.in_vain()
    }

    fn call_for(
        &self,
        account: &Account,
        event: &Event,
    ) -> anyhow::Result<(String, BTreeMap<String, String>)> {
        let mut form = BTreeMap::from([("AccountSid".to_owned(), account.sid.clone())]);
        let mut set = |name: &str, value: &str| form.insert(name.to_owned(), value.to_owned());
        let url = match &event.kind {
            EventKind::Status {
                message_id,
                external_id,
                status,
                code,
            } => {
                set("MessageSid", &sid(external_id));
                set("MessageStatus", status);
                set("From", &event.our_address);
                if let Some(code) = code {
                    set("ErrorCode", code);
                }
                let message = message_id.context("a status is of a message")?;
                match self.taken().get(&message) {
                    Some(taken) => {
                        set("To", &taken.to);
                        taken.callback_url.clone()
                    }
                    // a lie: a message that nobody sent
                    None => format!("{}?message={message}", account.hook_url),
                }
            }
            EventKind::Inbound(text) => {
                set("MessageSid", &sid(&text.external_id));
                set("From", &text.from);
                set("To", &text.to);
                set("Body", &text.body);
                set("NumMedia", "0");
                account.hook_url.clone()
            }
            _ => anyhow::bail!("Twilio does not tell of this"),
        };
        Ok((url, form))
    }

    /// Calls the hook of any worker that is there; the URL stays the public one, which is what is signed.
    async fn post(&self, url: &str, form: &BTreeMap<String, String>, token: &str) -> anyhow::Result<u16> {
        let door = self.any_door()?;
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let (host, path) = url
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('/'))
            .context("a public URL")?;
        let call = format!(
            "POST /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nx-twilio-signature: {}\r\nconnection: close\r\n\r\n{body}",
            body.len(),
            signature(url, form, token)
        );
        tokio::time::timeout(PATIENCE, async {
            let mut stream = TcpStream::connect(door).await?;
            stream.write_all(call.as_bytes()).await?;
            let mut first = String::new();
            BufReader::new(stream).read_line(&mut first).await?;
            let status = first.split(' ').nth(1).context("no answer")?;
            Ok(status.parse()?)
        })
        .await?
    }

    fn any_door(&self) -> anyhow::Result<SocketAddr> {
        let mut doors: Vec<SocketAddr> = Vec::new();
        for entry in std::fs::read_dir(&self.doors)? {
            if let Ok(text) = std::fs::read_to_string(entry?.path()) {
                doors.extend(text.trim().parse::<SocketAddr>());
            }
        }
        doors
            .choose(&mut rand::rng())
            .copied()
            .context("no worker listens")
    }
}

impl Taken {
    fn shown(&self) -> Value {
        json!({
            "sid": self.sid, "status": "sent", "direction": "outbound-api", "from": self.from, "to": self.to, "body": self.body,
            "error_code": null, "date_created": self.date, "date_sent": self.date,
        })
    }
}

/// The key under which the product stores a text that the drill calls so.
pub fn stored_key(key: &str) -> String {
    format!("{}:received", sid(key))
}

/// A name as Twilio gives one, for what the drill's provider calls otherwise.
fn sid(external_id: &str) -> String {
    let digest = digest::digest(&digest::SHA256, external_id.as_bytes());
    format!("SM{}", hex::encode(&digest.as_ref()[..16]))
}

/// `X-Twilio-Signature`: HMAC-SHA1 over the URL and the sorted parameters.
fn signature(url: &str, form: &BTreeMap<String, String>, token: &str) -> String {
    let mut signed = url.to_owned();
    for (name, value) in form {
        signed += name;
        signed += value;
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}
