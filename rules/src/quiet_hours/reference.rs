//! Opening hours a second time, written from the definition and not from the product: local time is UTC plus the offset in force, the
//! calendar is counted in days, and a place is open in spans. Seconds since 1970 throughout.
use crate::jurisdiction::Hours;

pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 3600;
pub const DAY: i64 = 86_400;

/// From when, which offset is in force; the first reaches back for ever.
pub type Offsets = Vec<(i64, i64)>;
/// `[from, to)`.
pub type Span = (i64, i64);

/// Year, month and day of a day that is counted from 1970-01-01.
pub fn civil(day: i64) -> (i64, i64, i64) {
    let (mut year, mut rest) = (1970, day);
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while rest >= 365 + i64::from(is_leap(year)) {
        rest -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let lengths = [
        31,
        28 + i64::from(is_leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let mut month = 1;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1)
}

/// 0 is Monday; 1970-01-01 was a Thursday.
pub fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// 5 USC 6103: the day itself, or where it is observed when it falls on a weekend.
pub fn is_holiday(day: i64) -> bool {
    let is_fixed = |day: i64| {
        let (_, month, date) = civil(day);
        [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)].contains(&(month, date))
    };
    // the nth of its weekday; the last of May is the one that June follows within a week
    let (_, month, date) = civil(day);
    let nth = (date + 6) / 7;
    let floats = match (month, weekday(day)) {
        (1, 0) | (2, 0) => nth == 3,
        (5, 0) => civil(day + 7).1 == 6,
        (9, 0) => nth == 1,
        (10, 0) => nth == 2,
        (11, 3) => nth == 4,
        _ => false,
    };
    let is_observed = (weekday(day) == 0 && is_fixed(day - 1)) || (weekday(day) == 4 && is_fixed(day + 1));
    is_fixed(day) || is_observed || floats
}

/// The spans between two moments in which the local clock shows an hour of the day's hours.
pub fn spans(offsets: &Offsets, hours: &dyn Fn(i64) -> Hours, from: i64, to: i64) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for (index, (start, offset)) in offsets.iter().enumerate() {
        let start = if index == 0 { from } else { (*start).max(from) };
        let end = offsets.get(index + 1).map_or(to, |next| next.0.min(to));
        if start >= end {
            continue;
        }
        for day in (start + offset).div_euclid(DAY)..=(end + offset).div_euclid(DAY) {
            let Some((open, close)) = hours(day) else { continue };
            let at = |hour: i8| day * DAY + i64::from(hour) * HOUR - offset;
            add(&mut found, (at(open).max(start), at(close).min(end)));
        }
    }
    found
}

/// Adds a span; one that begins where the last ended goes on with it.
fn add(found: &mut Vec<Span>, span: Span) {
    if span.0 >= span.1 {
        return;
    }
    match found.last_mut() {
        Some(last) if last.1 == span.0 => last.1 = span.1,
        Some(_) | None => found.push(span),
    }
}

/// The spans that both have.
pub fn in_both(one: &[Span], other: &[Span]) -> Vec<Span> {
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    let mut found = Vec::new();
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        add(&mut found, (first.0.max(second.0), first.1.min(second.1)));
        if first.1 < second.1 {
            left.next();
        } else {
            right.next();
        }
    }
    found
}

/// What must be said at a moment: `Ok(closes_at)` or `Err(opens_at)`. Ten minutes before a close nothing is begun any more, so a span
/// that is no longer than that never opens; where nothing opens it is asked again in fourteen days.
pub fn expected(spans: &[Span], now: i64) -> Result<i64, i64> {
    let last_start = |span: &Span| span.1 - 10 * MINUTE;
    let next = spans.partition_point(|span| last_start(span) <= now);
    match spans[next..].iter().find(|span| span.0 < last_start(span)) {
        Some(span) if span.0 <= now => Ok(span.1),
        Some(span) => Err(span.0),
        None => Err(now + 14 * DAY),
    }
}

#[test]
fn the_calendar_counts_as_calendars_do() {
    assert_eq!(civil(0), (1970, 1, 1));
    assert_eq!(civil(19_782), (2024, 2, 29));
    assert_eq!((civil(20_778), weekday(20_778)), ((2026, 11, 21), 5));
    let holidays = (19_723..19_723 + 366).filter(|day| is_holiday(*day)).count();
    assert_eq!(holidays, 11, "2024 has none that is observed elsewhere");
}
