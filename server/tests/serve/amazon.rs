//! Amazon's desk: Moto's SES and SNS behind it, botocore that judges who calls, and SNS's certificates.
use crate::business::{MAILBOX, NAME};
use crate::counterpart::{Counterpart, tasks};
use crate::courtesy::soon;
use crate::desk::{Book, Came, Clerk, Desk};
use crate::mail;
use axum::http::Method;
use providers::http::{Answer, Egress, Http};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use url::{Url, form_urlencoded};

pub const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:ses-events";
/// Whose events the topic publishes.
pub const SET: &str = "courtesy";

/// What stands where the connection believes Amazon to be.
pub struct AmazonClerk {
    moto: String,
    http: Http,
    pub book: Book,
    /// What the topic posted to whoever subscribed.
    posted: Mutex<Vec<Value>>,
    /// The certificate of what we sign ourselves.
    own_pem: Mutex<String>,
    pub confirmed: Mutex<usize>,
}

/// Amazon, as long as the test.
pub struct Amazon {
    pub clerk: Arc<AmazonClerk>,
    pub desk: Desk,
    _moto: Counterpart,
}

#[async_trait::async_trait]
impl Clerk for AmazonClerk {
    async fn answer(&self, came: &Came) -> (u16, Value) {
        let path = came.path.split('?').next().unwrap();
        match path {
            "/SimpleNotificationService-0123.pem" => {
                return (200, json!(self.own_pem.lock().unwrap().clone()));
            }
            "/subscriber" => {
                self.posted.lock().unwrap().push(came.json());
                return (200, Value::Null);
            }
            "/" => *self.confirmed.lock().unwrap() += 1,
            _ => {}
        }
        let of_ses = path.starts_with("/v2/email/");
        if of_ses && !self.is_signed(came).await {
            return (
                403,
                json!({ "__type": "InvalidSignatureException", "message": "The request signature does not match" }),
            );
        }
        let url = format!("{}{}", self.moto, came.path);
        let asked = match came.method {
            Method::POST => self.http.post(&url).body(came.body.clone()),
            _ => self.http.get(&url),
        };
        let service = if of_ses { "ses" } else { "sns" };
        let answer = self
            .http
            .call(asked.header("authorization", scope(service)))
            .await
            .unwrap();
        if path == "/v2/email/outbound-emails" && answer.status == 200 {
            self.took(came, &answer).await;
        }
        let said = answer
            .json()
            .unwrap_or_else(|| json!(String::from_utf8(answer.body).unwrap()));
        (answer.status.as_u16(), said)
    }
}

impl AmazonClerk {
    /// Would botocore have signed this so?
    async fn is_signed(&self, came: &Came) -> bool {
        let url = Url::parse(&format!("http://desk{}", came.path)).unwrap();
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let content_type = Some(came.header("content-type")).filter(|text| !text.is_empty());
        let question = json!([{
            "method": came.method.as_str(), "host": came.header("host"), "path": url.path(), "query": query, "body": came.body,
            "region": "us-east-1", "content_type": content_type, "at": came.header("x-amz-date"), "access_key_id": KEY,
            "secret_access_key": SECRET,
        }]);
        tasks("sigv4.py", &question).await[0] == came.header("authorization")
    }

    /// Writes down what Moto took, as Moto has it.
    async fn took(&self, came: &Came, answer: &Answer) {
        let asked = came.json();
        assert_eq!(asked["ConfigurationSetName"], SET);
        let name = answer.json().unwrap()["MessageId"].as_str().unwrap().to_owned();
        let data = self
            .http
            .call(self.http.get(&format!("{}/moto-api/data.json", self.moto)))
            .await;
        let data = data.unwrap().json().unwrap();
        let taken = data["ses"]["RawMessage"].as_array().unwrap();
        let raw = taken.iter().find(|one| one["id"] == name.as_str()).unwrap()["raw_data"]
            .as_str()
            .unwrap();
        let to = asked["Destination"]["ToAddresses"][0].as_str().unwrap();
        let mut mail = mail::read((asked["FromEmailAddress"].as_str().unwrap(), to), raw);
        assert_eq!(mail.from_name, NAME);
        assert_eq!(
            asked["EmailTags"],
            json!([{ "Name": "message", "Value": mail.taken.message }])
        );
        mail.taken.name = name;
        self.book.take(mail.taken);
    }
}

