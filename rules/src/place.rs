//! Where a recipient may be, from the evidence: ZIP, explicit zone, area code.
//!
//! The best evidence gives the zones: a ZIP code, else a zone that somebody said, else the state, else the number. An area code
//! of another state than the address adds its state and zones: Florida, Oklahoma and Oregon presume residence by area code (Fla.
//! Stat. 501.059, 15 O.S. 775C, OR HB 3865), and a mobile number moves with its owner. A number of another country adds its zones
//! unless a state or a zone was said: beside it, five digits may be a postal code of that country. A message must suit them all.
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
    /// The phone number: its area code or, outside North America, its calling code.
    AreaCode,
    /// Nothing that says one place: the zones are all of the state's or, without a state, the continent's.
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
    /// The state of the customer's address: its code, its name or its abbreviation.
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
    /// Everywhere that the evidence allows. Evidence that is not understood (a foreign postal code, a zone that does not exist, a
    /// toll-free number) is none.
    pub fn from_evidence(evidence: &Evidence<'_>) -> Self {
        let by_zip = evidence.postal_code.and_then(zip);
        let explicit = evidence.explicit_zone.filter(|zone| is_zone(zone));
        let said_state = evidence.state.and_then(known_state);
        let number = evidence.phone.and_then(of_number);
        let mut states: BTreeSet<&str> = by_zip
            .map(|run| run.state)
            .into_iter()
            .chain(said_state)
            .collect();
        let mut zones: BTreeSet<&str> = BTreeSet::new();
        let mut source = ZoneSource::None;
        if let Some(run) = by_zip {
            zones.insert(run.zone);
            source = ZoneSource::Zip;
        } else if let Some(zone) = explicit {
            zones.insert(zone);
            source = ZoneSource::Explicit;
        }
        // a state that the ZIP code contradicts, or that stands alone, may be right in any of its zones
        if let Some(state) = said_state
            && explicit.is_none()
            && by_zip.is_none_or(|run| run.state != state)
        {
            for zone in zones_of_state(state) {
                zones.insert(zone);
            }
        }
        if let Some(number) = number {
            let is_elsewhere = match number.state {
                Some(state) => !states.contains(state),
                None => said_state.is_none() && explicit.is_none(),
            };
            if is_elsewhere {
                zones.extend(&number.zones);
            }
            if source == ZoneSource::None {
                source = ZoneSource::AreaCode;
            }
            states.extend(number.state);
        }
        if zones.is_empty() {
            zones.extend(CONTINENTAL);
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

/// Five digits of a ZIP code as people's spreadsheets leave it: with lost leading zeros, as ZIP+4 with or without its hyphen, with
/// spaces around. None when it is no US ZIP code.
pub fn normal_zip(raw: &str) -> Option<String> {
    let mut parts = raw.trim().splitn(2, ['-', ' ']).map(str::trim);
    let (first, rest) = (parts.next().unwrap_or_default(), parts.next());
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if !is_number(first) || !rest.is_none_or(|rest| is_number(rest) && matches!(rest.len(), 0 | 4)) {
        return None;
    }
    let five = match (first.len(), rest) {
        (3..=5, _) => first,
        (7..=9, None) => first.get(..first.len() - 4)?,
        _ => return None,
    };
    Some(format!("{five:0>5}"))
}

/// The two-letter code, if the text names a state or territory.
fn known_state(raw: &str) -> Option<&'static str> {
    crate::state::code_of(raw)
}

/// A run of ZIP codes in one state and zone.
#[derive(Debug, Clone, Copy)]
struct ZipRun {
    first: &'static str,
    last: &'static str,
    state: &'static str,
    zone: &'static str,
}

/// What the beginning of a phone number says.
struct Numbers {
    state: Option<&'static str>,
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

static AREA_CODES: LazyLock<HashMap<&'static str, Numbers>> = LazyLock::new(|| {
    rows(include_str!("data/area_codes.tsv"))
        .filter_map(|mut cells| {
            let code = cells.next()?;
            let state = cells.next().filter(|state| !state.is_empty());
            let zones = cells.next()?.split(',').collect();
            Some((code, Numbers { state, zones }))
        })
        .collect()
});

static CALLING_CODES: LazyLock<HashMap<&'static str, Numbers>> = LazyLock::new(|| {
    rows(include_str!("data/calling_codes.tsv"))
        .filter_map(|mut cells| {
            let code = cells.next()?;
            let zones = cells.next()?.split(',').collect();
            Some((code, Numbers { state: None, zones }))
        })
        .collect()
});

/// What an E.164 number says by its area code or calling code. No calling code begins with another one.
fn of_number(e164: &str) -> Option<&'static Numbers> {
    if let Some(code) = area_code(e164) {
        return AREA_CODES.get(code);
    }
    let digits = e164.strip_prefix('+')?;
    (1..=3).find_map(|length| CALLING_CODES.get(digits.get(..length)?))
}

/// Every zone that a ZIP code of the state is in.
fn zones_of_state(state: &str) -> impl Iterator<Item = &'static str> {
    ZIP_RUNS
        .iter()
        .filter(move |run| run.state == state)
        .map(|run| run.zone)
}

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
mod tests;
