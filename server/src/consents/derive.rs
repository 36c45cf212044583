//! Derives the consent in force from all that was ever recorded. Pure, and independent of the order of recording: what
//! counts is when things were said. An opt-out holds until the consumer's own later act of a scope that covers it;
//! staff, imports and carriers never re-open (47 CFR 64.1200(a)(10)). One that was read out of a sentence holds until a person who read
//! the sentence says that it is none (rule K3).
use super::new_consent::Source;
use jiff::Timestamp;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};

/// What the chain knows of one event; nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    pub seq: i64,
    pub kind: ConsentStatus,
    pub scope: Scope,
    pub occurred_at: Timestamp,
    pub source: Source,
    pub method: ConsentMethod,
}

impl Fact {
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
    /// Of an opt-out: all that the outstanding opt-outs cover together.
    pub scope: Scope,
    /// The event that decides.
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
    let newest_of = |kind| {
        events
            .iter()
            .filter(|event| event.kind == kind)
            .max_by_key(|event| moment(event))
    };
    // Every opt-out that is not outstanding has a later opt-in, which is newer than all of them, or was none.
    newest_of(ConsentStatus::OptedIn)
        .or_else(|| newest_of(ConsentStatus::Unknown))
        .map(|fact| State {
            status: fact.kind,
            scope: fact.scope,
            fact: *fact,
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = Fact> {
        let kinds = prop::sample::select(&ConsentStatus::ALL[..]);
        let scopes = prop::sample::select(&Scope::ALL[..]);
        let sources = prop::sample::select(&Source::ALL[..]);
        (kinds, scopes, 0_i64..12, sources).prop_map(|(kind, scope, at, source)| Fact {
            seq: 0,
            kind,
            scope,
            occurred_at: Timestamp::from_second(at).unwrap(),
            source,
            method: ConsentMethod::Other,
        })
    }

    fn numbered(events: Vec<Fact>) -> Vec<Fact> {
        (1..)
            .zip(events)
            .map(|(seq, event)| Fact { seq, ..event })
            .collect()
    }

    /// The reference: one flag per part of the scope, moved event by event in the order of time.
    fn reference(events: &[Fact]) -> Option<(ConsentStatus, Scope)> {
        let mut in_order = events.to_vec();
        // an opt-out at the same moment as a re-opening comes after it
        in_order.sort_by_key(|event| {
            (
                event.occurred_at,
                event.kind == ConsentStatus::OptedOut,
                event.seq,
            )
        });
        let mut out: Vec<&Fact> = Vec::new();
        let mut granted: Option<Scope> = None;
        for event in &in_order {
            match event.kind {
                ConsentStatus::OptedOut => out.push(event),
                ConsentStatus::OptedIn => {
                    if event.source == Source::Consumer {
                        out.retain(|out| !covers(event.scope, out.scope));
                    }
                    granted = Some(event.scope);
                }
                ConsentStatus::Unknown => {}
            }
        }
        let reviews = |out: &Fact| {
            let of_it = |one: &&Fact| one.source == Source::Review && one.kind == ConsentStatus::Unknown;
            let mut reviews = events.iter().filter(of_it);
            reviews
                .any(|one| one.occurred_at == out.occurred_at && one.scope == out.scope && one.seq > out.seq)
        };
        out.retain(|out| out.source != Source::Consumer || !reviews(out));
        if let Some(first) = out.first() {
            let scope = if out.iter().all(|out| out.scope == first.scope) {
                first.scope
            } else {
                Scope::All
            };
            return Some((ConsentStatus::OptedOut, scope));
        }
        let unknown = in_order
            .iter()
            .rfind(|event| event.kind == ConsentStatus::Unknown);
        granted
            .map(|scope| (ConsentStatus::OptedIn, scope))
            .or(unknown.map(|event| (ConsentStatus::Unknown, event.scope)))
    }

    proptest! {
        #[test]
        fn the_state_is_that_of_a_small_machine_that_reads_events_in_the_order_of_time(
            events in prop::collection::vec(event(), 0..12)
        ) {
            let events = numbered(events);
            let state = derive(&events).map(|state| (state.status, state.scope));
            prop_assert_eq!(state, reference(&events));
        }

        #[test]
        fn the_order_of_recording_makes_no_difference_to_whether_one_is_out(
            mut events in prop::collection::vec(event(), 1..12), turn in 0_usize..12
        ) {
            // who reads a sentence again speaks of what was recorded before
            events.retain(|event| event.source != Source::Review);
            prop_assume!(!events.is_empty());
            let mut turned = events.clone();
            turned.rotate_left(turn % events.len());
            let status = |events| derive(&numbered(events)).map(|state| state.status);
            prop_assert_eq!(status(events), status(turned));
        }

        #[test]
        fn nobody_but_the_consumer_reopens_and_who_read_the_words_again(
            events in prop::collection::vec(event(), 1..12),
            added in prop::collection::vec(event(), 0..6)
        ) {
            let is_out = |events: &[Fact]| {
                derive(events).is_some_and(|state| state.status == ConsentStatus::OptedOut)
            };
            let mut all = events.clone();
            let may = [Source::Consumer, Source::Review];
            all.extend(added.into_iter().filter(|event| !may.contains(&event.source)));
            prop_assert!(!is_out(&numbered(events)) || is_out(&numbered(all)));
        }
    }

    #[test]
    fn what_a_person_takes_back_is_that_sentence_and_no_keyword_nor_what_came_later() {
        let fact = |seq, kind, second, source, method| Fact {
            seq,
            kind,
            scope: Scope::All,
            occurred_at: Timestamp::from_second(second).unwrap(),
            source,
            method,
        };
        let (out, unknown) = (ConsentStatus::OptedOut, ConsentStatus::Unknown);
        let given = fact(
            1,
            ConsentStatus::OptedIn,
            5,
            Source::Staff,
            ConsentMethod::PhoneCall,
        );
        let words = fact(2, out, 10, Source::Consumer, ConsentMethod::Other);
        let read = fact(3, unknown, 10, Source::Review, ConsentMethod::Other);
        let status = |facts: &[Fact]| derive(facts).unwrap().status;
        assert_eq!(status(&[given, words]), out);
        assert_eq!(status(&[given, words, read]), ConsentStatus::OptedIn);
        assert_eq!(status(&[words, read]), unknown);
        for stands in [
            fact(2, out, 10, Source::Consumer, ConsentMethod::Keyword),
            fact(2, out, 10, Source::Staff, ConsentMethod::Other),
            fact(2, out, 11, Source::Consumer, ConsentMethod::Other),
            fact(4, out, 10, Source::Consumer, ConsentMethod::Other),
        ] {
            assert_eq!(status(&[given, stands, read]), out, "{stands:?}");
        }
        let by_staff = fact(3, unknown, 10, Source::Staff, ConsentMethod::Other);
        assert_eq!(status(&[given, words, by_staff]), out);
    }

    #[test]
    fn an_opt_in_recorded_late_but_dated_before_the_stop_does_not_win() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let fact = |seq, kind, second, source| Fact {
            seq,
            kind,
            scope: Scope::All,
            occurred_at: at(second),
            source,
            method: ConsentMethod::Other,
        };
        let stop = fact(1, ConsentStatus::OptedOut, 10, Source::Consumer);
        let form = fact(2, ConsentStatus::OptedIn, 5, Source::Consumer);
        assert_eq!(derive(&[stop, form]).unwrap().status, ConsentStatus::OptedOut);
        let start = fact(3, ConsentStatus::OptedIn, 11, Source::Consumer);
        assert_eq!(
            derive(&[stop, form, start]).unwrap().status,
            ConsentStatus::OptedIn
        );
    }
}
