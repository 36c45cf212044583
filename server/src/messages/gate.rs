//! The gate: locks recipients, reads facts, asks the rules, and writes the point of no return before anything is handed over.
//!
//! Recipients are locked first and in the order of their addresses, messages after them, as an opt-out does: so the two can't
//! deadlock, and whichever comes first is seen by the other. A recipient that somebody else holds is left for the next round.
use super::aside;
use super::counted;
use super::facts::{gather, month, without_itself};
use super::hand_over;
use super::ready::{self, Ready};
use super::store::{self, Decided, FactRow, Touched};
use crate::app::App;
use crate::connections::circuit;
use crate::conversations;
use crate::db::{TenantId, TenantTx, Time};
use crate::happened::{Fate, Happened, Settled};
use crate::pace::{Paces, Sender};
use fail::fail_point;
use jiff::{SignedDuration, Timestamp};
use rules::channel::Channel;
use rules::lifecycle::EnrollmentStopReason;
use rules::may_send::{Facts, Intent, may_send};
use rules::pacing::Turn;
use rules::purpose::Purpose;
use rules::verdict::{Decision, Finding, HoldReason, StopReason, Verdict};
use rules::{segments, template};
use std::collections::HashMap;
use std::time::Instant;
use uuid::Uuid;

/// What one pass of the gate did.
#[derive(Debug, Default)]
pub struct Passed {
    pub looked_at: usize,
    pub ready: Vec<Ready>,
}

/// Decides up to `limit` due messages of a tenant. What may go is `sending` under a lease of `lease_seconds` when this returns. A message
/// on which it fails is set aside once it is alone: until then fewer and fewer are looked at, the first that are due.
pub async fn decide(
    app: &App,
    tenant: TenantId,
    mut limit: i64,
    lease_seconds: f64,
) -> anyhow::Result<Passed> {
    loop {
        let mut tx = app.tenant(tenant).await?;
        let mut ids = Vec::new();
        let error = match pass(app, &mut tx, limit, lease_seconds, &mut ids).await {
            Ok(None) => return Ok(Passed::default()),
            Ok(Some((decided, ready))) => {
                tx.commit().await?;
                fail_point!("gate.after_commit");
                counted::decisions(&decided);
                return Ok(Passed {
                    looked_at: decided.len(),
                    ready,
                });
            }
            Err(error) if aside::is_of_a_message(&error) => error,
            Err(error) => return Err(error),
        };
        // waited for: the next look passes over what is still locked
        tx.rollback().await?;
        match ids[..] {
            [] => return Err(error),
            [alone] => return aside::set(app, tenant, alone, &error).await,
            [..] => limit = i64::try_from(ids.len() / 2)?,
        }
    }
}

/// One look at up to `limit` messages, to be committed; their `ids` are answered also when it fails. None are due: nothing.
async fn pass(
    app: &App,
    tx: &mut TenantTx,
    limit: i64,
    lease_seconds: f64,
    ids: &mut Vec<Uuid>,
) -> anyhow::Result<Option<(Vec<Decided>, Vec<Ready>)>> {
    let begin_by = Instant::now() + hand_over::begins_within(lease_seconds);
    let now = tx.now();
    let candidates = store::lock_due(tx, limit).await?;
    if candidates.is_empty() {
        return Ok(None);
    }
    *ids = store::lock_queued(tx, &candidates).await?;
    fail_point!("gate.locked");
    let used_before = store::lock_usage(tx, month(now)).await?;
    let mut rows = store::facts(tx, ids, month(now)).await?;
    aside::unheard(tx, ids, &rows).await?;
    let probes = circuit::lock_due_probes(tx, rows.iter().filter_map(due_probe(now))).await?;
    let paces = Paces::lock(tx, rows.iter().filter_map(sender)).await?;
    let mut batch = Batch {
        now,
        begin_by,
        lease: SignedDuration::try_from_secs_f64(lease_seconds)?,
        paces,
        probes,
        offers_unsubscribe: super::unsubscribe::base(app).is_some(),
        used: 0,
        decided: Vec::new(),
        settled: Vec::new(),
        ready: Vec::new(),
        recipients: HashMap::new(),
        threads: Vec::new(),
    };
    for row in &mut rows {
        row.messages_this_month = Some(used_before);
        batch.look_at(row)?;
    }
    let left = batch.thread(tx).await?;
    store::write_decisions(tx, &batch.decided, lease_seconds).await?;
    conversations::recount(tx, &left).await?;
    store::write_send_logs(tx, &batch.decided).await?;
    store::touch_recipients(tx, batch.recipients.values()).await?;
    store::count_usage(tx, month(now), &batch.decided).await?;
    batch.paces.write(tx).await?;
    batch.probes.write(tx).await?;
    if !batch.settled.is_empty() {
        tx.happened(Happened::MessagesSettled(batch.settled));
    }
    super::unsubscribe::fill(app, tx, &mut batch.ready).await?;
    fail_point!("gate.before_commit", |_| Err(anyhow::anyhow!("a drill says so")));
    Ok(Some((batch.decided, batch.ready)))
}

