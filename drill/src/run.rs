//! The course of the drill: everybody to their places, trouble for a while, then calm, then the verdict.
use crate::crew::Crew;
use crate::people::{BEGINS, People, Person};
use crate::provider::Desk;
use crate::proxy::Proxy;
use crate::stage::Stage;
use crate::twilio::Twilio;
use crate::verdict::{Verdict, judge};
use crate::worker::{self, ByTwilio, Orders};
use anyhow::Context;
use clap::{Args, ValueEnum};
use nix::unistd::geteuid;
use providers::sandbox::Sandbox;
use rand::seq::IndexedRandom;
use rand::{Rng, rng};
use rules::channel::Channel;
use rules::suppression::SuppressionReason;
use server::db::embedded;
use server::{campaigns, consents};
use sqlx::Row;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const TENANTS: usize = 4;
const WORKERS: usize = 4;
/// How long a step of the trouble takes.
const TICK: Duration = Duration::from_millis(250);
/// How long the calm afterwards may last.
const LONGEST_CALM: Duration = Duration::from_secs(120);
const HOUR_MICROS: i64 = 3_600_000_000;

#[derive(Debug, Args)]
pub struct Run {
    /// A few hundred messages in about a minute, instead of ten thousand and a hundred kills.
    #[arg(long)]
    short: bool,
    /// What people and their phones do follows from it; the faults do not.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many customers each of the four tenants has.
    #[arg(long)]
    each: Option<usize>,
    /// How texts go: by the sandbox's own protocol, or by Twilio's API and its signed webhooks, through the product's adapter.
    #[arg(long, value_enum, default_value_t = Carrying::Sandbox)]
    provider: Carrying,
    /// Where database, journal and logs are kept; a folder that goes with the drill, when not given.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// Who carries the texts of a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Carrying {
    Sandbox,
    Twilio,
}

/// What was done to the product.
#[derive(Default)]
struct Injected {
    import_deaths: u32,
    database_crashes: u64,
    disk_full: u64,
    stops_out_of_the_blue: u64,
    revocations: Arc<AtomicU64>,
    pauses: u64,
    edits: u64,
}

/// How much of it.
struct Plan {
    each: usize,
    per_tick: usize,
    /// Ticks between two of a kind.
    kill: u64,
    crash: u64,
    clock: u64,
    desk: u64,
    least_kills: u64,
}

impl Run {
    /// Answers whether every promise held and every kind of fault was injected.
    pub async fn run(self) -> anyhow::Result<bool> {
        let temporary = tempfile::tempdir()?;
        let folder = self.folder.clone().unwrap_or_else(|| temporary.path().to_owned());
        std::fs::create_dir_all(&folder)?;
        let disk = SmallDisk::mount(&folder.join("pg"))?;
        let plan = self.plan();
        let people = People::roll(self.seed, TENANTS, plan.each);
        let began = Instant::now();
        // an opt-out takes so long that planning and gate meet it
        fail::cfg("opted_out.before_commit", "70%sleep(250)").map_err(anyhow::Error::msg)?;
        let mut stage = Stage::set(&folder, BEGINS.parse()?, TENANTS).await?;
        let proxy = Proxy::start(stage.socket()?).await?;
        let journal = folder.join("provider.jsonl");
        let sandbox = Sandbox::open(&journal, people.script())?;
        let by_twilio = self.by_twilio(&folder)?;
        if let Some(by_twilio) = &by_twilio {
            worker::connect(&mut stage.app, &by_twilio.keys)?;
        }
        let twilio = by_twilio
            .as_ref()
            .map(|by_twilio| Twilio::new(by_twilio.doors.clone()));
        let desk = Desk::new(
            stage.app.clone(),
            sandbox,
            &journal,
            people.stop_in_flight(),
            twilio,
        );
        if let (Some(by_twilio), Some(twilio)) = (&by_twilio, &desk.twilio) {
            let address = desk.open_twilio().await?;
            stage.connect(&by_twilio.keys, twilio, address).await?;
        }
        let mut crew = Crew::new(
            &folder,
            self.orders(&stage, &proxy, &desk, &folder, by_twilio).await?,
        );
        let mut injected = Injected::default();
        for (number, tenant) in stage.tenants.clone().iter().enumerate() {
            let list = folder.join(format!("list-{number}.csv"));
            std::fs::write(&list, people.list(number, stage.app.clock.now())?)?;
            injected.import_deaths += crew.import(&list, &tenant.slug, 3).await?;
        }
        let telling = tokio::spawn(Arc::clone(&desk).tell());
        trouble(
            &plan,
            &people,
            &mut stage,
            &mut crew,
            &proxy,
            &desk,
            disk.as_ref(),
            &mut injected,
        )
        .await?;
        calm(&mut stage, &mut crew, &proxy, &desk).await?;
        crew.dismiss().await?;
        telling.abort();
        let verdict = judge(&stage, &people, &desk.journal, &desk.stops()).await?;
        stage.close().await?;
        let holds = report(
            &plan,
            &verdict,
            &crew,
            &proxy,
            &desk,
            &injected,
            disk.is_some(),
            began.elapsed(),
        );
        if !holds && !cfg!(feature = "unlocked-gate") {
            let kept = temporary.keep();
            // and its disk, for whoever looks into it
            std::mem::forget(disk);
            say(format!(
                "Everything is kept in {}",
                self.folder.as_ref().unwrap_or(&kept).display()
            ));
        }
        Ok(holds)
    }

