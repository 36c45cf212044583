//! An account at Twilio: who sends for it, what its numbers hear, and its calls, signed by Twilio's own library.
use super::clerk::{Posted, TwilioClerk};
use crate::business::PHONE;
use crate::calls::Caller;
use crate::counterpart::Counterpart;
use crate::courtesy::Call;
use crate::desk::{Book, Desk, Taken, basic};
use crate::story::{Carrier, Entered, plain, secret};
use providers::http::{Egress, Http};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use url::form_urlencoded;

pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const TOKEN: &str = "00112233445566778899aabbccddeeff";

/// By which way messages go and come.
pub trait Way: Send + Sync + 'static {
    const CHANNEL: &'static str;
    /// What Twilio writes before an address of the channel.
    const PREFIX: &'static str;
    /// The connection's sender.
    const OURS: &'static str;
    /// Where customers write to, in turn.
    const NUMBERS: &'static [&'static str];
    /// An API key and its secret, which send in place of the account's token.
    const KEY: Option<(&'static str, &'static str)>;
}

pub struct Twilio<W> {
    clerk: Arc<TwilioClerk>,
    desk: Desk,
    signer: Counterpart,
    /// What the customer's next message shows beside its words.
    pub pictures: Vec<String>,
    _prism: Counterpart,
    _way: PhantomData<W>,
}

impl<W: Way> Twilio<W> {
    pub async fn open() -> Self {
        let mut prism = Counterpart::start("twilio_prism.mjs", &[]);
        let (sender, password) = W::KEY.unwrap_or((ACCOUNT, TOKEN));
        let clerk = Arc::new(TwilioClerk {
            prism: prism.line().await,
            http: Http::new(Egress::Anywhere).unwrap(),
            of_the_account: basic(ACCOUNT, TOKEN),
            of_the_sender: basic(sender, password),
            book: Book::default(),
            posted: Mutex::default(),
        });
        Self {
            desk: Desk::open(Arc::<TwilioClerk>::clone(&clerk)).await,
            clerk,
            signer: Counterpart::start("twilio_signer.mjs", &[]),
            pictures: Vec::new(),
            _prism: prism,
            _way: PhantomData,
        }
    }

    /// The last message that was posted.
    pub fn posted(&self) -> Posted {
        self.clerk.posted.lock().unwrap().last().unwrap().clone()
    }

    /// A call with this form, signed with a token.
    async fn signed(&mut self, token: &str, url: &str, form: &BTreeMap<String, String>) -> Call {
        let fields: Map<String, Value> = form
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let question = json!({ "verb": "sign", "token": token, "url": url, "fields": fields });
        let signature = self.signer.ask(&question).await.as_str().unwrap().to_owned();
        Call {
            url: url.to_owned(),
            headers: vec![
                ("content-type", "application/x-www-form-urlencoded".to_owned()),
                ("x-twilio-signature", signature),
            ],
            body: form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish(),
        }
    }

    /// The same call as another account's, signed with a token.
    pub async fn of_account(&mut self, account: &str, token: &str, call: &Call) -> Call {
        let mut form = form_of(&call.body);
        form.insert("AccountSid".to_owned(), account.to_owned());
        self.signed(token, &call.url, &form).await
    }
}

fn form_of(text: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A form of these fields beside those that all calls about this way have.
fn form<W: Way>(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut all = vec![("AccountSid", ACCOUNT), ("ApiVersion", "2010-04-01")];
    if W::OURS.starts_with("MG") {
        all.push(("MessagingServiceSid", W::OURS));
    }
    let pairs = all.iter().chain(fields);
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

impl<W: Way> Carrier for Twilio<W> {
    const PROVIDER: &'static str = "twilio";
    const CHANNEL: &'static str = W::CHANNEL;
    const OURS: &'static str = W::OURS;
    const THEIRS: &'static str = PHONE;
    const APPROVED: &'static str = "HX0123456789abcdef0123456789abcdef";

    fn entered(&self) -> Vec<Entered> {
        let mut all = vec![
            plain("account_sid", ACCOUNT),
            plain("api_url", &self.desk.url),
            secret("auth_token", TOKEN),
        ];
        if let Some((key, password)) = W::KEY {
            all.extend([plain("api_key_sid", key), secret("api_key_secret", password)]);
        }
        all
    }

    fn mistaken(&self) -> (Entered, &'static str) {
        let another = "ffeeddccbbaa99887766554433221100";
        match W::KEY {
            None => (secret("auth_token", another), "account_sid and auth_token"),
            Some(_) => (
                secret("api_key_secret", another),
                "api_key_sid and api_key_secret are no key of this account",
            ),
        }
    }

    fn taken(&self) -> Vec<Taken> {
        self.clerk.book.all()
    }
}

impl<W: Way> Caller for Twilio<W> {
    async fn delivered(&mut self, _hook: &str, message: &Taken) -> Call {
        let form = form::<W>(&[
            ("SmsSid", &message.name),
            ("SmsStatus", "delivered"),
            ("MessageStatus", "delivered"),
            ("MessageSid", &message.name),
            ("To", &format!("{}{}", W::PREFIX, message.to)),
            ("From", &format!("{}{}", W::PREFIX, W::NUMBERS[0])),
        ]);
        self.signed(TOKEN, message.callback.as_ref().unwrap(), &form)
            .await
    }

    async fn wrote(&mut self, hook: &str, number: u32, body: &str) -> Call {
        let kind = if self.pictures.is_empty() { "SM" } else { "MM" };
        let name = format!("{kind}{:032x}", 1_000 + number);
        let to = W::NUMBERS[number as usize % W::NUMBERS.len()];
        let mut form = form::<W>(&[
            ("MessageSid", &name),
            ("SmsMessageSid", &name),
            ("SmsStatus", "received"),
            ("From", &format!("{}{PHONE}", W::PREFIX)),
            ("To", &format!("{}{to}", W::PREFIX)),
            ("Body", body),
            ("NumMedia", &self.pictures.len().to_string()),
        ]);
        for (number, url) in std::mem::take(&mut self.pictures).into_iter().enumerate() {
            form.insert(format!("MediaContentType{number}"), "image/jpeg".to_owned());
            form.insert(format!("MediaUrl{number}"), url);
        }
        if W::CHANNEL == "whatsapp" {
            form.insert("WaId".to_owned(), PHONE.trim_start_matches('+').to_owned());
            form.insert("ProfileName".to_owned(), "Zoe".to_owned());
        }
        self.signed(TOKEN, hook, &form).await
    }

    async fn forged(&mut self, call: &Call) -> Call {
        self.signed("a token of nobody", &call.url, &form_of(&call.body))
            .await
    }
}
