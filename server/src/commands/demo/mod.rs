//! `courtesy demo`: fourteen days of campaign on a virtual clock, by the same engine, with a report and its proof.
use super::report::page::Page;
use super::report::{self, zone_of};
use super::screen;
use super::session::{Open, Session};
use crate::clock::Clock;
use crate::db::{TenantId, migrate};
use crate::engine::Engine;
use crate::reports::mask::Addresses;
use crate::reports::{self, Proof};
use crate::settings::Settings;
use crate::tenants;
use anyhow::{Context, bail};
use clap::Args;
use diary::Diary;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use providers::sandbox::Script;
use std::path::PathBuf;

mod cast;
mod days;
mod diary;

/// The clock is moved by no less than this.
const TICK: SignedDuration = SignedDuration::from_mins(5);
const DAYS: i64 = 14;
/// What the sandbox's people do follows from this number.
const SEED: u64 = 7;
/// The least that the project's own lists must show; another list is shown as it is.
const LEAST_DELIVERED: u64 = 300;
const LEAST_OF_EACH: u64 = 20;

/// Fourteen days of campaign on a virtual clock, with a report and its proof.
#[derive(Debug, Args)]
pub struct Demo {
    /// A list of customers instead of the project's own. Where it says nothing of consent, the demo records consent for four in five.
    #[arg(long, value_name = "FILE")]
    customers: Option<PathBuf>,
    /// The jobs of those customers; without it the demo makes a job for each.
    #[arg(long, value_name = "FILE", requires = "customers")]
    work_orders: Option<PathBuf>,
    /// The folder with the project's own lists.
    #[arg(long, value_name = "FOLDER", default_value = "examples")]
    examples: PathBuf,
    /// Begin anew: what an earlier demo left in its data folder goes.
    #[arg(long, conflicts_with = "continue_")]
    fresh: bool,
    /// Go on where an earlier demo stopped.
    #[arg(long = "continue")]
    continue_: bool,
}

/// The clock of a data folder: a demo's stands where the demo has come to, any other's is the system's.
pub fn clock_of(settings: &Settings) -> anyhow::Result<Clock> {
    if settings.database_url.is_some() {
        return Ok(Clock::System);
    }
    Ok(match Diary::read(&settings.data_dir)? {
        Some(diary) => Clock::starting_at(diary.clock()?),
        None => Clock::System,
    })
}

