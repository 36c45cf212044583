//! A provider that signs its calls, a world that hears them, and the routes of `serve` to call.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, world};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use providers::{
    Asked, CheckFailed, Checked, Event, EventKind, Heard, Hook, LookUp, Outcome, Provider, Refusal,
    Request as Sent,
};
use rules::channel::Channel;
use serde_json::{Value, json};
use server::app::App;
use server::http::{self, Limits};
use server::inbound::apply;
use server::inbound::committer::Committer;
use server::inbound::hooks::Hooks;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt;

pub const TOKEN: &str = "a-token-of-this-tenant";
pub const PUBLIC_URL: &str = "https://hooks.example.com/behind";

/// Calls with a digest over a secret, the URL and the body; a body is an account and pieces, a piece is a list of events.
pub struct Signing {
    name: &'static str,
    /// Does the code of today read what it says?
    pub reads: AtomicBool,
    pub sent: Mutex<Vec<Sent>>,
    /// What was written to us, as it lists it; none: it can't.
    pub received: Mutex<Option<Vec<Value>>>,
    /// Does its list break off at its end?
    pub breaks_off: AtomicBool,
    /// Since when that was asked for.
    pub asked_since: Mutex<Vec<Timestamp>>,
    /// Who asks for it takes one.
    pub lists: Semaphore,
}

#[async_trait::async_trait]
impl Provider for Signing {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn send(&self, request: &Sent) -> Outcome {
        self.sent.lock().unwrap().push(request.clone());
        Outcome::Accepted {
            external_id: request.message_id.to_string(),
        }
    }

    async fn look_up(&self, _: &Asked) -> LookUp {
        LookUp::NotKnown
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        Err(CheckFailed::NotNow("a test".to_owned()))
    }

    async fn received(
        &self,
        _: Channel,
        ours: &str,
        since: Timestamp,
        pieces: &mut Vec<Value>,
    ) -> Result<bool, CheckFailed> {
        assert_eq!(ours, "ours");
        self.asked_since.lock().unwrap().push(since);
        self.lists.acquire().await.unwrap().forget();
        let received = self.received.lock().unwrap();
        pieces.extend(received.iter().flatten().cloned());
        if self.breaks_off.load(Ordering::Relaxed) {
            return Err(CheckFailed::NotNow("it broke off".to_owned()));
        }
        Ok(received.is_some())
    }

    async fn hear(&self, hook: &Hook<'_>) -> Result<Heard, Refusal> {
        if hook
            .headers
            .get("content-type")
            .map(axum::http::HeaderValue::as_bytes)
            != Some(b"application/json")
        {
            return Err(Refusal::ContentType);
        }
        if hook
            .headers
            .get("x-signature")
            .map(axum::http::HeaderValue::as_bytes)
            != Some(signature(hook.url, hook.body).as_bytes())
        {
            return Err(Refusal::Signature);
        }
        let body: Value = serde_json::from_slice(hook.body).map_err(|_| Refusal::Malformed)?;
        if body["account"] != "A1" {
            return Err(Refusal::Account);
        }
        if let Some(challenge) = body["challenge"].as_str() {
            return Ok(Heard::Echo(challenge.to_owned()));
        }
        Ok(Heard::Pieces(
            body["pieces"].as_array().cloned().unwrap_or_default(),
        ))
    }

    fn read(&self, piece: &Value) -> Result<Vec<Event>, Refusal> {
        if !self.reads.load(Ordering::Relaxed) {
            return Err(Refusal::Malformed);
        }
        serde_json::from_value(piece.clone()).map_err(|_| Refusal::Malformed)
    }
}

pub fn signature(url: &str, body: &[u8]) -> String {
    Sha256::digest([b"the secret", url.as_bytes(), body].concat())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The run's counters.
fn metrics() -> PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS
        .get_or_init(|| PrometheusBuilder::new().install_recorder().unwrap())
        .clone()
}

/// A world with a connection to the signing provider, and what can be called.
pub struct Side {
    pub world: World,
    pub app: App,
    pub provider: Arc<Signing>,
    pub routes: Router,
    name: &'static str,
    _running: JoinSet<()>,
}

/// The provider under a name that connections may have.
pub async fn side(name: &'static str) -> Side {
    let world = world().await;
    world
        .run(&format!(
            "insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, is_active, verified_at,
                                                  created_at, updated_at)
             values ($1, $1, 'signing', 'sms', '{name}', 'ours', false, '2026-03-01Z', '2026-03-01Z', '2026-03-01Z');
             insert into hook_routes (token_digest, provider, routed_tenant_id, connection_id)
             values (sha256('{TOKEN}'), '{name}', $1, $1)"
        ))
        .await;
    let app = world.app.clone();
    Side::of(world, app, name)
}

