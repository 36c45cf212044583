//! Never faster than the pace, whatever comes and however the clock walks.
use super::*;
use crate::channel::Channel;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(1_772_463_600_000_000 + micros).unwrap()
}

const SECOND: i64 = 1_000_000;
const LINE: Turn = Turn::InLine(1);

fn go(bucket: &mut Bucket, cost: u32, turn: Turn, now: Timestamp) -> Result<(), Timestamp> {
    bucket.refill(now);
    take(&mut [bucket], cost, turn, now)
}

#[test]
fn a_burst_goes_at_once_and_the_rest_each_at_a_second_of_its_own() {
    let mut bucket = Bucket::new(Some(Pace::per_second(1, 4)), at(0));
    let told: Vec<_> = (0..8).map(|_| go(&mut bucket, 1, LINE, at(0))).collect();
    // one of four is kept for those who go first
    assert_eq!(told[..3], [Ok(()); 3]);
    let places: Vec<_> = told[3..].iter().map(|one| one.unwrap_err()).collect();
    assert_eq!(
        places,
        (1..=5).map(|second| at(second * SECOND)).collect::<Vec<_>>()
    );
}

#[test]
fn a_line_of_any_length_goes_at_the_places_that_it_was_told_each_looked_at_twice() {
    let pace = Pace::per_second(3, 6);
    let mut bucket = Bucket::new(Some(pace), at(0));
    let mut waiting: std::collections::BTreeSet<(Timestamp, u32)> =
        (0..2_000).map(|id| (at(0), id)).collect();
    let (mut looks, mut gone) = (0, 0);
    let mut last = at(0);
    while let Some((now, id)) = waiting.pop_first() {
        looks += 1;
        last = now;
        match go(&mut bucket, 1, LINE, now) {
            Ok(()) => gone += 1,
            Err(again) => assert!(waiting.insert((again, id))),
        }
    }
    assert_eq!(gone, 2_000);
    assert!(looks <= 2 * 2_000, "{looks}");
    let seconds = last.duration_since(at(0)).as_secs();
    assert!(
        (660..=670).contains(&seconds),
        "2,000 at three a second: {seconds}"
    );
}

#[test]
fn a_reply_goes_while_a_campaign_waits_and_no_campaign_goes_while_a_reply_waits() {
    let mut bucket = Bucket::new(Some(Pace::per_second(1, 4)), at(0));
    while go(&mut bucket, 1, LINE, at(0)).is_ok() {}
    assert_eq!(go(&mut bucket, 1, Turn::First, at(0)), Ok(()), "one was kept");
    let reply = go(&mut bucket, 1, Turn::First, at(0)).unwrap_err();
    assert_eq!(
        reply,
        at(SECOND),
        "before the campaign's line, which is longer by now"
    );
    assert!(go(&mut bucket, 1, LINE, at(SECOND / 2)).is_err());
    assert_eq!(go(&mut bucket, 1, Turn::First, reply), Ok(()));
}

#[test]
fn what_the_provider_blocks_is_blocked_for_everyone_until_then_and_does_not_burst_afterwards() {
    let mut bucket = Bucket::new(Some(Pace::per_second(10, 40)), at(0));
    bucket.block(at(60 * SECOND), at(0));
    let first = go(&mut bucket, 1, Turn::First, at(SECOND)).unwrap_err();
    let campaign = go(&mut bucket, 1, LINE, at(30 * SECOND)).unwrap_err();
    assert!(first > at(60 * SECOND) && campaign > first);
    bucket.refill(at(60 * SECOND));
    assert_eq!(bucket.tokens(), Some(0));
    assert_eq!(go(&mut bucket, 1, Turn::First, first), Ok(()));

    let mut unlimited = Bucket::new(None, at(0));
    assert_eq!(go(&mut unlimited, 50, LINE, at(0)), Ok(()));
    unlimited.block(at(60 * SECOND), at(0));
    assert_eq!(go(&mut unlimited, 1, LINE, at(0)), Err(at(60 * SECOND)));
    assert_eq!(go(&mut unlimited, 1, LINE, at(60 * SECOND)), Ok(()));
}

#[test]
fn a_line_whose_messages_were_cancelled_holds_nobody_up() {
    let mut bucket = Bucket::new(Some(Pace::per_second(1, 4)), at(0));
    for _ in 0..10_000 {
        let _ = go(&mut bucket, 1, LINE, at(0));
    }
    // nobody comes; the bucket fills
    let now = at(20 * SECOND);
    while go(&mut bucket, 1, LINE, now).is_ok() {}
    let again = go(&mut bucket, 1, LINE, now).unwrap_err();
    assert!(again <= at(23 * SECOND), "{again}");
}

