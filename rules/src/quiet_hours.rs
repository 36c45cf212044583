//! Is the recipient's window open, until when, or when does it open: over every zone and every jurisdiction that the recipient may be in.
//!
//! Local times are taken from the wall clock of each zone anew for each day, never by adding hours: in a gap the window opens at the
//! gap's end, in a fold an hour that occurs twice is open both times.
use crate::channel::Channel;
use crate::jurisdiction::{self, FEDERAL, Hours};
use crate::place::Place;
use crate::purpose::Purpose;
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Nothing new is begun this long before the window closes (rule Q4).
pub const MARGIN: SignedDuration = SignedDuration::from_mins(10);
/// An answer to a keyword that is not handed over within this time is of no use (rule K7).
const KEYWORD_ANSWER_LIVES: SignedDuration = SignedDuration::from_mins(5);
/// How far ahead an opening is looked for; whoever finds none looks again then.
const LONGEST_LOOK_AHEAD_DAYS: i32 = 14;
/// E-mail knows no legal hours; by house rule H1 it keeps to these, every day.
const EMAIL_HOURS: Hours = Some((8, 20));

/// Whether a message may go now. `said` is for the record, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Window {
    /// Open; whatever is handed over must not leave the provider at or after `closes_at`.
    Open { closes_at: Timestamp, said: String },
    /// Closed until `opens_at`, which is open in every zone, unless it is a fortnight away.
    Closed { opens_at: Timestamp, said: String },
}

/// The window for a message of this purpose at `now`. Answers to keywords go at any hour; a reply to somebody who wrote keeps to the
/// federal hours; everything else on a phone keeps to the federal and the states' hours.
pub fn window(place: &Place, channel: Channel, purpose: Purpose, now: Timestamp) -> Window {
    if purpose.answers_a_keyword() {
        return Window::Open {
            closes_at: now.saturating_add(KEYWORD_ANSWER_LIVES).unwrap_or(Timestamp::MAX),
            said: "an answer to a keyword goes at any hour".to_owned(),
        };
    }
    // a place with a zone that is not known is a place whose hours are not known: no zones, and so closed
    let zones: Vec<(&str, TimeZone)> = place
        .zones
        .iter()
        .map(|name| Some((name.as_str(), TimeZone::get(name).ok()?)))
        .collect::<Option<_>>()
        .unwrap_or_default();
    let hours = |day: Date| hours_of(place, channel, purpose, day);
    let closes = zones
        .iter()
        .map(|(_, zone)| closing(zone, now, &hours))
        .min()
        .flatten();
    if let Some(closes_at) = closes
        && now < closes_at - MARGIN
    {
        return Window::Open {
            closes_at,
            said: said(&zones, &hours, place, now, "inside"),
        };
    }
    Window::Closed {
        opens_at: opening(&zones, now, &hours),
        said: said(&zones, &hours, place, now, "outside"),
    }
}

/// The hours of a day that suit every jurisdiction; none when the day is closed.
fn hours_of(place: &Place, channel: Channel, purpose: Purpose, day: Date) -> Hours {
    if channel == Channel::Email {
        return EMAIL_HOURS;
    }
    let rows = match purpose {
        Purpose::Reply => vec![&FEDERAL],
        Purpose::Marketing
        | Purpose::Service
        | Purpose::Transactional
        | Purpose::OptOutConfirmation
        | Purpose::OptInConfirmation
        | Purpose::HelpAnswer => jurisdiction::rows(&place.states, day),
    };
    rows.into_iter().try_fold((0, 24), |(open, close), row| {
        let (opens, closes) = row.hours(day)?;
        let both = (open.max(opens), close.min(closes));
        (both.0 < both.1).then_some(both)
    })
}

/// When the window that is open in this zone closes; none when it is closed. A closed zone sorts before any moment.
fn closing(zone: &TimeZone, now: Timestamp, hours: &impl Fn(Date) -> Hours) -> Option<Timestamp> {
    let local = now.to_zoned(zone.clone());
    let (open, close) = hours(local.date())?;
    if local.hour() < open || local.hour() >= close {
        return None;
    }
    wall(zone, local.date(), close)
}

/// The moment at which the clock of this zone shows a full hour: in a gap its end, in a fold the first of the two.
fn wall(zone: &TimeZone, day: Date, hour: i8) -> Option<Timestamp> {
    if hour == 24 {
        return wall(zone, day.tomorrow().ok()?, 0);
    }
    let clock = zone.to_ambiguous_timestamp(day.at(hour, 0, 0, 0));
    let is_gap = matches!(clock.offset(), AmbiguousOffset::Gap { .. });
    let at = clock.compatible().ok()?;
    // `compatible` goes past a gap by the gap's length; its end is the moment of the change itself
    if is_gap {
        Some(
            zone.preceding(at + SignedDuration::from_nanos(1))
                .next()
                .map_or(at, |change| change.timestamp()),
        )
    } else {
        Some(at)
    }
}

/// The first moment after `now` that is open in every zone, with the margin left. Openings are tried zone by zone, day by day.
fn opening(zones: &[(&str, TimeZone)], now: Timestamp, hours: &impl Fn(Date) -> Hours) -> Timestamp {
    let mut candidates: Vec<Timestamp> = Vec::new();
    for (_, zone) in zones {
        let today = now.to_zoned(zone.clone()).date();
        for ahead in -1..=LONGEST_LOOK_AHEAD_DAYS {
            let Ok(day) = today.checked_add(jiff::Span::new().days(ahead)) else {
                continue;
            };
            let Some((open, _)) = hours(day) else { continue };
            candidates.extend(wall(zone, day, open).filter(|at| *at > now));
        }
    }
    candidates.sort_unstable();
    let is_open = |at: &Timestamp| {
        let closes = zones
            .iter()
            .map(|(_, zone)| closing(zone, *at, hours))
            .min()
            .flatten();
        closes.is_some_and(|closes_at| *at < closes_at - MARGIN)
    };
    let latest = now
        .saturating_add(SignedDuration::from_hours(
            24 * i64::from(LONGEST_LOOK_AHEAD_DAYS),
        ))
        .unwrap_or(Timestamp::MAX);
    candidates
        .into_iter()
        .take_while(|at| *at <= latest)
        .find(is_open)
        .unwrap_or(latest)
}

fn said(
    zones: &[(&str, TimeZone)],
    hours: &impl Fn(Date) -> Hours,
    place: &Place,
    now: Timestamp,
    verdict: &str,
) -> String {
    let clocks: Vec<String> = zones
        .iter()
        .map(|(name, zone)| {
            let local = now.to_zoned(zone.clone());
            let window = match hours(local.date()) {
                Some((open, close)) => format!(
                    "{verdict_here} {open:02}:00–{close:02}:00",
                    verdict_here = here(&local, open, close)
                ),
                None => format!("closed on {}", local.strftime("%A %-d %B")),
            };
            format!("{} in {name} is {window}", local.strftime("%a %H:%M"))
        })
        .collect();
    let states = if place.states.is_empty() {
        "no state known".to_owned()
    } else {
        place.states.join(", ")
    };
    let margin = if verdict == "outside" {
        ", ten minutes before the close counting as closed"
    } else {
        ""
    };
    format!("{} ({states}{margin})", clocks.join("; "))
}

fn here(local: &jiff::Zoned, open: i8, close: i8) -> &'static str {
    if local.hour() >= open && local.hour() < close {
        "inside"
    } else {
        "outside"
    }
}

#[cfg(test)]
mod every_zone;
#[cfg(test)]
mod reference;
#[cfg(test)]
#[path = "quiet_hours_tests.rs"]
mod tests;
