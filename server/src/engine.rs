//! All that runs by itself: listen → apply → end long pauses → plan → gate → hand over → record → rescue, round after round.
//!
//! 1. Every step finds its tenants by one probe as the engine's role, then works tenant by tenant as the application's, in batches of
//!    one transaction each. A tenant's share of a round shrinks with how many have work, so that one's million does not delay
//!    another's ten. What was heard is applied, and providers are spoken to, beside the rounds: neither what comes by the thousand nor a
//!    provider's silence delays anybody but their own tenant.
//! 2. A step that fails for one tenant is logged and tried again in the next round; the other tenants go on.
//! 3. Nothing is in memory that is not on disk: the process may be killed at any point and started again.
//! 4. The clock is a value. On a virtual one, `run_until` drives the very same rounds from due time to due time.
use crate::app::App;
use crate::db::TenantId;
use crate::db::failure::without_data;
use crate::messages::{gate, hand_over, rescue};
use crate::{campaigns, inbound, messages};
use fail::fail_point;
use jiff::{SignedDuration, Timestamp};
use providers::Provider;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

mod flights;
pub mod lists;
mod looks;
use flights::{Errand, Flights};

/// How the engine works.
#[derive(Clone)]
pub struct Engine {
    pub app: App,
    /// Rows per batch when one tenant alone has work.
    pub batch: usize,
    /// How long a hand-over may take before its message counts as unknown.
    pub lease_seconds: f64,
}

/// What one round did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    pub heard: usize,
    pub applied: usize,
    /// Enrollments whose campaign has been paused for too long.
    pub ended: usize,
    pub planned: usize,
    pub decided: usize,
    pub handed_over: usize,
    pub rescued: usize,
}

impl Round {
    /// Did anything move, so that another round may find more to do at once?
    pub fn is_idle(self) -> bool {
        self == Self::default()
    }

    fn add(&mut self, other: Self) {
        self.heard += other.heard;
        self.applied += other.applied;
        self.ended += other.ended;
        self.planned += other.planned;
        self.decided += other.decided;
        self.handed_over += other.handed_over;
        self.rescued += other.rescued;
    }
}

/// The longest a running engine sleeps: what another process wrote is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

impl Engine {
    pub fn new(app: App) -> Self {
        Self {
            app,
            batch: 500,
            lease_seconds: 60.0,
        }
    }

    /// One round at the clock's present time: it is over when all that it let go was handed over and recorded, tenant by tenant.
    pub async fn round(&self) -> anyhow::Result<Round> {
        let mut round = self.listen().await?;
        let alone = Semaphore::new(1);
        let heard_from = inbound::apply::tenants_with_events(&self.app, None).await?;
        for tenant in &heard_from {
            let share = self.share(heard_from.len());
            round.add(self.errand(Errand::Apply, *tenant, share, &alone).await);
        }
        let (planned, waiting) = self.plan_due(&heard_from, &|_| true).await?;
        round.add(planned);
        for tenant in &waiting {
            let share = self.share(waiting.len());
            for errand in [Errand::Rescue, Errand::Send] {
                round.add(self.errand(errand, *tenant, share, &alone).await);
            }
        }
        count(round);
        Ok(round)
    }

    /// One round that waits for no errand: each is begun, but for tenants of which the last of its kind is not over yet.
    async fn round_beside(&self, flights: &mut Flights, may_send: bool) -> anyhow::Result<Round> {
        let mut round = self.listen().await?;
        let heard_from = inbound::apply::tenants_with_events(&self.app, None).await?;
        self.begin(flights, Errand::Apply, &heard_from);
        // planned no further ahead than it is sent
        let may_plan = |tenant| may_send && !flights.is_busy(Errand::Send, tenant);
        let (planned, waiting) = self.plan_due(&heard_from, &may_plan).await?;
        round.add(planned);
        count(round);
        self.begin(flights, Errand::Rescue, &waiting);
        if may_send {
            self.begin(flights, Errand::Send, &waiting);
        }
        Ok(round)
    }

    fn begin(&self, flights: &mut Flights, errand: Errand, tenants: &[TenantId]) {
        let share = self.share(tenants.len());
        for tenant in flights.in_turn(errand, tenants) {
            if flights.is_busy(errand, tenant) || !flights.has_room(errand) {
                continue;
            }
            let (engine, database) = (self.clone(), flights.database());
            flights.begin(errand, tenant, async move {
                let done = engine.errand(errand, tenant, share, &database).await;
                count(done);
                !done.is_idle()
            });
        }
    }

