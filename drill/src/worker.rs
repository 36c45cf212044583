//! A worker: the product's engine in a process of its own, which may be killed at any moment, also by itself.
use crate::wire::{Answer, Question};
use anyhow::Context;
use jiff::SignedDuration;
use metrics_exporter_prometheus::PrometheusBuilder;
use nix::sys::signal::{Signal, kill};
use nix::unistd::getpid;
use providers::http::{Egress, Http};
use providers::{Asked, CheckFailed, Checked, LookUp, Outcome, Provider, Request};
use server::app::App;
use server::clock::Clock;
use server::db::{Database, RoleUrls};
use server::engine::Engine;
use server::inbound::committer::Committer;
use server::inbound::hooks::Hooks;
use server::seal::KeyRing;
use server::{failpoints, http, reactions};
use sqlx::postgres::PgConnectOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Everything that a worker needs to know, in its environment (the URLs carry passwords).
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Orders {
    pub app: String,
    pub engine: String,
    pub operator: String,
    pub provider: SocketAddr,
    /// Texts go by Twilio's own API: what opens the connections to it, and where the worker says how its hooks are reached.
    pub twilio: Option<ByTwilio>,
    /// Business time is the system's plus so many microseconds.
    pub shift_micros: i64,
    /// Where a worker that kills itself says at which point it did.
    pub last_words: PathBuf,
    /// The point at which it kills itself, and at which coming.
    pub dies_at: Option<(String, u32)>,
    /// Points with what they do besides, in the language of the crate `fail`.
    pub trouble: Vec<(String, String)>,
    /// A list to import before the engine starts, for this tenant.
    pub import: Option<(PathBuf, String)>,
}

/// What a worker needs to speak to the drill's Twilio, and to be called by it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct ByTwilio {
    pub keys: PathBuf,
    /// The folder of files with the address of a worker's hooks, each named after its process.
    pub doors: PathBuf,
}

/// What Twilio's calls are signed for. Nobody is there: calls go to a worker's own address.
pub const PUBLIC_URL: &str = "https://drill.example";

pub const LEASE_SECONDS: f64 = 4.0;
/// Rows that a worker has in flight at most, and so may leave unknown when it is killed.
pub const BATCH: usize = 40;

/// Runs until it is told to stop, or is killed.
pub async fn run(orders: Orders) -> anyhow::Result<()> {
    arm(&orders)?;
    let login = |url: &str| url.parse::<PgConnectOptions>().context("a database URL");
    let roles = RoleUrls {
        app: login(&orders.app)?,
        engine: login(&orders.engine)?,
        operator: login(&orders.operator)?,
    };
    let wrong_by = Arc::new(AtomicI64::new(0));
    let clock = Clock::Shifted {
        by: SignedDuration::from_micros(orders.shift_micros),
        wrong_by: Arc::clone(&wrong_by),
    };
    let db = Database::connect(&roles, 6, reactions::react);
    let mut app = App::new(db, clock).with_provider(Arc::new(Remote(orders.provider)));
    if let Some((list, tenant)) = &orders.import {
        return import(&app, list, tenant).await;
    }
    let stop = CancellationToken::new();
    listen(wrong_by, stop.clone())?;
    let mut answering = None;
    if let Some(by_twilio) = &orders.twilio {
        connect(&mut app, &by_twilio.keys)?;
        answering = Some(tokio::spawn(
            open_door(app.clone(), &by_twilio.doors, stop.clone()).await?,
        ));
    }
    let engine = Engine {
        batch: BATCH,
        lease_seconds: LEASE_SECONDS,
        ..Engine::new(app)
    };
    engine.run(&stop).await;
    if let Some(answering) = answering {
        answering.await?;
    }
    Ok(())
}

/// Lets the app open connections that are stored.
pub fn connect(app: &mut App, keys: &Path) -> anyhow::Result<()> {
    app.http = Some(Http::new(Egress::Anywhere)?);
    app.keys = Some(Arc::new(KeyRing::at(keys)?));
    app.public_url = Some(PUBLIC_URL.to_owned());
    Ok(())
}

