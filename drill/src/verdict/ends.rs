//! How those who spoke stand in the end, and whether each of their opt-outs was confirmed.
use super::Promise;
use super::story::{Heard, Story};
use super::words::Accepted;
use crate::stage::Stage;
use crate::words::{Pair, Word};
use jiff::{SignedDuration, Timestamp};
use providers::sandbox::journal::{Line, Receipt};
use rules::purpose::Purpose;
use sqlx::{PgConnection, Row};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The one confirmation of an opt-out goes within this, 47 CFR 64.1200(a)(12).
const CONFIRMED_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// How long it may be on its way after it was let go: two leases.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(8);

/// Everybody is out or in as the word says that they wrote last, in whatever order and however often it was told: by what is recorded of
/// their consent, and by whether their address is closed.
pub async fn as_said(db: &mut PgConnection, stage: &Stage, stories: &[Story]) -> anyhow::Result<Promise> {
    let rows = sqlx::query(
        r#"select r.tenant_id, r.address, coalesce(r.suppressed_scope, 'open'), coalesce(string_agg(k.status, '+'), 'nothing')
           from recipients r
           left join customers c on c.tenant_id = r.tenant_id and c.phone = r.address
           left join consents k on k.tenant_id = c.tenant_id and k.customer_id = c.id and k.channel = r.channel
           where r.channel = 'sms' group by 1, 2, 3"#,
    )
    .fetch_all(db)
    .await?;
    let mut stand: HashMap<(Uuid, String), (String, String)> = HashMap::new();
    for row in rows {
        let whose = (row.try_get(0)?, row.try_get(1)?);
        stand.insert(whose, (row.try_get(2)?, row.try_get(3)?));
    }
    let (mut broken_by, mut checked) = (Vec::new(), 0);
    for story in stories {
        let (ours, theirs) = &story.pair;
        broken_by.extend(
            story
                .forgotten
                .iter()
                .map(|key| format!("{key} of {theirs} was forgotten")),
        );
        let Some(is_out) = story.is_out() else { continue };
        checked += 1;
        let tenant = stage.tenants.iter().find(|tenant| tenant.number == *ours);
        let stands = tenant.and_then(|tenant| stand.get(&(tenant.id.as_uuid(), theirs.clone())));
        let expected = if is_out {
            ("all", "opted_out")
        } else {
            ("open", "opted_in")
        };
        match stands {
            Some((address, consent)) if (address.as_str(), consent.as_str()) == expected => {}
            Some((address, consent)) => broken_by.push(format!(
                "{theirs} is {address}, {consent}, and said last that it be {}, {}",
                expected.0, expected.1
            )),
            None => broken_by.push(format!("{theirs} is nowhere")),
        }
    }
    Ok(Promise {
        says: "everybody is out or in as they wrote last",
        broken_by,
        checked,
    })
}

/// A confirmation that the product made.
struct Confirmation {
    message: Uuid,
    status: String,
    why: String,
    /// Follow-ups were let go while it waited, which come after answers.
    others_went: bool,
}

/// Each opt-out of somebody who was in has one confirmation, and it reached the provider within five minutes: unless the way lost it, the
/// provider refused it, the address is known not to work, a START took the opt-out back before it could go, or nothing at all could go for
/// so long. Answers also how many were lost or refused.
pub async fn confirmed(
    db: &mut PgConnection,
    lines: &[Line],
    stories: &[Story],
    accepted: &Accepted<'_>,
) -> anyhow::Result<(Promise, usize)> {
    let rows = sqlx::query(
        r#"select m.our_address, m.their_address, m.id, m.status,
                  coalesce(case when m.status = 'stopped'
                                then (select l.reason from send_logs l where l.tenant_id = m.tenant_id and l.message_id = m.id
                                      order by l.at desc limit 1)
                                else m.error_code end, ''),
                  exists (select from send_logs s where s.tenant_id = m.tenant_id and s.verdict = 'send' and s.purpose = 'service'
                          and s.channel = 'sms' and s.at > m.first_due_at and s.at < m.in_answer_to_at + interval '5 minutes')
           from messages m where m.channel = 'sms' and m.purpose = 'opt_out_confirmation'"#,
    )
    .fetch_all(db)
    .await?;
    let mut made: HashMap<Pair, Vec<Confirmation>> = HashMap::new();
    for row in rows {
        let pair = (row.try_get(0)?, row.try_get(1)?);
        made.entry(pair).or_default().push(Confirmation {
            message: row.try_get(2)?,
            status: row.try_get(3)?,
            why: row.try_get(4)?,
            others_went: row.try_get(5)?,
        });
    }
    let refused = refused(lines);
    let (mut broken_by, mut checked, mut lost) = (Vec::new(), 0, 0);
    for story in stories {
        let owed = story.confirmable();
        let made = made.remove(&story.pair).unwrap_or_default();
        let got: HashSet<Uuid> = confirmations(accepted.by(&story.pair))
            .map(|receipt| receipt.message_id)
            .collect();
        broken_by.extend(
            confirmations(accepted.by(&story.pair))
                .filter(|receipt| !is_in_time(story, receipt.at))
                .map(|receipt| format!("{} came at {}, too late", receipt.message_id, receipt.at)),
        );
        checked += owed;
        if made.len() != owed || got.len() > owed {
            broken_by.push(format!(
                "{} opted out {owed} times: {} confirmations were made, {} accepted",
                story.pair.1,
                made.len(),
                got.len()
            ));
        }
        let was_opened = story.turns().iter().any(|turn| !turn.is_out);
        for one in made.iter().filter(|one| !got.contains(&one.message)) {
            let is_excused = match one.status.as_str() {
                "unknown" => true,
                "failed" => one.why == "never_accepted" || refused.contains(&one.message),
                // it is tried again when it will be too late
                "queued" => refused.contains(&one.message),
                "stopped" => match one.why.as_str() {
                    "address_invalid" => true,
                    "taken_back" => was_opened,
                    "too_late" => refused.contains(&one.message) || !one.others_went,
                    _ => false,
                },
                _ => false,
            };
            if !is_excused {
                broken_by.push(format!("{} is {}: {}", one.message, one.status, one.why));
            }
            lost += usize::from(is_excused && one.status != "stopped");
        }
    }
    broken_by.extend(
        made.into_keys()
            .map(|(_, theirs)| format!("{theirs} never said a word")),
    );
    let promise = Promise {
        says: "each opt-out is confirmed once, and a repeated STOP not again",
        broken_by,
        checked,
    };
    Ok((promise, lost))
}

fn confirmations<'a>(receipts: &'a [&'a Receipt]) -> impl Iterator<Item = &'a Receipt> {
    receipts
        .iter()
        .copied()
        .filter(|receipt| receipt.purpose == Purpose::OptOutConfirmation)
}

/// Was a STOP on disk no longer before? The answer to its call may come after the confirmation.
fn is_in_time(story: &Story, at: Timestamp) -> bool {
    let is_close =
        |heard: &Heard| heard.told <= at && at.duration_since(heard.on_disk) <= CONFIRMED_WITHIN + ON_ITS_WAY;
    story
        .heard
        .iter()
        .any(|heard| heard.word == Word::Stop && is_close(heard))
}

/// What the provider would not take.
fn refused(lines: &[Line]) -> HashSet<Uuid> {
    lines
        .iter()
        .filter_map(|line| match line {
            Line::Receipt(receipt) if !receipt.answer.is_taken() => Some(receipt.message_id),
            Line::Receipt(_)
            | Line::NeverReceived { .. }
            | Line::Event { .. }
            | Line::Acknowledged { .. } => None,
        })
        .collect()
}
