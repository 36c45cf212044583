//! Twilio's desk: Prism stands behind it, with Twilio's own document.
use super::WhatsApp;
use super::account::{ACCOUNT, Twilio};
use crate::business;
use crate::day;
use crate::desk::{Book, Came, Clerk, Taken};
use crate::story::Carrier;
use axum::http::Method;
use jiff::Timestamp;
use providers::http::Http;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use url::form_urlencoded;

/// A message as it was posted.
#[derive(Debug, Clone)]
pub struct Posted {
    pub at: Timestamp,
    fields: Vec<(String, String)>,
}

impl Posted {
    /// Every value of a field, in turn.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let fields = self.fields.iter().filter(|(one, _)| one == name);
        fields.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a field that is there once; none when it is not there.
    pub fn one(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() <= 1, "{name} is there {} times", all.len());
        all.first().copied()
    }
}

/// What Twilio's document does not allow is refused as Prism says it. The desk gives each message a name of its own, where Prism has the
/// document's example, and knows who may ask what of the account.
pub struct TwilioClerk {
    pub prism: String,
    pub http: Http,
    /// What calls say of who calls: who asks about the account, and who sends.
    pub of_the_account: String,
    pub of_the_sender: String,
    pub book: Book,
    pub posted: Mutex<Vec<Posted>>,
}

#[async_trait::async_trait]
impl Clerk for TwilioClerk {
    async fn answer(&self, came: &Came) -> (u16, Value) {
        let account = format!("/2010-04-01/Accounts/{ACCOUNT}");
        let wanted = match came.path.strip_prefix(&account) {
            Some(".json") => &self.of_the_account,
            Some(_) => &self.of_the_sender,
            // a service's numbers
            None if came.path.starts_with("/v1/Services/") => &self.of_the_sender,
            None => {
                return (
                    404,
                    json!({ "code": 20404, "message": "Not found", "status": 404 }),
                );
            }
        };
        if came.header("authorization") != wanted {
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
            said["sid"] = json!(self.take(&came.body));
        }
        (status, said)
    }
}

impl TwilioClerk {
    /// Takes what was posted. Answers its name.
    fn take(&self, body: &str) -> String {
        let posted = Posted {
            at: day::now(),
            fields: form_urlencoded::parse(body.as_bytes()).into_owned().collect(),
        };
        let kind = if posted.all("MediaUrl").is_empty() {
            "SM"
        } else {
            "MM"
        };
        let name = format!("{kind}{:032x}", self.book.len() + 1);
        let from = posted.one("MessagingServiceSid").or_else(|| posted.one("From"));
        let callback = posted.one("StatusCallback").unwrap();
        self.book.take(Taken {
            name: name.clone(),
            message: callback.split_once("?message=").unwrap().1.to_owned(),
            from: bare(from.unwrap()),
            to: bare(posted.one("To").unwrap()),
            body: match posted.one("ContentSid") {
                None => posted.one("Body").unwrap().to_owned(),
                Some(approved) => {
                    assert_eq!(approved, Twilio::<WhatsApp>::APPROVED);
                    assert_eq!(posted.one("Body"), None, "the template says it");
                    let variables = posted.one("ContentVariables").unwrap();
                    let values: BTreeMap<String, String> = serde_json::from_str(variables).unwrap();
                    business::filled(values.iter().map(|(name, value)| (name.as_str(), value.as_str())))
                }
            },
            callback: Some(callback.to_owned()),
        });
        self.posted.lock().unwrap().push(posted);
        name
    }
}

/// An address without the channel that Twilio writes before it.
fn bare(address: &str) -> String {
    address.trim_start_matches("whatsapp:").to_owned()
}
