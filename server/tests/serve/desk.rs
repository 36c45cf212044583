//! The desk of a provider on loopback: writes down what comes, and answers as its clerk says.
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use providers::http::{Egress, Http};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Came {
    pub method: Method,
    /// With its query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Came {
    /// The value of a header; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON; null when it is not.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// The `Authorization` of a name and a password.
pub fn basic(name: &str, password: &str) -> String {
    let call = Http::new(Egress::Anywhere).unwrap().get("http://127.0.0.1/");
    let call = call.basic_auth(name, Some(password)).build().unwrap();
    call.headers()["authorization"].to_str().unwrap().to_owned()
}

/// Who answers.
#[async_trait::async_trait]
pub trait Clerk: Send + Sync + 'static {
    /// A status and a body of JSON; a text alone is a body of that text.
    async fn answer(&self, came: &Came) -> (u16, Value);
}

/// A message that was taken, in words of all providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// As the provider calls it.
    pub name: String,
    /// Ours, as the request said it.
    pub message: String,
    pub from: String,
    pub to: String,
    /// Of an e-mail its text alone.
    pub body: String,
    /// Where the provider is to tell what becomes of it, if the request says so.
    pub callback: Option<String>,
}

/// A desk that is open as long as the test.
pub struct Desk {
    pub url: String,
    _open: JoinSet<()>,
}

impl Desk {
    pub async fn open(clerk: Arc<dyn Clerk>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(answer).with_state(clerk);
        let mut open = JoinSet::new();
        open.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, _open: open }
    }
}

async fn answer(
    State(clerk): State<Arc<dyn Clerk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let came = Came {
        method,
        path: uri.to_string(),
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let (status, said) = clerk.answer(&came).await;
    let status = StatusCode::from_u16(status).unwrap();
    let said = match said {
        Value::String(text) => text,
        said => said.to_string(),
    };
    (status, [(header::CONTENT_TYPE, "application/json")], said).into_response()
}

/// What a desk took, in turn.
#[derive(Default)]
pub struct Book(Mutex<Vec<Taken>>);

impl Book {
    /// Writes a message down.
    pub fn take(&self, taken: Taken) {
        self.0.lock().unwrap().push(taken);
    }

    /// All until now.
    pub fn all(&self) -> Vec<Taken> {
        self.0.lock().unwrap().clone()
    }

    /// How many until now.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}
