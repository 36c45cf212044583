//! The table against what its sources say, copied by hand into data/state_sources.tsv: each says what the other says.
use super::*;
use crate::place::{Evidence, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// One source's word on one rule of one state.
struct Claim {
    state: &'static str,
    rule: &'static str,
    value: &'static str,
    confidence: &'static str,
    source: &'static str,
    effective_from: &'static str,
}

/// What the sources of a state say together: the strictest of each rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// Hours from Monday to Friday, on Saturday, on Sunday.
    pub week: [Hours; 3],
    pub not_on_holidays: bool,
    pub per_day: Option<usize>,
    confidence: &'static str,
    effective_from: Option<Date>,
}

const RULES: [&str; 6] = [
    "monday to friday",
    "saturday",
    "sunday",
    "holidays",
    "per day",
    "area code",
];

fn claims() -> impl Iterator<Item = Claim> {
    include_str!("../data/state_sources.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [state, rule, value, confidence, source, effective_from] = cells[..] else {
                panic!("{line:?} has {} cells", cells.len())
            };
            Claim {
                state,
                rule,
                value,
                confidence,
                source,
                effective_from,
            }
        })
}

fn hours_in(value: &str) -> Hours {
    if value == "none" {
        return None;
    }
    let (open, close) = value.split_once('-').unwrap();
    Some((open.parse().unwrap(), close.parse().unwrap()))
}

/// What the sources say of a state, whenever it holds; none if they don't speak of it.
fn said_of(state: &str) -> Option<Said> {
    let of_state: Vec<Claim> = claims().filter(|claim| claim.state == state).collect();
    let first = of_state.first()?;
    let hours = |rule: &str| {
        let strictest = of_state
            .iter()
            .filter(|claim| claim.rule == rule)
            .map(|claim| hours_in(claim.value))
            .reduce(|one, other| {
                let ((open, close), (opens, closes)) = (one?, other?);
                Some((open.max(opens), close.min(closes)))
            });
        strictest.unwrap_or_else(|| panic!("{state} has no row of {rule}"))
    };
    Some(Said {
        week: [hours(RULES[0]), hours(RULES[1]), hours(RULES[2])],
        not_on_holidays: of_state.iter().any(|claim| claim.rule == "holidays"),
        per_day: of_state
            .iter()
            .filter(|claim| claim.rule == "per day")
            .map(|claim| claim.value.parse().unwrap())
            .min(),
        confidence: first.confidence,
        effective_from: (first.effective_from != "-").then(|| first.effective_from.parse().unwrap()),
    })
}

static SAID: LazyLock<BTreeMap<&str, Said>> = LazyLock::new(|| {
    let states = claims().map(|claim| claim.state);
    states.map(|state| (state, said_of(state).unwrap())).collect()
});

/// What the sources say of a state on a day: what they say of any other state, while its law does not bind yet.
pub(crate) fn said(state: &str, day: Date) -> Said {
    SAID.get(state)
        .filter(|said| said.effective_from.is_none_or(|from| from <= day))
        .copied()
        .unwrap_or_else(|| SAID["other"])
}

fn of_row(row: &Row) -> Said {
    Said {
        week: [row.monday_to_friday, row.saturday, row.sunday],
        not_on_holidays: row.not_on_holidays,
        per_day: row.per_day,
        confidence: match row.confidence {
            Confidence::Statute => "statute",
            Confidence::Summary => "summary",
            Confidence::Secondary => "secondary",
            Confidence::NeedsCounsel => "needs counsel",
            Confidence::House => "house",
        },
        effective_from: Some(row.effective_from).filter(|from| *from != LONG_AGO),
    }
}

#[test]
fn each_row_of_the_sources_can_be_read_and_says_whence_it_is() {
    let mut seen = BTreeSet::new();
    for claim in claims() {
        assert!(RULES.contains(&claim.rule), "{}", claim.rule);
        assert!(claim.source.len() > 5, "{} {}", claim.state, claim.rule);
        assert!(
            seen.insert((claim.state, claim.rule, claim.source)),
            "{} {} stands twice",
            claim.state,
            claim.rule
        );
    }
    assert!(seen.len() >= 119, "{} rows", seen.len());
}

#[test]
fn what_the_sources_say_of_a_state_is_what_the_table_answers() {
    let states: BTreeSet<&str> = claims().map(|claim| claim.state).collect();
    for state in &states {
        let said = said_of(state).unwrap();
        let row = match *state {
            "US" => &FEDERAL,
            "other" => &OTHER_STATE,
            "unknown" => &NO_STATE,
            state => row_in_force(state, VERIFIED),
        };
        assert_eq!(of_row(row), said, "{state}");
        if let Some(from) = said.effective_from {
            let before = row_in_force(state, from.yesterday().unwrap());
            assert_eq!(
                (before.jurisdiction, row_in_force(state, from).jurisdiction),
                ("other", *state)
            );
        }
    }
    assert_eq!(states.len(), 26 + 3);
}

#[test]
fn each_row_of_the_table_has_its_sources() {
    for row in &STATES {
        let said = said_of(row.jurisdiction).unwrap_or_else(|| panic!("{} has no source", row.jurisdiction));
        assert_eq!(of_row(row), said);
    }
}

#[test]
fn states_of_which_no_source_speaks_keep_our_own_hours() {
    let spoken_of: BTreeSet<&str> = claims().map(|claim| claim.state).collect();
    let silent: BTreeSet<&str> = include_str!("../data/zip_ranges.tsv")
        .lines()
        .filter_map(|line| line.split('\t').nth(2))
        .filter(|state| state.len() == 2 && !spoken_of.contains(state))
        .collect();
    assert_eq!(silent.len(), 59 - 26, "{silent:?}");
    for state in silent {
        assert_eq!(row_in_force(state, VERIFIED).jurisdiction, "other", "{state}");
    }
}

/// Where a law presumes residence by area code, somebody with such a number and an address elsewhere is in both states.
#[test]
fn a_number_of_a_state_that_presumes_residence_binds_wherever_the_address_is() {
    let presuming: Vec<&str> = claims()
        .filter(|claim| claim.rule == "area code")
        .map(|claim| claim.state)
        .collect();
    assert_eq!(presuming, ["FL", "OK", "OR", "VA"]);
    let mut tried = 0;
    for line in include_str!("../data/area_codes.tsv").lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        if cells.len() < 3 || !presuming.contains(&cells[1]) {
            continue;
        }
        let place = Place::from_evidence(&Evidence {
            postal_code: Some("30301"),
            phone: Some(&format!("+1{}5230001", cells[0])),
            ..Evidence::default()
        });
        assert!(
            place.states.contains(&"GA".to_owned()) && place.states.contains(&cells[1].to_owned()),
            "{place:?}"
        );
        tried += 1;
    }
    assert!(tried >= 30, "{tried} area codes");
}
