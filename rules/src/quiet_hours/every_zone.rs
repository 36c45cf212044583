//! Windows over every zone and every change of clocks from 2024 to 2031, against a second way to reckon them (`reference`).
use super::reference::{self, DAY, HOUR, MINUTE, Offsets, Span};
use super::*;
use crate::jurisdiction::sources;
use crate::place::ZoneSource;
use std::collections::{BTreeMap, BTreeSet};

/// 2024-01-01 and 2032-01-01, UTC.
const FROM: i64 = 19_723 * DAY;
const TO: i64 = 22_645 * DAY;
/// How far around a change the windows are looked at, and how much further ahead an opening may be.
const AROUND: i64 = 26 * HOUR;
const AHEAD: i64 = 16 * DAY;

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// The offsets of a zone from 2024 to 2031, and none of its rules.
fn offsets(zone: &TimeZone) -> Offsets {
    let first = (
        FROM - AHEAD,
        i64::from(zone.to_offset(moment(FROM - AHEAD)).seconds()),
    );
    let changes = zone
        .following(moment(FROM - AHEAD))
        .map(|change| {
            (
                change.timestamp().as_second(),
                i64::from(change.offset().seconds()),
            )
        })
        .take_while(|(at, _)| *at < TO + AHEAD);
    let mut all = vec![first];
    for change in changes {
        // a change of the zone's name or of its law's, not of its clock
        if all.last().is_none_or(|last| last.1 != change.1) {
            all.push(change);
        }
    }
    all
}

fn changes(offsets: &Offsets) -> Vec<i64> {
    let at = offsets.iter().skip(1).map(|change| change.0);
    at.filter(|at| (FROM..TO).contains(at)).collect()
}

fn place(zones: &[&str], states: &[&str]) -> Place {
    Place {
        zones: zones.iter().map(ToString::to_string).collect(),
        states: states.iter().map(ToString::to_string).collect(),
        source: ZoneSource::Zip,
    }
}

/// What is asked at each moment: who is where, and what the answer is reckoned from.
struct Case {
    place: Place,
    channel: Channel,
    purpose: Purpose,
    spans: Vec<Span>,
}

impl Case {
    fn said(&self, at: i64) -> Result<i64, i64> {
        match window(&self.place, self.channel, self.purpose, moment(at)) {
            Window::Open { closes_at, .. } => Ok(closes_at.as_second()),
            Window::Closed { opens_at, .. } => Err(opens_at.as_second()),
        }
    }

    /// The window at a moment is open or closed as the reference has it, until or from the same moment.
    fn look(&self, now: i64) -> Result<i64, i64> {
        let said = self.said(now);
        let expected = reference::expected(&self.spans, now);
        assert_eq!(
            said,
            expected,
            "{:?} {:?} at {}",
            self.place,
            self.purpose,
            moment(now)
        );
        said
    }

    /// Every so many seconds around a moment: what opens is later and open then, and nothing between is. Answers how many moments.
    fn look_around(&self, middle: i64, step: i64) -> usize {
        let (mut now, mut looked, mut awaited) = (middle - AROUND, 0, None);
        while now <= middle + AROUND {
            match (self.look(now), awaited) {
                (Ok(_), Some(opens_at)) => {
                    assert!(opens_at <= now, "{:?} open at {}", self.place, moment(now));
                    awaited = None;
                }
                // never open in all of the places at once
                (Err(opens_at), None) if opens_at == now + 14 * DAY => {}
                (Err(opens_at), _) if awaited != Some(opens_at) => {
                    assert!(
                        opens_at > now && awaited.is_none_or(|before| before <= now),
                        "{:?}",
                        self.place
                    );
                    assert!(
                        self.said(opens_at).is_ok(),
                        "{:?} at {}",
                        self.place,
                        moment(opens_at)
                    );
                    awaited = Some(opens_at);
                }
                (Ok(_) | Err(_), _) => {}
            }
            now += step;
            looked += 1;
        }
        looked
    }

    /// At the seconds where something happens around a moment: at each opening and close, at the last moment to begin, at the change.
    fn look_at_edges(&self, middle: i64) -> usize {
        let mut edges = vec![middle - 1, middle, middle + 1];
        let near = |at: &i64| (middle - AROUND..=middle + AROUND).contains(at);
        for span in &self.spans {
            let last = span.1 - 10 * MINUTE;
            edges.extend(
                [span.0 - 1, span.0, last - 1, last, span.1]
                    .iter()
                    .filter(|at| near(at)),
            );
        }
        for edge in &edges {
            let _ = self.look(*edge);
        }
        edges.len()
    }
}

