//! Carriers' daily caps, which end at midnight in California.
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The carrier whose daily cap providers report (rule R6: T-Mobile, per brand).
pub const CARRIER_OF_DAILY_CAP: &str = "t-mobile";

/// Provider and code with which a provider says that a brand's day at T-Mobile is used up: Twilio 30023, Telnyx 40016.
const DAILY_CAPS: &[(&str, &str)] = &[("twilio", "30023"), ("sandbox", "30023"), ("telnyx", "40016")];

/// Does this code of that provider say so?
pub fn is_daily_cap(provider: &str, code: &str) -> bool {
    DAILY_CAPS.contains(&(provider, code))
}

/// The next midnight in Los Angeles after `now`: when T-Mobile counts anew.
pub fn next_midnight_pacific(now: Timestamp) -> Timestamp {
    let next_day = |zone: TimeZone| {
        now.to_zoned(zone)
            .date()
            .tomorrow()
            .ok()?
            .to_zoned(TimeZone::get("America/Los_Angeles").ok()?)
            .ok()
            .map(|midnight| midnight.timestamp())
    };
    TimeZone::get("America/Los_Angeles")
        .ok()
        .and_then(next_day)
        .unwrap_or(now + SignedDuration::from_hours(24))
}
