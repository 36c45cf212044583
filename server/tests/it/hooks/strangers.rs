//! Who calls a hook that is nobody's takes no room from those that are somebody's, and is answered like one who forges.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::side::{PUBLIC_URL, Side, TOKEN, side, signature};
use super::{body, stop};
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, Request, StatusCode};
use hyper::body::{Frame, SizeHint};
use serde_json::json;
use server::http::Limits;
use server::inbound::committer::Committer;
use server::inbound::hooks::Hooks;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt;

const MIB: u64 = 1024 * 1024;
/// As many of WhatsApp's largest calls as leave no room for one more.
const MANY: u32 = 85;
const NOBODYS: &str = "/hooks/whatsapp/nobodys";

/// A body of that length of which nothing comes. It tells when it is waited for.
struct Drip {
    length: u64,
    awaited: Arc<Semaphore>,
}

impl HttpBody for Drip {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.awaited.add_permits(1);
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

/// Routes that wait long for a body.
struct Slow {
    side: Side,
    routes: Router,
    calls: JoinSet<StatusCode>,
    awaited: Arc<Semaphore>,
    _committing: JoinSet<()>,
}

impl Slow {
    async fn start() -> Self {
        let side = side("whatsapp").await;
        let (committer, committing) = Committer::new(side.app.clone());
        let mut running = JoinSet::new();
        running.spawn(committing);
        let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
            .build_recorder()
            .handle();
        let limits = Limits {
            body: Duration::from_secs(600),
            ..Limits::default()
        };
        let hooks = Hooks::new(side.app.clone(), committer);
        Self {
            routes: server::http::routes(side.app.clone(), hooks, metrics, limits),
            side,
            calls: JoinSet::new(),
            awaited: Arc::new(Semaphore::new(0)),
            _committing: running,
        }
    }

    /// So many calls of three megabytes that never come; answers when all are waited for.
    async fn drip(&mut self, path: &str) {
        for _ in 0..MANY {
            let request = dripping(path, 3 * MIB, &self.awaited);
            let routes = self.routes.clone();
            self.calls
                .spawn(async move { routes.oneshot(request).await.unwrap().status() });
        }
        let all = tokio::time::timeout(Duration::from_secs(60), self.awaited.acquire_many(MANY)).await;
        all.unwrap().unwrap().forget();
    }

    async fn answers(&self, request: Request<Body>) -> StatusCode {
        self.routes.clone().oneshot(request).await.unwrap().status()
    }

