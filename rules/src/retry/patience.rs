//! How long others are given: a provider that can't tell yet, and one that asks for patience.
use super::{NextStep, after};

/// How long until a provider that could not tell what became of a message is asked again, in seconds; none: a person looks. `lookups` is
/// how often it was asked.
pub fn ask_again_after(lookups: u32) -> Option<u32> {
    match lookups {
        0 | 1 => Some(5 * 60),
        2 => Some(30 * 60),
        3 => Some(2 * 3600),
        4 => Some(12 * 3600),
        5.. => None,
    }
}

/// Does this code of that provider ask for patience?
pub fn asks_for_patience(provider: &str, code: &str) -> bool {
    code == "429" || patience(provider, code).is_some()
}

/// For how many seconds this code of that provider asks for patience, if it does.
pub fn patience(provider: &str, code: &str) -> Option<u32> {
    match after(provider, code, 1) {
        NextStep::SlowDown(seconds) => Some(seconds),
        NextStep::Revoke
        | NextStep::MarkInvalid
        | NextStep::MarkLandline
        | NextStep::RetryAfter(_)
        | NextStep::Fail
        | NextStep::FailAndAlert
        | NextStep::Replan => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_cannot_tell_is_asked_again_ever_later_within_a_day_and_then_a_person_is() {
        let waits: Vec<u32> = (1..=5).map_while(ask_again_after).collect();
        assert_eq!(waits, [300, 1_800, 7_200, 43_200]);
        assert!(waits.iter().sum::<u32>() < 24 * 3600);
        assert_eq!(ask_again_after(5), None);
    }

    #[test]
    fn codes_that_slow_a_sender_down_ask_for_patience_and_others_do_not() {
        for (provider, code) in [
            ("twilio", "20429"),
            ("twilio", "30022"),
            ("ses", "Throttling"),
            ("bandwidth", "429"),
        ] {
            assert!(asks_for_patience(provider, code), "{provider} {code}");
        }
        for (provider, code) in [("twilio", "30007"), ("smtp", "450"), ("twilio", "no_connection")] {
            assert!(!asks_for_patience(provider, code), "{provider} {code}");
        }
    }
}
