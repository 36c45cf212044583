//! Where a recipient may be, from the evidence: ZIP, explicit zone, area code.
//!
//! The best evidence gives the zones: a ZIP code, else a zone that somebody said, else the area code. An area code of another
//! state than the address adds its state and zones: Florida, Oklahoma and Oregon presume residence by area code (Fla. Stat.
//! 501.059, 15 O.S. 775C, OR HB 3865), and a mobile number moves with its owner. A message must suit every one of them.
use crate::address::area_code;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// Every zone and state that the evidence allows. A message must be inside the window in all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// IANA names, sorted; never empty.
    pub zones: Vec<String>,
    /// Two-letter codes of US states and territories, sorted; empty when unknown.
    pub states: Vec<String>,
    pub source: ZoneSource,
}

/// Where the zone comes from, the best evidence first. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneSource {
    Zip,
    Explicit,
    AreaCode,
    None,
}

impl ZoneSource {
    pub const ALL: [Self; 4] = [Self::Zip, Self::Explicit, Self::AreaCode, Self::None];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Explicit => "explicit",
            Self::AreaCode => "area_code",
            Self::None => "none",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// What is known of where somebody is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// A US ZIP code of the customer's address, also with a lost leading zero or as ZIP+4.
    pub postal_code: Option<&'a str>,
    /// The state of the customer's address: two letters.
    pub state: Option<&'a str>,
    /// An IANA zone that somebody said.
    pub explicit_zone: Option<&'a str>,
    /// E.164.
    pub phone: Option<&'a str>,
}

/// Without any evidence: all of the continental United States.
const CONTINENTAL: [&str; 4] = [
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/New_York",
];

impl Place {
    /// Everywhere that the evidence allows. A number outside the North American plan is no evidence by itself: without a ZIP or
    /// a zone that somebody said, such a recipient is treated as anywhere in the continental United States.
    pub fn from_evidence(evidence: &Evidence<'_>) -> Self {
        let by_zip = evidence.postal_code.and_then(zip);
        let by_code = evidence
            .phone
            .and_then(area_code)
            .and_then(|code| AREA_CODES.get(code));
        let explicit = evidence.explicit_zone.filter(|zone| is_zone(zone));
        let mut states: BTreeSet<&str> = BTreeSet::new();
        states.extend(by_zip.map(|run| run.state));
        states.extend(evidence.state.and_then(known_state));
        let address_states = states.clone();
        let mut zones: BTreeSet<&str> = BTreeSet::new();
        let source = if let Some(run) = by_zip {
            zones.insert(run.zone);
            ZoneSource::Zip
        } else if let Some(zone) = explicit {
            zones.insert(zone);
            ZoneSource::Explicit
        } else if by_code.is_some() {
            ZoneSource::AreaCode
        } else {
            zones.extend(CONTINENTAL);
            ZoneSource::None
        };
        if let Some(code) = by_code {
            let is_elsewhere = !code.states.iter().any(|state| address_states.contains(state));
            if source == ZoneSource::AreaCode || (is_elsewhere && !code.states.is_empty()) {
                zones.extend(&code.zones);
            }
            states.extend(&code.states);
        }
        Self {
            zones: zones.into_iter().map(str::to_owned).collect(),
            states: states.into_iter().map(str::to_owned).collect(),
            source,
        }
    }

    /// The zone to show times in, and where it comes from: that of the best evidence, if it is one. A number from elsewhere does not move
    /// somebody whose address is known; the gate asks `from_evidence`, which is stricter.
    pub fn home_zone(evidence: &Evidence<'_>) -> (Option<String>, ZoneSource) {
        let without_phone = Self::from_evidence(&Evidence {
            phone: None,
            ..*evidence
        });
        let place = match without_phone.source {
            ZoneSource::Zip | ZoneSource::Explicit => without_phone,
            ZoneSource::AreaCode | ZoneSource::None => Self::from_evidence(evidence),
        };
        let zone = match (place.zones.as_slice(), place.source) {
            ([zone], ZoneSource::Zip | ZoneSource::Explicit | ZoneSource::AreaCode) => Some(zone.clone()),
            _ => None,
        };
        (zone, place.source)
    }
}

/// Is it the name of a time zone?
pub fn is_zone(name: &str) -> bool {
    name.contains('/') && TimeZone::get(name).is_ok()
}

/// Five digits of a ZIP code as people's spreadsheets leave it: with a lost leading zero, as ZIP+4, with spaces around.
/// None when it is no US ZIP code.
pub fn normal_zip(raw: &str) -> Option<String> {
    let first = raw.trim().split('-').next().unwrap_or_default().trim();
    let is_number = !first.is_empty() && first.chars().all(|c| c.is_ascii_digit());
    match first.len() {
        3..=5 if is_number => Some(format!("{first:0>5}")),
        9 if is_number => first.get(..5).map(str::to_owned),
        _ => None,
    }
}

/// The two-letter code, if there is a state or territory of that code.
fn known_state(raw: &str) -> Option<&'static str> {
    let wanted = raw.trim();
    ZIP_RUNS
        .iter()
        .map(|run| run.state)
        .find(|state| state.eq_ignore_ascii_case(wanted))
}

/// A run of ZIP codes in one state and zone.
#[derive(Debug, Clone, Copy)]
struct ZipRun {
    first: &'static str,
    last: &'static str,
    state: &'static str,
    zone: &'static str,
}

struct AreaCode {
    states: Vec<&'static str>,
    zones: Vec<&'static str>,
}

