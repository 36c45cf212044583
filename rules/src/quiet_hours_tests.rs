//! Windows at their boundary minutes, across changes of clocks, and over zones and moments at random.
use super::*;
use crate::place::ZoneSource;
use proptest::prelude::*;

fn place(zones: &[&str], states: &[&str]) -> Place {
    Place {
        zones: zones.iter().map(ToString::to_string).collect(),
        states: states.iter().map(ToString::to_string).collect(),
        source: ZoneSource::Zip,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn service(place: &Place, now: &str) -> Window {
    window(place, Channel::Sms, Purpose::Service, at(now))
}

fn opens(place: &Place, now: &str) -> Option<String> {
    match service(place, now) {
        Window::Open { .. } => None,
        Window::Closed { opens_at, .. } => Some(opens_at.to_string()),
    }
}

/// Each row of the table: open at its first minute, closed the minute before, closed from ten minutes before its close.
#[test]
fn every_state_opens_and_closes_at_its_minutes() {
    for row in jurisdiction::STATES.iter().chain([&jurisdiction::OTHER_STATE]) {
        let there = place(
            &["America/Chicago"],
            &[if row.jurisdiction == "other" {
                "GA"
            } else {
                row.jurisdiction
            }],
        );
        let zone = TimeZone::get("America/Chicago").unwrap();
        // Wednesday, Saturday and Sunday of a week without a holiday
        for day in [
            jiff::civil::date(2026, 3, 18),
            jiff::civil::date(2026, 3, 21),
            jiff::civil::date(2026, 3, 22),
        ] {
            let Some((open, close)) = row.hours(day) else {
                let noon = day.at(12, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
                assert!(
                    matches!(
                        window(&there, Channel::Sms, Purpose::Service, noon),
                        Window::Closed { .. }
                    ),
                    "{row:?}"
                );
                continue;
            };
            let moment = |hour: i8, minute: i64| {
                let full = day.at(hour, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
                full + SignedDuration::from_mins(minute)
            };
            let is_open = |now| {
                matches!(
                    window(&there, Channel::Sms, Purpose::Service, now),
                    Window::Open { .. }
                )
            };
            assert!(!is_open(moment(open, -1)), "{row:?} {day}");
            assert!(is_open(moment(open, 0)), "{row:?} {day}");
            assert!(is_open(moment(close, -11)), "{row:?} {day}");
            assert!(!is_open(moment(close, -10)), "{row:?} {day}");
            assert!(!is_open(moment(close, 0)), "{row:?} {day}");
        }
    }
}

#[test]
fn a_night_is_held_until_the_morning_of_the_place() {
    let florida = place(&["America/New_York"], &["FL"]);
    assert_eq!(
        opens(&florida, "2026-03-04T01:30:00Z").as_deref(),
        Some("2026-03-04T13:00:00Z")
    );
    assert_eq!(opens(&florida, "2026-03-04T13:00:00Z"), None);
}

#[test]
fn the_hour_that_is_lost_in_spring_does_not_text_an_hour_early() {
    // the clocks go forward on 8 March 2026: 20:30 EST on the 7th is held to 12:00 EDT on Sunday (house rule), 16:00Z
    let georgia = place(&["America/New_York"], &["GA"]);
    assert_eq!(
        opens(&georgia, "2026-03-08T01:30:00Z").as_deref(),
        Some("2026-03-08T16:00:00Z")
    );
    let florida = place(&["America/New_York"], &["FL"]);
    assert_eq!(
        opens(&florida, "2026-03-08T01:30:00Z").as_deref(),
        Some("2026-03-08T12:00:00Z")
    );
    assert_eq!(
        opens(&florida, "2027-03-14T01:30:00Z").as_deref(),
        Some("2027-03-14T12:00:00Z")
    );
}

#[test]
fn the_hour_that_is_won_in_autumn_does_not_text_an_hour_late() {
    let florida = place(&["America/New_York"], &["FL"]);
    assert_eq!(
        opens(&florida, "2026-11-01T00:30:00Z").as_deref(),
        Some("2026-11-01T13:00:00Z")
    );
}

#[test]
fn arizona_keeps_its_clock_and_the_navajo_nation_does_not() {
    let phoenix = place(&["America/Phoenix"], &["AZ"]);
    let window_rock = place(&["America/Denver"], &["AZ"]);
    assert_eq!(
        opens(&phoenix, "2026-07-01T10:00:00Z").as_deref(),
        Some("2026-07-01T16:00:00Z")
    );
    assert_eq!(
        opens(&window_rock, "2026-07-01T10:00:00Z").as_deref(),
        Some("2026-07-01T15:00:00Z")
    );
}

#[test]
fn without_a_state_or_zone_it_is_eight_to_eight_in_all_of_the_continent() {
    let anywhere = Place::from_evidence(&crate::place::Evidence::default());
    // 11:00 Eastern is 8:00 Pacific; 20:00 Eastern closes
    assert_eq!(
        opens(&anywhere, "2026-03-04T15:59:00Z").as_deref(),
        Some("2026-03-04T16:00:00Z")
    );
    assert_eq!(opens(&anywhere, "2026-03-04T16:00:00Z"), None);
    assert_eq!(
        opens(&anywhere, "2026-03-05T00:50:00Z").as_deref(),
        Some("2026-03-05T16:00:00Z")
    );
}

#[test]
fn where_there_is_no_sunday_saturday_night_waits_for_monday_and_over_a_holiday_for_tuesday() {
    let alabama = place(&["America/Chicago"], &["AL"]);
    assert_eq!(
        opens(&alabama, "2026-03-22T02:00:00Z").as_deref(),
        Some("2026-03-23T13:00:00Z")
    );
    // Memorial Day is Monday, 25 May 2026
    assert_eq!(
        opens(&alabama, "2026-05-24T15:00:00Z").as_deref(),
        Some("2026-05-26T13:00:00Z")
    );
}

#[test]
fn answers_to_keywords_go_at_night_and_email_waits_for_the_morning() {
    let florida = place(&["America/New_York"], &["FL"]);
    let night = at("2026-03-04T07:00:00Z");
    assert!(matches!(
        window(&florida, Channel::Sms, Purpose::OptOutConfirmation, night),
        Window::Open { .. }
    ));
    assert!(matches!(
        window(&florida, Channel::Sms, Purpose::Reply, night),
        Window::Closed { .. }
    ));
    let Window::Closed { opens_at, .. } = window(&florida, Channel::Email, Purpose::Service, night) else {
        panic!("e-mail at 2 a.m.")
    };
    assert_eq!(opens_at, at("2026-03-04T13:00:00Z"));
}

#[test]
fn a_window_that_opens_inside_a_gap_opens_at_its_end() {
    // Beirut, 28 March 2027: the clocks go from 00:00 to 01:00
    let beirut = TimeZone::get("Asia/Beirut").unwrap();
    assert_eq!(
        wall(&beirut, jiff::civil::date(2027, 3, 28), 0),
        Some(at("2027-03-27T22:00:00Z"))
    );
}

/// Each moment is closed; every minute until it opens is closed too, and the opening itself is open.
#[test]
fn nothing_is_open_between_now_and_the_opening() {
    for (zones, states, now) in [
        (&["America/New_York"][..], &["FL"][..], "2026-11-01T00:30:00Z"),
        (&["America/New_York"], &["GA"], "2027-03-14T00:55:00Z"),
        (
            &["America/Phoenix", "America/Denver"],
            &["AZ"],
            "2027-03-14T03:30:00Z",
        ),
        (&["America/Chicago"], &["AL"], "2026-05-24T02:00:00Z"),
        (
            &["America/New_York", "Pacific/Honolulu"],
            &["HI", "NY"],
            "2026-03-08T00:55:00Z",
        ),
        (&["America/New_York"], &["RI", "KY"], "2026-12-25T13:00:00Z"),
        (
            &["Pacific/Guam", "America/New_York"],
            &["FL", "GU"],
            "2026-11-01T04:00:00Z",
        ),
        (&["America/Adak", "America/St_Johns"], &[], "2026-10-31T23:00:00Z"),
    ] {
        let there = place(zones, states);
        let mut minute = at(now);
        let Window::Closed { opens_at, .. } = service(&there, now) else {
            panic!("{zones:?} is open at {now}")
        };
        assert!(
            opens_at.duration_since(minute) < SignedDuration::from_hours(24 * 4),
            "{zones:?} {opens_at}"
        );
        let is_open = |moment| {
            matches!(
                window(&there, Channel::Sms, Purpose::Service, moment),
                Window::Open { .. }
            )
        };
        while minute < opens_at {
            assert!(!is_open(minute), "{zones:?} {minute}");
            minute += SignedDuration::from_mins(1);
        }
        assert!(is_open(opens_at), "{zones:?} {opens_at}");
    }
}

#[test]
fn the_days_of_change_close_by_the_wall_clock() {
    let closes = |zone: &str, now: &str| match service(&place(&[zone], &["FL"]), now) {
        Window::Open { closes_at, .. } => Some(closes_at.to_string()),
        Window::Closed { .. } => None,
    };
    // 20:00 is an hour later in UTC after the clocks went back, an hour earlier after they went forward
    for (zone, now, close) in [
        ("America/New_York", "2026-10-31T16:00:00Z", "2026-11-01T00:00:00Z"),
        ("America/New_York", "2026-11-01T16:00:00Z", "2026-11-02T01:00:00Z"),
        ("America/New_York", "2027-03-13T16:00:00Z", "2027-03-14T01:00:00Z"),
        ("America/New_York", "2027-03-14T16:00:00Z", "2027-03-15T00:00:00Z"),
        (
            "America/Anchorage",
            "2026-11-01T20:00:00Z",
            "2026-11-02T05:00:00Z",
        ),
        ("Pacific/Honolulu", "2026-11-01T20:00:00Z", "2026-11-02T06:00:00Z"),
        (
            "America/Puerto_Rico",
            "2027-03-14T16:00:00Z",
            "2027-03-15T00:00:00Z",
        ),
        ("Pacific/Guam", "2027-03-14T00:00:00Z", "2027-03-14T10:00:00Z"),
        ("America/Phoenix", "2027-03-14T20:00:00Z", "2027-03-15T03:00:00Z"),
        (
            "America/Indiana/Indianapolis",
            "2027-03-14T16:00:00Z",
            "2027-03-15T00:00:00Z",
        ),
    ] {
        assert_eq!(closes(zone, now).as_deref(), Some(close), "{zone} {now}");
    }
}

#[test]
fn a_night_that_falls_into_a_holiday_and_a_sunday_waits_for_both() {
    // Christmas 2026 is a Friday: Rhode Island opens on Saturday at ten; Louisiana at eight; Pennsylvania at nine
    for (state, opens_at) in [
        ("RI", "2026-12-26T15:00:00Z"),
        ("LA", "2026-12-26T13:00:00Z"),
        ("PA", "2026-12-26T14:00:00Z"),
    ] {
        let there = place(&["America/New_York"], &[state]);
        assert_eq!(
            opens(&there, "2026-12-25T02:00:00Z").as_deref(),
            Some(opens_at),
            "{state}"
        );
    }
}

#[test]
fn an_opening_that_is_over_a_fortnight_away_is_looked_for_again_then() {
    // Alabama's end and Kentucky's beginning leave an hour between the two, when it is winter in one
    let there = place(&["America/Indiana/Indianapolis", "Pacific/Guam"], &["AL", "KY"]);
    let opens = |at: &str| match window(&there, Channel::Sms, Purpose::Service, at.parse().unwrap()) {
        Window::Closed { opens_at, .. } => opens_at.to_string(),
        Window::Open { .. } => "now".to_owned(),
    };
    assert_eq!(opens("2025-10-20T14:00:00Z"), "2025-11-03T14:00:00Z");
    assert_eq!(opens("2025-11-03T14:00:00Z"), "2025-11-04T00:00:00Z");
    assert_eq!(opens("2025-11-04T00:00:00Z"), "now");
}

#[test]
fn a_zone_that_nobody_knows_is_never_open() {
    for zones in [&["Mars/Olympus"][..], &["America/New_York", "Mars/Olympus"], &[]] {
        let opened = service(&place(zones, &["FL"]), "2026-03-04T17:00:00Z");
        assert!(matches!(opened, Window::Closed { .. }), "{zones:?}");
    }
}

const ZONES: [&str; 12] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "America/Indiana/Indianapolis",
    "America/Boise",
    "America/Detroit",
    "Pacific/Guam",
];
const CODES: [&str; 9] = ["FL", "TX", "AL", "KY", "RI", "CT", "GA", "PA", "CA"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn what_is_open_is_inside_the_federal_hours_of_every_zone_and_what_is_closed_opens_later(
        seconds in 1_704_067_200_i64..1_924_991_999,
        zones in proptest::sample::subsequence(&ZONES[..], 1..4),
        states in proptest::sample::subsequence(&CODES[..], 0..3),
    ) {
        let there = place(&zones, &states);
        let now = Timestamp::from_second(seconds).unwrap();
        match window(&there, Channel::Sms, Purpose::Service, now) {
            Window::Open { closes_at, .. } => {
                prop_assert!(closes_at > now + MARGIN);
                for zone in &zones {
                    let local = now.to_zoned(TimeZone::get(zone).unwrap());
                    prop_assert!((8..21).contains(&local.hour()), "{local}");
                    let last = (closes_at - SignedDuration::from_secs(1)).to_zoned(TimeZone::get(zone).unwrap());
                    prop_assert!((8..21).contains(&last.hour()) && last.date() == local.date(), "{last}");
                }
            }
            Window::Closed { opens_at, .. } => {
                prop_assert!(opens_at > now);
                let span = opens_at.duration_since(now);
                prop_assert!(span <= SignedDuration::from_hours(24 * 14));
                if span < SignedDuration::from_hours(24 * 14) {
                    let then = window(&there, Channel::Sms, Purpose::Service, opens_at);
                    prop_assert!(matches!(then, Window::Open { .. }), "{:?}", then);
                    // nothing in between was open
                    for step in 1..8 {
                        let between = now + SignedDuration::from_secs(span.as_secs() * step / 8);
                        let between = window(&there, Channel::Sms, Purpose::Service, between);
                        let is_closed = matches!(between, Window::Closed { .. });
                        prop_assert!(is_closed, "{:?}", between);
                    }
                }
            }
        }
    }
}
