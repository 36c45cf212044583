//! How many segments a text costs: GSM-7 or UCS-2, counted as Twilio's sms-segments-calculator counts.
use unicode_segmentation::UnicodeSegmentation;

/// How the text travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Seven bits a character; a few characters take two.
    Gsm7,
    /// UTF-16; one character outside GSM-7 puts the whole text into it.
    Ucs2,
}

impl Encoding {
    pub const ALL: [Self; 2] = [Self::Gsm7, Self::Ucs2];

    /// The displayed name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }

    fn bits_per_unit(self) -> usize {
        match self {
            Self::Gsm7 => 7,
            Self::Ucs2 => 16,
        }
    }
}

/// What a text costs. `units` are septets (GSM-7) or UTF-16 units (UCS-2), headers not counted; `count` is at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Segments {
    pub encoding: Encoding,
    pub units: usize,
    pub count: usize,
}

/// A segment holds 140 octets; in a text of several, six of them are the header that puts it together.
const SEGMENT_BITS: usize = 140 * 8;
const HEADER_BITS: usize = 6 * 8;

/// Counts the segments of a text as it would be sent (rule S1). An escape pair is never split over two segments, nor
/// are surrogates, nor what a reader sees as one character.
pub fn count(body: &str) -> Segments {
    let encoding = if body.chars().all(|each| septets(each).is_some()) {
        Encoding::Gsm7
    } else {
        Encoding::Ucs2
    };
    let units: Vec<usize> = match encoding {
        Encoding::Gsm7 => body.chars().filter_map(septets).collect(),
        Encoding::Ucs2 => characters(body).map(|each| each.encode_utf16().count()).collect(),
    };
    let total = units.iter().sum();
    let bits = encoding.bits_per_unit();
    if total * bits <= SEGMENT_BITS {
        return Segments {
            encoding,
            units: total,
            count: 1,
        };
    }
    Segments {
        encoding,
        units: total,
        count: pack(units.into_iter().map(|each| each * bits)),
    }
}

/// What a reader sees as one character, except that a line end of two characters counts as two.
fn characters(body: &str) -> impl Iterator<Item = &str> {
    body.split_inclusive('\r').flat_map(|part| part.graphemes(true))
}

/// Fills segments that each begin with a header, in order, and says how many it took.
fn pack(sizes: impl Iterator<Item = usize>) -> usize {
    let (mut count, mut used) = (1, HEADER_BITS);
    for size in sizes {
        if used + size > SEGMENT_BITS {
            count += 1;
            used = HEADER_BITS;
        }
        used += size;
    }
    count
}

/// How many septets a character takes in GSM-7 (3GPP TS 23.038), if it is in it.
fn septets(character: char) -> Option<usize> {
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ\
                         ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const ESCAPED: &str = "\u{c}^{}\\[~]|€";
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' => Some(1),
        other if BASIC.contains(other) => Some(1),
        other if ESCAPED.contains(other) => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// What npm's sms-segments-calculator 1.3.0 says; made by rules/data/make_segments.mjs.
    const ORACLE: &str = include_str!("data/segments.jsonl");

    #[derive(serde::Deserialize)]
    struct Case {
        kind: String,
        /// Pieces of the text, and how many times each stands.
        text: Vec<(String, usize)>,
        encoding: String,
        units: usize,
        count: usize,
    }

    #[test]
    fn texts_cost_what_the_reference_calculator_says() {
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        let mut lengths = BTreeSet::new();
        let mut wrong = Vec::new();
        for line in ORACLE.lines() {
            let case: Case = serde_json::from_str(line).unwrap();
            let text: String = case
                .text
                .iter()
                .map(|(piece, times)| piece.repeat(*times))
                .collect();
            let said = count(&text);
            if (said.encoding.name(), said.units, said.count) != (&case.encoding, case.units, case.count) {
                wrong.push(format!("{line} not {said:?}"));
            }
            *kinds.entry(case.kind).or_default() += 1;
            lengths.insert((case.encoding, case.count.min(4), case.units));
        }
        assert!(wrong.is_empty(), "{} texts: {}", wrong.len(), wrong.join("\n"));
        let texts: usize = kinds.values().sum();
        assert!(texts >= 3300 && kinds.len() >= 28, "{texts} texts: {kinds:?}");
        // the oracle has texts on both sides of each end of a segment
        for (encoding, ends) in [
            (
                "GSM-7",
                [(160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)],
            ),
            (
                "UCS-2",
                [(70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)],
            ),
        ] {
            for (units, count) in ends {
                assert!(
                    lengths.contains(&(encoding.to_owned(), count, units)),
                    "{encoding} {units}"
                );
            }
        }
    }

    #[test]
    fn one_letter_outside_gsm_puts_the_whole_text_into_ucs2() {
        assert_eq!(count("Hi Zoé").encoding, Encoding::Gsm7);
        assert_eq!(count("Hi Zoë").encoding, Encoding::Ucs2);
    }

    #[test]
    fn an_escape_pair_is_never_split_over_two_segments() {
        let at_the_edge = format!("{}€{}", "a".repeat(152), "b".repeat(152));
        assert_eq!(count(&at_the_edge).units, 306);
        assert_eq!(count(&at_the_edge).count, 3);
        assert_eq!(count(&"a".repeat(306)).count, 2);
    }

    #[test]
    fn an_emoji_at_the_edge_goes_to_the_next_segment() {
        let at_the_edge = format!("{}😀{}", "ê".repeat(66), "ê".repeat(66));
        assert_eq!(
            count(&at_the_edge),
            Segments {
                encoding: Encoding::Ucs2,
                units: 134,
                count: 3
            }
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn any_text_is_counted_and_a_longer_one_costs_no_less(text in "\\PC{0,400}", more in "\\PC{0,20}") {
            let (short, long) = (count(&text), count(&format!("{text}{more}")));
            prop_assert!(short.count >= 1);
            if short.encoding == long.encoding {
                prop_assert!(long.units >= short.units);
            }
            let most = if short.count == 1 { 160 } else { 153 * short.count };
            prop_assert!(short.units <= most);
        }
    }

    /// The reference splits by Unicode 10, this by a newer Unicode that keeps more together: there it says 2 here. Only a joiner between a
    /// letter and an emoji, which nobody writes, is kept together by the older one alone.
    #[test]
    fn what_newer_unicode_reads_as_one_character_is_kept_together() {
        assert_eq!(count(&format!("{}क्ष{}", "ê".repeat(65), "ê".repeat(66))).count, 3);
    }
}
