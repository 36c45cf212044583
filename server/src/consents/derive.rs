//! Derives the consent in force from all that was ever recorded. Pure, and independent of the order of recording: what
//! counts is when things were said. An opt-out holds until the consumer's own later act of a scope that covers it;
//! staff, imports and carriers never re-open (47 CFR 64.1200(a)(10)). One that was read out of a sentence holds until a person who read
//! the sentence says that it is none (rule K3). A later opt-in takes nothing from an earlier one: what is in force is all that they allow
//! together.
use super::new_consent::Source;
use jiff::Timestamp;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use serde_json::{Map, Value};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What counts of one event; nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    pub seq: i64,
    pub kind: ConsentStatus,
    pub scope: Scope,
    pub occurred_at: Timestamp,
    pub source: Source,
    pub method: ConsentMethod,
    /// None when the personal part was erased.
    pub told: Option<Told>,
}

/// What the personal part of an event amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// A consent in writing, with a wording that names the seller.
    pub is_written: bool,
    /// Tells addresses apart, and names none. It is never stored.
    pub address: u64,
}

impl Told {
    /// What is told in this personal part of an event.
    pub fn of(method: ConsentMethod, detail: &Map<String, Value>) -> Self {
        let is = |key| detail.get(key).and_then(Value::as_bool).unwrap_or(false);
        let mut address = DefaultHasher::new();
        detail.get("address").and_then(Value::as_str).hash(&mut address);
        Self {
            is_written: method.is_in_writing() && is("has_disclosure") && is("names_seller"),
            address: address.finish(),
        }
    }
}

impl Fact {
    fn is_written(&self) -> bool {
        self.told.is_some_and(|told| told.is_written)
    }

    fn address(&self) -> Option<u64> {
        self.told.map(|told| told.address)
    }

    /// An opt-out by words of the consumer's own that are no keyword.
    pub fn is_in_words(&self) -> bool {
        self.kind == ConsentStatus::OptedOut
            && self.source == Source::Consumer
            && self.method != ConsentMethod::Keyword
    }

    /// Did a person find that this, recorded before and said at the same moment, is no revocation?
    fn is_taken_back_by(&self, other: &Self) -> bool {
        self.is_in_words()
            && other.kind == ConsentStatus::Unknown
            && other.source == Source::Review
            && (other.occurred_at, other.scope) == (self.occurred_at, self.scope)
            && other.seq > self.seq
    }
}

/// The consent in force on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub status: ConsentStatus,
    /// All that the outstanding opt-outs cover together; without one, all that the opt-ins in force do.
    pub scope: Scope,
    /// The event that decides: the newest opt-out; of opt-ins one in writing before others, for marketing needs it, then the newest.
    pub fact: Fact,
}

/// The state after these events of one customer and channel, in any order. None without events.
pub fn derive(events: &[Fact]) -> Option<State> {
    let outstanding = || outstanding(events);
    if let Some(newest) = outstanding().max_by_key(|event| moment(event)) {
        return Some(State {
            status: ConsentStatus::OptedOut,
            scope: outstanding().fold(newest.scope, |scope, event| together(scope, event.scope)),
            fact: *newest,
        });
    }
    granted(events).or_else(|| {
        let unknown = events.iter().filter(|event| event.kind == ConsentStatus::Unknown);
        let newest = unknown.max_by_key(|event| moment(event))?;
        Some(State {
            status: ConsentStatus::Unknown,
            scope: newest.scope,
            fact: *newest,
        })
    })
}

/// What the opt-ins allow together when no opt-out stands: those for the address that the newest is for, each for what was not revoked since.
/// That an address is an operator's own says nothing where a consent is.
fn granted(events: &[Fact]) -> Option<State> {
    let mut given: Vec<(&Fact, Scope)> = Vec::new();
    for event in events.iter().filter(|event| event.kind == ConsentStatus::OptedIn) {
        let parts = [Scope::Marketing, Scope::Transactional].into_iter();
        let left = parts.filter(|part| covers(event.scope, *part) && !is_revoked(event, *part, events));
        given.extend(left.map(|part| (event, part)));
    }
    let is_consent = |event: &Fact| event.method != ConsentMethod::OwnAddress;
    if given.iter().any(|(event, _)| is_consent(event)) {
        given.retain(|(event, _)| is_consent(event));
    }
    let address = given.iter().max_by_key(|(event, _)| moment(event))?.0.address();
    given.retain(|(event, _)| event.address() == address);
    let best = |wanted| {
        let of_the_part = given.iter().filter(move |(_, part)| *part == wanted);
        of_the_part
            .map(|(event, _)| *event)
            .max_by_key(|event| (event.is_written(), moment(event)))
    };
    let (scope, fact) = match (best(Scope::Marketing), best(Scope::Transactional)) {
        (Some(fact), Some(_)) => (Scope::All, fact),
        (Some(fact), None) => (Scope::Marketing, fact),
        (None, fact) => (Scope::Transactional, fact?),
    };
    Some(State {
        status: ConsentStatus::OptedIn,
        scope,
        fact: *fact,
    })
}

/// Did an opt-out take this part of an opt-in back? A revocation is definitive, 47 CFR 64.1200(a)(10): START after STOP is a consent of its
/// own, and does not bring back what was signed before. But who turns marketing off and on again in a channel's settings is where they were.
fn is_revoked(given: &Fact, part: Scope, events: &[Fact]) -> bool {
    let is_off_and_on = |out: &Fact| {
        events.iter().any(|on| {
            on.kind == ConsentStatus::OptedIn
                && on.occurred_at > out.occurred_at
                && (out.scope, on.scope) == (Scope::Marketing, Scope::Marketing)
                && (out.source, on.source) == (Source::Consumer, Source::Consumer)
                && (out.method, on.method) == (ConsentMethod::Other, ConsentMethod::Other)
        })
    };
    events.iter().any(|out| {
        out.kind == ConsentStatus::OptedOut
            && out.occurred_at >= given.occurred_at
            && covers(out.scope, part)
            && !is_off_and_on(out)
            && !events.iter().any(|other| out.is_taken_back_by(other))
    })
}

/// The opt-outs that stand after these events.
pub fn outstanding(events: &[Fact]) -> impl Iterator<Item = &Fact> {
    events.iter().filter(|event| is_outstanding(event, events))
}

/// An opt-out that no later act of the consumer took back, and that was one. At the same moment the opt-out stands.
fn is_outstanding(event: &Fact, events: &[Fact]) -> bool {
    event.kind == ConsentStatus::OptedOut
        && !events.iter().any(|other| {
            other.kind == ConsentStatus::OptedIn
                && other.source == Source::Consumer
                && other.occurred_at > event.occurred_at
                && covers(other.scope, event.scope)
        })
        && !events.iter().any(|other| event.is_taken_back_by(other))
}

fn moment(event: &Fact) -> (Timestamp, i64) {
    (event.occurred_at, event.seq)
}

/// Does the first scope include the second?
pub fn covers(wide: Scope, narrow: Scope) -> bool {
    wide == Scope::All || wide == narrow
}

fn together(one: Scope, other: Scope) -> Scope {
    if one == other { one } else { Scope::All }
}

#[cfg(test)]
mod tests;
