//! Commits what webhooks bring in groups: while one group of a tenant is being written, the next gathers; each caller hears when its
//! own is on disk. One commit for many callers costs a tenth of one each.
use super::NewEvent;
use super::{store, told};
use crate::app::App;
use crate::db::TenantId;
use crate::db::failure::{is_of_a_row, without_data};
use fail::fail_point;
use std::collections::{HashMap, HashSet, VecDeque};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, JoinSet};

/// How many events one transaction takes.
const GROUP: usize = 200;
/// How many callers may wait; those that come after are sent away, and come again.
const LONGEST_QUEUE: usize = 4096;
/// How many groups are written at the same time, each of another tenant: other work needs connections too.
const LANES: usize = 3;

/// Why events are not stored. Either way the provider tells of them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    #[error("too much is waiting to be stored")]
    Busy,
    #[error("the database does not take it")]
    Refused,
}

/// Takes events to be stored. Cloned for each that has some; the last one dropped ends it.
#[derive(Clone)]
pub struct Committer {
    jobs: mpsc::Sender<Job>,
}

struct Job {
    tenant: TenantId,
    events: Vec<NewEvent>,
    told: oneshot::Sender<Result<(), NotKept>>,
}

impl Committer {
    /// One that writes to this database, and what has to run for it until every clone is dropped.
    pub fn new(app: App) -> (Self, impl Future<Output = ()> + Send + 'static) {
        Self::with_queue(app, LONGEST_QUEUE)
    }

    /// One at which no more than so many callers wait.
    pub fn with_queue(app: App, longest: usize) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (jobs, told) = mpsc::channel(longest);
        (Self { jobs }, run(app, told))
    }

    /// Stores events of a tenant; answers when they are on disk. One that is there already is left as it is.
    pub async fn keep(&self, tenant: TenantId, events: Vec<NewEvent>) -> Result<(), NotKept> {
        let (told, hears) = oneshot::channel();
        let job = Job { tenant, events, told };
        self.jobs.try_send(job).map_err(|_| NotKept::Busy)?;
        hears.await.unwrap_or(Err(NotKept::Refused))
    }
}

/// What is gathered, by tenant, and which tenants have a group that is being written.
#[derive(Default)]
struct Gathered {
    waiting: HashMap<TenantId, VecDeque<Job>>,
    turn: VecDeque<TenantId>,
    busy: HashSet<TenantId>,
    jobs: usize,
}

impl Gathered {
    fn add(&mut self, job: Job) {
        self.jobs += 1;
        let queue = self.waiting.entry(job.tenant).or_default();
        if queue.is_empty() {
            self.turn.push_back(job.tenant);
        }
        queue.push_back(job);
    }

    /// The next group: of the tenant that has waited longest and of which none is being written.
    fn next(&mut self) -> Option<(TenantId, Vec<Job>)> {
        let at = self.turn.iter().position(|tenant| !self.busy.contains(tenant))?;
        let tenant = self.turn.remove(at)?;
        let queue = self.waiting.get_mut(&tenant)?;
        let mut group = Vec::new();
        let mut events = 0;
        while let Some(job) = queue.front() {
            events += job.events.len();
            if events > GROUP && !group.is_empty() {
                break;
            }
            group.extend(queue.pop_front());
        }
        if queue.is_empty() {
            self.waiting.remove(&tenant);
        } else {
            self.turn.push_back(tenant);
        }
        self.jobs -= group.len();
        self.busy.insert(tenant);
        Some((tenant, group))
    }
}

async fn run(app: App, mut jobs: mpsc::Receiver<Job>) {
    let mut gathered = Gathered::default();
    let mut writing: JoinSet<()> = JoinSet::new();
    let mut whose: HashMap<task::Id, TenantId> = HashMap::new();
    let mut came = Vec::with_capacity(GROUP);
    let mut is_open = true;
    while is_open || gathered.jobs > 0 || !writing.is_empty() {
        tokio::select! {
            number = jobs.recv_many(&mut came, GROUP), if is_open && gathered.jobs < LONGEST_QUEUE => {
                is_open = number > 0;
                came.drain(..).for_each(|job| gathered.add(job));
            }
            Some(done) = writing.join_next_with_id(), if !writing.is_empty() => {
                let id = match &done {
                    Ok((id, ())) => *id,
                    Err(error) => error.id(),
                };
                if let Some(tenant) = whose.remove(&id) {
                    gathered.busy.remove(&tenant);
                }
            }
        }
        while writing.len() < LANES
            && let Some((tenant, group)) = gathered.next()
        {
            let handle = writing.spawn(write(app.clone(), tenant, group));
            whose.insert(handle.id(), tenant);
        }
    }
}

/// Writes a group in one transaction. When one of them can't be stored, each is tried by itself, so that it refuses no other.
async fn write(app: App, tenant: TenantId, group: Vec<Job>) {
    let (events, tellers): (Vec<Vec<NewEvent>>, Vec<_>) =
        group.into_iter().map(|job| (job.events, job.told)).unzip();
    let all: Vec<NewEvent> = events.iter().flatten().cloned().collect();
    let answers = match commit(&app, tenant, &all).await {
        Ok(()) => vec![Ok(()); events.len()],
        Err(error) if tellers.len() > 1 && is_of_a_row(&error) => {
            let mut answers = Vec::with_capacity(events.len());
            for one in &events {
                answers.push(
                    commit(&app, tenant, one)
                        .await
                        .map_err(|error| refused(tenant, &error)),
                );
            }
            answers
        }
        Err(error) => vec![Err(refused(tenant, &error)); events.len()],
    };
    for (told, answer) in tellers.into_iter().zip(answers) {
        // who hung up meanwhile comes again
        let _ = told.send(answer);
    }
}

async fn commit(app: &App, tenant: TenantId, events: &[NewEvent]) -> anyhow::Result<()> {
    let mut tx = app.tenant(tenant).await?;
    if store::insert(&mut tx, events).await? > 0 {
        told::ask_to_read(&mut tx, events).await?;
    }
    fail_point!("hooks.before_commit", |_| Err(anyhow::anyhow!("a drill says so")));
    tx.commit().await?;
    fail_point!("hooks.after_commit");
    Ok(())
}

fn refused(tenant: TenantId, error: &anyhow::Error) -> NotKept {
    tracing::error!(tenant.id = %tenant.as_uuid(), error = without_data(error), "events of a webhook can't be stored");
    NotKept::Refused
}