#[test]
fn a_message_larger_than_the_bucket_goes_when_it_is_full_and_is_paid_for_afterwards() {
    let mut bucket = Bucket::new(Some(Pace::per_second(1, 2)), at(0));
    assert_eq!(go(&mut bucket, 5, LINE, at(0)), Ok(()));
    assert_eq!(bucket.tokens(), Some(-3));
    assert_eq!(go(&mut bucket, 1, Turn::First, at(0)), Err(at(4 * SECOND)));
}

#[test]
fn a_clock_that_is_put_back_gives_nothing_and_stops_nothing_for_good() {
    let mut bucket = Bucket::new(Some(Pace::per_second(1, 2)), at(0));
    assert_eq!(go(&mut bucket, 2, Turn::First, at(0)), Ok(()));
    let hour = 3_600 * SECOND;
    assert!(
        go(&mut bucket, 1, Turn::First, at(-hour)).is_err(),
        "nothing came"
    );
    assert_eq!(
        go(&mut bucket, 1, Turn::First, at(-hour + 2 * SECOND)),
        Ok(()),
        "an hour is not waited out"
    );
}

#[test]
fn providers_rates_are_found_by_the_sender() {
    let of = |provider, channel, address| {
        default_pace(provider, channel, address).map(|row| (row.scope, row.pace.tokens))
    };
    use PaceScope::{Connection, Number};
    assert_eq!(of("twilio", Channel::Sms, "+15045550100"), Some((Number, 1)));
    assert_eq!(of("twilio", Channel::Sms, "+18885550100"), Some((Number, 3)));
    assert_eq!(of("twilio", Channel::Sms, "24680"), Some((Number, 100)));
    assert_eq!(of("twilio", Channel::Sms, "MG0123456789abcdef"), None);
    assert_eq!(
        of("whatsapp", Channel::Whatsapp, "+15045550100"),
        Some((Number, 80))
    );
    assert_eq!(
        of("ses", Channel::Email, "hello@example.com"),
        Some((Connection, 14))
    );
    assert_eq!(
        of("smtp", Channel::Email, "hello@example.com"),
        Some((Connection, 10))
    );
    assert_eq!(of("sandbox", Channel::Sms, "+18885550100"), None);
    assert!(
        PACES
            .iter()
            .all(|row| row.pace.burst > 1 && !row.source.is_empty())
    );
    for (provider, source) in [
        ("twilio", "Twilio: "),
        ("vonage", "house rule, "),
        ("bandwidth", "house rule, "),
    ] {
        for sender in ["+13125550142", "+18885550100", "242733"] {
            let row = default_pace(provider, Channel::Sms, sender).unwrap();
            assert!(row.source.starts_with(source), "{provider}: {}", row.source);
        }
    }
}

#[test]
fn a_daily_cap_ends_at_midnight_in_california_also_when_its_clocks_change() {
    for (now, midnight) in [
        ("2026-03-02T15:00:00Z", "2026-03-03T08:00:00Z"),
        ("2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z"),
        ("2026-03-02T07:59:59Z", "2026-03-02T08:00:00Z"),
        // 8 March has 23 hours there, 1 November 25
        ("2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"),
        ("2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"),
    ] {
        assert_eq!(
            next_midnight_pacific(now.parse().unwrap()),
            midnight.parse().unwrap(),
            "{now}"
        );
    }
}

#[test]
fn a_code_that_names_a_carrier_says_whose_cap_is_used_up() {
    let of = |provider, code| carrier_cap(provider, code).map(|cap| (cap.carrier, cap.scope));
    assert_eq!(of("twilio", "30023"), Some(("t-mobile", PaceScope::CarrierDay)));
    assert_eq!(of("bandwidth", "4780"), Some(("t-mobile", PaceScope::CarrierDay)));
    assert_eq!(of("bandwidth", "4781"), Some(("at&t", PaceScope::CarrierMinute)));
    assert_eq!(of("twilio", "30022"), None, "it names nobody");
    assert_eq!(of("twilio", "4781"), None);
    assert!(is_account_cap("twilio", "63038") && !is_account_cap("twilio", "20429"));
    assert!(is_account_cap("ses", "LimitExceeded") && !is_account_cap("ses", "Throttling"));
}