    /// Ends long pauses and plans. Answers the tenants whose messages want looking at. Whoever was `heard_from` comes last, and not at all
    /// while anything of that is not applied: it may be a STOP, which must not be overtaken. What comes meanwhile the gate sees.
    async fn plan_due(
        &self,
        heard_from: &[TenantId],
        may_plan: &(dyn Fn(TenantId) -> bool + Sync),
    ) -> anyhow::Result<(Round, Vec<TenantId>)> {
        let now = self.app.clock.now();
        let mut round = Round::default();
        for tenant in campaigns::tenants_with_long_pauses(&self.app, now).await? {
            round.ended += logged(tenant, "end pauses", self.end_long_pauses(tenant).await);
        }
        let due = campaigns::tenants_with_due_touches(&self.app, now).await?;
        let share = self.share(due.len());
        let (last, first): (Vec<TenantId>, Vec<TenantId>) =
            due.into_iter().partition(|tenant| heard_from.contains(tenant));
        for tenant in first.into_iter().filter(|tenant| may_plan(*tenant)) {
            round.planned += logged(tenant, "plan", self.plan(tenant, share).await);
        }
        let behind = if heard_from.is_empty() {
            Vec::new()
        } else {
            inbound::apply::tenants_with_events(&self.app, Some(now)).await?
        };
        let is_heard = |tenant: &TenantId| !behind.contains(tenant);
        for tenant in last
            .into_iter()
            .filter(|tenant| is_heard(tenant) && may_plan(*tenant))
        {
            round.planned += logged(tenant, "plan", self.plan(tenant, share).await);
        }
        let mut waiting = messages::tenants_with_work(&self.app, now).await?;
        waiting.retain(is_heard);
        Ok((round, waiting))
    }

    /// Whatever fails is logged, and tried again in a later round.
    async fn errand(&self, errand: Errand, tenant: TenantId, share: usize, database: &Semaphore) -> Round {
        let mut done = Round::default();
        match errand {
            Errand::Apply => {
                done.applied = logged(
                    tenant,
                    "apply",
                    inbound::apply::apply(&self.app, tenant, share).await,
                );
            }
            Errand::Rescue => {
                done.rescued = logged(tenant, "rescue", rescue::rescue(&self.app, tenant).await);
            }
            Errand::Send => match self.send(tenant, share, database).await {
                Ok((decided, handed_over)) => {
                    done.decided = decided;
                    done.handed_over = handed_over;
                }
                Err(error) => report(tenant, "send", &error),
            },
        }
        done
    }

    /// Runs until it is told to stop, then finishes what is in flight. What is not begun stays for the next start.
    pub async fn run(&self, stop: &CancellationToken) {
        let caught_up = CancellationToken::new();
        tokio::join!(
            self.rounds(stop, &caught_up),
            self.ask_for_lists(stop, &caught_up),
            self.compare_as_due(stop, &caught_up),
            self.show_gauges(stop),
        );
    }

