//! What hand-overs say of the way rather than of the message: a provider that is out, one that asks for patience, a carrier whose day is
//! used up.
use super::hand_over::{NO_PROVIDER, NOT_OPENED};
use super::store::Carried;
use super::tasks;
use crate::connections::circuit::feed;
use crate::db::TenantTx;
use crate::pace::{self, Block};
use jiff::{SignedDuration, Timestamp};
use providers::Outcome;
use rules::circuit::{self, OutOf, Sign, is_of_the_account};
use rules::pacing::{CARRIER_OF_DAILY_CAP, is_daily_cap, next_midnight_pacific};
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
}

impl Signs {
    /// Takes in one outcome. Answers the recipient's carrier if the provider told it.
    pub fn see(&mut self, carried: &Carried, outcome: &Outcome, now: Timestamp) -> Option<&'static str> {
        let (sign, limited) = read(carried, outcome);
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
        }
        let (code, seconds) = limited?;
        let (blocks, carrier) = limit(carried, code, seconds, now);
        self.blocks.extend(blocks);
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
                    format!(
                        "the provider refuses the credentials of the connection {}: correct and verify them",
                        turned.name
                    ),
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
        Ok(pace::block(tx, &self.blocks).await?)
    }
}

/// Does the outcome say that nothing goes through the connection for now, with a circuit that sees to it?
pub(super) fn is_out(carried: &Carried, outcome: &Outcome) -> bool {
    carried.provider != "sandbox"
        && carried.connection_id.is_some()
        && matches!(read(carried, outcome).0, Sign::Outage | Sign::Unopened)
}

/// What an outcome says of its connection, and, where the provider asks for patience, its code and for how many seconds.
fn read<'a>(carried: &Carried, outcome: &'a Outcome) -> (Sign, Option<(&'a str, i64)>) {
    match outcome {
        Outcome::Accepted { .. } => (Sign::Answered, None),
        Outcome::Unknown { .. } => (Sign::Outage, None),
        Outcome::TryLater { code, .. } if code == NOT_OPENED => (Sign::Unopened, None),
        Outcome::TryLater { code, .. } | Outcome::Refused { code, .. }
            if is_of_the_account(&carried.provider, code) =>
        {
            (Sign::Account, None)
        }
        Outcome::TryLater { code, after } => {
            if retry::patience::asks_for_patience(&carried.provider, code) {
                let asked = after.map(|after| i64::try_from(after.as_secs()).unwrap_or(PATIENCE));
                (Sign::Nothing, Some((code, asked.unwrap_or(PATIENCE))))
            } else if circuit::is_out(code) {
                (Sign::Outage, None)
            } else {
                // a relay that asks to come again for one recipient
                (Sign::Answered, None)
            }
        }
        // there is no connection: nobody was spoken to
        Outcome::Refused { code, .. } if code == NO_PROVIDER => (Sign::Nothing, None),
        Outcome::Refused { code, .. } => {
            let attempts = u32::try_from(carried.attempts).unwrap_or(u32::MAX);
            match retry::after(&carried.provider, code, attempts) {
                NextStep::SlowDown(seconds) => (Sign::Nothing, Some((code, i64::from(seconds)))),
                NextStep::Revoke
                | NextStep::MarkInvalid
                | NextStep::MarkLandline
                | NextStep::RetryAfter(_)
                | NextStep::Fail
                | NextStep::FailAndAlert
                | NextStep::Replan => (Sign::Answered, None),
            }
        }
    }
}

/// How long a message waits whose provider asks for patience, in seconds: after a carrier's daily cap until that day ends.
pub(super) fn patience(carried: &Carried, code: &str, seconds: i64, now: Timestamp) -> i64 {
    if is_daily_cap(&carried.provider, code) {
        next_midnight_pacific(now).duration_since(now).as_secs().max(1)
    } else {
        seconds
    }
}

/// What is blocked when a provider asks for patience, and the recipient's carrier if that is what it tells. A daily cap is one carrier's:
/// its known numbers wait for the end of that day; whose numbers are not known yet, the connection slows down for.
pub(super) fn limit(
    carried: &Carried,
    code: &str,
    seconds: i64,
    now: Timestamp,
) -> (Vec<Block>, Option<&'static str>) {
    let Some(connection) = carried.connection_id else {
        return (Vec::new(), None);
    };
    let block = |carrier, until| Block {
        connection,
        provider: carried.provider.clone(),
        carrier,
        until,
        why: code.to_owned(),
    };
    let after = |seconds| now + SignedDuration::from_secs(seconds);
    if is_daily_cap(&carried.provider, code) {
        let blocks = vec![
            block(Some(CARRIER_OF_DAILY_CAP), next_midnight_pacific(now)),
            block(None, after(PATIENCE)),
        ];
        (blocks, Some(CARRIER_OF_DAILY_CAP))
    } else {
        (vec![block(None, after(seconds.clamp(1, 86_400)))], None)
    }
}
