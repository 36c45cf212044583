//! Who calls a hook that is nobody's takes no room from those that are somebody's, and is answered like one who forges.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::side::{Side, TOKEN, side};
use super::stop;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, StatusCode};
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
