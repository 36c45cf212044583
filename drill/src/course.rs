//! The course of a drill: trouble for a while, then calm.
use crate::crew::Crew;
use crate::disk::SmallDisk;
use crate::jobs;
use crate::people::{People, Person};
use crate::provider::Desk;
use crate::proxy::Proxy;
use crate::speakers::Speakers;
use crate::stage::Stage;
use anyhow::Context;
use jiff::SignedDuration;
use rand::seq::IndexedRandom;
use rand::{Rng, rng};
use rules::channel::Channel;
use rules::suppression::SuppressionReason;
use server::{campaigns, consents};
use sqlx::Row;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const WORKERS: usize = 4;
/// How long a step of the trouble takes.
const TICK: Duration = Duration::from_millis(250);
/// How long the trouble goes on for those who have not said all yet.
const LONGEST_TALK: Duration = Duration::from_secs(60);
/// How long the calm afterwards may last: on a machine that is busy otherwise most of a full drill is sent in it.
const LONGEST_CALM: Duration = Duration::from_secs(600);
/// What comes again so soon is waited for as well: a message whose recipient's words could not be read at once.
const SOON: SignedDuration = SignedDuration::from_secs(15);
const HOUR_MICROS: i64 = 3_600_000_000;

/// Everybody and everything that takes part.
pub struct Course {
    pub plan: Plan,
    pub people: People,
    pub stage: Stage,
    pub crew: Crew,
    pub proxy: Proxy,
    pub desk: Arc<Desk>,
    pub speakers: Speakers,
    /// None: not a disk of its own, so it is not filled.
    pub disk: Option<SmallDisk>,
    pub injected: Injected,
}

/// What was done to the product.
#[derive(Default)]
pub struct Injected {
    pub import_deaths: u32,
    pub database_crashes: u64,
    pub disk_full: u64,
    pub stops_out_of_the_blue: u64,
    pub revocations: Arc<AtomicU64>,
    pub pauses: u64,
    pub edits: u64,
}

/// How much of it.
pub struct Plan {
    pub each: usize,
    pub per_tick: usize,
    /// Ticks between two of a kind.
    pub kill: u64,
    pub crash: u64,
    pub clock: u64,
    pub desk: u64,
    pub least_kills: u64,
}

/// Jobs are completed a few at a time while everything goes wrong.
pub async fn trouble(course: &mut Course) -> anyhow::Result<()> {
    let Course {
        plan,
        people,
        stage,
        crew,
        proxy,
        desk,
        speakers,
        disk,
        injected,
    } = course;
    proxy.one_in.store(120, Ordering::Relaxed);
    let (mut done, mut tick, mut disk_was_full) = (0, 0_u64, false);
    let may_not_be_stopped = people.speakers();
    let mut last_words_until = None;
    while done < people.all.len() || !speakers.are_done() {
        if done == people.all.len()
            && *last_words_until.get_or_insert_with(|| Instant::now() + LONGEST_TALK) < Instant::now()
        {
            break;
        }
        tick += 1;
        crew.fill(WORKERS, false)?;
        let next = (done + plan.per_tick).min(people.all.len());
        // a desk whose database is away tries again
        if jobs::complete(&stage.app, &stage.tenants, people, done..next)
            .await
            .is_ok()
        {
            revoke(&people.all[done..next], stage, &injected.revocations);
            for person in &people.all[done..next] {
                speakers.begin(person, &stage.tenants[person.tenant]);
            }
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
            let _ = at_the_desk(stage, desk, injected, &may_not_be_stopped).await;
        }
        if let Some(disk) = disk
            && !disk_was_full
            && done > people.all.len() / 3
        {
            disk_was_full = true;
            disk.fill()?;
            tokio::time::sleep(Duration::from_secs(2)).await;
            disk.empty()?;
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
/// Who speaks by themselves is left alone.
async fn at_the_desk(
    stage: &Stage,
    desk: &Desk,
    injected: &mut Injected,
    speakers: &HashSet<String>,
) -> anyhow::Result<()> {
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
        let theirs: &str = row.try_get(1)?;
        if speakers.contains(theirs) {
            continue;
        }
        desk.stop(&tenant.number, theirs).await?;
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
pub async fn calm(course: &mut Course) -> anyhow::Result<()> {
    let Course {
        stage,
        crew,
        proxy,
        desk,
        speakers,
        ..
    } = course;
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
        let now = stage.app.clock.now();
        let busy: bool = sqlx::query_scalar(
            r#"select exists (select from messages where direction = 'outbound' and (status = 'sending'
                              or status = 'unknown' and due_at < to_timestamp($1::bigint / 1000000.0)
                              or status = 'queued' and due_at < to_timestamp($2::bigint / 1000000.0)))
                   or exists (select from enrollment_touches where status = 'pending' and scheduled_at < to_timestamp($1::bigint / 1000000.0))
                   or exists (select from provider_events where applied_at is null)"#,
        )
        .bind(now.as_microsecond())
        .bind((now + SOON).as_microsecond())
        .fetch_one(&mut stage.owner().await?)
        .await?;
        quiet = if busy || !desk.has_told_all() || !speakers.are_done() {
            0
        } else {
            quiet + 1
        };
    }
    Ok(())
}
