//! Several campaigns before one bucket share what it brings, and none takes more because of it.
use super::*;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

const SECOND: i64 = 1_000_000;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(1_772_463_600_000_000 + micros).unwrap()
}

/// So many messages of so many campaigns come to one bucket, each at its moment, and go when they may.
struct Crowd {
    bucket: Bucket,
    waiting: BTreeSet<(Timestamp, u128, u32)>,
    gone: BTreeMap<u128, Vec<Timestamp>>,
    looks: u32,
}

impl Crowd {
    fn new(pace: Pace) -> Self {
        Self {
            bucket: Bucket::new(Some(pace), at(0)),
            waiting: BTreeSet::new(),
            gone: BTreeMap::new(),
            looks: 0,
        }
    }

    fn comes(&mut self, campaign: u128, messages: u32, when: Timestamp) {
        self.waiting
            .extend((0..messages).map(|message| (when, campaign, message)));
    }

    fn run_until(&mut self, end: Timestamp) {
        while let Some((now, campaign, message)) = self.waiting.pop_first() {
            if now > end {
                self.waiting.insert((now, campaign, message));
                return;
            }
            self.looks += 1;
            self.bucket.refill(now);
            match take(&mut [&mut self.bucket], 1, Turn::InLine(campaign), now) {
                Ok(()) => self.gone.entry(campaign).or_default().push(now),
                Err(again) => {
                    assert!(again > now);
                    self.waiting.insert((again, campaign, message));
                }
            }
        }
    }

    fn of(&self, campaign: u128) -> usize {
        self.gone.get(&campaign).map_or(0, Vec::len)
    }
}

#[test]
fn ten_of_one_campaign_do_not_wait_for_the_long_line_of_another() {
    for pace in [
        Pace::per_second(1, 4),
        Pace::per_second(3, 6),
        Pace::per_second(20, 100),
    ] {
        let mut crowd = Crowd::new(pace);
        crowd.comes(1, 20_000, at(0));
        crowd.run_until(at(100 * SECOND));
        crowd.comes(2, 10, at(100 * SECOND));
        let rate = i64::from(pace.tokens);
        // at half the rate, and one second to spare
        crowd.run_until(at((101 + 20 / rate) * SECOND));
        assert_eq!(crowd.of(2), 10, "{pace:?}");
        let before = crowd.of(1);
        crowd.run_until(at(200 * SECOND));
        let rest = i64::try_from(crowd.of(1) - before).unwrap();
        assert!(
            rest >= (99 - 20 / rate - 4) * rate,
            "{rest} of the long line at {pace:?}"
        );
    }
}

#[test]
fn campaigns_that_wait_together_share_alike_and_nothing_of_the_pace_is_lost() {
    let mut crowd = Crowd::new(Pace::per_second(2, 8));
    crowd.comes(1, 5_000, at(0));
    crowd.run_until(at(50 * SECOND));
    crowd.comes(2, 3_000, at(50 * SECOND));
    crowd.comes(3, 3_000, at(50 * SECOND));
    let before = crowd.of(1);
    crowd.run_until(at(650 * SECOND));
    let gone = [crowd.of(1) - before, crowd.of(2), crowd.of(3)];
    assert!(
        gone.iter().all(|one| (390..=410).contains(one)),
        "{gone:?} of 1,200 in 600 s"
    );
    let all: usize = gone.iter().sum();
    assert!((1_190..=1_201).contains(&all), "{all} of 1,200");
}

#[test]
fn who_shares_is_looked_at_a_few_times_and_all_go_in_the_end() {
    let mut crowd = Crowd::new(Pace::per_second(2, 8));
    for campaign in 1..=4 {
        crowd.comes(campaign, 500, at(i64::try_from(campaign).unwrap() * 20 * SECOND));
    }
    crowd.run_until(at(2_000 * SECOND));
    assert!((1..=4).all(|campaign| crowd.of(campaign) == 500));
    assert!(
        crowd.looks <= 4 * 2_000,
        "{} looks for 2,000 messages",
        crowd.looks
    );
    let last = crowd.gone.values().flatten().max().unwrap();
    let seconds = last.duration_since(at(0)).as_secs();
    assert!(seconds <= 1_100, "2,000 at two a second: {seconds} s");
}

#[test]
fn a_campaign_that_was_stopped_while_it_waited_leaves_its_share_to_the_other() {
    let pace = Pace::per_second(1, 8);
    let mut crowd = Crowd::new(pace);
    crowd.comes(1, 5_000, at(0));
    crowd.comes(2, 5_000, at(0));
    crowd.run_until(at(100 * SECOND));
    crowd.waiting.retain(|(_, campaign, _)| *campaign == 1);
    crowd.run_until(at(120 * SECOND));
    let before = crowd.of(1);
    crowd.run_until(at(220 * SECOND));
    let gone = crowd.of(1) - before;
    assert!(gone >= 95, "{gone} in 100 s, alone");
    assert!(crowd.bucket.lines.len() <= 1);
}

#[test]
fn a_campaign_that_comes_now_and_then_is_served_beside_a_long_line() {
    let mut crowd = Crowd::new(Pace::per_second(1, 4));
    crowd.comes(1, 10_000, at(0));
    for minute in 1..=20 {
        crowd.comes(2, 1, at(minute * 60 * SECOND));
    }
    crowd.run_until(at(1_300 * SECOND));
    assert_eq!(crowd.of(2), 20);
    for (minute, gone) in (1..).zip(&crowd.gone[&2]) {
        let waited = gone.duration_since(at(minute * 60 * SECOND));
        assert!(
            waited <= SignedDuration::from_secs(4),
            "{waited} in minute {minute}"
        );
    }
    assert!(crowd.of(1) >= 1_230, "{}", crowd.of(1));
}

#[test]
fn a_carriers_day_is_for_all_campaigns_alike() {
    let now: Timestamp = "2026-03-02T15:00:00Z".parse().unwrap();
    let midnight: Timestamp = "2026-03-03T08:00:00Z".parse().unwrap();
    let day = Pace {
        tokens: 2,
        seconds: 86_400,
        burst: 2,
    };
    let mut bucket = Bucket {
        is_daily: true,
        ..Bucket::new(Some(day), now)
    };
    let mut go = |campaign, when| {
        bucket.refill(when);
        take(&mut [&mut bucket], 1, Turn::InLine(campaign), when)
    };
    // one of two is kept for replies
    assert_eq!(go(1, now), Ok(()));
    assert_eq!((go(1, now), go(2, now)), (Err(midnight), Err(midnight)));
    assert_eq!(go(2, midnight), Ok(()));
}
