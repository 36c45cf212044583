//! What follows each code, held against the page of rules.
use super::NextStep::*;
use super::*;
use proptest::prelude::*;

#[test]
fn an_opt_out_that_only_the_carrier_knows_becomes_a_revocation() {
    assert_eq!(after("twilio", "21610", 1), Revoke);
    assert_eq!(after("telnyx", "40300", 1), Revoke);
    assert_eq!(after("vonage", "9", 1), Revoke);
    assert_eq!(after("sandbox", "21610", 1), Revoke);
}

#[test]
fn a_handset_out_of_reach_is_tried_twice_more_and_then_given_up() {
    let steps: Vec<_> = (1..=4)
        .map(|attempts| after("twilio", "30003", attempts))
        .collect();
    assert_eq!(steps, [RetryAfter(900), RetryAfter(3600), Fail, Fail]);
}

#[test]
fn an_unknown_handset_is_invalid_the_second_time() {
    assert_eq!(after("twilio", "30005", 1), RetryAfter(3600));
    assert_eq!(after("twilio", "30005", 2), MarkInvalid);
}

#[test]
fn what_fails_after_it_was_taken_counts_by_its_address_only_where_the_code_ends_one() {
    assert_eq!(after_acceptance("twilio", "30005", 1, 1), RetryAfter(3600));
    assert_eq!(after_acceptance("twilio", "30005", 1, 2), MarkInvalid);
    assert!(counts_by_address("twilio", "30005"));
    for code in ["30003", "30006", "30008", "21211", "99999"] {
        assert!(!counts_by_address("twilio", code), "{code}");
        assert_eq!(
            after_acceptance("twilio", code, 1, 9),
            after("twilio", code, 1),
            "{code}"
        );
    }
}

#[test]
fn a_filtered_message_is_never_tried_again() {
    for attempts in 0..5 {
        assert_eq!(after("twilio", "30007", attempts), FailAndAlert);
    }
}

#[test]
fn a_code_of_another_provider_or_of_nobody_fails() {
    assert_eq!(after("vonage", "21610", 1), Fail);
    assert_eq!(after("twilio", "99999", 1), Fail);
    assert_eq!(after("nobody", "9", 1), Fail);
}

#[test]
fn files_that_a_provider_does_not_take_are_a_persons_to_look_at_whichever_it_is() {
    for provider in ["twilio", "vonage", "bandwidth", "whatsapp"] {
        for code in ["media_not_supported", "too_many_files"] {
            assert_eq!(after(provider, code, 1), FailAndAlert, "{provider}");
            assert_eq!(trouble::of(code), trouble::Trouble::Content);
        }
    }
}

#[test]
fn every_code_of_the_rules_page_has_a_row() {
    for code in "21610 21211 21614 21635 21408 21611 30001 30003 30004 30005 30006 30007 30008 30022 30023 \
                 30032 30034 30036 30047 63016 63038"
        .split_whitespace()
    {
        assert!(
            CODES
                .iter()
                .any(|rule| rule.code == code && rule.providers == TWILIO),
            "{code}"
        );
    }
    for code in "40300 40002 40003 40010 40016 40018 40001".split_whitespace() {
        assert!(
            CODES
                .iter()
                .any(|rule| rule.code == code && rule.providers == TELNYX),
            "{code}"
        );
    }
}

#[test]
fn a_code_stands_once_so_that_its_meaning_is_one() {
    for (index, rule) in all().enumerate() {
        assert!(
            !all().skip(index + 1).any(|other| other.code == rule.code),
            "{}",
            rule.code
        );
        assert_eq!(meaning(rule.code), rule.meaning);
    }
}

pub(super) fn word(step: NextStep) -> &'static str {
    match step {
        Revoke => "revoke",
        MarkInvalid => "invalid",
        MarkLandline => "landline",
        RetryAfter(seconds) => {
            assert!((300..=6 * HOUR).contains(&seconds));
            "retry"
        }
        Fail => "fail",
        FailAndAlert => "alert",
        Replan => "replan",
        SlowDown(seconds) => {
            assert!((MINUTE..=HOUR).contains(&seconds));
            "slow"
        }
    }
}