#[test]
fn a_carriers_day_is_used_up_until_midnight_in_california() {
    let now: Timestamp = "2026-03-02T15:00:00Z".parse().unwrap();
    let midnight: Timestamp = "2026-03-03T08:00:00Z".parse().unwrap();
    let pace = Pace {
        tokens: 4,
        seconds: 86_400,
        burst: 4,
    };
    let mut bucket = Bucket {
        is_daily: true,
        ..Bucket::new(Some(pace), now)
    };
    for _ in 0..4 {
        assert_eq!(go(&mut bucket, 1, Turn::First, now), Ok(()));
    }
    assert_eq!(go(&mut bucket, 1, Turn::First, now), Err(midnight));
    let just_before = midnight - SignedDuration::from_secs(1);
    assert_eq!(go(&mut bucket, 1, Turn::First, just_before), Err(midnight));
    assert_eq!(go(&mut bucket, 1, Turn::First, midnight), Ok(()));
}

#[test]
fn every_scope_is_stored_under_a_name_that_parses_back() {
    for scope in PaceScope::ALL {
        assert_eq!(PaceScope::parse(scope.name()), Some(scope));
    }
}

/// A walk of the clock: mostly forward, at times back, by as much as an hour.
fn walk() -> impl Strategy<Value = Vec<(i64, u32, bool)>> {
    let step = prop_oneof![
        8 => 0..3 * SECOND,
        1 => -2 * SECOND..0,
        1 => -3_600 * SECOND..3_600 * SECOND,
    ];
    proptest::collection::vec((step, 1..4u32, any::<bool>()), 1..80)
}

fn turn(first: bool) -> Turn {
    if first { Turn::First } else { LINE }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn no_window_sees_more_than_the_burst_and_what_its_time_brings(
        steps in walk(), (tokens, seconds, burst) in (1..20u32, 1..60u32, 3..40u32),
    ) {
        let pace = Pace { tokens, seconds, burst };
        let mut bucket = Bucket::new(Some(pace), at(0));
        let mut now = 0;
        // how far the clock has walked forward in all, and what was taken by then
        let (mut walked, mut history) = (0_i64, Vec::new());
        for (step, cost, first) in steps {
            now += step;
            walked += step.max(0);
            if go(&mut bucket, cost, turn(first), at(now)).is_ok() {
                history.push((walked, i64::from(cost)));
            }
        }
        for from in 0..history.len() {
            let mut taken = 0;
            for (moment, cost) in &history[from..] {
                taken += cost;
                let brought = i128::from(moment - history[from].0) * i128::from(tokens) / i128::from(seconds);
                prop_assert!(
                    i128::from(taken) * i128::from(SECOND) <= i128::from(burst) * i128::from(SECOND) + brought + 1,
                    "{taken} in {} µs", moment - history[from].0
                );
            }
        }
    }

    #[test]
    fn how_much_goes_at_one_moment_does_not_depend_on_the_order(
        costs in proptest::collection::vec(any::<bool>(), 1..60), burst in 1..30u32, waited in 0..20 * SECOND, rotate in 0..60usize,
    ) {
        let gone = |order: &[bool]| {
            let mut bucket = Bucket::new(Some(Pace::per_second(2, burst)), at(0));
            while go(&mut bucket, 1, Turn::First, at(0)).is_ok() {}
            order.iter().filter(|_| go(&mut bucket, 1, LINE, at(waited)).is_ok()).count()
        };
        let mut other = costs.clone();
        other.rotate_left(rotate % costs.len());
        prop_assert_eq!(gone(&costs), gone(&other));
    }

    #[test]
    fn whoever_is_told_to_come_again_comes_later_and_no_two_of_a_line_together(steps in walk(), burst in 1..10u32) {
        let mut bucket = Bucket::new(Some(Pace::per_second(1, burst)), at(0));
        let mut now = 0;
        for (step, cost, first) in steps {
            now += step.max(0);
            let before = if first { bucket.first_until } else { bucket.line_until() };
            if let Err(again) = go(&mut bucket, cost, turn(first), at(now)) {
                prop_assert!(again > at(now));
                let emptied = bucket.line_until() == Some(again) || bucket.first_until == Some(again);
                prop_assert!(emptied);
                if let Some(before) = before.filter(|before| *before > at(now)) {
                    prop_assert!(again.duration_since(before) >= SignedDuration::from_secs(1));
                }
            }
        }
    }
}
