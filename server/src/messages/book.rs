//! What a batch of hand-overs comes to, message by message, and what follows for addresses, campaigns and people.
use super::bounce;
use super::settle::Found;
use super::signs::{self, Signs, patience};
use super::store::{self, Carried};
use super::tasks::{self, UNKNOWN_OUTCOME};
use crate::consents;
use crate::customers::recipients;
use crate::db::{TenantTx, Time};
use crate::happened::{Fate, Happened, Settled};
use jiff::SignedDuration;
use providers::Outcome;
use rules::channel::Channel;
use rules::circuit::is_of_the_account;
use rules::retry::{self, NextStep};
use rules::suppression::SuppressionReason;
use rules::verdict::StopReason;
use std::time::Duration;
use uuid::Uuid;

/// How often a message is tried with a provider that proved not to have taken it, those times aside when nothing went that way.
const MOST_TRIES: u32 = 6;
/// After how many times when nothing went that way a message waits longer.
const PUT_OFF_OFTEN: i16 = 5;
/// And how long at least, in seconds: a provider that says a second each time would be asked a million times before it is held too long.
const LEAST_WAIT: i64 = 60;

/// What a provider asks to wait, in seconds; else what we wait by ourselves.
pub(super) fn seconds(after: Option<Duration>, otherwise: i64) -> i64 {
    after.map_or(otherwise, |after| i64::try_from(after.as_secs()).unwrap_or(3600))
}

/// What a batch of outcomes comes to, gathered before it is written at once.
#[derive(Default)]
pub(super) struct Book {
    signs: Signs,
    outcomes: Vec<store::Outcome>,
    settled: Vec<Settled>,
    consequences: Vec<(Carried, Consequence)>,
    /// Mails taken by a relay that will say no more of them: the best that is known is that the address takes mail.
    taken: Vec<String>,
}

enum Consequence {
    Revoke,
    Invalid,
    Landline,
    /// An e-mail that its address did not take this time.
    Unreachable,
    /// A provider said which carrier the number is with.
    Carrier(&'static str),
    /// The provider can't tell what became of it.
    AskAPerson,
    /// With this code: somebody has to put in order what it tells of.
    Refused(String),
}

impl Book {
    pub(super) fn enter(&mut self, tx: &TenantTx, carried: &Carried, outcome: Outcome) {
        if let Some(carrier) = self.signs.see(carried, &outcome, tx.now()) {
            self.consequences
                .push((carried.clone(), Consequence::Carrier(carrier)));
        }
        let is_of_the_way = signs::is_of_the_way(carried, &outcome);
        let wait = signs::wait(carried, &outcome, tx.now());
        match outcome {
            Outcome::Accepted { external_id } => self.sent(carried, external_id),
            Outcome::Unknown { detail } => {
                self.write(
                    carried,
                    "unknown",
                    None,
                    Some(detail),
                    Some(Time(tx.now() + SignedDuration::from_mins(1))),
                );
                self.settled.push(settled(carried, Fate::Unknown));
            }
            Outcome::TryLater { code, after } => {
                let seconds = wait.unwrap_or_else(|| seconds(after, 60).max(1));
                if is_of_the_way {
                    self.once_more(tx, carried, code, seconds);
                } else {
                    self.again(tx, carried, code, seconds);
                }
            }
            Outcome::Refused { code, detail: _ } if is_of_the_way => {
                self.once_more(tx, carried, code, wait.unwrap_or(60));
            }
            Outcome::Refused { code, detail: _ } => self.refused(tx, carried, code),
        }
    }