impl Demo {
    /// Fails when a promise is broken, when nothing was sent, or when the project's own lists show less than they should.
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        if session.settings.database_url.is_some() {
            bail!("--database-url: the demo makes and empties a database of its own; give it none");
        }
        let customers = self
            .customers
            .clone()
            .unwrap_or_else(|| self.examples.join("customers.csv"));
        if !customers.is_file() {
            bail!("--customers: {} is no file", customers.display());
        }
        let diary = self.begin_or_go_on(&session, &customers).await?;
        let clock = Clock::starting_at(diary.clock()?);
        let open = session.open_with(clock, Some(Script::demo(SEED))).await?;
        let end = days::START.parse::<Timestamp>()? + SignedDuration::from_hours(24 * DAYS);
        let cast = cast::gather(
            &open,
            &diary,
            &customers,
            self.work_orders.as_deref(),
            &self.examples,
        )
        .await?;
        self.live(&open, &diary, &cast, end).await?;
        let outcome = self.show(&open, &session, &cast).await;
        open.close().await?;
        outcome
    }

    /// Asks, when an earlier demo is there and nobody said what to do with it; without a terminal it goes on.
    async fn begin_or_go_on(&self, session: &Session, customers: &std::path::Path) -> anyhow::Result<Diary> {
        let before = Diary::read(&session.settings.data_dir)?;
        let fresh = match &before {
            None => true,
            Some(_) if self.fresh => true,
            Some(_) if self.continue_ => false,
            Some(diary) if diary.customers != customers => {
                screen::say("An earlier demo used another list of customers: beginning anew.");
                true
            }
            Some(diary) => diary::ask(diary)?,
        };
        match before {
            Some(diary) if !fresh => {
                screen::say(format!("Going on at {}.", diary.clock()?));
                Ok(diary)
            }
            before => {
                if before.is_some() {
                    let reached = session.reach().await?;
                    migrate::down(&reached.owner, 0).await?;
                    std::fs::remove_file(session.journal()).or_else(diary::unless_missing)?;
                }
                Diary::begin(&session.settings.data_dir, customers)
            }
        }
    }

    /// The fortnight: each night the jobs of the day before arrive, as from the tool that a business keeps them in.
    async fn live(
        &self,
        open: &Open,
        diary: &Diary,
        cast: &cast::Cast,
        end: Timestamp,
    ) -> anyhow::Result<()> {
        let bar = ProgressBar::new(u64::try_from(DAYS * 24).unwrap_or(0))
            .with_style(ProgressStyle::with_template("{prefix:>14} [{bar:40}] {msg}")?.progress_chars("=> "));
        bar.set_prefix("fourteen days");
        let start: Timestamp = days::START.parse()?;
        let engine = Engine {
            lease_seconds: 5.0,
            ..Engine::new(open.app.clone())
        };
        let mut handed_over = 0;
        let each = |now: Timestamp, round: crate::engine::Round| {
            handed_over += round.handed_over;
            bar.set_position(u64::try_from(now.duration_since(start).as_hours()).unwrap_or(0));
            bar.set_message(format!(
                "{} UTC, {handed_over} messages",
                now.strftime("%a %-d %b %H:%M")
            ));
            diary.note(now)
        };
        let mut each = each;
        for delivery in &cast.deliveries {
            if delivery.at > open.app.clock.now() {
                engine.run_until(delivery.at, TICK, &mut each).await?;
            }
            cast::deliver(open, cast, delivery).await?;
        }
        engine.run_until(end, TICK, &mut each).await?;
        bar.finish_and_clear();
        Ok(())
    }

    async fn show(&self, open: &Open, session: &Session, cast: &cast::Cast) -> anyhow::Result<()> {
        let mut page = Page::default();
        let tenant = tenants::list(open)
            .await?
            .into_iter()
            .find(|tenant| tenant.tenant_id == cast.tenant.as_uuid())
            .context("the demo's tenant is gone")?;
        let mut tx = open.tenant(cast.tenant).await?;
        let overview = reports::overview(&mut tx, None).await?;
        page.title(&format!("{}: fourteen days, 2 to 16 March 2026", tenant.name));
        report::show(&mut page, &overview, &zone_of(&tenant), &tenant.slug);
        if let Some(customer) = reports::interesting_customer(&mut tx).await?
            && let Some(story) = reports::timeline(&mut tx, customer, Addresses::Masked).await?
        {
            report::show_story(&mut page, &story);
        }
        drop(tx);
        let mut neighbour = open.tenant(cast.neighbour).await?;
        let next_door = reports::overview(&mut neighbour, None).await?;
        drop(neighbour);
        page.heading(
            "The neighbour",
            "another tenant of the same installation, who knows forty of the same people",
        );
        let texts: u64 = next_door
            .touches
            .iter()
            .filter(|row| row.channel == "sms")
            .map(|row| row.counts.sent)
            .sum();
        page.line(&format!("  Second Street Plumbing sent {texts} texts: consent is given to one business and carried to no other."));
        let proof = report::prove(open, &session.journal()).await?;
        report::show_proof(&mut page, &proof);
        let ledgers = [
            ("ledger of the tenant", cast.tenant),
            ("ledger of the neighbour", cast.neighbour),
        ];
        let mut all_whole = true;
        for (name, tenant) in ledgers {
            all_whole &= show_ledger(open, &mut page, name, tenant).await?;
        }
        let shown = Shown::count(&overview);
        page.heading("In short", "");
        page.line(&format!(
            "  {} delivered, {} held, {} stopped, {} failed; {} receipts in the journal, {} opt-outs.",
            shown.delivered, shown.held, shown.stopped, shown.failed, proof.receipts, proof.opt_outs
        ));
        page.line(&format!(
            "  Ask on: courtesy --data-dir {} report --tenant {} --story   ·   why msg_…   ·   consent verify --all",
            session.settings.data_dir.display(),
            tenant.slug
        ));
        screen::page(&page);
        self.judge(&proof, all_whole, shown)
    }

    fn judge(&self, proof: &Proof, ledgers_whole: bool, shown: Shown) -> anyhow::Result<()> {
        if !proof.holds() {
            bail!("a promise is broken: see the lines above");
        }
        if !ledgers_whole {
            bail!("a consent ledger does not verify");
        }
        if proof.taken == 0 {
            bail!("nothing was sent");
        }
        let is_own = self.customers.is_none();
        let least = [shown.held, shown.stopped, shown.failed]
            .into_iter()
            .min()
            .unwrap_or(0);
        if is_own && (shown.delivered < LEAST_DELIVERED || least < LEAST_OF_EACH) {
            bail!(
                "the demo should deliver {LEAST_DELIVERED} messages and hold, stop and fail {LEAST_OF_EACH} each"
            );
        }
        Ok(())
    }
}

async fn show_ledger(open: &Open, page: &mut Page, name: &str, tenant: TenantId) -> anyhow::Result<bool> {
    let mut tx = open.tenant(tenant).await?;
    let found = crate::consents::verify(&mut tx).await?;
    page.check(
        found.is_whole(),
        &format!("the consent {name} verifies"),
        &format!("{} events", found.events),
    );
    Ok(found.is_whole())
}

/// What a fortnight comes to.
#[derive(Clone, Copy)]
struct Shown {
    delivered: u64,
    held: u64,
    stopped: u64,
    failed: u64,
}

impl Shown {
    fn count(overview: &reports::Overview) -> Self {
        let mut all = reports::Counts::default();
        for row in &overview.touches {
            all += row.counts;
        }
        Self {
            delivered: all.delivered,
            held: all.held,
            stopped: all.stopped + all.cancelled,
            failed: all.failed + all.undelivered,
        }
    }
}