/// Every name that the database of zones has, by how the clock went: names that went alike are links, or might as well be.
fn histories() -> BTreeMap<Offsets, Vec<String>> {
    let mut found: BTreeMap<Offsets, Vec<String>> = BTreeMap::new();
    for name in jiff::tz::db().available() {
        let zone = TimeZone::get(name.as_str()).unwrap();
        found
            .entry(offsets(&zone))
            .or_default()
            .push(name.as_str().to_owned());
    }
    found
}

/// Where no state is known: eight to eight by our own rule for what we begin, the federal hours for an answer to a customer.
fn without_state(purpose: Purpose) -> Hours {
    if purpose == Purpose::Reply {
        Some((8, 21))
    } else {
        Some((8, 20))
    }
}

#[test]
fn in_every_zone_around_every_change_of_clocks_it_is_open_when_the_wall_clock_says_so() {
    let (mut names, mut seen, mut moments) = (0, 0, 0);
    // where the clock never changes, the days on which New York's does
    let new_york = changes(&offsets(&TimeZone::get("America/New_York").unwrap()));
    let histories = histories();
    for (offsets, zones) in &histories {
        let changes = changes(offsets);
        for (index, zone) in zones.iter().enumerate() {
            (names, seen) = (names + 1, seen + changes.len());
            for middle in if changes.is_empty() { &new_york } else { &changes } {
                for (channel, purpose) in [
                    (Channel::Sms, Purpose::Service),
                    (Channel::Whatsapp, Purpose::Reply),
                    (Channel::Email, Purpose::Marketing),
                ] {
                    let hours = |_| without_state(purpose);
                    let case = Case {
                        place: place(&[zone], &[]),
                        channel,
                        purpose,
                        spans: reference::spans(offsets, &hours, middle - 3 * DAY, middle + 5 * DAY),
                    };
                    moments += match (purpose == Purpose::Service, index == 0) {
                        (true, true) => case.look_around(*middle, 5 * MINUTE),
                        (false, true) => case.look_around(*middle, 15 * MINUTE),
                        (true, false) => case.look_around(*middle, 60 * MINUTE),
                        (false, false) => 0,
                    };
                    moments += case.look_at_edges(*middle);
                }
            }
        }
    }
    assert!(
        names >= 590 && histories.len() >= 70,
        "{names} names, {} histories",
        histories.len()
    );
    // Python's zoneinfo counts 2,555 changes of 518 names from 2024 to 2030; here are 80 names and a year more
    assert!(seen >= 3100, "{seen} changes");
    assert!(moments >= 1_900_000, "{moments} moments");
}

/// The hours that all the states' sources leave on a day, the federal ones among them.
fn hours_by_the_sources(states: &[&str], day: i64) -> Hours {
    let (year, month, date) = reference::civil(day);
    let date = jiff::civil::date(year as i16, month as i8, date as i8);
    let nowhere = ["unknown"];
    let states = if states.is_empty() { &nowhere } else { states };
    states
        .iter()
        .chain(&["US"])
        .try_fold((0, 24), |(open, close), state| {
            let said = sources::said(state, date);
            let of_day = said.week[(reference::weekday(day) - 4).max(0) as usize]?;
            let is_out = said.not_on_holidays && reference::is_holiday(day);
            let both = (open.max(of_day.0), close.min(of_day.1));
            (!is_out && both.0 < both.1).then_some(both)
        })
}

/// A recipient who may be in any of these states and zones.
fn in_states(zones: &[&str], states: &[&str], middle: i64) -> Case {
    let hours = |day| hours_by_the_sources(states, day);
    let of_zone = |zone: &&str| {
        let offsets = offsets(&TimeZone::get(zone).unwrap());
        reference::spans(&offsets, &hours, middle - 3 * DAY, middle + 17 * DAY)
    };
    let spans = zones
        .iter()
        .map(of_zone)
        .reduce(|one, other| reference::in_both(&one, &other));
    Case {
        place: place(zones, states),
        channel: Channel::Sms,
        purpose: Purpose::Marketing,
        spans: spans.unwrap(),
    }
}