    fn refused(&mut self, tx: &TenantTx, carried: &Carried, code: String) {
        if is_of_the_account(&carried.provider, &code) {
            // nothing was taken, and the connection carries nothing until somebody puts it in order
            return self.again(tx, carried, code, 60);
        }
        match retry::after(&carried.provider, &code, carried.tries()) {
            NextStep::RetryAfter(seconds) => self.again(tx, carried, code, i64::from(seconds)),
            NextStep::SlowDown(seconds) => {
                let seconds = patience(carried, &code, i64::from(seconds), tx.now());
                self.again(tx, carried, code, seconds);
            }
            NextStep::Replan => self.again(tx, carried, code, 60),
            NextStep::Fail => self.lost(carried, code),
            NextStep::FailAndAlert => {
                self.consequences
                    .push((carried.clone(), Consequence::Refused(code.clone())));
                self.failed(carried, code, false);
            }
            NextStep::Revoke => {
                self.consequences.push((carried.clone(), Consequence::Revoke));
                self.failed(carried, code, false);
            }
            NextStep::MarkInvalid => {
                self.consequences.push((carried.clone(), Consequence::Invalid));
                self.failed(carried, code, true);
            }
            NextStep::MarkLandline => {
                self.consequences.push((carried.clone(), Consequence::Landline));
                self.failed(carried, code, true);
            }
        }
    }

    pub(super) fn sent(&mut self, carried: &Carried, external_id: String) {
        self.write(carried, "sent", Some(external_id), None, None);
        let reports = providers::described(&carried.provider).is_none_or(|one| one.hooks.is_some());
        if !reports && carried.channel == Channel::Email.name() {
            self.taken.push(carried.their_address.clone());
        }
        self.settled.push(settled(carried, Fate::Sent));
    }

    pub(super) fn failed(&mut self, carried: &Carried, code: String, address_invalid: bool) {
        self.write(carried, "failed", None, Some(code.clone()), None);
        self.settled.push(settled(
            carried,
            Fate::Failed {
                code,
                address_invalid,
            },
        ));
    }

    /// The message has failed, and of an e-mail the code may say that its address can't be reached now.
    fn lost(&mut self, carried: &Carried, code: String) {
        if carried.channel == Channel::Email.name() && retry::is_soft_bounce(&code) {
            self.consequences
                .push((carried.clone(), Consequence::Unreachable));
        }
        self.failed(carried, code, false);
    }

    /// Only what the provider proved not to have taken comes here.
    fn again(&mut self, tx: &TenantTx, carried: &Carried, code: String, seconds: i64) {
        if carried.tries() >= MOST_TRIES {
            return self.lost(carried, code);
        }
        self.back(tx, carried, code, seconds);
    }

    /// However often it was tried: while a provider is out, its circuit lets one message go now and then, and one that asks for patience
    /// has its connection's pace blocked. What waits too long is ended by the gate (H3, K7).
    pub(super) fn once_more(&mut self, tx: &TenantTx, carried: &Carried, code: String, seconds: i64) {
        let seconds = if carried.put_off >= PUT_OFF_OFTEN {
            seconds.max(LEAST_WAIT)
        } else {
            seconds
        };
        self.back(tx, carried, code, seconds);
        if let Some(last) = self.outcomes.last_mut() {
            last.was_put_off = true;
        }
    }

    fn back(&mut self, tx: &TenantTx, carried: &Carried, code: String, seconds: i64) {
        self.write(
            carried,
            "queued",
            None,
            Some(code),
            Some(Time(tx.now() + SignedDuration::from_secs(seconds))),
        );
    }

    pub(super) fn give_to_a_person(&mut self, carried: &Carried) {
        self.write(carried, "unknown", None, Some("nobody_knows".to_owned()), None);
        self.consequences.push((carried.clone(), Consequence::AskAPerson));
    }

    /// A person found out what the provider can't tell. That says nothing of the way, nor of the address.
    pub(super) fn told_by_a_person(&mut self, carried: &Carried, found: Found) {
        match found {
            Found::Sent => {
                self.write(carried, "sent", None, None, None);
                self.settled.push(settled(carried, Fate::Sent));
            }
            Found::Failed => self.failed(carried, "told_by_a_person".to_owned(), false),
        }
    }