static ZIP_RUNS: LazyLock<Vec<ZipRun>> = LazyLock::new(|| {
    rows(include_str!("data/zip_ranges.tsv"))
        .filter_map(|mut cells| {
            Some(ZipRun {
                first: cells.next()?,
                last: cells.next()?,
                state: cells.next()?,
                zone: cells.next()?,
            })
        })
        .collect()
});

static AREA_CODES: LazyLock<HashMap<&'static str, AreaCode>> = LazyLock::new(|| {
    let list = |cell: &'static str| cell.split(',').filter(|one| !one.is_empty()).collect();
    rows(include_str!("data/area_codes.tsv"))
        .filter_map(|mut cells| {
            let code = cells.next()?;
            Some((
                code,
                AreaCode {
                    states: list(cells.next()?),
                    zones: list(cells.next()?),
                },
            ))
        })
        .collect()
});

fn rows(table: &'static str) -> impl Iterator<Item = std::str::Split<'static, char>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t'))
}

fn zip(raw: &str) -> Option<ZipRun> {
    let wanted = normal_zip(raw)?;
    let after = ZIP_RUNS.partition_point(|run| run.first <= wanted.as_str());
    ZIP_RUNS
        .get(after.checked_sub(1)?)
        .copied()
        .filter(|run| run.last >= wanted.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(zip: Option<&str>, phone: Option<&str>) -> Place {
        Place::from_evidence(&Evidence {
            postal_code: zip,
            phone,
            ..Evidence::default()
        })
    }

    #[test]
    fn a_zip_says_state_and_zone_also_without_its_leading_zero() {
        for raw in ["08014", "8014", " 8014 ", "08014-1234", "080141234"] {
            let found = place(Some(raw), None);
            assert_eq!(
                (found.zones, found.states, found.source),
                (
                    vec!["America/New_York".to_owned()],
                    vec!["NJ".to_owned()],
                    ZoneSource::Zip
                ),
                "{raw}"
            );
        }
        assert_eq!(normal_zip("K1A 0B1"), None);
        assert_eq!(normal_zip("12"), None);
    }

    #[test]
    fn a_split_state_has_the_zone_of_the_zip() {
        for (zip, zone) in [
            ("32501", "America/Chicago"),
            ("33101", "America/New_York"),
            ("79901", "America/Denver"),
            ("37201", "America/Chicago"),
            ("37901", "America/New_York"),
            ("83814", "America/Los_Angeles"),
            ("85001", "America/Phoenix"),
            ("96813", "Pacific/Honolulu"),
            ("99501", "America/Anchorage"),
            ("00901", "America/Puerto_Rico"),
        ] {
            assert_eq!(place(Some(zip), None).zones, vec![zone.to_owned()], "{zip}");
        }
    }

    #[test]
    fn an_area_code_of_another_state_adds_its_state_and_zones() {
        let found = place(Some("08014"), Some("+13105230001"));
        assert_eq!(found.states, ["CA", "NJ"]);
        assert_eq!(found.zones, ["America/Los_Angeles", "America/New_York"]);
        assert_eq!(found.source, ZoneSource::Zip);
        let same = place(Some("33101"), Some("+18505230001"));
        assert_eq!(
            (same.states.len(), same.zones.len()),
            (1, 1),
            "a Florida number in Florida adds nothing"
        );
    }

    #[test]
    fn the_zone_to_show_times_in_is_that_of_the_address_whatever_the_number() {
        let home = |zip, phone| {
            Place::home_zone(&Evidence {
                postal_code: zip,
                phone,
                ..Evidence::default()
            })
        };
        assert_eq!(
            home(Some("08014"), Some("+13105230001")),
            (Some("America/New_York".to_owned()), ZoneSource::Zip)
        );
        assert_eq!(
            home(None, Some("+13105230001")),
            (Some("America/Los_Angeles".to_owned()), ZoneSource::AreaCode)
        );
        assert_eq!(home(None, Some("+18505230001")), (None, ZoneSource::AreaCode));
        assert_eq!(home(None, None), (None, ZoneSource::None));
    }

    #[test]
    fn an_area_code_over_two_zones_gives_both() {
        let found = place(None, Some("+18505230001"));
        assert_eq!(found.zones, ["America/Chicago", "America/New_York"]);
        assert_eq!(found.source, ZoneSource::AreaCode);
    }

    #[test]
    fn no_evidence_is_the_whole_continent_and_no_state() {
        for phone in [None, Some("+442079460018"), Some("+18005230001")] {
            let found = place(None, phone);
            assert_eq!(
                (found.zones.len(), found.states.len(), found.source),
                (4, 0, ZoneSource::None),
                "{phone:?}"
            );
        }
        let wrong = Place::from_evidence(&Evidence {
            explicit_zone: Some("Mars/Olympus"),
            ..Evidence::default()
        });
        assert_eq!(wrong.source, ZoneSource::None);
        let said = Place::from_evidence(&Evidence {
            explicit_zone: Some("Europe/London"),
            ..Evidence::default()
        });
        assert_eq!(said.zones, ["Europe/London"]);
    }

    #[test]
    fn every_zone_of_the_data_is_known_to_the_zone_database_and_runs_are_in_order() {
        assert!(ZIP_RUNS.len() > 500 && AREA_CODES.len() > 350);
        for run in ZIP_RUNS.iter() {
            assert!(is_zone(run.zone) && run.first <= run.last, "{run:?}");
        }
        assert!(ZIP_RUNS.windows(2).all(|pair| pair[0].last < pair[1].first));
        assert!(
            AREA_CODES
                .values()
                .all(|code| !code.zones.is_empty() && code.zones.iter().all(|zone| is_zone(zone)))
        );
    }
}
