//! What the drill comes to, counted from the provider's journal and from the database, with checks that share no code with the gate.
use crate::course::Course;
use crate::people::People;
use crate::stage::Stage;
use jiff::{SignedDuration, Timestamp};
use providers::sandbox::journal::{self, Line, Receipt};
use rules::purpose::Purpose;
use server::doctor::deep;
use server::reports;
use server::reports::Proof;
use sqlx::{PgConnection, Row};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use uuid::Uuid;

mod again;
mod ends;
mod said;
mod story;
mod words;
pub use said::Said;
use words::Accepted;

/// The drill lasts minutes, so that all of it is one day.
const MOST_IN_A_DAY: usize = 3;

/// One promise: how many break it, and the first of them.
pub struct Promise {
    pub says: &'static str,
    pub broken_by: Vec<String>,
    pub checked: usize,
}

pub struct Verdict {
    pub promises: Vec<Promise>,
    pub said: Said,
    pub messages: usize,
    pub taken: usize,
    pub unknown: i64,
    /// Follow-ups that were let go before a STOP was on disk, and reached the provider after it: nobody could have called them back.
    pub overtaken_in_flight: usize,
    /// Confirmations that the way lost, or the provider refused: they are not sent again.
    pub confirmations_lost: usize,
}

impl Verdict {
    pub fn holds(&self) -> bool {
        self.promises.iter().all(|promise| promise.broken_by.is_empty())
    }
}

/// Counts everything. Nothing may be running any more.
pub async fn judge(course: &Course) -> anyhow::Result<Verdict> {
    let Course {
        stage, people, desk, ..
    } = course;
    let lines = journal::read(&desk.journal)?;
    let taken: Vec<&Receipt> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Receipt(receipt) if receipt.answer.is_taken() => Some(receipt),
            Line::Receipt(_)
            | Line::NeverReceived { .. }
            | Line::Event { .. }
            | Line::Acknowledged { .. } => None,
        })
        .collect();
    let mut db = stage.owner().await?;
    let stories = story::all(&mut db, desk, stage.shift).await?;
    let accepted = Accepted::of(&taken);
    let decided = decided(&mut db, stage.shift).await?;
    let had_another_job = course.speakers.had_another_job();
    let (closed, overtaken_in_flight) = words::closed(&stories, &accepted, &decided);
    let (confirmed, confirmations_lost) = ends::confirmed(&mut db, &lines, &stories, &accepted).await?;
    let mut promises = from_journal(&lines, people);
    promises.extend([
        closed,
        words::after_confirmation(&stories, &accepted),
        confirmed,
        words::answers(&stories, &accepted, &decided),
        ends::as_said(&mut db, stage, &stories).await?,
        again::nothing_old(&stories, &taken, people, &decided),
        again::everything_new(&mut db, stage, people, &had_another_job, &accepted).await?,
        too_many(&taken),
        committed_after_opt_out(&mut db).await?,
    ]);
    promises.extend(lost(&mut db, &taken).await?);
    promises.push(stuck(&mut db, stage.app.clock.now()).await?);
    promises.extend(conserved(stage).await?);
    promises.push(examined(stage, &desk.journal).await?);
    Ok(Verdict {
        promises,
        said: Said::of(&stories, had_another_job.len()),
        messages: count(
            &mut db,
            "select count(*) from messages where direction = 'outbound'",
        )
        .await? as usize,
        taken: taken.len(),
        unknown: count(&mut db, "select count(*) from messages where status = 'unknown'").await?,
        overtaken_in_flight,
        confirmations_lost,
    })
}

/// What the product's own proof of a journal says of this one.
fn from_journal(lines: &[Line], people: &People) -> Vec<Promise> {
    let zones = people.zones();
    let proof = Proof::from_journal(lines, |_, theirs, _| {
        zones.get(theirs).map_or_else(Vec::new, |zone| vec![zone.clone()])
    });
    [&proof.sent_twice, &proof.same_words_twice, &proof.in_quiet_hours]
        .map(|theirs| Promise {
            says: theirs.says,
            broken_by: theirs
                .broken_by
                .iter()
                .map(|it| format!("{} {}", it.message, it.why))
                .collect(),
            checked: theirs.checked,
        })
        .into()
}

