//! The state and federal windows for solicitations by phone, as data with their sources. A change of law is a change of a row.
//!
//! Most of these statutes were written for voice or for unsolicited calls and know exemptions for consent; they are kept all the
//! same. Where sources conflict or were not read, the row is the strictest default and says so.
use jiff::civil::{Date, Weekday, date};

/// Hours of a day during which a message may go: `[open, close)` in whole hours of local time; none: not on this day.
pub type Hours = Option<(i8, i8)>;

/// How sure we are of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// The statute or rule itself.
    Statute,
    /// A law firm's or a vendor's account of the statute.
    Summary,
    /// A vendor's or another secondary page only: see that the statute is read.
    Secondary,
    /// Sources conflict or were not read: the strictest default holds until counsel says otherwise.
    NeedsCounsel,
    /// Our own choice where the law is silent.
    House,
}

/// The windows of one jurisdiction.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Two letters, or `US` for the federal rule.
    pub jurisdiction: &'static str,
    pub effective_from: Date,
    /// The first day on which it binds no more; none: it is in force.
    pub effective_to: Option<Date>,
    pub monday_to_friday: Hours,
    pub saturday: Hours,
    pub sunday: Hours,
    /// Nothing on legal holidays.
    pub not_on_holidays: bool,
    /// Messages to one recipient in 24 hours.
    pub per_day: Option<usize>,
    pub confidence: Confidence,
    pub source: &'static str,
    pub verified_on: Date,
}

const VERIFIED: Date = date(2026, 11, 21);
const LONG_AGO: Date = date(2012, 1, 1);

const fn row(
    jurisdiction: &'static str,
    hours: (i8, i8),
    sunday: Hours,
    confidence: Confidence,
    source: &'static str,
) -> Row {
    Row {
        jurisdiction,
        effective_from: LONG_AGO,
        effective_to: None,
        monday_to_friday: Some(hours),
        saturday: Some(hours),
        sunday,
        not_on_holidays: false,
        per_day: None,
        confidence,
        source,
        verified_on: VERIFIED,
    }
}

use Confidence::{House, NeedsCounsel, Secondary, Statute, Summary};

/// The federal rule, which holds everywhere.
pub const FEDERAL: Row = row("US", (8, 21), Some((8, 21)), Statute, "47 CFR 64.1200(c)(1)");

/// A state whose rule was not read: our own hours, and neither Sundays nor legal holidays, since some states have neither.
const fn unread(jurisdiction: &'static str, source: &'static str) -> Row {
    Row {
        not_on_holidays: true,
        ..row(jurisdiction, (9, 20), None, NeedsCounsel, source)
    }
}