/// Each of these codes has a row, and leads there: after the first try, the second, and so on. Answers how many they are.
pub(super) fn leads(provider: &str, steps: &str, codes: &str) -> usize {
    let steps: Vec<&str> = steps.split(' ').collect();
    for code in codes.split(' ') {
        assert!(
            all().any(|rule| rule.code == code && rule.providers.contains(&provider)),
            "{provider} {code} has no row"
        );
        for attempts in 0..8 {
            let wanted = steps[(attempts.max(1) - 1).min(steps.len() - 1)];
            assert_eq!(
                word(after(provider, code, attempts as u32)),
                wanted,
                "{provider} {code} {attempts}"
            );
        }
    }
    codes.split(' ').count()
}

/// Rule W2, copied by hand from its table of codes, and what Twilio refuses of the account itself, and our
/// own words: what follows the first try, the second, and so on.
const TRY_BY_TRY: &[(&str, &str, &str)] = &[
    ("twilio", "expired", "replan"),
    ("vonage", "media_not_supported", "alert"),
    ("whatsapp", "too_many_files", "alert"),
    ("twilio", "21610", "revoke"),
    ("twilio", "21211", "invalid"),
    ("twilio", "21614", "landline"),
    ("twilio", "21635", "landline"),
    ("twilio", "21408", "alert"),
    ("twilio", "20003", "alert"),
    ("twilio", "21212", "alert"),
    ("twilio", "21606", "alert"),
    ("twilio", "21611", "slow"),
    ("twilio", "20429", "slow"),
    ("twilio", "30001", "slow"),
    ("twilio", "30003", "retry retry fail"),
    ("twilio", "30004", "alert"),
    ("twilio", "30005", "retry invalid"),
    ("twilio", "30006", "landline"),
    ("twilio", "30007", "alert"),
    ("twilio", "30008", "retry fail"),
    ("twilio", "30022", "slow"),
    ("twilio", "30023", "slow"),
    ("twilio", "30032", "alert"),
    ("twilio", "30034", "alert"),
    ("twilio", "30036", "replan"),
    ("twilio", "30047", "retry fail"),
    ("twilio", "63016", "alert"),
    ("twilio", "63038", "slow"),
    ("telnyx", "40300", "revoke"),
    ("telnyx", "40001", "landline"),
    ("telnyx", "40002", "slow"),
    ("telnyx", "40003", "alert"),
    ("telnyx", "40010", "alert"),
    ("telnyx", "40016", "slow"),
    ("telnyx", "40018", "slow"),
    ("vonage", "9", "revoke"),
];

#[test]
fn each_code_of_the_rules_page_leads_where_the_page_says_try_by_try() {
    for (provider, code, steps) in TRY_BY_TRY {
        leads(provider, steps, code);
    }
    assert_eq!(CODES.len(), TRY_BY_TRY.len(), "a code of the table is on no page");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn no_code_is_tried_for_ever_unless_the_provider_only_asked_for_patience(index in 0..all().count(), attempts in 3u32..) {
        let rule = all().nth(index).unwrap();
        prop_assert!(!matches!(after(rule.providers[0], rule.code, attempts), RetryAfter(_)));
    }

    /// A message that fails with another code each time: it ends after three tries at most, those aside that the provider itself
    /// put off.
    #[test]
    fn a_message_that_fails_in_any_way_each_time_ends(failures in proptest::collection::vec(0..all().count(), 40)) {
        let rules: Vec<&CodeRule> = all().collect();
        let (mut tries, mut put_off) = (0, 0);
        for index in failures {
            tries += 1;
            match after(rules[index].providers[0], rules[index].code, tries) {
                RetryAfter(_) => prop_assert!(tries < 3),
                SlowDown(_) | Replan => put_off += 1,
                Revoke | MarkInvalid | MarkLandline | Fail | FailAndAlert => break,
            }
        }
        prop_assert!(tries - put_off <= 3, "{} of {}", put_off, tries);
    }
}
