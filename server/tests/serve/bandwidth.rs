//! Bandwidth: its API as its own published description says, its callbacks made of that description's examples.
use crate::business::{NUMBER, PHONE, SLUG};
use crate::calls::Caller;
use crate::counterpart::{Counterpart, tasks};
use crate::courtesy::{Call, soon};
use crate::day;
use crate::desk::{Book, Came, Clerk, Desk, Taken, basic};
use crate::story::{Carrier, Entered, Story, plain, secret};
use axum::http::Method;
use jiff::SignedDuration;
use providers::http::{Egress, Http};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const APPLICATION: &str = "93de2206-9669-4e07-948d-329f4b722ee2";
const ACCOUNT: &str = "9900000";
const PASSWORD: &str = "correcthorse";
const CALLER: &str = "courtesy";
const CALLERS_PASSWORD: &str = "pass:word";

/// Prism stands behind the desk: what the description does not allow is refused as it says. The desk knows the password, and gives each
/// message a name of its own, where Prism has the description's example.
struct BandwidthClerk {
    prism: String,
    http: Http,
    authorization: String,
    book: Book,
    /// What its list has of texts that came in: the name of each, and who sent it.
    received: Mutex<Vec<(String, &'static str)>>,
}

#[async_trait::async_trait]
impl Clerk for BandwidthClerk {
    async fn answer(&self, came: &Came) -> (u16, Value) {
        if came.header("authorization") != self.authorization {
            return (
                401,
                json!({ "type": "unauthorized", "description": "Authentication Required" }),
            );
        }
        let url = format!("{}{}", self.prism, came.path);
        let asked = match came.method {
            Method::POST => self
                .http
                .post(&url)
                .header("content-type", came.header("content-type"))
                .body(came.body.clone()),
            _ => self.http.get(&url),
        };
        let answer = self
            .http
            .call(asked.header("authorization", came.header("authorization")))
            .await
            .unwrap();
        let status = answer.status.as_u16();
        let mut said = answer.json().unwrap();
        if came.path.contains("messageDirection=INBOUND") {
            said = self.list(&said["messages"][0]);
        }
        if status == 202 {
            let text = came.json();
            let word = |value: &Value| value.as_str().unwrap().to_owned();
            assert_eq!(text["applicationId"], APPLICATION);
            assert_eq!(text["to"].as_array().unwrap().len(), 1);
            let name = format!("1589228074636lm4k2je7j7jkl{:03}", self.book.len() + 1);
            said["id"] = json!(name);
            self.book.take(Taken {
                name,
                message: word(&text["tag"]),
                from: word(&text["from"]),
                to: word(&text["to"][0]),
                body: word(&text["text"]),
                callback: None,
            });
        }
        (status, said)
    }
}

impl BandwidthClerk {
    /// The list of what came in, twenty minutes ago: the description's example with other values.
    fn list(&self, example: &Value) -> Value {
        let received = self.received.lock().unwrap();
        let listed = received.iter().map(|(name, from)| {
            let mut message = example.clone();
            message["messageId"] = json!(name);
            message["sourceTn"] = json!(from);
            message["destinationTn"] = json!(NUMBER);
            message["messageDirection"] = json!("INBOUND");
            message["receiveTime"] = json!((day::now() - SignedDuration::from_mins(20)).to_string());
            message
        });
        json!({ "totalCount": received.len(), "pageInfo": {}, "messages": listed.collect::<Vec<_>>() })
    }
}

struct Bandwidth {
    clerk: Arc<BandwidthClerk>,
    desk: Desk,
    /// The callbacks of the description.
    examples: Vec<Value>,
    _prism: Counterpart,
}

impl Bandwidth {
    async fn open() -> Self {
        let mut prism = Counterpart::start("bandwidth_prism.mjs", &[]);
        let clerk = Arc::new(BandwidthClerk {
            prism: prism.line().await,
            http: Http::new(Egress::Anywhere).unwrap(),
            authorization: basic("api-user", PASSWORD),
            book: Book::default(),
            received: Mutex::default(),
        });
        let examples = tasks("bandwidth.mjs", &json!([{ "do": "examples" }])).await;
        Self {
            desk: Desk::open(Arc::<BandwidthClerk>::clone(&clerk)).await,
            clerk,
            examples: examples[0].as_array().unwrap().clone(),
            _prism: prism,
        }
    }

