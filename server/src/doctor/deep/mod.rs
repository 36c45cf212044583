//! The invariants, checked over a live database: what each check looked at, and every row that breaks it. Each check is a transaction of its
//! own, so that a long one holds up nobody, and sees one moment.
use crate::app::App;
use crate::db::{TenantId, TenantTx};
use crate::reports;
use serde::Serialize;
use std::path::Path;

mod checks;
mod finding;
mod journal;
mod ledger;
mod quiet_hours;
mod store;
mod terms;
mod words;

pub use checks::Check;
use finding::Findings;
pub use finding::Offence;

/// As many rows of one check are named; all are counted.
pub const SHOWN: i64 = 20;

/// One check and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examined {
    pub check: &'static str,
    pub says: &'static str,
    pub because: &'static str,
    /// How many rows it looked at. One that looked at nothing says nothing.
    pub looked_at: u64,
    pub offences: u64,
    /// The first of them, at most `SHOWN`.
    pub rows: Vec<Offence>,
}

impl Examined {
    pub fn holds(&self) -> bool {
        self.offences == 0
    }

    fn of(check: Check, found: Findings) -> Self {
        Self {
            check: check.id(),
            says: check.says(),
            because: check.because(),
            looked_at: found.looked_at,
            offences: found.offences,
            rows: found.rows,
        }
    }
}

/// Runs every check of one tenant, as that tenant: row security holds for the doctor too. Nothing is committed.
pub async fn tenant(app: &App, tenant: TenantId) -> anyhow::Result<Vec<Examined>> {
    let mut all = Vec::with_capacity(Check::OF_A_TENANT.len());
    for check in Check::OF_A_TENANT {
        let mut tx = app.tenant(tenant).await?;
        all.push(Examined::of(check, of_a_tenant(app, &mut tx, check).await?));
    }
    Ok(all)
}

/// Runs the checks that concern no tenant alone: our addresses, and the sandbox's journal if that file is there.
pub async fn installation(app: &App, journal: &Path) -> anyhow::Result<Vec<Examined>> {
    let lines = journal::read(journal)?;
    let mut tx = app.db.operator().await?;
    let routes = finding::from_rows(store::routes(&mut tx).await?);
    let restored = finding::from_rows(store::restored(&mut tx, &journal::taken(&lines)).await?);
    Ok(vec![
        Examined::of(Check::Routes, routes),
        Examined::of(Check::Journal, journal::examine(&lines)),
        Examined::of(Check::Restored, restored),
    ])
}

async fn of_a_tenant(app: &App, tx: &mut TenantTx, check: Check) -> anyhow::Result<Findings> {
    let now = tx.time();
    let rows = match check {
        Check::Ledger => return ledger::examine(tx).await,
        Check::QuietHours => return quiet_hours::examine(tx).await,
        Check::Terms => return terms::examine(tx).await,
        Check::Counts => return counts(tx).await,
        // of the installation, see there
        Check::Routes | Check::Journal | Check::Restored => Vec::new(),
        Check::AcceptedOnce => store::accepted_once(tx).await?,
        Check::OneMessagePerTouch => store::one_message_per_touch(tx).await?,
        Check::TouchAndMessage => store::touch_and_message(tx).await?,
        Check::PassedTheGate => store::passed_the_gate(tx).await?,
        Check::OptOutRespected => {
            let (scopes, purposes) = words::covered();
            store::opt_out_respected(tx, &words::after_an_opt_out(), &scopes, &purposes).await?
        }
        Check::FrequencyCap => store::frequency_cap(tx, words::per_day()).await?,
        Check::Usage => store::usage(tx).await?,
        Check::DemoInTheSandbox => store::demo_in_the_sandbox(tx).await?,
        Check::Connections => {
            let (keys, with_hooks) = words::of_connections(app)?;
            store::connections(tx, &keys, &with_hooks).await?
        }
        Check::Leases => store::leases(tx).await?,
        Check::QueuedOverdue => store::queued_overdue(tx, now).await?,
        Check::TouchesOverdue => store::touches_overdue(tx, now).await?,
        Check::EventsApplied => store::events_applied(tx, now).await?,
        Check::UnknownWithAPerson => store::unknown_with_a_person(tx, now).await?,
        Check::EventsOnce => store::events_once(tx).await?,
        Check::StatusOnlyUp => {
            let (statuses, ranks) = words::ranks();
            store::status_only_up(tx, &statuses, &ranks).await?
        }
        Check::Suppressions => store::suppressions(tx, &words::reasons_of_an_opt_out()).await?,
        Check::OneActiveEnrollment => store::one_active_enrollment(tx).await?,
        Check::EnrollmentsAndTouches => store::enrollments_and_touches(tx).await?,
        Check::OrderCounts => store::order_counts(tx).await?,
        Check::Threads => store::threads(tx).await?,
        Check::References => store::references(tx).await?,
        Check::Words => {
            let (what, known) = words::known();
            store::words(tx, &what, &known).await?
        }
        Check::Times => store::times(tx).await?,
    };
    Ok(finding::from_rows(rows))
}

/// The counts of the reports, touch by touch and purpose by purpose.
async fn counts(tx: &mut TenantTx) -> anyhow::Result<Findings> {
    let mut found = Findings::default();
    for row in reports::touches(tx, None).await? {
        found.look(row.counts.planned);
        if !row.counts.conserve() {
            let id = crate::ids::Noun::Campaign.show(row.campaign_id);
            let what = format!("of {} planned, some stand nowhere", row.counts.planned);
            found.blame(
                "enrollment_touches",
                format!("{id} touch {}, {}", row.touch, row.channel),
                what,
            );
        }
    }
    for row in reports::other_messages(tx).await? {
        found.look(row.counts.planned);
        if !row.counts.conserve() {
            let what = format!("of {} made, some stand nowhere", row.counts.planned);
            found.blame("messages", format!("{}, {}", row.purpose, row.channel), what);
        }
    }
    Ok(found)
}
