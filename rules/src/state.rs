//! Which state or territory of the United States a text names: by its code, its name, or its traditional abbreviation.
//!
//! Spreadsheets say `AL`, `Alabama` and `Ala.`; a state that is not recognised loses its own hours, such as Alabama's Sundays.

/// Code, name and traditional abbreviation (the Associated Press's; empty where it has none or where it is the code) of each state
/// and territory that has ZIP codes. In lower case, without full stops.
const STATES: [(&str, &str, &str); 59] = [
    ("AK", "alaska", ""),
    ("AL", "alabama", "ala"),
    ("AR", "arkansas", "ark"),
    ("AS", "american samoa", ""),
    ("AZ", "arizona", "ariz"),
    ("CA", "california", "calif"),
    ("CO", "colorado", "colo"),
    ("CT", "connecticut", "conn"),
    ("DC", "district of columbia", "washington dc"),
    ("DE", "delaware", "del"),
    ("FL", "florida", "fla"),
    ("FM", "federated states of micronesia", "micronesia"),
    ("GA", "georgia", ""),
    ("GU", "guam", ""),
    ("HI", "hawaii", "hawai'i"),
    ("IA", "iowa", ""),
    ("ID", "idaho", ""),
    ("IL", "illinois", "ill"),
    ("IN", "indiana", "ind"),
    ("KS", "kansas", "kan"),
    ("KY", "kentucky", ""),
    ("LA", "louisiana", ""),
    ("MA", "massachusetts", "mass"),
    ("MD", "maryland", ""),
    ("ME", "maine", ""),
    ("MH", "marshall islands", ""),
    ("MI", "michigan", "mich"),
    ("MN", "minnesota", "minn"),
    ("MO", "missouri", ""),
    ("MP", "northern mariana islands", ""),
    ("MS", "mississippi", "miss"),
    ("MT", "montana", "mont"),
    ("NC", "north carolina", ""),
    ("ND", "north dakota", ""),
    ("NE", "nebraska", "neb"),
    ("NH", "new hampshire", ""),
    ("NJ", "new jersey", ""),
    ("NM", "new mexico", ""),
    ("NV", "nevada", "nev"),
    ("NY", "new york", ""),
    ("OH", "ohio", ""),
    ("OK", "oklahoma", "okla"),
    ("OR", "oregon", "ore"),
    ("PA", "pennsylvania", "penn"),
    ("PR", "puerto rico", ""),
    ("PW", "palau", ""),
    ("RI", "rhode island", ""),
    ("SC", "south carolina", ""),
    ("SD", "south dakota", ""),
    ("TN", "tennessee", "tenn"),
    ("TX", "texas", "tex"),
    ("UT", "utah", ""),
    ("VA", "virginia", ""),
    ("VI", "virgin islands", "us virgin islands"),
    ("VT", "vermont", ""),
    ("WA", "washington", "wash"),
    ("WI", "wisconsin", "wis"),
    ("WV", "west virginia", "wva"),
    ("WY", "wyoming", "wyo"),
];

/// The two-letter code of the state or territory that the text names; none when it names no one. `Washington` is the state.
pub fn code_of(raw: &str) -> Option<&'static str> {
    let plain = raw.replace(['.', ','], "").to_lowercase();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let wanted = words.join(" ");
    // `N. J.` and `W. Va.` are written with spaces too
    let closed = words.concat();
    STATES
        .iter()
        .find(|(code, name, short)| {
            code.eq_ignore_ascii_case(&closed)
                || *name == wanted
                || (!short.is_empty() && (*short == wanted || *short == closed))
        })
        .map(|(code, _, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Evidence, Place};
    use std::collections::BTreeSet;

    #[test]
    fn a_state_is_known_by_its_code_its_name_and_its_abbreviation() {
        for (raw, code) in [
            ("AL", Some("AL")),
            (" al ", Some("AL")),
            ("Alabama", Some("AL")),
            ("ALABAMA", Some("AL")),
            ("Ala.", Some("AL")),
            ("N.J.", Some("NJ")),
            ("N. J.", Some("NJ")),
            ("New  Jersey", Some("NJ")),
            ("W. Va.", Some("WV")),
            ("west virginia", Some("WV")),
            ("Virginia", Some("VA")),
            ("Washington", Some("WA")),
            ("Washington, D.C.", Some("DC")),
            ("D.C.", Some("DC")),
            ("U.S. Virgin Islands", Some("VI")),
            ("", None),
            (" . ", None),
            ("ON", None),
            ("Ontario", None),
            ("Carolina", None),
        ] {
            assert_eq!(code_of(raw), code, "{raw:?}");
        }
    }

    #[test]
    fn each_code_name_and_abbreviation_stands_once_and_is_found() {
        let mut seen = BTreeSet::new();
        for (code, name, short) in STATES {
            for text in [code, name, short].into_iter().filter(|text| !text.is_empty()) {
                assert!(seen.insert(text.to_lowercase()), "{text} stands twice");
                assert_eq!(code_of(text), Some(code), "{text}");
            }
        }
    }

    #[test]
    fn the_states_are_those_that_have_zip_codes() {
        let of_zips: BTreeSet<&str> = include_str!("data/zip_ranges.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split('\t').nth(2))
            .collect();
        assert_eq!(of_zips, STATES.iter().map(|(code, _, _)| *code).collect());
    }

    #[test]
    fn a_customer_whose_state_is_written_out_keeps_that_states_hours() {
        for state in ["AL", "Alabama", "Ala."] {
            let place = Place::from_evidence(&Evidence {
                state: Some(state),
                phone: Some("+14155230001"),
                ..Evidence::default()
            });
            assert_eq!(place.states, ["AL", "CA"], "{state}");
        }
    }
}