/// The states with a window of their own, or with one that could not be settled. A state may have several rows, one after the other.
pub const STATES: [Row; 26] = [
    Row {
        per_day: Some(3),
        ..row(
            "FL",
            (8, 20),
            Some((8, 20)),
            Statute,
            "Fla. Stat. 501.616(6)(a),(b), 501.059",
        )
    },
    Row {
        per_day: Some(3),
        ..row("OK", (8, 20), Some((8, 20)), Summary, "15 O.S. 775C, by Dinsmore")
    },
    row("WA", (8, 20), Some((8, 20)), Statute, "RCW 19.158.040(2)"),
    Row {
        per_day: Some(3),
        effective_from: date(2026, 1, 1),
        ..row(
            "OR",
            (8, 20),
            Some((8, 20)),
            Summary,
            "HB 3865 (2025), by Troutman",
        )
    },
    Row {
        effective_from: date(2025, 9, 1),
        ..row(
            "TX",
            (9, 21),
            Some((12, 21)),
            Summary,
            "SB 140 (2025), by Varnum and others",
        )
    },
    Row {
        effective_from: date(2023, 10, 1),
        ..row(
            "CT",
            (9, 20),
            Some((9, 20)),
            Summary,
            "Conn. Gen. Stat. 42-288a, SB 1058 (2023)",
        )
    },
    row(
        "MD",
        (8, 20),
        Some((8, 20)),
        Secondary,
        "SB 90, by vendors' tables",
    ),
    row(
        "MA",
        (8, 20),
        Some((8, 20)),
        Secondary,
        "201 CMR 12, by vendors' tables",
    ),
    row(
        "VA",
        (8, 21),
        Some((8, 21)),
        Summary,
        "law firms' accounts of February 2026",
    ),
    Row {
        not_on_holidays: true,
        ..row(
            "AL",
            (8, 20),
            None,
            Secondary,
            "vendors' tables of 2025; holidays by Ala. Code 1-3-8",
        )
    },
    Row {
        not_on_holidays: true,
        ..row(
            "LA",
            (8, 20),
            None,
            Secondary,
            "vendors' tables of 2025; holidays by the Public Service Commission",
        )
    },
    Row {
        not_on_holidays: true,
        ..row("MS", (8, 20), None, Secondary, "vendors' tables of 2025")
    },
    row("KY", (10, 21), Some((10, 21)), Secondary, "KRS 367.46955"),
    Row {
        saturday: Some((10, 17)),
        not_on_holidays: true,
        ..row(
            "RI",
            (9, 18),
            None,
            NeedsCounsel,
            "R.I. Gen. Laws 5-61-3.6; sources conflict on Sundays: none",
        )
    },
    row("NV", (9, 20), Some((9, 20)), Secondary, "vendors' tables of 2025"),
    row("NM", (9, 21), Some((9, 21)), Secondary, "vendors' tables of 2025"),
    row("MI", (9, 21), Some((9, 21)), Secondary, "vendors' tables of 2025"),
    row("MN", (9, 21), Some((9, 21)), Secondary, "vendors' tables of 2025"),
    row(
        "CA",
        (9, 20),
        Some((12, 20)),
        NeedsCounsel,
        "sources conflict: 9-21 or federal",
    ),
    row(
        "IL",
        (9, 20),
        Some((12, 20)),
        NeedsCounsel,
        "sources conflict: 9-21 or 8-21",
    ),
    row("NJ", (9, 20), Some((12, 20)), NeedsCounsel, "8-20 unverified"),
    unread("PA", "rules on Sundays and holidays unread"),
    unread("UT", "unread"),
    unread("SD", "unread"),
    unread("TN", "unread"),
    unread("WY", "unread"),
];

/// A state that is known and has no row: our own choice.
pub const OTHER_STATE: Row = row(
    "other",
    (9, 20),
    Some((12, 20)),
    House,
    "house rule H2: 9-20, Sundays 12-20",
);

/// No state is known: 8-20 in every zone that the recipient may be in.
pub const NO_STATE: Row = row(
    "unknown",
    (8, 20),
    Some((8, 20)),
    House,
    "rule Q3: 8-20 in every zone",
);

/// The rows that bind messages to somebody who may be in any of these states, on a day: the federal one always.
pub fn rows(states: &[String], day: Date) -> Vec<&'static Row> {
    let mut found: Vec<&'static Row> = vec![&FEDERAL];
    if states.is_empty() {
        found.push(&NO_STATE);
    }
    found.extend(states.iter().map(|state| row_in_force(state, day)));
    found
}

/// The row of a state (two letters) on a day; our own where it has none.
pub fn row_in_force(state: &str, day: Date) -> &'static Row {
    STATES
        .iter()
        .find(|row| row.jurisdiction == state && row.binds_on(day))
        .unwrap_or(&OTHER_STATE)
}

/// The most messages to one recipient in 24 hours. The strictest state has three; we keep to it everywhere.
pub const PER_DAY: usize = 3;

impl Row {
    /// Is it in force on this day?
    pub fn binds_on(&self, day: Date) -> bool {
        self.effective_from <= day && self.effective_to.is_none_or(|end| day < end)
    }

