//! Running `postgres` as our child: started, watched, stopped, and what an earlier run left behind ended.
use super::place::{Account, Place, open_private};
use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_millis(20);
/// Recovery after a crash replays the log; it takes seconds, rarely minutes.
const LONGEST_RECOVERY: Duration = Duration::from_secs(600);
const LONGEST_STOP: Duration = Duration::from_secs(60);
/// After a kill -9 of the postmaster alone its children hold the shared memory for a moment.
const LONGEST_LINGER: Duration = Duration::from_secs(30);
const LARGEST_LOG: u64 = 10 << 20;

/// A running `postgres`.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    ended: watch::Receiver<Option<String>>,
}

impl Child {
    /// Starts it and waits until it accepts connections; retries while an earlier one is still going away.
    pub async fn start(place: &Place, command: impl Fn() -> Command) -> anyhow::Result<Self> {
        let deadline = Instant::now() + LONGEST_LINGER;
        let mut pause = Duration::from_millis(100);
        loop {
            let log = Log::open(&place.log())?;
            let mut child = spawn(log.direct(command())?).await?;
            let Err(end) = child.ready(&place.cluster()).await else {
                return Ok(child);
            };
            let said = log.since_opened();
            let lingers = said.contains("pre-existing shared memory block")
                || said.contains("\"postmaster.pid\" already exists");
            if lingers && Instant::now() < deadline {
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
                continue;
            }
            bail!(
                "PostgreSQL did not start ({end}). Its log, {}, ends with:\n{}",
                place.log().display(),
                last_lines(&said)
            );
        }
    }

    /// Waits until the postmaster file says ready and names our child; an error says how it ended instead.
    async fn ready(&mut self, cluster: &Path) -> Result<(), String> {
        let deadline = Instant::now() + LONGEST_RECOVERY;
        let mut said_so = Instant::now() + Duration::from_secs(5);
        loop {
            if let Some(end) = self.ended.borrow().clone() {
                return Err(end);
            }
            if Postmaster::of(cluster).is_some_and(|it| it.pid == self.pid && it.is_ready) {
                return Ok(());
            }
            if Instant::now() > deadline {
                let end = format!(
                    "it was not ready after {} s and was told to stop",
                    LONGEST_RECOVERY.as_secs()
                );
                self.stop().await.map_err(|error| format!("{error:#}"))?;
                return Err(end);
            }
            if Instant::now() > said_so {
                tracing::info!("Waiting for the database to recover");
                said_so += Duration::from_secs(30);
            }
            sleep(POLL).await;
        }
    }

    /// Answers when it has ended, with how; for ever pending while it runs.
    pub async fn ended(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(end) => end.clone().unwrap_or_default(),
            Err(_) => "its watcher is gone".to_owned(),
        }
    }

    /// Asks it to end its sessions and stop; does not wait.
    pub fn interrupt(&self) {
        if self.ended.borrow().is_none() {
            // An error means that it has just ended by itself.
            let _ = kill(self.pid, Signal::SIGINT);
        }
    }

    /// Stops it and waits until it is gone.
    pub async fn stop(&self) -> anyhow::Result<()> {
        self.interrupt();
        if tokio::time::timeout(LONGEST_STOP, self.ended()).await.is_ok() {
            return Ok(());
        }
        tracing::warn!(
            "The database did not stop within {} s; ending it at once",
            LONGEST_STOP.as_secs()
        );
        let _ = kill(self.pid, Signal::SIGQUIT);
        tokio::time::timeout(LONGEST_STOP, self.ended())
            .await
            .context("PostgreSQL does not stop")?;
        Ok(())
    }
}

/// Starts the command on a thread of its own, which waits for it and so lives exactly as long: the kernel sends
/// the parent-death signal when the *thread* that started a child ends, not the program.
async fn spawn(mut command: Command) -> anyhow::Result<Child> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let (say, ended) = watch::channel(None);
    let watcher = move || match command.spawn() {
        Ok(mut process) => {
            let _ = tell.send(Ok(process.id()));
            let end = process
                .wait()
                .map_or_else(|error| error.to_string(), |status| status.to_string());
            let _ = say.send(Some(end));
        }
        Err(error) => {
            let _ = tell.send(Err(error));
        }
    };
    std::thread::Builder::new()
        .name("postgres".to_owned())
        .spawn(watcher)
        .context("Cannot start a thread")?;
    let id = told
        .await
        .context("The thread that starts PostgreSQL ended")?
        .context("Cannot run PostgreSQL")?;
    Ok(Child {
        pid: Pid::from_raw(id.cast_signed()),
        ended,
    })
}