    /// A genuine call of two megabytes.
    fn large(&self) -> Request<Body> {
        let padding = "x".repeat(2 * 1024 * 1024);
        self.side
            .request(&json!({"account": "A1", "pieces": [[stop("1")]], "padding": padding}))
    }
}

fn dripping(path: &str, length: u64, awaited: &Arc<Semaphore>) -> Request<Body> {
    let awaited = Arc::clone(awaited);
    Request::post(path)
        .body(Body::new(Drip { length, awaited }))
        .unwrap()
}

#[tokio::test]
async fn slow_bodies_of_strangers_take_no_room_from_genuine_calls() {
    let mut slow = Slow::start().await;
    for _ in 0..3 {
        slow.drip(NOBODYS).await;
    }
    assert_eq!(slow.answers(slow.large()).await, StatusCode::OK);
    assert_eq!(slow.side.stored().await, "1");
    assert!(
        slow.calls.try_join_next().is_none(),
        "a stranger was answered before the body came"
    );
}

#[tokio::test]
async fn while_hooks_that_are_somebodys_have_no_room_a_stranger_is_sent_away_like_them() {
    let mut slow = Slow::start().await;
    let path = slow.side.path();
    slow.drip(&path).await;
    assert_eq!(slow.answers(slow.large()).await, StatusCode::SERVICE_UNAVAILABLE);
    for path in [path.as_str(), NOBODYS] {
        let request = dripping(path, 2 * MIB, &slow.awaited);
        assert_eq!(
            slow.answers(request).await,
            StatusCode::SERVICE_UNAVAILABLE,
            "{path}"
        );
    }
    slow.calls.shutdown().await;
    assert_eq!(slow.answers(slow.large()).await, StatusCode::OK);
}

#[tokio::test]
async fn a_strangers_body_is_waited_for_as_long_and_may_be_as_large_as_another() {
    let side = side("whatsapp").await;
    let most = usize::try_from(3 * MIB).unwrap();
    let nobodys = side.path().replace(TOKEN, "nobodys");
    for path in [side.path(), nobodys] {
        let (large, slow) = (side.counted("too_large"), side.counted("slow"));
        let post = |body| Request::post(&path).body(body).unwrap();
        let (whole, ..) = side.call(post(Body::from(vec![b'x'; most]))).await;
        assert_eq!(whole, StatusCode::FORBIDDEN, "{path}");
        let (more, ..) = side.call(post(Body::from(vec![b'x'; most + 1]))).await;
        assert_eq!(more, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let (never, ..) = side
            .call(dripping(&path, 100, &Arc::new(Semaphore::new(0))))
            .await;
        assert_eq!(never, StatusCode::REQUEST_TIMEOUT, "{path}");
        assert!(
            side.counted("too_large") > large && side.counted("slow") > slow,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_not_believed_is_answered_alike_counted_and_stores_nothing() {
    // Vonage repeats what is answered 5xx alone, and sends calls that it could not sign
    for (provider, answered) in [
        ("whatsapp", StatusCode::FORBIDDEN),
        ("vonage", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        not_believed(provider, answered).await;
    }
}

async fn not_believed(provider: &'static str, answered: StatusCode) {
    let side = side(provider).await;
    let good = body("1").to_string();
    let path = side.path();
    let signed = |path: &str, body: &str| signature(&format!("{PUBLIC_URL}{path}"), body.as_bytes());
    let call = |path: &str, kind: &str, signature: &str, body: &str| {
        Request::post(path)
            .header("content-type", kind)
            .header("x-signature", signature)
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    let (json_type, right) = ("application/json", signed(&path, &good));
    let other_account = good.replace("A1", "A2");
    let unreadable = "{\"account\": ";
    let no_token = path.replace(TOKEN, "nobody");
    let other_provider = path.replace(provider, "bandwidth");
    let no_provider = path.replace(provider, "made-up-by-a-stranger");
    let mut flipped = right.clone().into_bytes();
    flipped[0] ^= 1;
    let flipped = String::from_utf8(flipped).unwrap();
    let refused = [
        ("signature", provider, call(&path, json_type, &flipped, &good)),
        ("signature", provider, call(&path, json_type, &right, &good[1..])),
        (
            "signature",
            provider,
            call(&path, json_type, &right, &other_account),
        ),
        (
            "signature",
            provider,
            call(&path.replace("=1", "=2"), json_type, &right, &good),
        ),
        ("content_type", provider, call(&path, "text/plain", &right, &good)),
        (
            "account",
            provider,
            call(&path, json_type, &signed(&path, &other_account), &other_account),
        ),
        (
            "malformed",
            provider,
            call(&path, json_type, &signed(&path, unreadable), unreadable),
        ),
        (
            "unknown_token",
            provider,
            call(&no_token, json_type, &signed(&no_token, &good), &good),
        ),
        (
            "unknown_token",
            "unknown",
            call(&no_provider, json_type, &signed(&no_provider, &good), &good),
        ),
        (
            "unknown_token",
            "bandwidth",
            call(&other_provider, json_type, &signed(&other_provider, &good), &good),
        ),
    ];
    let mut answers: Vec<(StatusCode, HeaderMap, String)> = Vec::new();
    for (outcome, label, request) in refused {
        // a provider that this installation does not know is not a label either
        let is_known = label != "bandwidth" || providers::described(label).is_some();
        let label = if is_known { label } else { "unknown" };
        let before = side.counted_of(label, outcome);
        let answer = side.call(request).await;
        if label == provider {
            answers.push(answer);
        } else {
            assert_eq!(answer.0, StatusCode::FORBIDDEN, "{label}");
        }
        assert!(side.counted_of(label, outcome) > before, "{outcome} is counted");
    }
    assert_eq!(answers[0].0, answered);
    assert_eq!(answers[0].2, "");
    for answer in &answers {
        assert_eq!(*answer, answers[0], "an answer gives something away");
    }
    assert_eq!(side.stored().await, "0");
    // and the very same call, unforged, is taken
    assert_eq!(
        side.call(call(&path, json_type, &right, &good)).await.0,
        StatusCode::OK
    );
    assert_eq!(side.stored().await, "1");
}
