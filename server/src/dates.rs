//! Dates and times as people's tools export them. What can be read in two ways is refused rather than guessed.
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// What a day without a time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Its first moment: a consent is never taken for newer than it is.
    Begins,
    /// Noon: a job of that day.
    AtNoon,
    /// Its last second: an opt-out is never taken for older than it is.
    Ends,
}

/// The moment that a text means; a time without a zone is that of `zone`. In the US the month comes first, elsewhere the day. The error
/// says what would be right.
pub fn read(text: &str, zone: &TimeZone, is_us: bool, day: Day) -> Result<Timestamp, String> {
    let text = text.trim();
    let refuse = || {
        format!(
            "`{text}` is not a date; it should look like 2025-03-31, 2025-03-31T14:05:00Z or {}",
            if is_us {
                "3/31/2025 2:05 PM"
            } else {
                "31/3/2025 14:05"
            }
        )
    };
    let iso = text.replacen(' ', "T", 1);
    let moment = if let Ok(at) = iso.parse::<Timestamp>().or_else(|_| text.parse()) {
        at
    } else {
        let there = civil(text, is_us, day).ok_or_else(refuse)?;
        zone.to_ambiguous_timestamp(there).later().map_err(|_| refuse())?
    };
    let years = Timestamp::from_second(631_152_000).unwrap_or(Timestamp::UNIX_EPOCH);
    if moment < years {
        return Err(format!(
            "`{text}` lies before 1990; it should be a moment of this business"
        ));
    }
    Ok(moment)
}

fn civil(text: &str, is_us: bool, day_means: Day) -> Option<DateTime> {
    const TIMES: [&str; 4] = ["%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p"];
    let days: &[&str] = if is_us {
        &["%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%m-%d-%Y"]
    } else {
        &["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
    };
    days.iter().find_map(|day| {
        if let Ok(date) = Date::strptime(day, text) {
            return Some(match day_means {
                Day::Begins => date.at(0, 0, 0, 0),
                Day::AtNoon => date.at(12, 0, 0, 0),
                Day::Ends => date.at(23, 59, 59, 0),
            });
        }
        TIMES.iter().find_map(|time| {
            [' ', 'T']
                .iter()
                .find_map(|gap| DateTime::strptime(format!("{day}{gap}{time}"), text).ok())
        })
    })
}

/// A moment as it is given on the command line; what is wrong says what would be right.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "it should be a moment with its zone, such as 2026-03-04T17:35:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chicago(text: &str) -> Result<String, String> {
        let zone = TimeZone::get("America/Chicago").unwrap();
        read(text, &zone, true, Day::Ends).map(|at| at.to_string())
    }

    #[test]
    fn dates_are_read_as_tools_write_them() {
        for (text, moment) in [
            ("2025-03-31T14:05:00Z", "2025-03-31T14:05:00Z"),
            ("2025-03-31 14:05:00+02:00", "2025-03-31T12:05:00Z"),
            ("2025-03-31 14:05", "2025-03-31T19:05:00Z"),
            ("3/31/2025 2:05 PM", "2025-03-31T19:05:00Z"),
            ("03/31/2025", "2025-04-01T04:59:59Z"),
            ("2025-03-31", "2025-04-01T04:59:59Z"),
        ] {
            assert_eq!(chicago(text).as_deref(), Ok(moment), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused_with_what_would_be_right() {
        for text in ["31/03/2025", "soon", "", "45000", "0001-01-01", "2025-02-30"] {
            let said = chicago(text).unwrap_err();
            assert!(said.contains("should"), "{said}");
        }
    }
}
