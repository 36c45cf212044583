//! What is in force, tried against a small machine and on examples.
use super::*;
use proptest::prelude::*;

fn event() -> impl Strategy<Value = Fact> {
    let kinds = prop::sample::select(&ConsentStatus::ALL[..]);
    let scopes = prop::sample::select(&Scope::ALL[..]);
    let sources = prop::sample::select(&Source::ALL[..]);
    let methods = prop::sample::select(
        &[
            ConsentMethod::Other,
            ConsentMethod::WebsiteForm,
            ConsentMethod::OwnAddress,
        ][..],
    );
    let told = (any::<bool>(), 0_u64..2);
    (kinds, scopes, 0_i64..12, sources, methods, told).prop_map(
        |(kind, scope, at, source, method, (is_written, address))| Fact {
            seq: 0,
            kind,
            scope,
            occurred_at: Timestamp::from_second(at).unwrap(),
            source,
            method,
            told: Some(Told { is_written, address }),
        },
    )
}

fn numbered(events: Vec<Fact>) -> Vec<Fact> {
    (1..)
        .zip(events)
        .map(|(seq, event)| Fact { seq, ..event })
        .collect()
}

/// The reference: what is granted for each part of the scope, moved event by event in the order of time.
fn reference(events: &[Fact]) -> Option<(ConsentStatus, Scope, i64)> {
    let mut in_order = events.to_vec();
    // an opt-out at the same moment as a re-opening comes after it
    in_order.sort_by_key(|event| {
        let is_out = event.kind == ConsentStatus::OptedOut;
        (event.occurred_at, is_out, event.seq)
    });
    let is_misread = |out: &Fact| {
        out.source == Source::Consumer
            && events.iter().any(|one| {
                one.source == Source::Review
                    && one.kind == ConsentStatus::Unknown
                    && (one.occurred_at, one.scope) == (out.occurred_at, out.scope)
                    && one.seq > out.seq
            })
    };
    let is_of_settings = |event: &Fact| {
        (event.source, event.method, event.scope)
            == (Source::Consumer, ConsentMethod::Other, Scope::Marketing)
    };
    let mut out: Vec<&Fact> = Vec::new();
    let (mut marketing, mut service): (Vec<&Fact>, Vec<&Fact>) = (Vec::new(), Vec::new());
    let mut turned_off: Vec<&Fact> = Vec::new();
    for event in in_order
        .iter()
        .filter(|event| !is_misread(event) || event.kind != ConsentStatus::OptedOut)
    {
        match event.kind {
            ConsentStatus::OptedOut => {
                if event.scope != Scope::Transactional {
                    if is_of_settings(event) {
                        turned_off.append(&mut marketing);
                    } else {
                        turned_off.clear();
                    }
                    marketing.clear();
                }
                if event.scope != Scope::Marketing {
                    service.clear();
                }
                out.push(event);
            }
            ConsentStatus::OptedIn => {
                if event.source == Source::Consumer {
                    out.retain(|out| !covers(event.scope, out.scope));
                }
                if is_of_settings(event) {
                    marketing.append(&mut turned_off);
                }
                if event.scope != Scope::Transactional {
                    marketing.push(event);
                }
                if event.scope != Scope::Marketing {
                    service.push(event);
                }
            }
            ConsentStatus::Unknown => {}
        }
    }
    let newest = |facts: &[&Fact]| facts.iter().map(|fact| (fact.occurred_at, fact.seq)).max();
    if let Some((_, seq)) = newest(&out) {
        let first = out[0].scope;
        let is_one = out.iter().all(|out| out.scope == first);
        return Some((
            ConsentStatus::OptedOut,
            if is_one { first } else { Scope::All },
            seq,
        ));
    }
    let is_for_tests = |fact: &&Fact| fact.method == ConsentMethod::OwnAddress;
    if !marketing.iter().chain(&service).all(is_for_tests) {
        marketing.retain(|fact| !is_for_tests(fact));
        service.retain(|fact| !is_for_tests(fact));
    }
    let all: Vec<&Fact> = marketing.iter().chain(&service).copied().collect();
    let Some((_, last)) = newest(&all) else {
        let unknown = in_order
            .iter()
            .rfind(|event| event.kind == ConsentStatus::Unknown);
        return unknown.map(|event| (ConsentStatus::Unknown, event.scope, event.seq));
    };
    let address = events.iter().find(|fact| fact.seq == last).map(Fact::address);
    let decides = |part: &[&Fact]| {
        let here = || {
            part.iter()
                .filter(|fact| Some(fact.address()) == address)
                .copied()
        };
        let written: Vec<&Fact> = here().filter(|fact| fact.is_written()).collect();
        newest(&written).or_else(|| newest(&here().collect::<Vec<_>>()))
    };
    let (scope, seq) = match (decides(&marketing), decides(&service)) {
        (Some((_, seq)), Some(_)) => (Scope::All, seq),
        (Some((_, seq)), None) => (Scope::Marketing, seq),
        (None, Some((_, seq))) => (Scope::Transactional, seq),
        (None, None) => return None,
    };
    Some((ConsentStatus::OptedIn, scope, seq))
}

