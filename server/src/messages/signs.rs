//! What hand-overs say of the way rather than of the message: a provider that is out, one that asks for patience, a carrier whose day is
//! used up.
use super::hand_over::{NO_PROVIDER, NOT_OPENED};
use super::store::{self, Carried};
use super::tasks;
use crate::connections::circuit::feed;
use crate::db::TenantTx;
use crate::pace::{self, Block};
use jiff::{SignedDuration, Timestamp};
use providers::Outcome;
use rules::circuit::{self, OutOf, Sign, is_of_the_account, is_of_the_sender};
use rules::pacing::{CarrierCap, PaceScope, carrier_cap, is_account_cap, next_midnight_pacific};
use rules::retry::{self, NextStep};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How long a provider is left alone that says no time, in seconds.
const PATIENCE: i64 = 60;

/// Gathered over a batch.
#[derive(Default)]
pub(super) struct Signs {
    of: BTreeMap<Uuid, Vec<Sign>>,
    /// Connections of which it would change something.
    matter: BTreeMap<Uuid, bool>,
    blocks: Vec<Block>,
    /// Of which provider, and with which code, connections were shut.
    why: BTreeMap<Uuid, (String, String)>,
    /// Connections whose account may send no more for now.
    capped: BTreeMap<Uuid, String>,
}

impl Signs {
    /// Takes in one outcome. Answers the recipient's carrier if the provider told it.
    pub fn see(&mut self, carried: &Carried, outcome: &Outcome, now: Timestamp) -> Option<&'static str> {
        let (sign, limited) = read(&carried.provider, carried.tries(), outcome);
        if let Some(connection) = carried.connection_id
            && carried.provider != "sandbox"
        {
            self.of.entry(connection).or_default().push(sign);
            let matters = match sign {
                Sign::Answered => carried.is_troubled,
                Sign::Outage | Sign::Account | Sign::Unopened => true,
                Sign::Nothing => false,
            };
            *self.matter.entry(connection).or_default() |= matters;
            if let (Sign::Account, Outcome::Refused { code, .. } | Outcome::TryLater { code, .. }) =
                (sign, outcome)
            {
                let why = (carried.provider.clone(), code.clone());
                self.why.insert(connection, why);
            }
        }
        let (code, seconds) = limited?;
        self.limited(carried, code, seconds, (now, now))
    }

    /// The provider asked for patience at that moment, of which may be nothing left now. Answers the recipient's carrier if it told that.
    pub fn limited(
        &mut self,
        carried: &Carried,
        code: &str,
        seconds: i64,
        (at, now): (Timestamp, Timestamp),
    ) -> Option<&'static str> {
        let (mut blocks, carrier) = limit(carried, code, seconds, at);
        blocks.retain(|block| block.until > now);
        let is_over = blocks.is_empty();
        self.blocks.extend(blocks);
        if is_over {
            return carrier;
        }
        if let Some(connection) = carried.connection_id
            && carried.provider != "sandbox"
            && is_account_cap(&carried.provider, code)
        {
            self.capped.insert(connection, code.to_owned());
        }
        carrier
    }

    /// Writes what follows: no statement when every connection is in order and nobody asked for patience.
    pub async fn close(&mut self, tx: &mut TenantTx) -> anyhow::Result<()> {
        let matter = std::mem::take(&mut self.matter);
        let mut of = std::mem::take(&mut self.of);
        of.retain(|connection, _| matter.get(connection) == Some(&true));
        for turned in feed(tx, &of).await? {
            let reason = turned.out.map_or("none", OutOf::name);
            tracing::warn!(connection.id = %turned.connection, reason, "a connection is out, or in order again");
            let task = match turned.out {
                Some(OutOf::Account) => Some((
                    "connection_refused",
                    self.refused(&turned.name, turned.connection),
                )),
                Some(OutOf::Unopened) => Some((
                    "connection_unopened",
                    format!(
                        "the connection {} can't be opened, its messages wait: bring back the key file, or say its settings and credentials anew",
                        turned.name
                    ),
                )),
                Some(OutOf::Outage) | None => None,
            };
            if let Some((kind, said)) = task {
                tasks::open(tx, kind, None, None, &said).await?;
            }
        }
        for (connection, code) in std::mem::take(&mut self.capped) {
            let said = format!(
                "{code}: {} What is queued waits, and is tried every hour. Connection: ",
                retry::meaning(&code)
            );
            tasks::open_once_of(tx, "account_event", connection, &said).await?;
        }
        Ok(pace::block(tx, &self.blocks).await?)
    }

    /// What a person is told of a connection that its provider shut.
    fn refused(&self, name: &str, connection: Uuid) -> String {
        match self.why.get(&connection) {
            Some((of, code)) if is_of_the_sender(of, code) => format!(
                "the provider takes nothing from the sender of the connection {name} ({code}: {}): put it in order there, then verify the \
                 connection",
                retry::meaning(code)
            ),
            Some((_, code)) => format!(
                "the provider refuses the credentials of the connection {name}, or its account ({code}: {}): put it in order, then verify \
                 the connection",
                retry::meaning(code)
            ),
            None => format!(
                "the provider refuses the credentials of the connection {name}: correct and verify them"
            ),
        }
    }
}