/// When it was decided that a message may go, the last time.
#[derive(Clone, Copy)]
struct Decision {
    /// When the gate began.
    at: Timestamp,
    /// When its transaction was committed: under the recipient's lock, which those who take up a word hold too.
    committed: Timestamp,
}

async fn decided(db: &mut PgConnection, shift: SignedDuration) -> anyhow::Result<HashMap<Uuid, Decision>> {
    let rows = sqlx::query(
        r#"select message_id, (extract(epoch from max(at)) * 1000000)::bigint,
                  (extract(epoch from max(pg_xact_commit_timestamp(xmin))) * 1000000)::bigint
           from send_logs where verdict = 'send' group by 1"#,
    )
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            let decision = Decision {
                at: Timestamp::from_microsecond(row.try_get(1)?)?,
                committed: Timestamp::from_microsecond(row.try_get(2)?)?.checked_add(shift)?,
            };
            Ok((row.try_get(0)?, decision))
        })
        .collect()
}

async fn count(db: &mut PgConnection, sql: &'static str) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar(sql).fetch_one(db).await?)
}

fn is_follow_up(receipt: &Receipt) -> bool {
    matches!(
        receipt.purpose,
        Purpose::Service | Purpose::Marketing | Purpose::Transactional
    )
}

/// Nobody gets more follow-ups in a day than the strictest state allows (three).
fn too_many(taken: &[&Receipt]) -> Promise {
    let mut sent: HashMap<(&str, &str), usize> = HashMap::new();
    for receipt in taken.iter().filter(|receipt| is_follow_up(receipt)) {
        *sent
            .entry((receipt.from.as_str(), receipt.to.as_str()))
            .or_default() += 1;
    }
    Promise {
        says: "nobody got more than three follow-ups in a day",
        broken_by: sent
            .iter()
            .filter(|(_, count)| **count > MOST_IN_A_DAY)
            .map(|((_, to), count)| format!("{count} to {to}"))
            .collect(),
        checked: sent.len(),
    }
}

/// The order of commits, from PostgreSQL itself: a decision to send is not committed after an opt-out of its address.
async fn committed_after_opt_out(db: &mut PgConnection) -> anyhow::Result<Promise> {
    let rows = sqlx::query(
        r#"select l.message_id::text
           from send_logs l
           join messages m on m.tenant_id = l.tenant_id and m.id = l.message_id
           join consent_event_details d on d.tenant_id = l.tenant_id and d.detail ->> 'address' = m.their_address
           join consent_events e on e.tenant_id = l.tenant_id and e.id = d.event_id and e.channel = m.channel and e.kind = 'opted_out'
           where l.verdict = 'send'
             and l.purpose in ('service', 'marketing', 'transactional')
             and pg_xact_commit_timestamp(l.xmin) > pg_xact_commit_timestamp(e.xmin)
             -- and their own later word did not take it back before
             and not exists (select from consent_events back
                             join consent_event_details b on b.tenant_id = back.tenant_id and b.event_id = back.id
                                                         and b.detail ->> 'address' = m.their_address
                             where back.tenant_id = e.tenant_id and back.channel = e.channel and back.kind = 'opted_in'
                               and back.source = 'consumer' and back.occurred_at > e.occurred_at
                               and pg_xact_commit_timestamp(back.xmin) < pg_xact_commit_timestamp(l.xmin))"#,
    )
    .fetch_all(&mut *db)
    .await?;
    let checked = count(db, "select count(*) from consent_events where kind = 'opted_out'").await? as usize;
    Ok(Promise {
        says: "no decision to send was committed after an opt-out of its address",
        broken_by: rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?,
        checked,
    })
}

