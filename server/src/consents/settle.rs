//! What follows from what was recorded: what is in force, which addresses are closed and opened, what is said to have happened.
use super::derive::{Fact, State, derive, outstanding};
use super::new_consent::{ConsentError, NewConsent, Recorded, Source, suppression_reason};
use super::record::{Entry, Whose, facts, state, whose};
use super::store::{self, Past};
use crate::customers::recipients;
use crate::db::TenantTx;
use crate::happened::Happened;
use rules::channel::Channel;
use rules::consent::{ConsentStatus, Scope};
use rules::suppression::SuppressionReason;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Writes what is in force now, suppresses and re-opens addresses, and says which opt-outs happened. `closed`: addresses that an opt-in
/// does not re-open.
pub(super) async fn settle(
    tx: &mut TenantTx,
    entries: &[Entry],
    seqs: &[Option<i64>],
    known: &HashMap<Whose, Vec<Past>>,
    closed: &HashSet<(Channel, String)>,
) -> Result<Vec<Recorded>, ConsentError> {
    let mut in_force: BTreeMap<Whose, State> = BTreeMap::new();
    let (mut outcomes, mut reopen, mut still_out) =
        (Vec::with_capacity(entries.len()), Vec::new(), Vec::new());
    let mut opted_out: BTreeMap<(Channel, String), Gone> = BTreeMap::new();
    for (Entry { new, reason, .. }, seq) in entries.iter().zip(seqs) {
        let whose = whose(new);
        let (Some(seq), Some(now)) = (*seq, known.get(&whose).and_then(|known| state(known))) else {
            outcomes.push(Recorded::Unchanged);
            continue;
        };
        let address = (new.channel, new.address.clone());
        let is_out = now.status == ConsentStatus::OptedOut;
        if new.kind == ConsentStatus::OptedOut && is_out {
            let said = known.get(&whose).map(|known| facts(known)).unwrap_or_default();
            let gone = opted_out.entry(address).or_insert(Gone {
                scope: now.scope,
                reason: why(&said, seq, *reason),
                customers: Vec::new(),
            });
            gone.scope = if gone.scope == now.scope {
                now.scope
            } else {
                Scope::All
            };
            gone.customers.extend(new.customer);
        } else if new.kind == ConsentStatus::OptedIn && new.source == Source::Consumer {
            if is_out {
                let said = known.get(&whose).map(|known| facts(known)).unwrap_or_default();
                let why = why(&said, seq, *reason);
                still_out.push((new.channel, new.address.clone(), now.scope, why));
            } else if now.status == ConsentStatus::OptedIn && !closed.contains(&address) {
                reopen.push(address);
            }
        }
        outcomes.push(outcome(new, seq, &now, known.get(&whose)));
        in_force.insert(whose, now);
    }
    reopen.retain(|address| !opted_out.contains_key(address));
    store::state::write(tx, &in_force, known).await?;
    recipients::reopen_batch(tx, &reopen).await?;
    // A refusal of transactional messages alone is the consent's to know: the address goes on for the rest.
    let suppress: Vec<_> = opted_out
        .iter()
        .filter(|(_, gone)| gone.scope != Scope::Transactional)
        .map(|((channel, address), gone)| (*channel, address.clone(), gone.scope, gone.reason))
        .collect();
    still_out.retain(|(_, _, scope, _)| *scope != Scope::Transactional);
    recipients::suppress_batch(tx, &still_out).await?;
    recipients::suppress_batch(tx, &suppress).await?;
    for ((channel, address), gone) in opted_out {
        tx.happened(Happened::OptedOut {
            channel,
            address,
            scope: gone.scope,
            customers: gone.customers,
        });
    }
    Ok(outcomes)
}

/// An address whose opt-out is in force now.
struct Gone {
    scope: Scope,
    reason: SuppressionReason,
    customers: Vec<Uuid>,
}

/// Why somebody is out: by a keyword, if one stands; else for the reason of this event, if it stands; else for that of the newest that does.
/// So it is the same in whatever order they are recorded.
fn why(said: &[Fact], seq: i64, reason: SuppressionReason) -> SuppressionReason {
    let of = |fact: &Fact| suppression_reason(fact.source, fact.method);
    let standing: Vec<&Fact> = outstanding(said).collect();
    if standing.iter().any(|fact| of(fact) == SuppressionReason::Keyword) {
        SuppressionReason::Keyword
    } else if standing.iter().any(|fact| fact.seq == seq) {
        reason
    } else {
        let newest = standing
            .into_iter()
            .max_by_key(|fact| (fact.occurred_at, fact.seq));
        newest.map_or(reason, of)
    }
}

fn outcome(new: &NewConsent, seq: i64, now: &State, known: Option<&Vec<Past>>) -> Recorded {
    if now.fact.seq == seq || now.status == ConsentStatus::OptedIn && widens(seq, now, known) {
        Recorded::Applied { seq }
    } else if new.kind == ConsentStatus::OptedIn
        && now.status == ConsentStatus::OptedOut
        && new.occurred_at > now.fact.occurred_at
    {
        Recorded::NotReopened { seq }
    } else {
        Recorded::Outdated { seq }
    }
}

/// Is something else in force than would be without this event?
fn widens(seq: i64, now: &State, known: Option<&Vec<Past>>) -> bool {
    let mut others = known.map(|known| facts(known)).unwrap_or_default();
    others.retain(|fact| fact.seq != seq);
    derive(&others).map(|state| (state.status, state.scope)) != Some((now.status, now.scope))
}
