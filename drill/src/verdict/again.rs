//! What START brings back: nothing that STOP ended, and everything that begins after it.
use super::story::Story;
use super::words::Accepted;
use super::{Decision, Promise, is_follow_up};
use crate::jobs;
use crate::people::{People, Person};
use crate::stage::Stage;
use crate::words::Pair;
use providers::sandbox::journal::Receipt;
use sqlx::{PgConnection, Row};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Follow-ups of jobs that were done before an opt-out ended with it, on every channel; START does not bring them back.
pub fn nothing_old(
    stories: &[Story],
    taken: &[&Receipt],
    people: &People,
    decided: &HashMap<Uuid, Decision>,
) -> Promise {
    let of_phone: HashMap<&str, &Person> = people
        .all
        .iter()
        .map(|person| (person.phone.as_str(), person))
        .collect();
    let mut old: HashMap<&str, Vec<&Receipt>> = HashMap::new();
    for receipt in taken
        .iter()
        .filter(|receipt| is_follow_up(receipt) && !is_of_another_job(receipt))
    {
        old.entry(&receipt.to).or_default().push(receipt);
    }
    let (mut broken_by, mut checked) = (Vec::new(), 0);
    for story in stories {
        let Some(first) = story.turns().into_iter().find(|turn| turn.is_out) else {
            continue;
        };
        checked += 1;
        let phone = story.pair.1.as_str();
        let addresses = [
            Some(phone),
            of_phone.get(phone).map(|person| person.email.as_str()),
        ];
        for receipt in addresses
            .into_iter()
            .flatten()
            .filter_map(|address| old.get(address))
            .flatten()
        {
            if let Some(decision) = decided.get(&receipt.message_id)
                && decision.at > first.at
            {
                broken_by.push(format!(
                    "{} to {} decided at {}, opted out at {}",
                    receipt.message_id, receipt.to, decision.at, first.at
                ));
            }
        }
    }
    Promise {
        says: "what an opt-out ended did not begin again, also not with START",
        broken_by,
        checked,
    }
}

/// Who said START in the end, and had a job done after it, is followed up again: unless it is night, the day's three have gone, or the way
/// lost them.
pub async fn everything_new(
    db: &mut PgConnection,
    stage: &Stage,
    people: &People,
    had_another_job: &BTreeSet<Pair>,
    accepted: &Accepted<'_>,
) -> anyhow::Result<Promise> {
    let waiting = waiting(db).await?;
    let (mut broken_by, mut reached) = (Vec::new(), 0);
    for pair in had_another_job {
        if accepted.by(pair).iter().any(|receipt| is_of_another_job(receipt)) {
            reached += 1;
            continue;
        }
        let tenant = stage.tenants.iter().find(|tenant| tenant.number == pair.0);
        let person = people.all.iter().find(|person| person.phone == pair.1);
        let fate = tenant.zip(person).and_then(|(tenant, person)| {
            let number = jobs::order_number(jobs::AGAIN, person);
            waiting.get(&(tenant.id.as_uuid(), number))
        });
        if !fate.is_some_and(|fate| fate.iter().any(|one| is_excused(one))) {
            broken_by.push(format!(
                "{}: {}",
                pair.1,
                fate.map_or_else(String::new, |fate| fate.join(", "))
            ));
        }
    }
    if reached == 0 {
        broken_by.push("nobody was".to_owned());
    }
    Ok(Promise {
        says: "who said START is followed up again, for what was done after it",
        broken_by,
        checked: reached,
    })
}

/// The texts of jobs that were done after a START, by the job's number: how each stands and why.
async fn waiting(db: &mut PgConnection) -> anyhow::Result<HashMap<(Uuid, String), Vec<String>>> {
    let rows = sqlx::query(
        r#"select w.tenant_id, w.number,
                  m.status || ' ' || coalesce((select l.reason from send_logs l where l.tenant_id = m.tenant_id and l.message_id = m.id
                                               order by l.at desc limit 1), m.error_code, '')
           from work_orders w
           join campaign_enrollments e on e.tenant_id = w.tenant_id and e.work_order_id = w.id
           join messages m on m.tenant_id = e.tenant_id and m.enrollment_id = e.id and m.channel = 'sms'
           where w.service_type = $1"#,
    )
    .bind(jobs::AGAIN.name())
    .fetch_all(db)
    .await?;
    let mut waiting: HashMap<(Uuid, String), Vec<String>> = HashMap::new();
    for row in rows {
        let whose = (row.try_get(0)?, row.try_get(1)?);
        waiting.entry(whose).or_default().push(row.try_get(2)?);
    }
    Ok(waiting)
}

fn is_excused(fate: &str) -> bool {
    fate.starts_with("unknown")
        || matches!(
            fate,
            "queued quiet_hours" | "queued frequency_cap" | "failed never_accepted"
        )
}

fn is_of_another_job(receipt: &Receipt) -> bool {
    receipt
        .body
        .contains(&format!("after your {} job", jobs::AGAIN.name()))
}
