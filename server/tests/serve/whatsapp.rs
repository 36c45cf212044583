//! WhatsApp by Meta: callbacks signed by node's own crypto as Meta documents it, and read by pywa, a client of other people, as well.
use crate::business::{self, NUMBER, PHONE, SLUG};
use crate::calls::Caller;
use crate::counterpart::tasks;
use crate::courtesy::Call;
use crate::day;
use crate::desk::{Book, Came, Clerk, Desk, Taken};
use crate::story::{CONNECTION, Carrier, Entered, Story, plain, secret};
use axum::http::Method;
use serde_json::{Value, json};
use std::sync::Arc;

const NUMBER_ID: &str = "106540352242922";
const ACCOUNT: &str = "419561257915477";
const TOKEN: &str = "EAAGm0PX4ZCpsBA";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The customer, as WhatsApp calls them to this business.
const PERSON: &str = "CA.13491208655302741918";
const WORD: &str = "a word of our own";

/// Answers as the Graph API does to who has the token, and for questions the proof of the app's secret.
struct MetaClerk {
    proof: String,
    book: Book,
}

#[async_trait::async_trait]
impl Clerk for MetaClerk {
    async fn answer(&self, came: &Came) -> (u16, Value) {
        if came.header("authorization") != format!("Bearer {TOKEN}") {
            return refused(401, 190, "Invalid OAuth access token - Cannot parse access token");
        }
        let (path, query) = came.path.split_once('?').unwrap_or((&came.path, ""));
        if came.method == Method::GET && !query.contains(&format!("appsecret_proof={}", self.proof)) {
            return refused(400, 100, "Invalid appsecret_proof provided in the API argument");
        }
        let path = path.strip_prefix("/v23.0/").unwrap_or_default();
        if came.method == Method::GET && path == NUMBER_ID {
            let number = json!({ "id": NUMBER_ID, "display_phone_number": "+1 312-523-0042", "verified_name": "River Cleaning",
                "quality_rating": "GREEN" });
            return (200, number);
        }
        if came.method == Method::GET && path == format!("{ACCOUNT}/phone_numbers") {
            return (200, json!({ "data": [{ "id": NUMBER_ID }] }));
        }
        if came.method != Method::POST || path != format!("{NUMBER_ID}/messages") {
            return refused(404, 100, "Unknown path components");
        }
        let text = came.json();
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let name = format!("wamid.HBgLMTQxNjUyMzAwMDEVAgARGBI{:04}", self.book.len() + 1);
        let to = word(&text["to"]);
        self.book.take(Taken {
            name: name.clone(),
            message: word(&text["biz_opaque_callback_data"]),
            // Meta knows it by the id of the number
            from: NUMBER.to_owned(),
            to: to.clone(),
            body: match text["type"].as_str().unwrap() {
                "text" => word(&text["text"]["body"]),
                _ => filled(&text["template"]),
            },
            callback: None,
        });
        let contact = json!({ "input": to, "wa_id": to.trim_start_matches('+') });
        (
            200,
            json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [{ "id": name }] }),
        )
    }
}

/// What a reader sees of the approved template with these values.
fn filled(template: &Value) -> String {
    assert_eq!(
        (&template["name"], &template["language"]["code"]),
        (&json!(Meta::APPROVED), &json!("en_US"))
    );
    let values = template["components"][0]["parameters"].as_array().unwrap();
    business::filled(values.iter().map(|one| {
        (
            one["parameter_name"].as_str().unwrap(),
            one["text"].as_str().unwrap(),
        )
    }))
}

fn refused(status: u16, code: u32, message: &str) -> (u16, Value) {
    let error = json!({ "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1b2" });
    (status, json!({ "error": error }))
}

struct Meta {
    clerk: Arc<MetaClerk>,
    desk: Desk,
    /// The genuine calls until now.
    calls: Vec<Call>,
    /// The last call as somebody else would sign it.
    forged: Option<Call>,
}

impl Meta {
    async fn open() -> Self {
        let [proof, _] = signatures(TOKEN).await;
        let clerk = Arc::new(MetaClerk {
            proof: proof.trim_start_matches("sha256=").to_owned(),
            book: Book::default(),
        });
        Self {
            desk: Desk::open(Arc::<MetaClerk>::clone(&clerk)).await,
            clerk,
            calls: Vec::new(),
            forged: None,
        }
    }

