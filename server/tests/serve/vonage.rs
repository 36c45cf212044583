//! Vonage: tokens judged and callbacks signed by its own packages.
use crate::business::{NUMBER, PHONE};
use crate::calls::Caller;
use crate::counterpart::tasks;
use crate::courtesy::Call;
use crate::day;
use crate::desk::{Book, Came, Clerk, Desk, Taken};
use crate::story::{Carrier, Entered, Story, plain, secret};
use axum::http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const KEY: &str = include_str!("../../../providers/tests/data/rsa_key_of_nobody.pem");
const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
const API_KEY: &str = "a1b2c3d4";
const SECRET: &str = "a signature secret of thirty-two or more";

/// Answers whoever comes with a token that Vonage's package believes to be the application's.
#[derive(Default)]
struct VonageClerk {
    book: Book,
}

#[async_trait::async_trait]
impl Clerk for VonageClerk {
    async fn answer(&self, came: &Came) -> (u16, Value) {
        let token = came.header("authorization").trim_start_matches("Bearer ");
        let question = json!([{ "do": "application", "token": token, "application_id": APPLICATION, "private_key": KEY }]);
        let told = &tasks("vonage.mjs", &question).await[0];
        let is_ours = told["is_signed"] == true && told["ours"]["application_id"] == APPLICATION;
        match (is_ours, &came.method, came.path.split('?').next().unwrap()) {
            (false, _, _) => (
                401,
                json!({ "type": "https://developer.vonage.com/api-errors#unauthorized", "title": "Unauthorized",
                    "detail": "You did not provide correct credentials.", "instance": "bf0ca0bf" }),
            ),
            (true, &Method::GET, "/v1/users") => {
                (200, json!({ "page_size": 1, "_embedded": { "users": [] } }))
            }
            (true, &Method::POST, "/v1/messages") => {
                let text = came.json();
                let word = |name: &str| text[name].as_str().unwrap().to_owned();
                assert_eq!(
                    (text["channel"].as_str(), text["message_type"].as_str()),
                    (Some("sms"), Some("text"))
                );
                let name = format!("00000000-0000-4000-8000-{:012x}", self.book.len() + 1);
                self.book.take(Taken {
                    name: name.clone(),
                    message: word("client_ref"),
                    // Vonage writes numbers without the plus
                    from: format!("+{}", word("from")),
                    to: format!("+{}", word("to")),
                    body: word("text"),
                    callback: Some(word("webhook_url")),
                });
                (202, json!({ "message_uuid": name }))
            }
            _ => (404, json!({ "title": "Not Found" })),
        }
    }
}

struct Vonage {
    clerk: Arc<VonageClerk>,
    desk: Desk,
    /// The last call as somebody else would sign it.
    forged: Option<Call>,
}

impl Vonage {
    async fn open() -> Self {
        let clerk = Arc::<VonageClerk>::default();
        Self {
            desk: Desk::open(Arc::<VonageClerk>::clone(&clerk)).await,
            clerk,
            forged: None,
        }
    }
}

impl Vonage {
    /// A call with this body, signed by Vonage's package, as ever with the account's secret and with another.
    async fn signed(&mut self, url: &str, body: String) -> Call {
        let hash: String = Sha256::digest(&body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let claims = json!({
            "iat": day::now().as_second(), "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5", "iss": "Vonage", "payload_hash": hash,
            "api_key": API_KEY, "application_id": APPLICATION,
        });
        let sign =
            |secret: &str| json!({ "do": "sign", "claims": claims, "secret": secret, "algorithm": "HS256" });
        let tokens = tasks(
            "vonage.mjs",
            &json!([sign(SECRET), sign("another secret of thirty-two or more")]),
        )
        .await;
        let call = |token: &Value| Call {
            url: url.to_owned(),
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("authorization", format!("Bearer {}", token.as_str().unwrap())),
            ],
            body: body.clone(),
        };
        self.forged = Some(call(&tokens[1]));
        call(&tokens[0])
    }
}

impl Carrier for Vonage {
    const PROVIDER: &'static str = "vonage";
    const CHANNEL: &'static str = "sms";
    const OURS: &'static str = NUMBER;
    const THEIRS: &'static str = PHONE;

    fn entered(&self) -> Vec<Entered> {
        vec![
            plain("api_key", API_KEY),
            plain("application_id", APPLICATION),
            plain("api_url", &self.desk.url),
            // a line of standard input
            secret("private_key", &KEY.trim().replace('\n', "\\n")),
            secret("signature_secret", SECRET),
        ]
    }

    fn mistaken(&self) -> (Entered, &'static str) {
        (
            plain("application_id", "aaaaaaaa-bbbb-cccc-dddd-ffffffffffff"),
            "application_id and private_key",
        )
    }

    fn taken(&self) -> Vec<Taken> {
        self.clerk.book.all()
    }
}

impl Caller for Vonage {
    async fn delivered(&mut self, _hook: &str, message: &Taken) -> Call {
        let body = json!({
            "message_uuid": message.name, "to": message.to.trim_start_matches('+'), "from": message.from.trim_start_matches('+'),
            "timestamp": day::now().to_string(), "status": "delivered", "client_ref": message.message, "channel": "sms",
            "destination": { "network_code": "302220" }, "usage": { "currency": "EUR", "price": "0.0333" },
        });
        self.signed(message.callback.as_ref().unwrap(), body.to_string())
            .await
    }

    async fn wrote(&mut self, hook: &str, number: u32, body: &str) -> Call {
        let body = json!({
            "channel": "sms", "message_uuid": format!("00000000-0000-4000-9000-{number:012x}"),
            "to": NUMBER.trim_start_matches('+'), "from": PHONE.trim_start_matches('+'), "timestamp": day::now().to_string(),
            "text": body, "message_type": "text", "sms": { "num_messages": "1", "keyword": "HELP" },
        });
        self.signed(hook, body.to_string()).await
    }

    async fn forged(&mut self, call: &Call) -> Call {
        let forged = self.forged.take().unwrap();
        assert_eq!((&forged.url, &forged.body), (&call.url, &call.body));
        forged
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_go_and_come_by_vonage_and_a_stop_is_kept() {
    let mut story = Story::begin(Vonage::open().await).await;
    story.a_test_goes().await;
    story.activate().await;
    story.a_follow_up_goes_and_arrives().await;
    story.help_is_answered().await;
    story.a_reply_goes().await;
    story.stop_is_kept().await;
    story.a_later_follow_up_is_stopped().await;
    story.end().await;
}
