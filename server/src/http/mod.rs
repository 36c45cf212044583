//! All that can be called over HTTP while `serve` runs.
use crate::app::App;
use crate::inbound::hooks::Hooks;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{any, get};
use metrics_exporter_prometheus::PrometheusHandle;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

mod hooks;
pub mod listen;
mod unsubscribe;

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The head of a request; a connection on which nothing is asked is closed after it.
    pub head: Duration,
    /// A body.
    pub body: Duration,
    /// To verify and store a call. Twilio waits for fifteen seconds.
    pub call: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(20),
            body: Duration::from_secs(10),
            call: Duration::from_secs(10),
        }
    }
}

/// Everything that can be called.
pub fn routes(app: App, hooks: Hooks, metrics: PrometheusHandle, limits: Limits) -> Router {
    let metrics_page =
        get(|State(metrics): State<PrometheusHandle>| async move { metrics.render() }).with_state(metrics);
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz).with_state(app.clone()))
        .route("/metrics", metrics_page)
        .route(
            "/hooks/{provider}/{token}",
            any(hooks::hear).with_state(hooks::Calls::new(hooks, limits)),
        )
        .route(
            "/u/{token}",
            get(unsubscribe::show)
                .post(unsubscribe::act)
                .with_state((app, limits.body)),
        )
}

/// Ready when the database answers as the role that the engine works as.
async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    match crate::messages::next_due(&app, app.clock.now()).await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

/// Why a body is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NotRead {
    TooLarge,
    Slow,
}

impl NotRead {
    fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

/// The whole body, if it is small and comes soon. What breaks off counts as too large: nobody hears the answer.
async fn read(body: Body, largest: usize, longest: Duration) -> Result<Bytes, NotRead> {
    match tokio::time::timeout(longest, axum::body::to_bytes(body, largest)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(NotRead::TooLarge),
        Err(_) => Err(NotRead::Slow),
    }
}

/// Takes a body in as `read` does, with its ends, and keeps nothing of it.
async fn read_away(mut body: Body, largest: usize, longest: Duration) -> Result<(), NotRead> {
    let all = async {
        let mut left = largest;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let frame = frame.map_err(|_| NotRead::TooLarge)?;
            let came = frame.data_ref().map_or(0, Bytes::len);
            left = left.checked_sub(came).ok_or(NotRead::TooLarge)?;
        }
        Ok(())
    };
    tokio::time::timeout(longest, all)
        .await
        .unwrap_or(Err(NotRead::Slow))
}