impl Side {
    /// The same world with another door to its database.
    pub fn of(world: World, app: App, name: &'static str) -> Self {
        let provider = Arc::new(Signing {
            name,
            reads: AtomicBool::new(true),
            sent: Mutex::default(),
            received: Mutex::default(),
            breaks_off: AtomicBool::new(false),
            asked_since: Mutex::default(),
            lists: Semaphore::new(1_000),
        });
        let mut app = app.with_provider(Arc::clone(&provider) as Arc<dyn Provider>);
        app.public_url = Some(PUBLIC_URL.to_owned());
        let (committer, committing) = Committer::new(app.clone());
        let mut running = JoinSet::new();
        running.spawn(committing);
        let limits = Limits {
            body: Duration::from_millis(300),
            ..Limits::default()
        };
        let hooks = Hooks::new(app.clone(), committer);
        let routes = http::routes(app.clone(), hooks, metrics(), limits);
        Self {
            world,
            app,
            provider,
            routes,
            name,
            _running: running,
        }
    }

    pub fn path(&self) -> String {
        format!("/hooks/{}/{TOKEN}?message=1", self.name)
    }

    /// A call that is as it should be.
    pub fn request(&self, body: &Value) -> Request<Body> {
        let body = body.to_string();
        let path = self.path();
        let signature = signature(&format!("{PUBLIC_URL}{path}"), body.as_bytes());
        Request::post(path)
            .header("content-type", "application/json")
            .header("x-signature", signature)
            .header("host", "not-what-was-signed.example")
            .body(Body::from(body))
            .unwrap()
    }

    /// The answer: status, headers, body.
    pub async fn call(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let answer = self.routes.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 100_000).await.unwrap();
        (
            head.status,
            head.headers,
            String::from_utf8(body.to_vec()).unwrap(),
        )
    }

    /// Tells events, each piece by itself, and expects them to be taken.
    pub async fn tell(&self, events: &[Event]) {
        let pieces: Vec<Value> = events.iter().map(|event| json!([event])).collect();
        let (status, ..) = self
            .call(self.request(&json!({"account": "A1", "pieces": pieces})))
            .await;
        assert_eq!(status, StatusCode::OK);
    }

    /// Applies all that is due now.
    pub async fn apply(&self) {
        apply::apply(&self.app, self.world.tenant, 10_000).await.unwrap();
    }

    /// How often calls of this provider came to this.
    pub fn counted(&self, outcome: &str) -> u64 {
        self.counted_of(self.name, outcome)
    }

    /// The same of any label.
    pub fn counted_of(&self, provider: &str, outcome: &str) -> u64 {
        let page = metrics().render();
        page.lines()
            .filter(|line| line.starts_with("courtesy_hooks_total{"))
            .filter(|line| line.contains(&format!("provider=\"{provider}\"")))
            .filter(|line| line.contains(&format!("outcome=\"{outcome}\"")))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum()
    }

    pub async fn stored(&self) -> String {
        self.world
            .text("select count(*) from provider_events where tenant_id = $1")
            .await
    }

    /// A message that was handed over and that the provider calls by this name.
    pub async fn sent(&self, external_id: &str, address: &str) {
        let name = self.name;
        self.world
            .run(&format!(
                "insert into recipients (tenant_id, channel, address, created_at, updated_at)
                 values ($1, 'email', '{address}', '2026-03-01Z', '2026-03-01Z') on conflict do nothing;
                 insert into messages (tenant_id, id, direction, channel, purpose, status, our_address, their_address, body, provider,
                                       external_id, attempts, sent_at, created_at, updated_at)
                 values ($1, md5('{external_id}')::uuid, 'outbound', 'email', 'service', 'sent', 'ours', '{address}', 'A body', '{name}',
                         '{external_id}', 1, '2026-03-01Z', '2026-03-01Z', '2026-03-01Z');
                 insert into message_provider_mappings (tenant_id, provider, external_id, message_id, created_at)
                 values ($1, '{name}', '{external_id}', md5('{external_id}')::uuid, '2026-03-01Z')"
            ))
            .await;
    }
}

/// An event of this key.
pub fn event(key: &str, kind: EventKind) -> Event {
    Event {
        key: key.to_owned(),
        our_address: String::new(),
        occurred_at: crate::support::moment("2026-03-02T14:59:00Z"),
        kind,
    }
}

/// A status of the message that the provider calls so.
pub fn status(key: &str, external_id: &str, status: &str) -> Event {
    let kind = EventKind::Status {
        message_id: None,
        external_id: external_id.to_owned(),
        status: status.to_owned(),
        code: None,
    };
    event(key, kind)
}
