//! The process itself: how large the program is, how soon it is ready, how much memory it holds idle and with a million to work on.
use crate::Options;
use crate::figures::{Figures, Limit, median};
use crate::world::{Server, World};
use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::sleep;

const LONGEST_START: Duration = Duration::from_secs(60);

/// Measures `courtesy serve`: on a folder of its own, then on the world with the million, which is due by now.
pub async fn measure(
    options: &Options,
    server: &Server,
    world: &World,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let size = std::fs::metadata(&options.courtesy)
        .with_context(|| format!("{} is not built", options.courtesy.display()))?
        .len();
    figures.add(
        "process",
        "size of the program",
        mega(size),
        "MB",
        Limit::AtMost(40.0),
        "release, stripped",
    );
    let own = server.folder.path().join("own");
    let first = Serve::start(options, &own).await?;
    figures.add(
        "process",
        "first start, database made",
        first.ready_after,
        "s",
        Limit::AtMost(20.0),
        "until /readyz",
    );
    first.stop().await?;
    let mut starts = Vec::new();
    for _ in 0..3 {
        let again = Serve::start(options, &own).await?;
        starts.push(again.ready_after);
        again.stop().await?;
    }
    figures.add(
        "process",
        "cold start",
        median(&starts),
        "s",
        Limit::AtMost(3.0),
        "with its PostgreSQL, until /readyz",
    );
    let idle = Serve::start(options, &own).await?;
    sleep(Duration::from_secs(4)).await;
    let resident = idle.resident()?;
    idle.stop().await?;
    figures.add(
        "process",
        "resident memory, idle",
        mega(resident),
        "MB",
        Limit::AtMost(40.0),
        "without PostgreSQL",
    );

    let waiting = "select count(*) from enrollment_touches where status = 'pending' and touch_number = 1";
    let before = world.text(waiting).await?;
    let busy = Serve::start(options, &server.folder.path().join("data")).await?;
    let (mut most, begun) = (0, Instant::now());
    let seconds = if options.quick { 10 } else { 45 };
    while begun.elapsed() < Duration::from_secs(seconds) {
        most = most.max(busy.resident()?);
        sleep(Duration::from_millis(200)).await;
    }
    let metrics = busy.get("/metrics").await?;
    busy.stop().await?;
    let left = world.text(waiting).await?;
    let rows = |step: &str| {
        let wanted = format!("courtesy_engine_rows_total{{step=\"{step}\"}} ");
        metrics
            .lines()
            .find_map(|line| line.strip_prefix(&wanted))
            .unwrap_or("0")
            .to_owned()
    };
    if rows("planned") == "0" {
        bail!("nothing was planned in {seconds} s: {metrics}");
    }
    let detail = format!(
        "{seconds} s: of {before} due touches {left} left; {} decided, {} handed over to the sandbox",
        rows("decided"),
        rows("handed_over")
    );
    figures.add(
        "process",
        "resident memory with the million due",
        mega(most),
        "MB",
        Limit::AtMost(80.0),
        detail,
    );
    Ok(())
}

fn mega(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0
}

struct Serve {
    child: Child,
    address: String,
    /// Seconds from its start until /readyz said yes.
    ready_after: f64,
}

impl Serve {
    async fn start(options: &Options, data: &Path) -> anyhow::Result<Self> {
        let said = data.with_extension("out");
        let begun = Instant::now();
        let mut child = Command::new(&options.courtesy)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .env_remove("DATABASE_URL")
            .env_remove("DATABASE_OWNER_URL")
            .stdout(std::fs::File::create(&said)?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} can't be started", options.courtesy.display()))?;
        let address = loop {
            if let Some((_, rest)) = std::fs::read_to_string(&said)?.split_once("http://")
                && let Some((address, _)) = rest.split_once('/')
            {
                break address.to_owned();
            }
            if let Some(status) = child.try_wait()? {
                bail!("courtesy serve ended: {status}");
            }
            if begun.elapsed() > LONGEST_START {
                bail!("courtesy serve does not start");
            }
            sleep(Duration::from_millis(5)).await;
        };
        let mut serve = Self {
            child,
            address,
            ready_after: 0.0,
        };
        while serve.get("/readyz").await? != "ready\n" {
            if begun.elapsed() > LONGEST_START {
                bail!("courtesy serve is not ready");
            }
            sleep(Duration::from_millis(5)).await;
        }
        serve.ready_after = begun.elapsed().as_secs_f64();
        Ok(serve)
    }

    /// The body that a path answers.
    async fn get(&self, path: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer
            .split_once("\r\n\r\n")
            .map(|(_, body)| body.to_owned())
            .unwrap_or_default())
    }

    fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("courtesy serve has ended")
    }

    /// Bytes that it holds in memory now.
    fn resident(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB"))
            .context("the kernel does not say")?;
        Ok(kilobytes.trim().parse::<u64>()? * 1024)
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        kill(Pid::from_raw(i32::try_from(self.pid()?)?), Signal::SIGTERM)?;
        let ended = tokio::time::timeout(LONGEST_START, self.child.wait()).await;
        ended.context("courtesy serve does not stop")??;
        Ok(())
    }
}
