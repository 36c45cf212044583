//! Listens: each connection with a limit on how long its head may take, and no more of them than the machine can bear.
use super::Limits;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// More than these wait to be taken.
const MOST_CONNECTIONS: usize = 2048;
/// How long requests that are under way may still take when it is told to stop.
const LONGEST_END: Duration = Duration::from_secs(10);
/// After a failure to take a connection (no more files may be opened, say).
const PAUSE: Duration = Duration::from_millis(100);

/// Answers on this listener until it is told to stop; then finishes what is under way.
pub async fn listen(listener: TcpListener, routes: Router, limits: Limits, stop: &CancellationToken) {
    let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accept = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            (permit, accepted) = accept => match accepted {
                Ok((stream, _)) => {
                    let (routes, stop) = (routes.clone(), stop.clone());
                    connections.spawn(async move {
                        answer(stream, routes, limits, &stop).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection can't be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(LONGEST_END, ended).await.is_err() {
        tracing::warn!("requests that took too long are cut off");
    }
}

async fn answer(stream: TcpStream, routes: Router, limits: Limits, stop: &CancellationToken) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    let mut connection = pin!(connection);
    let done = tokio::select! {
        done = connection.as_mut() => done,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = done {
        tracing::debug!(%error, "a connection ended early");
    }
}