    /// The hours of this day, in local time.
    pub fn hours(&self, day: Date) -> Hours {
        if self.not_on_holidays && is_legal_holiday(day) {
            return None;
        }
        match day.weekday() {
            Weekday::Saturday => self.saturday,
            Weekday::Sunday => self.sunday,
            Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => {
                self.monday_to_friday
            }
        }
    }
}

/// Is it a legal holiday of the United States (5 USC 6103), on its day or where it is observed? States have more of their own; until
/// counsel lists them, these are kept.
pub fn is_legal_holiday(day: Date) -> bool {
    let fixed = |day: Date| {
        matches!(
            (day.month(), day.day()),
            (1, 1) | (6, 19) | (7, 4) | (11, 11) | (12, 25)
        )
    };
    let observed = match day.weekday() {
        Weekday::Monday => day.yesterday().is_ok_and(fixed),
        Weekday::Friday => day.tomorrow().is_ok_and(fixed),
        Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Saturday | Weekday::Sunday => {
            false
        }
    };
    let nth = (day.day() - 1) / 7 + 1;
    let is_last = day.day() > day.days_in_month() - 7;
    let floating = match (day.month(), day.weekday()) {
        (1 | 2, Weekday::Monday) => nth == 3,
        (5, Weekday::Monday) => is_last,
        (9, Weekday::Monday) => nth == 1,
        (10, Weekday::Monday) => nth == 2,
        (11, Weekday::Thursday) => nth == 4,
        _ => false,
    };
    fixed(day) || observed || floating
}

#[cfg(test)]
pub(crate) mod sources;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_one_row_at_a_time_and_is_no_looser_than_the_federal_rule() {
        for (at, row) in STATES.iter().enumerate() {
            assert!(
                STATES
                    .iter()
                    .skip(at + 1)
                    .all(|other| other.jurisdiction != row.jurisdiction
                        || !(row.binds_on(other.effective_from) || other.binds_on(row.effective_from)))
            );
            for hours in [row.monday_to_friday, row.saturday, row.sunday]
                .into_iter()
                .flatten()
            {
                assert!(hours.0 >= 8 && hours.1 <= 21 && hours.0 < hours.1, "{row:?}");
            }
            assert!(!row.source.is_empty());
        }
    }

    #[test]
    fn holidays_of_2026_and_what_is_observed() {
        let holidays = [
            (1, 1),
            (1, 19),
            (2, 16),
            (5, 25),
            (6, 19),
            (7, 3),
            (7, 4),
            (9, 7),
            (10, 12),
            (11, 11),
            (11, 26),
            (12, 25),
        ];
        let mut day = date(2026, 1, 1);
        while day.year() == 2026 {
            assert_eq!(
                is_legal_holiday(day),
                holidays.contains(&(day.month(), day.day())),
                "{day}"
            );
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn a_law_binds_from_its_day() {
        let oregon = ["OR".to_owned()];
        assert_eq!(rows(&oregon, date(2025, 12, 31))[1].jurisdiction, "other");
        assert_eq!(rows(&oregon, date(2026, 1, 1))[1].jurisdiction, "OR");
        let repealed = Row {
            effective_to: Some(date(2027, 1, 1)),
            ..OTHER_STATE
        };
        assert!(repealed.binds_on(date(2026, 12, 31)) && !repealed.binds_on(date(2027, 1, 1)));
    }

    #[test]
    fn no_state_is_looser_than_the_cap_that_is_kept_everywhere() {
        assert!(
            STATES
                .iter()
                .filter_map(|row| row.per_day)
                .all(|most| most >= PER_DAY)
        );
    }

    #[test]
    fn what_was_not_read_is_as_strict_as_any_state_on_sundays_and_holidays() {
        let christmas = date(2026, 12, 25);
        for state in ["PA", "UT", "SD", "TN", "WY"] {
            let row = row_in_force(state, christmas);
            assert!(row.sunday.is_none() && row.hours(christmas).is_none(), "{row:?}");
        }
    }
}