    /// The folder of doors and the keys, when texts go by Twilio.
    fn by_twilio(&self, folder: &Path) -> anyhow::Result<Option<ByTwilio>> {
        if self.provider != Carrying::Twilio {
            return Ok(None);
        }
        let doors = folder.join("doors");
        std::fs::create_dir_all(&doors)?;
        Ok(Some(ByTwilio {
            keys: folder.join("keys.json"),
            doors,
        }))
    }

    fn plan(&self) -> Plan {
        let mut plan = if self.short {
            Plan {
                each: 150,
                per_tick: 6,
                kill: 6,
                crash: 45,
                clock: 9,
                desk: 5,
                least_kills: 10,
            }
        } else {
            Plan {
                each: 1_600,
                per_tick: 6,
                kill: 8,
                crash: 110,
                clock: 17,
                desk: 7,
                least_kills: 100,
            }
        };
        plan.each = self.each.unwrap_or(plan.each);
        if self.each.is_some_and(|each| each < 100) {
            plan.least_kills = 1;
            plan.crash = 12;
        }
        plan
    }

    async fn orders(
        &self,
        stage: &Stage,
        proxy: &Proxy,
        desk: &Arc<Desk>,
        folder: &Path,
        twilio: Option<ByTwilio>,
    ) -> anyhow::Result<Orders> {
        let login = |role| stage.login(role, proxy.address);
        Ok(Orders {
            app: login(embedded::Role::App)?,
            engine: login(embedded::Role::Engine)?,
            operator: login(embedded::Role::Operator)?,
            provider: desk.open().await?,
            twilio,
            shift_micros: i64::try_from(stage.shift.as_micros())?,
            last_words: folder.join("last-words"),
            dies_at: None,
            trouble: Vec::new(),
            import: None,
        })
    }
}

/// Jobs are completed a few at a time while everything goes wrong.
#[expect(
    clippy::too_many_arguments,
    reason = "everything that takes part takes part here"
)]
async fn trouble(
    plan: &Plan,
    people: &People,
    stage: &mut Stage,
    crew: &mut Crew,
    proxy: &Proxy,
    desk: &Desk,
    disk: Option<&SmallDisk>,
    injected: &mut Injected,
) -> anyhow::Result<()> {
    proxy.one_in.store(120, Ordering::Relaxed);
    let (mut done, mut tick, mut disk_was_full) = (0, 0_u64, false);
    while done < people.all.len() {
        tick += 1;
        crew.fill(WORKERS, false)?;
        let next = (done + plan.per_tick).min(people.all.len());
        // a desk whose database is away tries again
        if stage.complete_jobs(people, done..next).await.is_ok() {
            revoke(&people.all[done..next], stage, &injected.revocations);
            done = next;
        }
        if tick.is_multiple_of(plan.kill) {
            if rng().random_bool(0.15) {
                crew.stop_one().await?;
            } else {
                crew.kill_one().await?;
            }
        }
        if tick.is_multiple_of(plan.crash) {
            stage.crash_database().await?;
            injected.database_crashes += 1;
        }
        if tick.is_multiple_of(plan.clock) {
            let sign = if rng().random_bool(0.5) { 1 } else { -1 };
            crew.step_one_clock(sign * HOUR_MICROS).await;
        } else if tick.is_multiple_of(4) {
            crew.set_clocks_right().await;
        }
        if tick.is_multiple_of(plan.desk) {
            // what people do fails when the database is away, as it does for them
            let _ = at_the_desk(stage, desk, injected).await;
        }
        if let Some(disk) = disk
            && !disk_was_full
            && done > people.all.len() / 3
        {
            disk_was_full = true;
            disk.fill(&stage.folder.join("pg"))?;
            tokio::time::sleep(Duration::from_secs(2)).await;
            disk.empty(&stage.folder.join("pg"))?;
            injected.disk_full += 1;
            if stage.owner().await.is_err() {
                stage.start_again().await?;
            }
        }
        tokio::time::sleep(TICK).await;
    }
    Ok(())
}

