//! Twilio: its API as its own OpenAPI document says, its calls signed by its own library.
use crate::business::{NUMBER, PHONE};
use crate::calls::Caller;
use crate::counterpart::Counterpart;
use crate::courtesy::Call;
use crate::desk::{Book, Came, Clerk, Desk, Taken};
use crate::story::{Carrier, Entered, Story, plain, secret};
use axum::http::Method;
use providers::http::{Egress, Http};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::form_urlencoded;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "00112233445566778899aabbccddeeff";

/// Prism stands behind the desk: what Twilio's document does not allow is refused as it says. The desk gives each message a name of its
/// own, where Prism has the document's example, and knows the account's token.
struct TwilioClerk {
    prism: String,
    http: Http,
    /// What the account's calls say of who calls.
    authorization: String,
    book: Book,
}

#[async_trait::async_trait]
impl Clerk for TwilioClerk {
    async fn answer(&self, came: &Came) -> (u16, Value) {
        if came.header("authorization") != self.authorization {
            return (
                401,
                json!({ "code": 20003, "message": "Authenticate", "status": 401 }),
            );
        }
        let url = format!("{}{}", self.prism, came.path);
        let mut asked = match came.method {
            Method::POST => self.http.post(&url).body(came.body.clone()),
            _ => self.http.get(&url),
        };
        for name in ["authorization", "content-type"] {
            if !came.header(name).is_empty() {
                asked = asked.header(name, came.header(name));
            }
        }
        let answer = self.http.call(asked).await.unwrap();
        let status = answer.status.as_u16();
        let mut said = answer.json().unwrap();
        if status == 201 {
            let form = form_of(&came.body);
            let name = format!("SM{:032x}", self.book.len() + 1);
            said["sid"] = json!(name);
            let callback = form["StatusCallback"].clone();
            self.book.take(Taken {
                name,
                message: callback.split_once("?message=").unwrap().1.to_owned(),
                from: form["From"].clone(),
                to: form["To"].clone(),
                body: form["Body"].clone(),
                callback: Some(callback),
            });
        }
        (status, said)
    }
}

fn form_of(text: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

struct Twilio {
    clerk: Arc<TwilioClerk>,
    desk: Desk,
    signer: Counterpart,
    _prism: Counterpart,
}

impl Twilio {
    async fn open() -> Self {
        let mut prism = Counterpart::start("twilio_prism.mjs", &[]);
        let http = Http::new(Egress::Anywhere).unwrap();
        let call = http.get("http://127.0.0.1/").basic_auth(ACCOUNT, Some(TOKEN));
        let authorization = call.build().unwrap().headers()["authorization"].clone();
        let clerk = Arc::new(TwilioClerk {
            prism: prism.line().await,
            http,
            authorization: authorization.to_str().unwrap().to_owned(),
            book: Book::default(),
        });
        Self {
            desk: Desk::open(Arc::<TwilioClerk>::clone(&clerk)).await,
            clerk,
            signer: Counterpart::start("twilio_signer.mjs", &[]),
            _prism: prism,
        }
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
}

fn form(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    let all = [("AccountSid", ACCOUNT), ("ApiVersion", "2010-04-01")];
    let pairs = all.iter().chain(fields);
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

impl Carrier for Twilio {
    const PROVIDER: &'static str = "twilio";
    const CHANNEL: &'static str = "sms";
    const OURS: &'static str = NUMBER;
    const THEIRS: &'static str = PHONE;

    fn entered(&self) -> Vec<Entered> {
        vec![
            plain("account_sid", ACCOUNT),
            plain("api_url", &self.desk.url),
            secret("auth_token", TOKEN),
        ]
    }

    fn mistaken(&self) -> (Entered, &'static str) {
        (
            secret("auth_token", "ffeeddccbbaa99887766554433221100"),
            "account_sid and auth_token",
        )
    }

    fn taken(&self) -> Vec<Taken> {
        self.clerk.book.all()
    }
}

impl Caller for Twilio {
    async fn delivered(&mut self, _hook: &str, message: &Taken) -> Call {
        let form = form(&[
            ("SmsSid", &message.name),
            ("SmsStatus", "delivered"),
            ("MessageStatus", "delivered"),
            ("MessageSid", &message.name),
            ("To", &message.to),
            ("From", &message.from),
        ]);
        self.signed(TOKEN, message.callback.as_ref().unwrap(), &form)
            .await
    }

    async fn wrote(&mut self, hook: &str, number: u32, body: &str) -> Call {
        let name = format!("SM{:032x}", 1_000 + number);
        let form = form(&[
            ("ToCountry", "US"),
            ("MessageSid", &name),
            ("SmsMessageSid", &name),
            ("SmsStatus", "received"),
            ("From", PHONE),
            ("To", NUMBER),
            ("Body", body),
            ("NumMedia", "0"),
        ]);
        self.signed(TOKEN, hook, &form).await
    }

    async fn forged(&mut self, call: &Call) -> Call {
        self.signed("a token of nobody", &call.url, &form_of(&call.body))
            .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_go_and_come_by_twilio_and_a_stop_is_kept() {
    let mut story = Story::begin(Twilio::open().await).await;
    story.a_test_goes().await;
    story.activate().await;
    story.a_follow_up_goes_and_arrives().await;
    story.help_is_answered().await;
    story.a_reply_goes().await;
    story.stop_is_kept().await;
    story.a_later_follow_up_is_stopped().await;
    story.end().await;
}