/// A command that runs as the account, outside our terminal's process group (so that Ctrl-C reaches us alone), with
/// nothing of our environment. With `ends_with_us` it gets SIGINT when we die, where the machine can do that.
pub fn command(program: &Path, account: Option<&Account>, ends_with_us: bool) -> Command {
    let setpriv = if ends_with_us { setpriv() } else { None };
    let mut command = match (setpriv, account) {
        (Some(setpriv), account) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "INT"]);
            if let Some(Account { uid, gid, .. }) = account {
                command.args([
                    format!("--reuid={uid}"),
                    format!("--regid={gid}"),
                    "--clear-groups".to_owned(),
                ]);
            }
            command.arg("--").arg(program);
            command
        }
        (None, Some(account)) => {
            let mut command = Command::new(program);
            command.uid(account.uid).gid(account.gid);
            command
        }
        (None, None) => Command::new(program),
    };
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C")
        .env("TZ", "UTC");
    command.process_group(0).current_dir("/").stdin(Stdio::null());
    command
}

/// util-linux's `setpriv` (always there on Debian), if it knows the parent-death signal (BusyBox's does not). Without
/// it a kill -9 of ours leaves PostgreSQL running, and the next start ends it.
fn setpriv() -> Option<&'static str> {
    let knows = |path: &str| {
        let help = Command::new(path).arg("--help").output();
        help.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).contains("--pdeathsig"))
    };
    ["/usr/bin/setpriv", "/bin/setpriv"]
        .into_iter()
        .find(|path| knows(path))
}

/// Ends the PostgreSQL that an earlier, killed run of ours left in this cluster. Only the holder of the lock may.
pub async fn end_leftover(cluster: &Path) -> anyhow::Result<()> {
    let deadline = Instant::now() + LONGEST_STOP;
    let mut asked = None;
    while let Some(it) = Postmaster::of(cluster).filter(|it| it.runs_in(cluster)) {
        if asked != Some(it.pid) {
            tracing::info!("Stopping the database that an earlier run left behind");
            let _ = kill(it.pid, Signal::SIGINT);
            asked = Some(it.pid);
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "A PostgreSQL (process {}) is running in {} and does not stop",
            it.pid,
            cluster.display()
        );
        sleep(POLL).await;
    }
    Ok(())
}

/// What `postmaster.pid` says.
#[derive(Debug)]
pub struct Postmaster {
    pid: Pid,
    pub is_ready: bool,
}

impl Postmaster {
    /// The postmaster of that cluster, running or left over.
    pub fn of(cluster: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        let pid = text.lines().next()?.trim().parse().ok()?;
        Some(Self {
            pid: Pid::from_raw(pid),
            is_ready: text.lines().nth(7).is_some_and(|line| line.trim() == "ready"),
        })
    }

    /// Is that process a PostgreSQL in this cluster? After a power cut the number may be another program's.
    fn runs_in(&self, cluster: &Path) -> bool {
        if Path::new("/proc/self").exists() {
            let cwd = std::fs::read_link(format!("/proc/{}/cwd", self.pid)).ok();
            return cwd.is_some() && cwd == cluster.canonicalize().ok();
        }
        let asked = Command::new("ps")
            .args(["-o", "comm=", "-p"])
            .arg(self.pid.to_string())
            .output();
        asked.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).contains("postgres"))
    }
}

/// The log file, and where this start's part of it begins.
struct Log {
    file: std::fs::File,
    begins: u64,
    path: std::path::PathBuf,
}

impl Log {
    fn open(path: &Path) -> anyhow::Result<Self> {
        if std::fs::metadata(path).is_ok_and(|it| it.len() > LARGEST_LOG) {
            std::fs::rename(path, path.with_extension("log.1"))?;
        }
        let opened = open_private(std::fs::File::options().append(true), path);
        let file = opened.with_context(|| format!("Cannot write {}", path.display()))?;
        let begins = file.metadata()?.len();
        Ok(Self {
            file,
            begins,
            path: path.to_path_buf(),
        })
    }

    fn direct(&self, mut command: Command) -> anyhow::Result<Command> {
        command
            .stdout(self.file.try_clone()?)
            .stderr(self.file.try_clone()?);
        Ok(command)
    }

    fn since_opened(&self) -> String {
        let bytes = std::fs::read(&self.path).unwrap_or_default();
        let begins = usize::try_from(self.begins).unwrap_or(0).min(bytes.len());
        String::from_utf8_lossy(&bytes[begins..]).into_owned()
    }
}

/// The last lines of what a program said, for an error message.
pub fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