/// Somebody writes STOP, somebody at a desk pauses a campaign, resumes it, edits it; the provider tells what is not true.
async fn at_the_desk(stage: &Stage, desk: &Desk, injected: &mut Injected) -> anyhow::Result<()> {
    let tenant = stage.tenants.choose(&mut rng()).context("there are tenants")?;
    let rows = sqlx::query(
        r#"select id, their_address from messages
           where tenant_id = $1 and channel = 'sms' and purpose = 'service' and status in ('queued', 'sending')
           order by due_at desc nulls last limit 3"#,
    )
    .bind(tenant.id.as_uuid())
    .fetch_all(&mut stage.owner().await?)
    .await?;
    for row in &rows {
        desk.stop(&tenant.number, row.try_get::<&str, _>(1)?).await?;
        injected.stops_out_of_the_blue += 1;
    }
    if let Some(row) = rows.first() {
        let delivered = sqlx::query_scalar(
            "select id from messages where tenant_id = $1 and status = 'delivered' limit 1",
        )
        .bind(tenant.id.as_uuid())
        .fetch_optional(&mut stage.owner().await?)
        .await?;
        desk.lie(&tenant.number, row.try_get(0)?, delivered).await?;
    }
    let campaign = *tenant
        .campaigns
        .choose(&mut rng())
        .context("there are campaigns")?;
    let mut tx = stage.app.tenant(tenant.id).await?;
    if campaigns::pause(&mut tx, campaign).await? {
        tx.commit().await?;
        injected.pauses += 1;
        tokio::time::sleep(TICK).await;
        tx = stage.app.tenant(tenant.id).await?;
    }
    campaigns::resume(&mut tx, campaign).await?;
    let touches = campaigns::get(&mut tx, campaign).await?.touches;
    campaigns::edit_touches(&mut tx, campaign, &touches).await?;
    tx.commit().await?;
    injected.edits += 1;
    Ok(())
}

/// Staff take down that people want no more texts, while their messages are being planned and decided.
fn revoke(people: &[Person], stage: &Stage, revocations: &Arc<AtomicU64>) {
    for person in people.iter().filter(|person| person.calls_the_office) {
        let (app, tenant) = (stage.app.clone(), stage.tenants[person.tenant].id);
        let (phone, revocations) = (person.phone.clone(), Arc::clone(revocations));
        let after = Duration::from_millis(rng().random_range(0..1500));
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            // nobody can be told when the database is away
            if let Ok(mut tx) = app.tenant(tenant).await
                && consents::opt_out_address(&mut tx, Channel::Sms, &phone, SuppressionReason::Staff)
                    .await
                    .is_ok()
                && tx.commit().await.is_ok()
            {
                revocations.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
}

/// No more faults; the workers finish what there is.
async fn calm(stage: &mut Stage, crew: &mut Crew, proxy: &Proxy, desk: &Desk) -> anyhow::Result<()> {
    proxy.one_in.store(0, Ordering::Relaxed);
    desk.is_rude.store(false, Ordering::Relaxed);
    crew.set_clocks_right().await;
    crew.dismiss().await?;
    for tenant in &stage.tenants {
        let mut tx = stage.app.tenant(tenant.id).await?;
        for campaign in &tenant.campaigns {
            campaigns::resume(&mut tx, *campaign).await?;
        }
        tx.commit().await?;
    }
    let end = Instant::now() + LONGEST_CALM;
    let mut quiet = 0;
    while quiet < 8 && Instant::now() < end {
        crew.fill(WORKERS, true)?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let busy: bool = sqlx::query_scalar(
            r#"select exists (select from messages where direction = 'outbound' and (status = 'sending'
                              or status in ('queued', 'unknown') and due_at < to_timestamp($1::bigint / 1000000.0)))
                   or exists (select from enrollment_touches where status = 'pending' and scheduled_at < to_timestamp($1::bigint / 1000000.0))
                   or exists (select from provider_events where applied_at is null)"#,
        )
        .bind(stage.app.clock.now().as_microsecond())
        .fetch_one(&mut stage.owner().await?)
        .await?;
        quiet = if busy || !desk.has_told_all() {
            0
        } else {
            quiet + 1
        };
    }
    Ok(())
}