/// Noon in UTC of each legal holiday of the eight years.
fn holidays() -> Vec<i64> {
    let days = FROM / DAY..TO / DAY;
    days.filter(|day| reference::is_holiday(*day))
        .map(|day| day * DAY + 12 * HOUR)
        .collect()
}

/// Each state with the zones that its ZIP codes have.
fn zones_of_states() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let lines = include_str!("../data/zip_ranges.tsv").lines();
    for line in lines.filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        found.entry(cells[2]).or_default().insert(cells[3]);
    }
    found
}

#[test]
fn in_every_state_and_each_of_its_zones_the_sources_hours_are_kept_over_changes_sundays_and_holidays() {
    let changes = changes(&offsets(&TimeZone::get("America/New_York").unwrap()));
    let holidays = holidays();
    let (mut places, mut moments) = (0, 0);
    for (state, zones) in zones_of_states() {
        let together: Vec<&str> = zones.iter().copied().collect();
        let alone = zones.iter().map(|zone| vec![*zone]);
        for zones in alone.chain((together.len() > 1).then_some(together.clone())) {
            places += 1;
            for middle in &changes {
                let case = in_states(&zones, &[state], *middle);
                moments += case.look_around(*middle, 15 * MINUTE) + case.look_at_edges(*middle);
            }
            for middle in &holidays {
                moments += in_states(&zones, &[state], *middle).look_around(*middle, 2 * HOUR);
            }
        }
    }
    assert!(
        changes.len() == 16 && holidays.len() >= 8 * 11,
        "{} holidays",
        holidays.len()
    );
    assert!(places >= 100, "{places} places");
    assert!(moments >= 650_000, "{moments} moments");
}

#[test]
fn who_may_be_in_several_states_and_zones_is_texted_only_when_all_of_them_are_open() {
    let changes = changes(&offsets(&TimeZone::get("America/New_York").unwrap()));
    let of_state = zones_of_states();
    let states: Vec<&str> = of_state.keys().copied().collect();
    let mut moments = 0;
    for (index, one) in states.iter().enumerate() {
        for further in [1, 7, 20] {
            let other = states[(index + further) % states.len()];
            let zones: BTreeSet<&str> = of_state[one].iter().chain(&of_state[other]).copied().collect();
            let zones: Vec<&str> = zones.into_iter().collect();
            for middle in [changes[index % 16], holidays()[index % 88]] {
                moments += in_states(&zones, &[one, other], middle).look_around(middle, 30 * MINUTE);
            }
        }
    }
    let anywhere = Place::from_evidence(&crate::place::Evidence::default());
    let zones: Vec<&str> = anywhere.zones.iter().map(String::as_str).collect();
    for middle in &changes {
        moments += in_states(&zones, &[], *middle).look_around(*middle, 15 * MINUTE);
    }
    assert!(moments >= 40_000, "{moments} moments");
}

/// The control: what a scheduler does that sleeps for the hours that it reckoned the evening before, and then sends. The window, asked
/// at the same moment, names a time at which the wall clock is right.
#[test]
fn to_sleep_until_an_hour_reckoned_before_would_text_at_night() {
    let (mut tried, mut naive_at_night) = (0, 0);
    for (offsets, zones) in histories() {
        let local = |at: i64| {
            let now = offsets.iter().rev().find(|change| change.0 <= at);
            (at + now.unwrap().1).rem_euclid(DAY)
        };
        let is_night = |at: i64| !(8 * HOUR..21 * HOUR).contains(&local(at));
        for change in changes(&offsets) {
            let evening = change - 10 * HOUR;
            let wakes = evening + (8 * HOUR - local(evening)).rem_euclid(DAY);
            for zone in &zones {
                tried += 1;
                naive_at_night += usize::from(is_night(wakes));
                let said = window(
                    &place(&[zone], &[]),
                    Channel::Sms,
                    Purpose::Reply,
                    moment(evening),
                );
                let goes_at = match said {
                    Window::Open { .. } => evening,
                    Window::Closed { opens_at, .. } => opens_at.as_second(),
                };
                assert!(!is_night(goes_at), "{zone} at {}", moment(goes_at));
            }
        }
    }
    assert!(
        tried >= 3100 && naive_at_night >= 1500,
        "{naive_at_night} of {tried}"
    );
}