/// Does the outcome say that nothing goes this way for now, with a circuit or a block that sees to it? Then the message waits, however
/// often it was tried.
pub(super) fn is_of_the_way(carried: &Carried, outcome: &Outcome) -> bool {
    let (sign, limited) = read(&carried.provider, carried.tries(), outcome);
    carried.provider != "sandbox"
        && carried.connection_id.is_some()
        && (limited.is_some() || matches!(sign, Sign::Outage | Sign::Account | Sign::Unopened))
}

/// What a report says of the way of a message that was taken: the sender or the account is not in order. Answers whether it did. Of what
/// went before the connection was last verified it says what was so then, and shuts nothing.
pub(super) async fn told(tx: &mut TenantTx, carried: &Carried, code: &str) -> anyhow::Result<bool> {
    let has_circuit = carried.provider != "sandbox" && carried.connection_id.is_some();
    if !has_circuit || !is_of_the_account(&carried.provider, code) {
        return Ok(false);
    }
    if store::went_before_its_way_was_verified(tx, carried.id).await? {
        return Ok(true);
    }
    let outcome = Outcome::Refused {
        code: code.to_owned(),
        detail: String::new(),
    };
    let mut signs = Signs::default();
    signs.see(carried, &outcome, tx.now());
    signs.close(tx).await?;
    Ok(true)
}

/// What an outcome says of its connection.
pub(super) fn sign(provider: &str, outcome: &Outcome) -> Sign {
    read(provider, 1, outcome).0
}

/// What an outcome says of its connection, and, where the provider asks for patience, its code and for how many seconds.
fn read<'a>(provider: &str, tries: u32, outcome: &'a Outcome) -> (Sign, Option<(&'a str, i64)>) {
    match outcome {
        Outcome::Accepted { .. } => (Sign::Answered, None),
        Outcome::Unknown { .. } => (Sign::Outage, None),
        Outcome::TryLater { code, .. } if code == NOT_OPENED => (Sign::Unopened, None),
        Outcome::TryLater { code, .. } | Outcome::Refused { code, .. }
            if is_of_the_account(provider, code) =>
        {
            (Sign::Account, None)
        }
        Outcome::TryLater { code, after } => {
            if retry::patience::asks_for_patience(provider, code) {
                let asked = after.map(|after| i64::try_from(after.as_secs()).unwrap_or(PATIENCE));
                let ours = retry::patience::patience(provider, code).map_or(PATIENCE, i64::from);
                let seconds = if is_account_cap(provider, code) {
                    asked.unwrap_or(ours).max(ours)
                } else {
                    asked.unwrap_or(ours)
                };
                (Sign::Nothing, Some((code, seconds)))
            } else if circuit::is_out(code) {
                (Sign::Outage, None)
            } else {
                // a relay that asks to come again for one recipient
                (Sign::Answered, None)
            }
        }
        // there is no connection: nobody was spoken to
        Outcome::Refused { code, .. } if code == NO_PROVIDER => (Sign::Nothing, None),
        Outcome::Refused { code, .. } => match retry::after(provider, code, tries) {
            NextStep::SlowDown(seconds) => (Sign::Nothing, Some((code, i64::from(seconds)))),
            NextStep::Revoke
            | NextStep::MarkInvalid
            | NextStep::MarkLandline
            | NextStep::RetryAfter(_)
            | NextStep::Fail
            | NextStep::FailAndAlert
            | NextStep::Replan => (Sign::Answered, None),
        },
    }
}

/// How long a message waits whose provider asks for patience, in seconds, if it does.
pub(super) fn wait(carried: &Carried, outcome: &Outcome, now: Timestamp) -> Option<i64> {
    let (code, seconds) = read(&carried.provider, carried.tries(), outcome).1?;
    Some(patience(carried, code, seconds, now).max(1))
}

/// How long a message waits whose provider asks for patience, in seconds: after a carrier's daily cap until that day ends.
pub(super) fn patience(carried: &Carried, code: &str, seconds: i64, now: Timestamp) -> i64 {
    if carrier_cap(&carried.provider, code).is_some_and(is_daily) {
        next_midnight_pacific(now).duration_since(now).as_secs().max(1)
    } else {
        seconds
    }
}

fn is_daily(cap: CarrierCap) -> bool {
    cap.scope == PaceScope::CarrierDay
}

/// What is blocked when a provider asks for patience, and the recipient's carrier if that is what it tells. A cap of one carrier's holds
/// its known numbers: for the rest of the day, or as long as is asked for; whose numbers are not known yet, the connection slows down
/// for.
pub(super) fn limit(
    carried: &Carried,
    code: &str,
    seconds: i64,
    now: Timestamp,
) -> (Vec<Block>, Option<&'static str>) {
    let Some(connection) = carried.connection_id else {
        return (Vec::new(), None);
    };
    let block = |cap, until| Block {
        connection,
        provider: carried.provider.clone(),
        cap,
        until,
        why: code.to_owned(),
    };
    let after = |seconds| now + SignedDuration::from_secs(seconds);
    let asked = after(seconds.clamp(1, 86_400));
    match carrier_cap(&carried.provider, code) {
        Some(cap) => {
            let until = if is_daily(cap) {
                next_midnight_pacific(now)
            } else {
                asked
            };
            let blocks = vec![block(Some(cap), until), block(None, after(PATIENCE))];
            (blocks, Some(cap.carrier))
        }
        None => (vec![block(None, asked)], None),
    }
}