#[expect(
    clippy::too_many_arguments,
    reason = "everything that took part is told of here"
)]
fn report(
    plan: &Plan,
    verdict: &Verdict,
    crew: &Crew,
    proxy: &Proxy,
    desk: &Desk,
    injected: &Injected,
    has_disk: bool,
    took: Duration,
) -> bool {
    let words = crew.last_words();
    let own: u64 = words.values().sum();
    let kills = crew.killed + own;
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    say("Injected".to_owned());
    let mut all = true;
    for (what, count, least) in [
        ("workers killed with -9", crew.killed, 1),
        (
            "workers that killed themselves at a failpoint",
            own - u64::from(injected.import_deaths),
            1,
        ),
        (
            "imports killed on their way",
            u64::from(injected.import_deaths),
            1,
        ),
        ("kills in all", kills, plan.least_kills),
        ("workers stopped by SIGTERM", crew.stopped, 0),
        ("PostgreSQL stopped in the middle", injected.database_crashes, 1),
        ("connections cut after COMMIT was sent", load(&proxy.cuts), 1),
        ("times that the provider hung up", load(&desk.hung_up), 1),
        ("lies of the provider", load(&desk.lies), 1),
        ("clocks stepped by an hour", crew.clock_steps, 1),
        ("full disks", injected.disk_full, u64::from(has_disk)),
        (
            "STOPs while a message was in flight",
            load(&desk.stops_while_in_flight),
            1,
        ),
        ("STOPs out of the blue", injected.stops_out_of_the_blue, 1),
        ("revocations taken down by staff", load(&injected.revocations), 1),
        ("pauses", injected.pauses, 1),
        ("edits", injected.edits, 1),
    ] {
        let mark = if count < least { "✗" } else { " " };
        all &= count >= least;
        say(format!("  {mark} {count:>7}  {what}"));
    }
    if !has_disk {
        say("            (a full disk needs root, for a small disk of its own: left out)".to_owned());
    }
    for (name, count) in &words {
        say(format!("      {count:>5}  died at {name}"));
    }
    say(format!(
        "\nVerdict  {} messages, {} taken by the provider, in {} s",
        verdict.messages,
        verdict.taken,
        took.as_secs()
    ));
    for promise in &verdict.promises {
        let broken = promise.broken_by.len();
        let mark = if broken == 0 { "✓" } else { "✗" };
        say(format!(
            "  {mark} {:<75} {broken:>5} of {}",
            promise.says, promise.checked
        ));
        for offence in promise.broken_by.iter().take(5) {
            say(format!("      {offence}"));
        }
    }
    let most_unknown = kills * worker::BATCH as u64;
    let few = u64::try_from(verdict.unknown).is_ok_and(|unknown| unknown <= most_unknown);
    say(format!(
        "  {} {} messages of unknown outcome; at most {most_unknown} could be (kills × in flight)",
        if few { "✓" } else { "✗" },
        verdict.unknown
    ));
    say(format!(
        "    {} follow-ups were on their way already when STOP came",
        verdict.overtaken_in_flight
    ));
    if cfg!(feature = "unlocked-gate") {
        say("    this is the drill without the gate's lock: it should fail".to_owned());
    }
    all && few && verdict.holds()
}

/// A small disk of its own for the database, which can be full without harm to anything else. Needs root.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> anyhow::Result<Option<Self>> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        std::fs::create_dir_all(at)?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1500m", "tmpfs"])
            .arg(at)
            .output();
        let is_there = mounted.is_ok_and(|done| done.status.success());
        Ok(is_there.then(|| Self(at.to_owned())))
    }

    fn fill(&self, folder: &Path) -> anyhow::Result<()> {
        let mut filler = std::fs::File::create(folder.join("filler"))?;
        let chunk = vec![0_u8; 1 << 20];
        while std::io::Write::write_all(&mut filler, &chunk).is_ok() {}
        Ok(())
    }

    fn empty(&self, folder: &Path) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(folder.join("filler"))?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[expect(clippy::print_stdout, reason = "this is what the drill says")]
fn say(line: String) {
    println!("{line}");
}
