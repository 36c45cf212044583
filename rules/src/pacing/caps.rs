//! What carriers take of a brand or campaign, as providers report that it is used up: T-Mobile's day ends at midnight in California,
//! AT&T counts by the minute (rule R6).
use super::{Pace, PaceScope};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A carrier's cap that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarrierCap {
    /// As `recipients.carrier` has it.
    pub carrier: &'static str,
    /// By the day or by the minute.
    pub scope: PaceScope,
}

/// The carriers that cap what a registration sends, as `recipients.carrier` has them. Verizon publishes none.
pub const CAPPED_CARRIERS: [&str; 2] = [T_MOBILE, ATT];
const T_MOBILE: &str = "t-mobile";
const ATT: &str = "at&t";

const T_MOBILES_DAY: CarrierCap = CarrierCap {
    carrier: T_MOBILE,
    scope: PaceScope::CarrierDay,
};
const ATT_S_MINUTE: CarrierCap = CarrierCap {
    carrier: ATT,
    scope: PaceScope::CarrierMinute,
};

/// Codes that name the carrier whose cap is used up, and with it the carrier of the number. Their meanings and sources are in
/// `rules::retry`. Twilio's 30022 names none.
const CAPS: &[(&str, &str, CarrierCap)] = &[
    ("twilio", "30023", T_MOBILES_DAY),
    ("sandbox", "30023", T_MOBILES_DAY),
    ("telnyx", "40016", T_MOBILES_DAY),
    ("bandwidth", "4780", T_MOBILES_DAY),
    ("telnyx", "40018", ATT_S_MINUTE),
    ("bandwidth", "4781", ATT_S_MINUTE),
];

/// Which carrier's cap this code of that provider speaks of, if it names one.
pub fn carrier_cap(provider: &str, code: &str) -> Option<CarrierCap> {
    let row = CAPS.iter().find(|row| (row.0, row.1) == (provider, code));
    row.map(|row| row.2)
}

/// What AT&T takes of a campaign at this rate in message parts a second, by the minute in which it counts: whole parts. None of what is no
/// rate.
pub fn att_minute(per_second: f64) -> Option<(CarrierCap, Pace)> {
    let parts = per_second * 60.0;
    if !(1.0..=f64::from(u32::MAX)).contains(&parts) {
        return None;
    }
    let tokens = parts.floor() as u32;
    let pace = Pace {
        tokens,
        seconds: 60,
        burst: tokens,
    };
    Some((ATT_S_MINUTE, pace))
}

/// What T-Mobile takes of a brand of this tier in a day, as it publishes (rule R6); of a sole proprietor half the lowest. None of a tier
/// that is not among them.
pub fn t_mobile_day(tier: &str, is_sole_proprietor: bool) -> Option<(CarrierCap, Pace)> {
    let tokens = match tier {
        _ if is_sole_proprietor => 1_000,
        "TOP" => 200_000,
        "HIGH_MID" => 40_000,
        "LOW_MID" => 10_000,
        "LOW" => 2_000,
        _ => return None,
    };
    let pace = Pace {
        tokens,
        seconds: 86_400,
        burst: tokens,
    };
    Some((T_MOBILES_DAY, pace))
}

/// Does this code of that provider say that the account may send no more for now, whatever the sender? Twilio and Amazon count over the
/// last 24 hours, so that some is free again before they are over. Sources: Twilio's page of error 63038, Amazon's pages of SendEmail and
/// of SendQuota, as of 2026-11-21.
pub fn is_account_cap(provider: &str, code: &str) -> bool {
    matches!(
        (provider, code),
        ("twilio" | "sandbox", "63038") | ("ses", "LimitExceeded")
    )
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
