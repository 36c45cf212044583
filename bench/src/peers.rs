//! Other queues: graphile-worker and pg-boss on the same PostgreSQL, with a job that does the same touch by one statement per step.
use crate::Options;
use crate::world::{NOON, Tenant, World};
use anyhow::{Context, bail, ensure};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// How long a peer may take for its jobs: a hundred a second is not what is compared with.
const LONGEST: Duration = Duration::from_secs(240);

/// A queue that does one job at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    GraphileWorker,
    PgBoss,
}

impl Peer {
    /// Its name, as its package is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::GraphileWorker => "graphile-worker",
            Self::PgBoss => "pg-boss",
        }
    }
}

/// Jobs per second: each job does the touch of one enrollment of the tenant with these statements, in their order. The jobs are put
/// into the queue before the time is taken.
pub async fn run(
    options: &Options,
    world: &World,
    peer: Peer,
    tenant: &Tenant,
    statements: &[String],
    jobs: usize,
) -> anyhow::Result<f64> {
    ensure!(
        options.peers.join("node_modules").join(peer.name()).is_dir(),
        "{} is not installed: run `npm ci` in {}",
        peer.name(),
        options.peers.display()
    );
    let order = serde_json::json!({
        "owner": login(&world.owner),
        "app": login(&world.roles.app),
        "tenant": tenant.id.as_uuid(),
        "now": NOON,
        "jobs": jobs,
        "statements": statements,
    });
    let mut child = tokio::process::Command::new("node")
        .arg(format!("{}.mjs", peer.name()))
        .current_dir(&options.peers)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("node can't be started")?;
    let mut stdin = child.stdin.take().context("no way to tell it what to do")?;
    stdin.write_all(order.to_string().as_bytes()).await?;
    drop(stdin);
    let output = tokio::time::timeout(LONGEST, child.wait_with_output())
        .await
        .context("it took too long")??;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("{}: {}", peer.name(), error.chars().take(600).collect::<String>());
    }
    let last = said.lines().last().unwrap_or_default();
    let answer: serde_json::Value =
        serde_json::from_str(last).with_context(|| format!("it said {said:?}"))?;
    let seconds = answer["seconds"].as_f64().context("it names no time")?;
    Ok(f64::from(u32::try_from(jobs)?) / seconds)
}

/// What node-postgres needs to log in as that role.
fn login(options: &PgConnectOptions) -> serde_json::Value {
    serde_json::json!({
        "host": options.get_socket().map_or_else(|| options.get_host().into(), |socket| socket.display().to_string()),
        "port": options.get_port(),
        "user": options.get_username(),
        "password": options.to_url_lossy().password(),
        "database": options.get_database(),
    })
}