/// The decisions of one pass. Messages to one recipient see what was decided for those before them.
struct Batch {
    now: Timestamp,
    begin_by: Instant,
    lease: SignedDuration,
    paces: Paces,
    probes: circuit::Probes,
    offers_unsubscribe: bool,
    used: u32,
    decided: Vec<Decided>,
    settled: Vec<Settled>,
    ready: Vec<Ready>,
    recipients: HashMap<(String, String), Touched>,
    /// What is let go, each with its place among the decided and the thread it was in before.
    threads: Vec<(usize, Option<Uuid>, conversations::Outgoing)>,
}

impl Batch {
    fn look_at(&mut self, row: &FactRow) -> anyhow::Result<()> {
        let (mut intent, mut facts) = gather(row, self.now, self.used)?;
        let key = (row.channel.clone(), row.their_address.clone());
        if let Some(earlier) = self.recipients.get(&key) {
            facts.recipient.recent_sends.clone_from(&earlier.recent_sends);
            facts.recipient.last_stop_wording_at = earlier.last_stop_wording_at;
            facts.recipient.last_help_answer_at = earlier.last_help_answer_at;
            without_itself(row, &mut facts.recipient);
        }
        let probes = row
            .connection_id
            .filter(|connection| self.probes.may_try(*connection));
        if let Some(connection) = &mut facts.connection {
            connection.offers_unsubscribe = self.offers_unsubscribe;
            connection.available |= probes.is_some();
        }
        let mut decision = may_send(&intent, &facts, self.now);
        let mut body = row.body.clone();
        if let Verdict::Send { stop_wording, .. } = &decision.verdict {
            // what an approved template says is its own: nothing can be added to it; and what comes back goes as it was counted
            let may_add = !intent.has_stop_wording && !intent.has_approved_template && row.attempts == 0;
            let needs_wording = *stop_wording && may_add;
            if needs_wording {
                body = template::stop_wording(&body, None);
            }
            if self.keeps_pace(row, &intent, &body, &mut decision) {
                intent.has_stop_wording |= needs_wording;
            } else {
                body.clone_from(&row.body);
            }
        }
        match &decision.verdict {
            Verdict::Send { expires_at, .. } => {
                self.used += u32::from(row.attempts == 0);
                self.recipients
                    .insert(key, self.after_sending(row, &intent, &facts));
                self.threads.push(self.outgoing(row, intent.channel));
                self.ready.push(self.ready(row, &intent, &body, *expires_at));
                if let Some(connection) = probes {
                    self.probes.tries(connection, self.now);
                }
            }
            Verdict::Stop { why } => self.settled.push(stopped(row, intent.channel, *why)),
            Verdict::Hold { .. } => {}
        }
        self.decided
            .push(self.decided(row, &intent, &facts, decision, body));
        Ok(())
    }

