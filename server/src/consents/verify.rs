//! Checks a tenant's ledger: every hash, number and detail, the head, and that what is in force follows from the events.
//!
//! It finds an edit, a gap, a new order, a cut end, a changed detail. Somebody who owns the database and computes the whole chain anew is
//! found by comparing the head with one written down elsewhere: the evidence pages carry it.
use super::chain::{self, Hash, Link};
use super::derive::{Fact, State, derive};
use super::store::{self, read};
use crate::db::TenantTx;
use rules::channel::Channel;
use rules::consent::ConsentStatus;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Read so many events at a time.
const PAGE: i64 = 5_000;
/// Name so many customers whose state is wrong; more would not help.
const NAMED: usize = 20;

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    pub events: u64,
    /// The first event at which the chain breaks, and how.
    pub first_bad: Option<Fault>,
    /// Events whose personal part was erased; the chain holds without.
    pub details_missing: u64,
    /// Does the chain end where the head says?
    pub head_ok: bool,
    /// The last hash, in hexadecimal digits: write it down elsewhere, and nobody can rewrite what came before.
    pub head: String,
    pub states: u64,
    /// Consents in force that don't follow from the events; at most twenty are named.
    pub states_bad: Vec<BadState>,
}

/// Where a chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub seq: i64,
    pub what: &'static str,
}

/// A consent in force that doesn't follow from the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadState {
    pub customer: Uuid,
    pub channel: Channel,
    pub what: &'static str,
}

impl Verification {
    /// Is everything as it was written?
    pub fn is_whole(&self) -> bool {
        self.first_bad.is_none() && self.head_ok && self.states_bad.is_empty()
    }
}

/// Checks the whole ledger of the transaction's tenant. Holds off appends while it reads, so that head and events are of one moment.
pub async fn verify(tx: &mut TenantTx) -> anyhow::Result<Verification> {
    let genesis = chain::genesis(tx.id());
    let head = store::lock_head(tx, &genesis).await?;
    let mut walk = Walk {
        previous: genesis,
        ..Walk::default()
    };
    let mut after = i64::MIN;
    loop {
        let page = read::events_after(tx, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.link.seq;
        for event in &page {
            walk.step(event);
        }
    }
    if walk.seq < head.seq && walk.first_bad.is_none() {
        walk.blame(
            walk.seq + 1,
            "it is missing, and so are all after it up to the head",
        );
    }
    let states = read::states(tx).await?;
    let states_bad = compare(&states, &walk.facts);
    Ok(Verification {
        events: walk.events,
        head_ok: head.seq == walk.seq && head.hash == walk.previous,
        first_bad: walk.first_bad,
        details_missing: walk.details_missing,
        head: hex::encode(head.hash),
        states: u64::try_from(states.len()).unwrap_or(u64::MAX),
        states_bad,
    })
}

/// How far the check has come.
#[derive(Default)]
struct Walk {
    seq: i64,
    previous: Hash,
    events: u64,
    first_bad: Option<Fault>,
    details_missing: u64,
    facts: BTreeMap<(Uuid, String), Vec<Fact>>,
}

impl Walk {
    fn step(&mut self, event: &read::Stored) {
        let Link { seq, customer, .. } = event.link;
        self.events += 1;
        if seq != self.seq + 1 {
            self.blame(self.seq + 1, "it is missing");
        }
        if event.previous != self.previous {
            self.blame(seq, "it does not follow the event before it");
        }
        if chain::hash(&event.previous, &event.link) != event.hash {
            self.blame(seq, "it was changed: its hash is not that of its contents");
        }
        match &event.detail {
            None => self.details_missing += 1,
            Some((salt, detail)) => {
                if chain::detail_digest(salt, detail) != event.link.detail_digest {
                    self.blame(seq, "its personal part was changed or exchanged");
                }
            }
        }
        match event.fact() {
            None => self.blame(seq, "it has a word that the ledger does not know"),
            Some(fact) => {
                if let Some(customer) = customer {
                    self.facts
                        .entry((customer, event.link.channel.clone()))
                        .or_default()
                        .push(fact);
                }
            }
        }
        self.seq = seq;
        self.previous = event.hash;
    }

    fn blame(&mut self, seq: i64, what: &'static str) {
        self.first_bad.get_or_insert(Fault { seq, what });
    }
}

/// Compares what is in force with what follows from the events.
fn compare(states: &[read::InForce], facts: &BTreeMap<(Uuid, String), Vec<Fact>>) -> Vec<BadState> {
    let mut bad = Vec::new();
    let mut blame = |customer, channel: &str, what| {
        if let Some(channel) = Channel::parse(channel)
            && bad.len() < NAMED
        {
            bad.push(BadState {
                customer,
                channel,
                what,
            });
        }
    };
    let mut seen = BTreeMap::new();
    for state in states {
        let key = (state.customer, state.channel.clone());
        let said = facts.get(&key).map(Vec::as_slice).unwrap_or_default();
        let derived = derive(said);
        seen.insert(key, ());
        let (customer, channel) = (state.customer, state.channel.as_str());
        match derived {
            None => blame(customer, channel, "no event speaks of it"),
            Some(derived) => {
                if state.words != read::words(&derived) && !may_have_been(&state.words, &derived, said) {
                    blame(customer, channel, "it says something else than the ledger");
                } else if !state.agrees_with_detail {
                    blame(
                        customer,
                        channel,
                        "its address, wording or evidence is not that of its event",
                    );
                }
            }
        }
    }
    for (customer, channel) in facts.keys().filter(|key| !seen.contains_key(*key)) {
        blame(
            *customer,
            channel,
            "the ledger has events, but nothing is in force",
        );
    }
    bad
}

/// What an opt-in weighed is not known any more once its personal part was erased: any of them may be the one that was in force.
fn may_have_been(stored: &read::Words, derived: &State, said: &[Fact]) -> bool {
    let opt_ins = || said.iter().filter(|fact| fact.kind == ConsentStatus::OptedIn);
    derived.status == ConsentStatus::OptedIn
        && opt_ins().any(|fact| fact.told.is_none())
        && opt_ins().any(|fact| {
            [derived.scope, fact.scope].into_iter().any(|scope| {
                let state = State {
                    scope,
                    fact: *fact,
                    ..*derived
                };
                *stored == read::words(&state)
            })
        })
}
