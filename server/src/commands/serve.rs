//! `courtesy serve`: the engine, and all that can be called over HTTP.
use super::screen;
use super::session::Session;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::http;
use crate::inbound::committer::Committer;
use crate::inbound::hooks::Hooks;
use anyhow::Context;
use clap::Args;
use metrics_exporter_prometheus::PrometheusBuilder;
use providers::http::in_the_clear;
use providers::sandbox::Script;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Run the engine, take webhooks, and answer /healthz, /readyz and /metrics.
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
        match &open.app.public_url {
            None => tracing::warn!(
                "webhooks are answered 503: --public-url says where providers reach this installation"
            ),
            Some(url) if in_the_clear(url) => tracing::warn!(
                "--public-url begins with http://: what providers tell, and the tokens of hooks, travel unencrypted, and mails carry no link of one click"
            ),
            Some(_) => {}
        }
        let (committer, committing) = Committer::new(open.app.clone());
        let hooks = Hooks::new(open.app.clone(), committer);
        let limits = http::Limits::default();
        let routes = http::routes(open.app.clone(), hooks, metrics, limits);
        // the last clone of the committer goes with the routes, and what it has still to write is written then
        let served = http::listen::listen(listener, routes, limits, &stop);
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
        let ((), (), (), why) = tokio::join!(engine.run(&stop), served, committing, told);
        open.close().await?;
        match why {
            Some(ended) => anyhow::bail!("the embedded database ended: {ended}"),
            None => Ok(()),
        }
    }
}