/// What the provider took is known as sent or unknown, and what is called sent was taken.
async fn lost(db: &mut PgConnection, taken: &[&Receipt]) -> anyhow::Result<[Promise; 2]> {
    let rows = sqlx::query("select id, status from messages where direction = 'outbound'")
        .fetch_all(db)
        .await?;
    let mut status: HashMap<Uuid, String> = HashMap::new();
    for row in rows {
        status.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let ids: HashSet<Uuid> = taken.iter().map(|receipt| receipt.message_id).collect();
    let is_gone = |status: &str| matches!(status, "sent" | "delivered" | "read" | "undelivered");
    let forgotten = ids
        .iter()
        .filter(|id| {
            !status
                .get(id)
                .is_some_and(|status| is_gone(status) || status == "unknown")
        })
        .map(|id| format!("{id} is {}", status.get(id).map_or("nowhere", String::as_str)))
        .collect();
    let invented = status
        .iter()
        .filter(|(id, status)| is_gone(status) && !ids.contains(id))
        .map(|(id, status)| format!("{id} is {status}"))
        .collect();
    Ok([
        Promise {
            says: "nothing that the provider took is lost",
            broken_by: forgotten,
            checked: ids.len(),
        },
        Promise {
            says: "nothing is called sent that the provider did not take",
            broken_by: invented,
            checked: status.len(),
        },
    ])
}

/// Nothing hangs: what is due has been done, what waits has a time to come.
async fn stuck(db: &mut PgConnection, now: Timestamp) -> anyhow::Result<Promise> {
    let rows = sqlx::query(
        r#"with due as (select to_timestamp($1::bigint / 1000000.0) - interval '20 seconds' as before)
           select 'message ' || id || ' is ' || status from messages, due
           where direction = 'outbound' and (status = 'sending' or status = 'queued' and due_at < due.before)
           union all
           select 'touch ' || touch_number || ' of ' || enrollment_id from enrollment_touches, due
           where status = 'pending' and scheduled_at < due.before
           union all
           select 'event ' || event_key from provider_events where applied_at is null"#,
    )
    .bind(now.as_microsecond())
    .fetch_all(&mut *db)
    .await?;
    let checked = count(db, "select count(*) from messages").await? as usize;
    Ok(Promise {
        says: "nothing is stuck",
        broken_by: rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?,
        checked,
    })
}

/// The product's own checks of its counts and its ledgers.
async fn conserved(stage: &Stage) -> anyhow::Result<Vec<Promise>> {
    let (mut counts, mut ledgers) = (Vec::new(), Vec::new());
    for tenant in &stage.tenants {
        let mut tx = stage.app.tenant(tenant.id).await?;
        for check in reports::conserves(&mut tx).await? {
            if !check.holds() {
                counts.push(format!("{}: {} ({})", tenant.slug, check.says, check.exceptions));
            }
        }
        if !reports::ledger(&mut tx).await?.holds() {
            ledgers.push(tenant.slug.clone());
        }
    }
    let checked = stage.tenants.len();
    Ok(vec![
        Promise {
            says: "counts conserve",
            broken_by: counts,
            checked,
        },
        Promise {
            says: "ledgers verify",
            broken_by: ledgers,
            checked,
        },
    ])
}

/// What `courtesy doctor --deep` finds. Its look into the journal is left out: half of the drill's STOPs go past the sandbox, and texts
/// that are on their way together overtake what the carrier says of the first.
async fn examined(stage: &Stage, journal: &Path) -> anyhow::Result<Promise> {
    let mut all = deep::installation(&stage.app, journal).await?;
    for tenant in &stage.tenants {
        all.extend(deep::tenant(&stage.app, tenant.id).await?);
    }
    Ok(Promise {
        says: "the doctor finds nothing",
        checked: all.len(),
        broken_by: all
            .into_iter()
            .filter(|it| it.check != "journal")
            .flat_map(|it| {
                it.rows
                    .into_iter()
                    .map(move |row| format!("{}: {row:?}", it.check))
            })
            .collect(),
    })
}
