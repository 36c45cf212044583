//! Where it is day: texts and e-mails go by day only, and a test has to pass at any hour.
use jiff::Timestamp;
use jiff::tz::TimeZone;
use server::clock::Clock;

/// Round the world, so that it is always well into the day in one of them.
const ZONES: [&str; 5] = [
    "Pacific/Honolulu",
    "America/New_York",
    "Europe/London",
    "Asia/Karachi",
    "Asia/Tokyo",
];

/// The moment that it is.
pub fn now() -> Timestamp {
    Clock::System.now()
}

/// A zone in which it is between nine and six.
pub fn zone() -> &'static str {
    zone_at(now()).unwrap()
}

fn zone_at(now: Timestamp) -> Option<&'static str> {
    ZONES.into_iter().find(|name| {
        let zone = TimeZone::get(name).unwrap();
        (9..18).contains(&now.to_zoned(zone).hour())
    })
}

#[test]
fn it_is_day_somewhere_at_any_hour_of_the_year() {
    let new_year: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for half_hour in 0..2 * 24 * 366 {
        let at = new_year + jiff::SignedDuration::from_mins(30 * half_hour);
        assert!(zone_at(at).is_some(), "{at}");
    }
}