impl Amazon {
    /// Moto with the mailbox verified, a configuration set, and a topic that tells the desk what is published.
    pub async fn open() -> Self {
        let mut moto = Counterpart::start("amazon.py", &[]);
        let clerk = Arc::new(AmazonClerk {
            moto: format!("http://127.0.0.1:{}", moto.line().await),
            http: Http::new(Egress::Anywhere).unwrap(),
            book: Book::default(),
            posted: Mutex::default(),
            own_pem: Mutex::default(),
            confirmed: Mutex::default(),
        });
        let desk = Desk::open(Arc::<AmazonClerk>::clone(&clerk)).await;
        let amazon = Self {
            clerk,
            desk,
            _moto: moto,
        };
        amazon
            .ses("identities", &json!({ "EmailIdentity": MAILBOX }))
            .await;
        amazon
            .ses("configuration-sets", &json!({ "ConfigurationSetName": SET }))
            .await;
        amazon
            .sns(&[("Action", "CreateTopic"), ("Name", "ses-events")])
            .await;
        let subscriber = format!("{}/subscriber", amazon.desk.url);
        amazon
            .sns(&[
                ("Action", "Subscribe"),
                ("TopicArn", TOPIC),
                ("Protocol", "http"),
                ("Endpoint", &subscriber),
            ])
            .await;
        amazon
    }

    async fn ses(&self, what: &str, body: &Value) {
        let http = &self.clerk.http;
        let call = http.post(&format!("{}/v2/email/{what}", self.clerk.moto));
        let call = call.header("authorization", scope("ses")).body(body.to_string());
        assert_eq!(http.call(call).await.unwrap().status, 200, "{what}");
    }

    async fn sns(&self, form: &[(&str, &str)]) {
        let http = &self.clerk.http;
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let call = http
            .post(&format!("{}/", self.clerk.moto))
            .header("authorization", scope("sns"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        assert_eq!(http.call(call).await.unwrap().status, 200, "{}", form[0].1);
    }

    /// What the topic posts when SES publishes this: signed by Moto. Its certificate lies at the desk, where Moto names Amazon's address;
    /// which one is named is no part of the signature.
    pub async fn published(&self, message: &Value) -> String {
        let before = self.clerk.posted.lock().unwrap().len();
        self.sns(&[
            ("Action", "Publish"),
            ("TopicArn", TOPIC),
            ("Message", &message.to_string()),
        ])
        .await;
        let posted = soon("the topic posts", async || {
            self.clerk.posted.lock().unwrap().get(before).cloned()
        });
        let mut posted = posted.await;
        let pem = posted["SigningCertURL"].as_str().unwrap();
        posted["SigningCertURL"] = json!(pem.replace("https://sns.us-east-1.amazonaws.com", &self.desk.url));
        posted.to_string()
    }

    /// What Moto does not post, signed as Amazon documents it by Python's cryptography.
    pub async fn signed(&self, mut body: Value) -> String {
        body["SignatureVersion"] = json!("2");
        let answer = tasks("sns.py", &json!([body])).await;
        answer["pem"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.clerk.own_pem.lock().unwrap());
        body["Signature"] = answer["signatures"][0].clone();
        body["SigningCertURL"] = json!(format!("{}/SimpleNotificationService-0123.pem", self.desk.url));
        body.to_string()
    }
}

/// By which Moto finds the service that is meant.
fn scope(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIA/20261121/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}
