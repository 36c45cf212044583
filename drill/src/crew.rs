//! The workers: started, killed, started again.
use crate::worker::Orders;
use anyhow::Context;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::seq::{IndexedMutRandom, IndexedRandom};
use rand::{Rng, rng};
use server::failpoints::{CAN_FAIL, NAMES};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Where the orders of a worker stand in its environment.
pub const ORDERS: &str = "COURTESY_DRILL_ORDERS";
/// How long a worker may take to stop gracefully.
const LONGEST_STOP: Duration = Duration::from_secs(40);

pub struct Crew {
    folder: PathBuf,
    orders: Orders,
    workers: Vec<Child>,
    /// Workers that were killed from outside.
    pub killed: u64,
    /// Workers that were told to stop and did.
    pub stopped: u64,
    pub clock_steps: u64,
    started: u64,
}

impl Crew {
    pub fn new(folder: &Path, orders: Orders) -> Self {
        Self {
            folder: folder.to_owned(),
            orders,
            workers: Vec::new(),
            killed: 0,
            stopped: 0,
            clock_steps: 0,
            started: 0,
        }
    }

    /// Starts workers until there are so many; those that died are replaced. Calm ones do not die by themselves.
    pub fn fill(&mut self, size: usize, calm: bool) -> anyhow::Result<()> {
        self.workers
            .retain_mut(|worker| matches!(worker.try_wait(), Ok(None)));
        while self.workers.len() < size {
            let mut orders = self.orders.clone();
            if !calm {
                trouble(&mut orders);
            }
            let worker = self.start(&orders)?;
            self.workers.push(worker);
        }
        Ok(())
    }

    /// Imports a list in a process that dies on its way, again and again; the last one lives. Answers how many died.
    pub async fn import(&mut self, list: &Path, tenant: &str, deaths: u32) -> anyhow::Result<u32> {
        let points = ["import.before_commit", "import.after_commit"];
        let mut died = 0;
        loop {
            let mut orders = self.orders.clone();
            orders.import = Some((list.to_owned(), tenant.to_owned()));
            if died < deaths {
                orders.dies_at = Some((points[(died % 2) as usize].to_owned(), 1 + died / 2));
            }
            let status = self.start(&orders)?.wait().await?;
            if status.success() {
                return Ok(died);
            }
            anyhow::ensure!(
                died < deaths,
                "the import fails by itself, see {}",
                self.folder.display()
            );
            died += 1;
        }
    }

    fn start(&mut self, orders: &Orders) -> anyhow::Result<Child> {
        self.started += 1;
        let log = File::create(self.folder.join(format!("worker-{}.log", self.started)))?;
        Command::new(std::env::current_exe()?)
            .arg("worker")
            .env(ORDERS, serde_json::to_string(orders)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("a worker can't be started")
    }

    /// kill -9 of one of them.
    pub async fn kill_one(&mut self) -> anyhow::Result<()> {
        if let Some(mut worker) = self.take_one() {
            worker.kill().await?;
            self.killed += 1;
        }
        Ok(())
    }

    /// SIGTERM to one of them: it ends by itself, having finished what it began.
    pub async fn stop_one(&mut self) -> anyhow::Result<()> {
        let Some(mut worker) = self.take_one() else {
            return Ok(());
        };
        if let Some(pid) = worker.id() {
            kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM)?;
        }
        if timeout(LONGEST_STOP, worker.wait()).await.is_ok() {
            self.stopped += 1;
        }
        Ok(())
    }

    /// The clock of one of them jumps; it hears so on its standard input.
    pub async fn step_one_clock(&mut self, micros: i64) {
        if let Some(worker) = self.workers.choose_mut(&mut rng())
            && let Some(input) = worker.stdin.as_mut()
            && input.write_all(format!("{micros}\n").as_bytes()).await.is_ok()
        {
            self.clock_steps += 1;
        }
    }

    /// All clocks are right again.
    pub async fn set_clocks_right(&mut self) {
        for worker in &mut self.workers {
            if let Some(input) = worker.stdin.as_mut() {
                // a worker that is dead hears nothing
                let _ = input.write_all(b"0\n").await;
            }
        }
    }

    /// Ends all, gracefully.
    pub async fn dismiss(&mut self) -> anyhow::Result<()> {
        while !self.workers.is_empty() {
            self.stop_one().await?;
        }
        Ok(())
    }

    fn take_one(&mut self) -> Option<Child> {
        if self.workers.is_empty() {
            return None;
        }
        let which = rng().random_range(0..self.workers.len());
        Some(self.workers.swap_remove(which))
    }

    /// At which points workers killed themselves, and how often.
    pub fn last_words(&self) -> BTreeMap<String, u64> {
        let mut words = BTreeMap::new();
        let text = std::fs::read_to_string(&self.orders.last_words).unwrap_or_default();
        for name in text.lines() {
            *words.entry(name.to_owned()).or_default() += 1;
        }
        words
    }
}

/// One point at which the worker kills itself, and delays and failures at others.
fn trouble(orders: &mut Orders) {
    let mut rng = rng();
    // `keep` runs where webhooks are heard, and imports have processes of their own
    let names: Vec<&str> = NAMES
        .iter()
        .copied()
        .filter(|name| !name.starts_with("keep.") && !name.starts_with("import."))
        .collect();
    let dies_at = names
        .choose(&mut rng)
        .map(|name| ((*name).to_owned(), rng.random_range(1..12)));
    let mut trouble = Vec::new();
    for name in names {
        let is_death = dies_at.as_ref().is_some_and(|(at, _)| at == name);
        if is_death {
            continue;
        }
        let action = match name {
            // a STOP, the planning of the next touch and the gate take so long that they meet
            "opted_out.before_commit" => "70%sleep(250)".to_owned(),
            "plan.before_commit" => "40%sleep(200)->2%return".to_owned(),
            "gate.before_commit" => "40%sleep(250)->2%return".to_owned(),
            name if CAN_FAIL.contains(&name) => "3%sleep(80)->2%return".to_owned(),
            _ => format!("2%sleep({})", rng.random_range(20..400)),
        };
        trouble.push((name.to_owned(), action));
    }
    (orders.dies_at, orders.trouble) = (dies_at, trouble);
}