    /// A genuine call of our number with this beside what all have.
    async fn called(&mut self, hook: &str, list: &str, one: Value) -> Call {
        let mut value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": NUMBER.trim_start_matches('+'), "phone_number_id": NUMBER_ID },
            "contacts": [{ "profile": { "name": "Zoe" }, "wa_id": PHONE.trim_start_matches('+'), "user_id": PERSON }],
        });
        value[list] = json!([one]);
        let change = json!({ "field": "messages", "value": value });
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": ACCOUNT, "changes": [change] }] });
        let body = body.to_string();
        let [genuine, forged] = signatures(&body).await.map(|signature| Call {
            url: hook.to_owned(),
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("x-hub-signature-256", signature),
            ],
            body: body.clone(),
        });
        self.forged = Some(forged);
        self.calls.push(genuine.clone());
        genuine
    }

    /// What pywa reads in the calls until now: how many messages, and how many reports. It believes all of them.
    async fn read_by_pywa(&self) -> (usize, usize) {
        let questions: Value = self
            .calls
            .iter()
            .map(|call| {
                json!({ "do": "hear", "body": call.body, "signature": call.headers[1].1, "phone_number_id": NUMBER_ID,
                    "access_token": TOKEN, "app_secret": SECRET })
            })
            .collect();
        let read = tasks("meta.py", &questions).await;
        let updates: Vec<&Value> = read
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|one| one.as_array().unwrap())
            .collect();
        let reports = updates.iter().filter(|one| one["status"] == "delivered").count();
        (updates.len() - reports, reports)
    }
}

/// What Meta signs this with, by the secret of the app and by another.
async fn signatures(body: &str) -> [String; 2] {
    let by = |secret: &str| json!({ "secret": secret, "body": body });
    let made = tasks(
        "meta.mjs",
        &json!([by(SECRET), by("ffffffffffffffffffffffffffffffff")]),
    )
    .await;
    [0, 1].map(|number| made[number].as_str().unwrap().to_owned())
}

impl Carrier for Meta {
    const PROVIDER: &'static str = "whatsapp";
    const CHANNEL: &'static str = "whatsapp";
    const OURS: &'static str = NUMBER;
    const THEIRS: &'static str = PHONE;

    fn entered(&self) -> Vec<Entered> {
        vec![
            plain("phone_number_id", NUMBER_ID),
            plain("business_account_id", ACCOUNT),
            plain("api_url", &self.desk.url),
            secret("access_token", TOKEN),
            secret("app_secret", SECRET),
            secret("verify_token", WORD),
        ]
    }

    fn mistaken(&self) -> (Entered, &'static str) {
        (
            secret("app_secret", "ffffffffffffffffffffffffffffffff"),
            "app_secret: is not that of the token's app",
        )
    }

    fn taken(&self) -> Vec<Taken> {
        self.clerk.book.all()
    }
}

impl Caller for Meta {
    async fn delivered(&mut self, hook: &str, message: &Taken) -> Call {
        let report = json!({
            "id": message.name, "status": "delivered", "timestamp": day::now().as_second().to_string(),
            "recipient_id": message.to.trim_start_matches('+'), "recipient_user_id": PERSON, "biz_opaque_callback_data": message.message,
            "pricing": { "billable": true, "pricing_model": "PMP", "category": "service" },
        });
        self.called(hook, "statuses", report).await
    }

    async fn wrote(&mut self, hook: &str, number: u32, body: &str) -> Call {
        let message = json!({
            "from": PHONE.trim_start_matches('+'), "from_user_id": PERSON, "id": format!("wamid.HBgLMTQxNjUyMzAwMDEVAgASGBQ{number:04}"),
            "timestamp": day::now().as_second().to_string(), "text": { "body": body }, "type": "text",
        });
        self.called(hook, "messages", message).await
    }

    async fn forged(&mut self, call: &Call) -> Call {
        let forged = self.forged.take().unwrap();
        assert_eq!((&forged.url, &forged.body), (&call.url, &call.body));
        forged
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_go_and_come_by_whatsapp_by_template_until_the_customer_writes_and_a_stop_is_kept() {
    let mut story = Story::begin(Meta::open().await).await;
    // as Meta asks when the address is entered
    let asked = |word: &str| {
        let word = word.replace(' ', "%20");
        format!(
            "{}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={word}",
            story.hook
        )
    };
    assert_eq!(
        story.courtesy.page(&asked(WORD)).await,
        (200, "1158201444".to_owned())
    );
    assert_eq!(story.courtesy.page(&asked("another")).await, (403, String::new()));
    story.activate().await;
    let too_early = ["connection", "test", CONNECTION, "--tenant", SLUG, "--to", PHONE];
    let refused = story.courtesy.refuses(&too_early).await;
    assert!(refused.contains("the gate would stop it"), "{refused}");
    // the one that WhatsApp approved goes at any time
    story.a_follow_up_goes_and_arrives().await;
    story.help_is_answered().await;
    story.a_test_goes().await;
    story.a_reply_goes().await;
    story.stop_is_kept().await;
    story.a_later_follow_up_is_stopped().await;
    // HELP, a question and STOP; reports of their answers, and of the follow-up
    assert_eq!(story.provider.read_by_pywa().await, (3, 4));
    story.end().await;
}