proptest! {
    #[test]
    fn the_state_is_that_of_a_small_machine_that_reads_events_in_the_order_of_time(
        events in prop::collection::vec(event(), 0..12)
    ) {
        let events = numbered(events);
        let state = derive(&events).map(|state| (state.status, state.scope, state.fact.seq));
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
        told: None,
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
        told: None,
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

#[test]
fn a_later_opt_in_takes_nothing_from_an_earlier_one_and_one_of_another_address_adds_nothing() {
    use ConsentMethod::{Keyword, OwnAddress, PhoneCall, WebsiteForm};
    use ConsentStatus::{OptedIn, OptedOut};
    use Scope::{All, Marketing, Transactional};
    let fact = |(seq, kind, scope): (i64, ConsentStatus, Scope), method, address| Fact {
        seq,
        kind,
        scope,
        occurred_at: Timestamp::from_second(seq).unwrap(),
        source: Source::Consumer,
        method,
        told: Some(Told {
            is_written: method == WebsiteForm,
            address,
        }),
    };
    let given = |seq, scope, method| fact((seq, OptedIn, scope), method, 1);
    let other = ConsentMethod::Other;
    let off = fact((2, OptedOut, Marketing), other, 1);
    let stop = fact((2, OptedOut, All), Keyword, 1);
    for (said, scope, decides) in [
        (
            vec![given(1, All, WebsiteForm), given(3, Marketing, other)],
            All,
            1,
        ),
        (
            vec![given(1, All, WebsiteForm), off, given(3, Marketing, other)],
            All,
            1,
        ),
        (
            vec![given(1, Marketing, WebsiteForm), given(3, All, Keyword)],
            All,
            1,
        ),
        (
            vec![
                given(1, Marketing, PhoneCall),
                given(3, Transactional, WebsiteForm),
            ],
            All,
            1,
        ),
        (
            vec![
                given(1, Transactional, OwnAddress),
                given(3, Marketing, WebsiteForm),
            ],
            Marketing,
            3,
        ),
        // START after STOP brings back no signature
        (
            vec![given(1, All, WebsiteForm), stop, given(3, All, Keyword)],
            All,
            3,
        ),
        (
            vec![given(1, Marketing, WebsiteForm), off, given(3, All, Keyword)],
            All,
            3,
        ),
        (
            vec![
                fact((1, OptedIn, All), WebsiteForm, 2),
                given(3, Transactional, PhoneCall),
            ],
            Transactional,
            3,
        ),
    ] {
        let state = derive(&said).unwrap();
        assert_eq!(
            (state.status, state.scope, state.fact.seq),
            (OptedIn, scope, decides),
            "{said:?}"
        );
    }
}
