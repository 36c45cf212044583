//! Phone numbers in many writings against Python's phonenumbers (rules/data/make_phones.py).
use super::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, serde::Deserialize)]
struct Case {
    kind: String,
    raw: String,
    region: String,
    /// What phonenumbers says; none: it refuses.
    e164: Option<String>,
    extension: Option<String>,
    /// What it says without the words that stand around the number.
    alone: Option<String>,
}

/// Where we differ on purpose, and in how many of the writings. No number here may grow.
const ON_PURPOSE: [(&str, usize); 5] = [
    ("555-0100 to 555-0199 are for fiction and tests", 66),
    ("an exchange of two ones after its first digit is none", 28),
    ("fewer than six digits are a short code, not somebody's number", 1),
    ("letters are not read as digits, nor left out among them", 38),
    ("a harmless word behind the number is left aside", 149),
];

/// Which of the differences this is; none: it is a mistake.
fn reason(case: &Case, ours: &Result<ParsedPhone, PhoneError>) -> Option<&'static str> {
    let exchange = case
        .e164
        .as_ref()
        .and_then(|e164| e164.strip_prefix("+1")?.get(3..8));
    let digits = case.raw.chars().filter(|each| each.is_numeric()).count();
    let has_letters = case
        .raw
        .trim_start_matches("tel:")
        .chars()
        .any(char::is_alphabetic);
    let at = match ours {
        Err(PhoneError::TestOnly) if exchange == Some("55501") => 0,
        Err(PhoneError::NotInUse) if exchange.is_some_and(|digits| &digits[1..3] == "11") => 1,
        Err(PhoneError::TooShort) if digits < 6 => 2,
        Err(PhoneError::Letters | PhoneError::NotInUse) if case.e164.is_some() && has_letters => 3,
        Ok(parsed)
            if case.e164.is_none()
                && case.alone.as_deref() == Some(parsed.e164.as_str())
                && parsed.extension.is_none() =>
        {
            4
        }
        Ok(_) | Err(_) => return None,
    };
    Some(ON_PURPOSE[at].0)
}

#[test]
fn numbers_are_read_as_the_reference_reads_them_and_where_not_on_purpose() {
    let (mut accepted, mut refused) = (0, 0);
    let mut kinds = BTreeSet::new();
    let mut differences: BTreeMap<&str, usize> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for line in include_str!("../data/phones.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let ours = E164::parse(&case.raw, &case.region);
        let said = ours
            .as_ref()
            .ok()
            .map(|parsed| (parsed.e164.to_string(), parsed.extension.clone()));
        if said == case.e164.clone().map(|e164| (e164, case.extension.clone())) {
            *if said.is_some() {
                &mut accepted
            } else {
                &mut refused
            } += 1;
        } else if let Some(reason) = reason(&case, &ours) {
            *differences.entry(reason).or_default() += 1;
        } else {
            mistakes.push(format!("{case:?} {ours:?}"));
        }
        kinds.insert(case.kind);
    }
    assert!(
        mistakes.is_empty(),
        "{} mistakes: {}",
        mistakes.len(),
        mistakes.join("\n")
    );
    assert_eq!(
        differences,
        BTreeMap::from(ON_PURPOSE),
        "found beside what is listed"
    );
    assert!(accepted >= 2700 && refused >= 2500, "{accepted} {refused}");
    assert!(kinds.len() >= 30, "{kinds:?}");
}
