//! `courtesy serve`: the engine, and /healthz, /readyz, /metrics.
use super::screen;
use super::session::Session;
use crate::app::App;
use crate::clock::Clock;
use crate::engine::Engine;
use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use clap::Args;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use providers::sandbox::Script;
use std::future::IntoFuture;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Run the engine and answer /healthz, /readyz and /metrics.
#[derive(Debug, Args)]
pub struct Serve {}

impl Serve {
    /// Runs until SIGTERM or SIGINT: stops claiming, finishes what is in flight, then closes the database. A second signal, or
    /// kill -9, is safe too: what was in flight is settled at the next start.
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let metrics = PrometheusBuilder::new()
            .install_recorder()
            .context("metrics can't be recorded")?;
        let open = session.open_with(Clock::System, Some(Script::calm())).await?;
        let listener = tokio::net::TcpListener::bind(session.settings.listen)
            .await
            .with_context(|| format!("--listen: {} can't be used", session.settings.listen))?;
        screen::say(format!(
            "courtesy is running; health at http://{}/healthz",
            listener.local_addr()?
        ));
        let stop = CancellationToken::new();
        let engine = Engine::new(open.app.clone());
        let served = axum::serve(listener, routes(open.app.clone(), metrics))
            .with_graceful_shutdown(stop.clone().cancelled_owned())
            .into_future();
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let told = async {
            let why = tokio::select! {
                _ = terminate.recv() => None,
                _ = interrupt.recv() => None,
                ended = open.database_ended() => Some(ended),
            };
            stop.cancel();
            why
        };
        let ((), served, why) = tokio::join!(engine.run(&stop), served, told);
        served.context("the listener failed")?;
        open.close().await?;
        match why {
            Some(ended) => anyhow::bail!("the embedded database ended: {ended}"),
            None => Ok(()),
        }
    }
}

/// Everything that can be called while `serve` runs.
fn routes(app: App, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz).with_state(app))
        .route(
            "/metrics",
            get(|State(metrics): State<PrometheusHandle>| async move { metrics.render() })
                .with_state(metrics),
        )
}

/// Ready when the database answers as the role that the engine works as.
async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    match crate::messages::next_due(&app, app.clock.now()).await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
