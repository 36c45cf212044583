//! What follows each answer of a relay, of Amazon and of the mail services behind them.
use super::NextStep::*;
use super::mail::{CODES, MAIL};
use super::tests::word;
use super::*;

/// Rule E4, and what each answer of a relay or of Amazon says of address, sender and account.
const MAIL_TRY_BY_TRY: &[(&str, &str)] = &[
    ("5.1.1 5.1.2 5.1.3 5.1.6 5.1.10 5.2.1 521 556 4.4.7", "invalid"),
    ("5.2.2 4.2.2 552", "retry fail"),
    ("4.4.1", "retry retry fail"),
    ("5.2.3 5.3.4 5.6.0 5.6.7 550", "fail"),
    (
        "5.1.7 5.1.8 5.7.0 5.7.1 5.7.8 5.7.9 5.7.20 5.7.23 5.7.25 5.7.26 5.7.27 5.7.515",
        "alert",
    ),
    (
        "530 534 535 553 554 bad_header sender_refused relay_refused tls",
        "alert",
    ),
    ("TooManyRequests Throttling LimitExceeded", "slow"),
    (
        "MessageRejected MailFromDomainNotVerified BadRequest NotFound AccountSuspended",
        "alert",
    ),
    (
        "SendingPaused AccessDenied UnrecognizedClient InvalidClientTokenId",
        "alert",
    ),
    (
        "InvalidSignature SignatureDoesNotMatch ExpiredToken Reject RenderingFailure",
        "alert",
    ),
];

#[test]
fn a_soft_bounce_is_of_a_mailbox_and_neither_hard_nor_of_the_message_or_the_sender() {
    for code in ["5.2.2", "4.2.2", "550"] {
        assert!(is_soft_bounce(code), "{code}");
    }
    for (codes, _) in MAIL_TRY_BY_TRY
        .iter()
        .filter(|(_, steps)| ["invalid", "alert"].contains(steps))
    {
        for code in codes.split(' ') {
            assert!(!is_soft_bounce(code), "{code}");
        }
    }
    for code in ["5.2.3", "5.3.4", "552", "5.6.0", "4.7.1", "451", "421"] {
        assert!(!is_soft_bounce(code), "{code}");
    }
}

#[test]
fn each_code_of_mail_leads_where_it_says_try_by_try() {
    let mut told = 0;
    for (codes, steps) in MAIL_TRY_BY_TRY {
        let steps: Vec<&str> = steps.split(' ').collect();
        for code in codes.split(' ') {
            told += 1;
            for attempts in 0..8 {
                let wanted = steps[(attempts.max(1) - 1).min(steps.len() - 1)];
                assert_eq!(
                    word(after("ses", code, attempts as u32)),
                    wanted,
                    "{code} {attempts}"
                );
            }
            let is_general = CODES
                .iter()
                .any(|rule| rule.code == code && rule.providers == MAIL);
            assert_eq!(
                after("smtp", code, 1) == after("ses", code, 1),
                is_general || after("ses", code, 1) == Fail,
                "{code}"
            );
        }
    }
    assert_eq!(CODES.len(), told, "a code of mail is in no line");
}