    /// Nothing is sent before what was missed is heard: it may be a STOP.
    async fn rounds(&self, stop: &CancellationToken, caught_up: &CancellationToken) {
        let mut flights = Flights::new();
        while !stop.is_cancelled() {
            flights.land();
            let may_send = caught_up.is_cancelled();
            let sleep = match self.round_beside(&mut flights, may_send).await {
                Ok(round) if !round.is_idle() => Duration::ZERO,
                Ok(_) => self.until_next_due().await,
                Err(error) => {
                    tracing::error!(error = without_data(&error), "a round failed; the next follows");
                    LONGEST_SLEEP
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = flights.moved() => {}
                () = caught_up.cancelled(), if !may_send => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
        flights.land_all().await;
    }

    /// Drives a virtual clock to `end`, from due time to due time, never finer than `tick`. `each` is told where it is.
    pub async fn run_until(
        &self,
        end: Timestamp,
        tick: SignedDuration,
        mut each: impl FnMut(Timestamp, Round),
    ) -> anyhow::Result<Round> {
        let mut total = Round::default();
        loop {
            let round = self.round().await?;
            total.add(round);
            each(self.app.clock.now(), round);
            if !round.is_idle() {
                continue;
            }
            if messages::any_in_flight(&self.app).await? {
                // left by a process that was killed: its lease runs in real time
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            let now = self.app.clock.now();
            if now >= end {
                return Ok(total);
            }
            let next = self.next_due(now).await?.unwrap_or(end);
            self.app
                .clock
                .move_to(next.max(now.saturating_add(tick)?).min(end));
        }
    }

    async fn listen(&self) -> anyhow::Result<Round> {
        let now = self.app.clock.now();
        let mut round = Round::default();
        let Some(sandbox) = &self.app.sandbox else {
            return Ok(round);
        };
        let events = sandbox.due_events(now);
        if events.is_empty() {
            return Ok(round);
        }
        let kept = inbound::keep(&self.app, sandbox.name(), &events).await?;
        sandbox.acknowledge(&kept, now)?;
        round.heard = kept.len();
        Ok(round)
    }

    async fn end_long_pauses(&self, tenant: TenantId) -> anyhow::Result<usize> {
        let mut tx = self.app.tenant(tenant).await?;
        let ended = campaigns::end_long_pauses(&mut tx).await?;
        tx.commit().await?;
        Ok(ended)
    }

    async fn plan(&self, tenant: TenantId, limit: usize) -> anyhow::Result<usize> {
        let mut tx = self.app.tenant(tenant).await?;
        let planned = campaigns::plan(&mut tx, rows(limit)).await?;
        fail_point!("plan.before_commit", |_| Err(anyhow::anyhow!("a drill says so")));
        tx.commit().await?;
        fail_point!("plan.after_commit");
        Ok(planned.touches)
    }

    async fn send(
        &self,
        tenant: TenantId,
        limit: usize,
        database: &Semaphore,
    ) -> anyhow::Result<(usize, usize)> {
        let turn = database.acquire().await?;
        let lease = Duration::try_from_secs_f64(self.lease_seconds).unwrap_or_default();
        let lease_ends = Instant::now() + lease;
        let passed = gate::decide(&self.app, tenant, rows(limit), self.lease_seconds).await?;
        drop(turn);
        let handed_over = passed.ready.len();
        if handed_over > 0 {
            let landed = hand_over::hand_over(&self.app, tenant, passed.ready).await;
            // waits for no turn: the lease runs
            hand_over::record_until(&self.app, tenant, &landed, lease_ends).await?;
        }
        Ok((passed.looked_at, handed_over))
    }

    /// A tenant's rows in a round of so many tenants.
    fn share(&self, tenants: usize) -> usize {
        (self.batch / tenants.max(1)).clamp(20, self.batch)
    }

    async fn until_next_due(&self) -> Duration {
        let now = self.app.clock.now();
        match self.next_due(now).await {
            Ok(Some(next)) => Duration::try_from(next.duration_since(now))
                .unwrap_or_default()
                .min(LONGEST_SLEEP),
            Ok(None) => LONGEST_SLEEP,
            Err(error) => {
                tracing::error!(error = without_data(&error), "the next due time can't be read");
                LONGEST_SLEEP
            }
        }
    }

    /// When anything is due next, after `now`.
    async fn next_due(&self, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
        let touch = campaigns::next_due(&self.app, now).await?;
        let message = messages::next_due(&self.app, now).await?;
        let told = self
            .app
            .sandbox
            .as_ref()
            .and_then(|sandbox| sandbox.next_event_at());
        let waits = inbound::apply::next_wait(&self.app, now).await?;
        Ok([touch, message, told, waits].into_iter().flatten().min())
    }
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn logged(tenant: TenantId, step: &'static str, done: anyhow::Result<usize>) -> usize {
    done.unwrap_or_else(|error| {
        report(tenant, step, &error);
        0
    })
}

fn report(tenant: TenantId, step: &'static str, error: &anyhow::Error) {
    metrics::counter!("courtesy_engine_step_failures_total", "step" => step).increment(1);
    tracing::error!(tenant.id = %tenant.as_uuid(), step, error = without_data(error), "a step failed; the next round tries again");
}

fn count(round: Round) {
    let add = |name: &'static str, step: &'static str, rows: usize| {
        metrics::counter!(name, "step" => step).increment(u64::try_from(rows).unwrap_or(0));
    };
    add("courtesy_engine_rows_total", "heard", round.heard);
    add("courtesy_engine_rows_total", "applied", round.applied);
    add("courtesy_engine_rows_total", "ended", round.ended);
    add("courtesy_engine_rows_total", "planned", round.planned);
    add("courtesy_engine_rows_total", "decided", round.decided);
    add("courtesy_engine_rows_total", "handed_over", round.handed_over);
    add("courtesy_engine_rows_total", "rescued", round.rescued);
}