    /// The provider could not tell: it is asked again later, and in the end a person is.
    pub(super) fn not_known(&mut self, tx: &TenantTx, carried: &Carried) {
        let lookups = u32::try_from(carried.lookups).unwrap_or(0).saturating_add(1);
        let Some(seconds) = retry::patience::ask_again_after(lookups) else {
            return self.give_to_a_person(carried);
        };
        let again = Time(tx.now() + SignedDuration::from_secs(i64::from(seconds)));
        self.write(
            carried,
            "unknown",
            None,
            Some("provider_is_asked".to_owned()),
            Some(again),
        );
        if let Some(last) = self.outcomes.last_mut() {
            last.was_asked = true;
        }
    }

    fn write(
        &mut self,
        carried: &Carried,
        status: &'static str,
        external_id: Option<String>,
        error_code: Option<String>,
        due_at: Option<Time>,
    ) {
        self.outcomes.push(store::Outcome {
            message: carried.id,
            status,
            external_id,
            error_code,
            due_at,
            provider: carried.provider.clone(),
            was_asked: false,
            was_put_off: false,
        });
    }

    pub(super) async fn close(mut self, tx: &mut TenantTx) -> anyhow::Result<()> {
        store::write(tx, &self.outcomes).await?;
        // in whatever order they were answered: touches are locked in that of the messages
        self.settled.sort_by_key(|one| one.message);
        // recipients in the order in which everybody locks them
        self.consequences.sort_by(|(one, _), (other, _)| {
            (&one.channel, &one.their_address).cmp(&(&other.channel, &other.their_address))
        });
        for (carried, consequence) in &self.consequences {
            carry_out(tx, carried, consequence).await?;
        }
        recipients::reached(tx, Channel::Email, &self.taken).await?;
        // All at once, and after the recipients: they are locked before the consent ledger.
        let revoked: Vec<(Channel, &str)> = self
            .consequences
            .iter()
            .filter(|(_, consequence)| matches!(consequence, Consequence::Revoke))
            .filter_map(|(carried, _)| {
                Some((Channel::parse(&carried.channel)?, carried.their_address.as_str()))
            })
            .collect();
        consents::opt_out_addresses(tx, &revoked, SuppressionReason::Carrier)
            .await
            .map_err(consents::ConsentError::beneath)?;
        self.signs.close(tx).await?;
        let again: Vec<Uuid> = self
            .outcomes
            .iter()
            .filter(|outcome| outcome.status == "queued")
            .map(|outcome| outcome.message)
            .collect();
        for carried in store::cancel_of_ended(tx, &again).await? {
            let fate = Fate::Stopped {
                why: StopReason::EnrollmentEnded.name().to_owned(),
                ends: None,
            };
            self.settled.push(settled(&carried, fate));
        }
        if !self.settled.is_empty() {
            tx.happened(Happened::MessagesSettled(self.settled));
        }
        Ok(())
    }
}

async fn carry_out(tx: &mut TenantTx, carried: &Carried, consequence: &Consequence) -> anyhow::Result<()> {
    let Some(channel) = Channel::parse(&carried.channel) else {
        return Ok(());
    };
    let address = carried.their_address.as_str();
    match consequence {
        // with all others of the batch, see `close`
        Consequence::Revoke => {}
        Consequence::Invalid if channel == Channel::Email => bounce::hard(tx, address).await?,
        Consequence::Invalid => recipients::mark_invalid(tx, channel, address).await?,
        Consequence::Unreachable => bounce::soft(tx, address).await?,
        Consequence::Landline => recipients::mark_landline(tx, channel, address).await?,
        Consequence::Carrier(carrier) => recipients::learn_carrier(tx, channel, address, carrier).await?,
        Consequence::AskAPerson => {
            let said = "its provider can't tell whether it took the message";
            tasks::open(tx, UNKNOWN_OUTCOME, carried.customer_id, Some(carried.id), said).await?;
        }
        Consequence::Refused(code) => tasks::refused(tx, carried, code).await?,
    }
    Ok(())
}

pub(super) fn settled(carried: &Carried, fate: Fate) -> Settled {
    Settled {
        message: carried.id,
        customer: carried.customer_id,
        touch: carried.enrollment_id.zip(carried.touch_number),
        fate,
    }
}