    /// Takes what a message costs of its sender's pace. What finds too little is held until its place in the line.
    fn keeps_pace(&mut self, row: &FactRow, intent: &Intent, body: &str, decision: &mut Decision) -> bool {
        let Some(sender) = sender(row) else { return true };
        let cost = u32::from(segments_of(intent.channel, body).unsigned_abs());
        let turn = Turn::of(intent.purpose, row.campaign_id.map(|campaign| campaign.as_u128()));
        let Err(until) = self.paces.take(&sender, cost, turn, self.now) else {
            return true;
        };
        decision.findings.push(Finding {
            rule: "R6".to_owned(),
            passed: false,
            said: "the sender has sent as much as it may for now".to_owned(),
        });
        decision.verdict = Verdict::Hold {
            until: Some(until),
            why: HoldReason::Paced,
        };
        false
    }

    fn outgoing(&self, row: &FactRow, channel: Channel) -> (usize, Option<Uuid>, conversations::Outgoing) {
        let ours = conversations::address(channel, row.sender_address.as_deref().unwrap_or_default());
        let outgoing = conversations::Outgoing {
            channel: row.channel.clone(),
            is_new: row.threaded_from.as_ref() != Some(&ours),
            ours,
            theirs: conversations::address(channel, &row.their_address),
            customer: row.customer_id,
            campaign: row.campaign_id,
        };
        (self.decided.len(), row.conversation_id, outgoing)
    }

    /// Puts what is let go into its threads. Answers the threads that lost a message, which is tried again from another address.
    async fn thread(&mut self, tx: &mut TenantTx) -> sqlx::Result<Vec<Uuid>> {
        let outgoing: Vec<conversations::Outgoing> =
            self.threads.iter().map(|(_, _, one)| one.clone()).collect();
        let ids = conversations::thread(tx, &outgoing).await?;
        let mut left = Vec::new();
        for ((at, before, _), id) in self.threads.iter().zip(ids) {
            if let Some(decided) = self.decided.get_mut(*at) {
                decided.conversation = id;
            }
            left.extend(before.filter(|before| Some(*before) != id));
        }
        Ok(left)
    }

    fn after_sending(&self, row: &FactRow, intent: &Intent, facts: &Facts) -> Touched {
        let day_ago = self.now - SignedDuration::from_hours(24);
        let mut recent_sends: Vec<Timestamp> = facts
            .recipient
            .recent_sends
            .iter()
            .copied()
            .filter(|at| *at > day_ago)
            .collect();
        if matches!(intent.purpose, Purpose::Marketing | Purpose::Service) {
            recent_sends.push(self.now);
        }
        Touched {
            channel: row.channel.clone(),
            address: row.their_address.clone(),
            recent_sends,
            last_stop_wording_at: if intent.has_stop_wording {
                Some(self.now)
            } else {
                facts.recipient.last_stop_wording_at
            },
            last_help_answer_at: if intent.purpose == Purpose::HelpAnswer {
                Some(self.now)
            } else {
                facts.recipient.last_help_answer_at
            },
        }
    }

    fn ready(&self, row: &FactRow, intent: &Intent, body: &str, expires_at: Option<Timestamp>) -> Ready {
        Ready {
            carrier: ready::carrier(row),
            attempt: row.attempts + 1,
            begin_by: self.begin_by,
            request: ready::request(row, intent, body, expires_at.map(|end| self.told(end)), self.now),
        }
    }

    /// Until when the provider may send, as it is told: most count from when they take a message, which may be a lease after the
    /// decision. What is left is never less than that, except of the five minutes for an answer to a keyword.
    fn told(&self, end: Timestamp) -> Timestamp {
        let earlier = end - self.lease;
        if earlier > self.now { earlier } else { end }
    }