    /// The description's example of a callback about an SMS of this type.
    fn example(&self, kind: &str) -> Value {
        let of = |example: &&Value| {
            example["type"] == kind && example["message"]["media"].as_array().is_none_or(Vec::is_empty)
        };
        self.examples.iter().find(of).unwrap().clone()
    }
}

/// Its name for the text of that number to us.
fn received(number: u32) -> String {
    format!("14762070468292kw2fuqty55yp2b2{number}")
}

fn called(url: &str, event: &Value) -> Call {
    Call {
        url: url.to_owned(),
        headers: vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("authorization", basic(CALLER, CALLERS_PASSWORD)),
        ],
        body: json!([event]).to_string(),
    }
}

impl Carrier for Bandwidth {
    const PROVIDER: &'static str = "bandwidth";
    const CHANNEL: &'static str = "sms";
    const OURS: &'static str = NUMBER;
    const THEIRS: &'static str = PHONE;

    fn entered(&self) -> Vec<Entered> {
        vec![
            plain("account_id", ACCOUNT),
            plain("username", "api-user"),
            secret("password", PASSWORD),
            plain("application_id", APPLICATION),
            plain("callback_username", CALLER),
            secret("callback_password", CALLERS_PASSWORD),
            plain("api_url", &self.desk.url),
        ]
    }

    fn mistaken(&self) -> (Entered, &'static str) {
        (
            secret("password", "horsecorrect"),
            "account_id, username and password",
        )
    }

    fn taken(&self) -> Vec<Taken> {
        self.clerk.book.all()
    }
}

impl Caller for Bandwidth {
    async fn delivered(&mut self, hook: &str, message: &Taken) -> Call {
        let mut event = self.example("message-delivered");
        event["time"] = json!(day::now().to_string());
        event["to"] = json!(message.to);
        event["message"]["id"] = json!(message.name);
        event["message"]["tag"] = json!(message.message);
        event["message"]["owner"] = json!(message.from);
        event["message"]["from"] = json!(message.from);
        event["message"]["to"] = json!([message.to]);
        event["message"]["applicationId"] = json!(APPLICATION);
        called(hook, &event)
    }

    async fn wrote(&mut self, hook: &str, number: u32, body: &str) -> Call {
        let mut event = self.example("message-received");
        event["time"] = json!(day::now().to_string());
        event["to"] = json!(NUMBER);
        event["message"]["id"] = json!(received(number));
        event["message"]["owner"] = json!(NUMBER);
        event["message"]["from"] = json!(PHONE);
        event["message"]["to"] = json!([NUMBER]);
        event["message"]["text"] = json!(body);
        event["message"]["applicationId"] = json!(APPLICATION);
        called(hook, &event)
    }

    /// Bandwidth signs nothing: who knows the address lacks the password.
    async fn forged(&mut self, call: &Call) -> Call {
        let mut forged = call.clone();
        forged.headers[1].1 = basic(CALLER, "another");
        forged
    }
}

/// Beside all that was told, Bandwidth's list has a text of which no call came.
async fn a_text_that_is_listed_and_was_never_told_asks_a_person(story: &Story<Bandwidth>) {
    let all = (1..=story.written + 1).map(|number| (received(number), PHONE));
    *story.provider.clerk.received.lock().unwrap() = all.collect();
    let compared = story
        .courtesy
        .json(&["reconcile", "--tenant", SLUG, "--now"])
        .await;
    assert_eq!(compared[0]["compared"]["missed"], 1, "{compared:#}");
    let page = soon("the task", async || {
        let page = story
            .courtesy
            .json(&["task", "list", "--tenant", SLUG, "--kind", "untold_text"])
            .await;
        (page["tasks"] != json!([])).then_some(page)
    })
    .await;
    assert_eq!(page["tasks"].as_array().unwrap().len(), 1);
    let task = &page["tasks"][0];
    assert_eq!(task["name"], "Zoe");
    let said = task["said"].as_str().unwrap();
    assert!(said.starts_with(&received(story.written + 1)), "{said}");
    let listed = story
        .courtesy
        .json(&["conversation", "list", "--tenant", SLUG])
        .await;
    let conversation = listed["conversations"][0]["id"].as_str().unwrap();
    assert!(said.contains(conversation) && !said.contains(PHONE), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_go_and_come_by_bandwidth_and_a_stop_is_kept() {
    let mut story = Story::begin(Bandwidth::open().await).await;
    story.a_test_goes().await;
    story.activate().await;
    story.a_follow_up_goes_and_arrives().await;
    story.help_is_answered().await;
    story.a_reply_goes().await;
    story.stop_is_kept().await;
    story.a_later_follow_up_is_stopped().await;
    a_text_that_is_listed_and_was_never_told_asks_a_person(&story).await;
    story.end().await;
}
