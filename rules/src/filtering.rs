//! When carriers filter so much of a campaign that it must not go on (rule W2, codes of filtering: count against the campaign's health,
//! pause at a threshold). Whoever goes on sending what is filtered loses the number.

/// Filtered messages are counted over so many hours before the last.
pub const WINDOW_HOURS: i64 = 24;
/// Fewer are an accident: a number that was somebody else's, a word in one text.
pub const FEWEST: i64 = 5;
/// Of all that the campaign sent in that time, in hundredths.
pub const SHARE_PERCENT: i64 = 5;

/// The codes with which providers say that a carrier, or they themselves, filtered a message as unwanted. Their meanings and sources
/// are in `rules::retry`.
pub const CODES: &[(&str, &str)] = &[
    ("twilio", "30007"),
    ("sandbox", "30007"),
    ("telnyx", "40002"),
    ("telnyx", "40003"),
    ("bandwidth", "4470"),
    ("bandwidth", "4770"),
    ("vonage", "1210"),
];

/// Does this code of that provider say so?
pub fn is_filtered(provider: &str, code: &str) -> bool {
    CODES.contains(&(provider, code))
}

/// Must a campaign pause of which so many messages were filtered, of so many sent in the same time?
pub fn is_too_much(filtered: i64, sent: i64) -> bool {
    filtered >= FEWEST && filtered.saturating_mul(100) >= sent.saturating_mul(SHARE_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_that_are_a_twentieth_of_what_was_sent_are_too_much() {
        for (filtered, sent, pauses) in [
            (0, 0, false),
            (4, 4, false),
            (5, 5, true),
            (5, 100, true),
            (5, 101, false),
            (50, 1_000, true),
            (49, 1_000, false),
            (i64::MAX, i64::MAX, true),
        ] {
            assert_eq!(is_too_much(filtered, sent), pauses, "{filtered} of {sent}");
        }
    }

    #[test]
    fn each_code_of_filtering_is_in_the_table_of_codes() {
        for (provider, code) in CODES {
            assert!(is_filtered(provider, code));
            assert!(
                crate::retry::all().any(|row| row.code == *code && row.providers.contains(provider)),
                "{provider} {code}"
            );
        }
        assert!(!is_filtered("twilio", "30003") && !is_filtered("bandwidth", "30007"));
    }
}