    fn decided(
        &self,
        row: &FactRow,
        intent: &Intent,
        facts: &Facts,
        decision: Decision,
        body: String,
    ) -> Decided {
        let (status, verdict, reason, due_at, expires_at) = match &decision.verdict {
            Verdict::Send { expires_at, .. } => ("sending", "send", None, Some(self.now), *expires_at),
            Verdict::Hold { until, why } => ("queued", "hold", Some(why.name()), *until, None),
            Verdict::Stop { why } => ("stopped", "stop", Some(why.name()), None, None),
        };
        let segments = segments_of(intent.channel, &body);
        Decided {
            message: row.id,
            log: crate::ids::new(self.now),
            status,
            verdict,
            reason,
            due_at: due_at.map(Time),
            expires_at: expires_at.map(Time),
            body,
            segments,
            is_counted: row.attempts > 0,
            conversation: None,
            findings: serde_json::to_value(&decision.findings).unwrap_or_default(),
            facts: serde_json::json!({ "intent": intent, "facts": facts }),
            row: store::LogKeys {
                customer: row.customer_id,
                campaign: row.campaign_id,
                enrollment: row.enrollment_id,
                touch: row.touch_number,
                channel: row.channel.clone(),
                purpose: row.purpose.clone(),
                connection: row.connection_id,
                provider: row.provider.clone(),
                our_address: row.sender_address.clone(),
            },
        }
    }
}

/// What a message costs: parts of a text, else one.
fn segments_of(channel: Channel, body: &str) -> i16 {
    match channel {
        Channel::Sms => i16::try_from(segments::count(body).count).unwrap_or(i16::MAX),
        Channel::Whatsapp | Channel::Email => 1,
    }
}

fn sender(row: &FactRow) -> Option<Sender<'_>> {
    Some(Sender {
        connection: row.connection_id?,
        provider: row.provider.as_deref()?,
        channel: Channel::parse(&row.channel)?,
        our_address: row.sender_address.as_deref()?,
        registration: row.registration.as_deref(),
        carrier: row.carrier.as_deref(),
        has_buckets: row.has_buckets,
    })
}

/// The connection of a message, if it is out and it is time to see whether it still is.
fn due_probe(now: Timestamp) -> impl Fn(&FactRow) -> Option<Uuid> {
    move |row| row.probe_at.filter(|at| at.0 <= now).and(row.connection_id)
}

fn stopped(row: &FactRow, channel: Channel, why: StopReason) -> Settled {
    Settled {
        message: row.id,
        customer: row.customer_id,
        touch: row.enrollment_id.zip(row.touch_number),
        fate: Fate::Stopped {
            why: why.name().to_owned(),
            ends: ends(channel, why),
        },
    }
}

/// Does what stopped one message end the whole enrollment? A missing consent or address ends the touch alone: a later touch may go
/// another way.
fn ends(channel: Channel, why: StopReason) -> Option<EnrollmentStopReason> {
    match why {
        StopReason::OptedOut => Some(match channel {
            Channel::Sms => EnrollmentStopReason::OptedOutSms,
            Channel::Whatsapp => EnrollmentStopReason::OptedOutWhatsapp,
            Channel::Email => EnrollmentStopReason::OptedOutEmail,
        }),
        StopReason::CampaignDeleted => Some(EnrollmentStopReason::CampaignDeleted),
        StopReason::CustomerArchived => Some(EnrollmentStopReason::CustomerArchived),
        StopReason::ConsentUnknown
        | StopReason::ConsentNotWritten
        | StopReason::AddressInvalid
        | StopReason::AddressMissing
        | StopReason::EnrollmentEnded
        | StopReason::TenantSuspended
        | StopReason::DemoTenant
        | StopReason::NoConnection
        | StopReason::SenderNotNamed
        | StopReason::PostalAddressMissing
        | StopReason::WhatsappNotAllowed
        | StopReason::PublicShortener
        | StopReason::TooLate
        | StopReason::TakenBack
        | StopReason::AnsweredAlready
        | StopReason::HeldTooLong => None,
    }
}