/// Answers calls of hooks until it is told to stop, and says where.
async fn open_door(
    app: App,
    doors: &Path,
    stop: CancellationToken,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let door = doors.join(std::process::id().to_string());
    std::fs::write(&door, listener.local_addr()?.to_string())?;
    let (committer, committing) = Committer::new(app.clone());
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let limits = http::Limits::default();
    let routes = http::routes(app.clone(), Hooks::new(app, committer), metrics, limits);
    Ok(async move {
        tokio::join!(http::listen::listen(listener, routes, limits, &stop), committing);
        // a door that nobody opens is passed by
        let _ = std::fs::remove_file(door);
    })
}

/// SIGTERM stops it gracefully; a line on its standard input says by how many microseconds its clock is wrong from now on.
fn listen(wrong_by: Arc<AtomicI64>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        terminate.recv().await;
        stop.cancel();
    });
    tokio::spawn(async move {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Ok(micros) = line.trim().parse() {
                wrong_by.store(micros, Ordering::Relaxed);
            }
        }
    });
    Ok(())
}

/// Makes the failpoints do what the orders say.
fn arm(orders: &Orders) -> anyhow::Result<()> {
    for (name, action) in &orders.trouble {
        fail::cfg(name, action).map_err(|error| anyhow::anyhow!("failpoint {name}: {error}"))?;
    }
    let Some((name, at)) = orders.dies_at.clone() else {
        return Ok(());
    };
    anyhow::ensure!(
        failpoints::NAMES.contains(&name.as_str()),
        "there is no failpoint {name}"
    );
    let (seen, words, said) = (AtomicU32::new(0), orders.last_words.clone(), name.clone());
    fail::cfg_callback(name, move || {
        if seen.fetch_add(1, Ordering::Relaxed) + 1 == at {
            die(&words, &said);
        }
    })
    .map_err(|error| anyhow::anyhow!("failpoint: {error}"))
}

fn die(words: &Path, name: &str) {
    let told = std::fs::File::options()
        .append(true)
        .create(true)
        .open(words)
        .and_then(|mut file| writeln!(file, "{name}"));
    if told.is_ok() {
        // the very signal that an operator's kill -9 sends
        let _ = kill(getpid(), Signal::SIGKILL);
    }
}

async fn import(app: &App, list: &Path, tenant: &str) -> anyhow::Result<()> {
    let tenant = server::tenants::by_slug(app, tenant).await?;
    let zone = jiff::tz::TimeZone::get("America/New_York")?;
    let options = server::imports::Options::default();
    let report = server::imports::customers::import(app, tenant, zone, list, &options, &|_| {}).await?;
    anyhow::ensure!(
        report.refused.is_empty(),
        "the drill's list was refused: {:?}",
        report.refused.first()
    );
    Ok(())
}

/// The drill's provider, over the network.
struct Remote(SocketAddr);

impl Remote {
    /// None: not a byte could have reached it.
    async fn ask(&self, question: &Question) -> Option<anyhow::Result<Answer>> {
        let stream = TcpStream::connect(self.0).await.ok()?;
        Some(converse(stream, question).await)
    }
}

async fn converse(mut stream: TcpStream, question: &Question) -> anyhow::Result<Answer> {
    let mut line = serde_json::to_vec(question)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut answer = String::new();
    let read = BufReader::new(stream).read_line(&mut answer).await?;
    anyhow::ensure!(read > 0, "the connection was closed without an answer");
    Ok(serde_json::from_str(&answer)?)
}

#[async_trait::async_trait]
impl Provider for Remote {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    async fn send(&self, request: &Request) -> Outcome {
        match self.ask(&Question::Send(Box::new(request.clone()))).await {
            None => Outcome::TryLater {
                code: "refused".to_owned(),
                after: Some(std::time::Duration::from_secs(1)),
            },
            Some(Ok(answer)) => answer.outcome(),
            Some(Err(error)) => Outcome::Unknown {
                detail: error.to_string(),
            },
        }
    }

    async fn look_up(&self, asked: &Asked) -> LookUp {
        match self.ask(&Question::LookUp(Box::new(asked.clone()))).await {
            Some(Ok(answer)) => answer.look_up(),
            Some(Err(_)) | None => LookUp::NotKnown,
        }
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        Ok(Checked::says("the desk of the drill"))
    }
}
