//! The codes of mail: RFC 3463, RFC 5321 where a relay gives no other, and Amazon's own words. As of 2026-11-21.
use super::{CodeRule, HOUR, MINUTE, NextStep::*, row};

/// The sandbox answers with RFC 3463 codes for e-mail.
pub(super) const MAIL: &[&str] = &["ses", "smtp", "sandbox"];
pub(super) const SES: &[&str] = &["ses"];

/// Of a mailbox that can't be reached now, or of which nobody says why: five in a row without a delivery are as good as a hard bounce (rule
/// E4). Not among them: size, content, policy, greylisting.
const SOFT: &[&str] = &["4.2.1", "4.2.2", "4.4.1", "5.2.2", "450", "550"];

/// Does a mail that failed for good with this code say something of the address, though not the last word?
pub fn is_soft_bounce(code: &str) -> bool {
    SOFT.contains(&code)
}

/// What a relay or Amazon answers, and what a bounce says.
#[rustfmt::skip]
pub(super) const CODES: &[CodeRule] = &[
    row(MAIL, "5.1.1", "The mailbox does not exist.", &[MarkInvalid]),
    row(MAIL, "5.1.2", "The mail domain does not exist.", &[MarkInvalid]),
    row(MAIL, "5.1.3", "The address is no mail address.", &[MarkInvalid]),
    row(MAIL, "5.1.6", "The mailbox has moved, nobody says where.", &[MarkInvalid]),
    row(MAIL, "5.1.7", "The sender's address is no mail address.", &[FailAndAlert]),
    row(MAIL, "5.1.8", "The sender's domain can't be found.", &[FailAndAlert]),
    row(MAIL, "5.1.10", "The domain takes no mail.", &[MarkInvalid]),
    row(MAIL, "5.2.1", "The mailbox is closed.", &[MarkInvalid]),
    row(MAIL, "5.2.2", "The mailbox is full.", &[RetryAfter(6 * HOUR), Fail]),
    row(MAIL, "4.2.2", "The mailbox is full for now.", &[RetryAfter(6 * HOUR), Fail]),
    row(MAIL, "5.2.3", "The message is larger than this mailbox takes.", &[Fail]),
    row(MAIL, "5.3.4", "The message is larger than this mail server takes.", &[Fail]),
    row(MAIL, "4.4.1", "The mail server did not answer.", &[RetryAfter(15 * MINUTE), RetryAfter(HOUR), Fail]),
    row(MAIL, "4.4.7", "The mail service tried for hours and gave the address up.", &[MarkInvalid]),
    row(MAIL, "5.6.0", "The mail server refused the content.", &[Fail]),
    row(MAIL, "5.6.7", "The mail server takes no address in these letters.", &[Fail]),
    row(MAIL, "5.7.0", "The mail server's rules refused the message.", &[FailAndAlert]),
    row(MAIL, "5.7.1", "The mail server's policy refused the message.", &[FailAndAlert]),
    row(MAIL, "5.7.8", "The relay refuses the user name or the password.", &[FailAndAlert]),
    row(MAIL, "5.7.9", "The relay refuses this way of signing in.", &[FailAndAlert]),
    row(MAIL, "5.7.20", "No signature of the sender's domain passed.", &[FailAndAlert]),
    row(MAIL, "5.7.23", "The sender's domain does not allow this relay (SPF).", &[FailAndAlert]),
    row(MAIL, "5.7.25", "The relay's address has no name of its own.", &[FailAndAlert]),
    row(MAIL, "5.7.26", "The sender's domain is not authenticated (SPF, DKIM).", &[FailAndAlert]),
    row(MAIL, "5.7.27", "The sender's domain says that it sends no mail.", &[FailAndAlert]),
    row(MAIL, "5.7.515", "The sender's domain is not authenticated as this mail service demands.", &[FailAndAlert]),
    row(MAIL, "530", "The relay wants the sender to sign in, or TLS.", &[FailAndAlert]),
    row(MAIL, "534", "The relay refuses this way of signing in, without a code.", &[FailAndAlert]),
    row(MAIL, "535", "The relay refuses the user name or the password, without a code.", &[FailAndAlert]),
    row(MAIL, "521", "The host takes no mail.", &[MarkInvalid]),
    row(MAIL, "550", "The relay refused the recipient without saying why.", &[Fail]),
    row(MAIL, "552", "Over the space of the mailbox, or too large.", &[RetryAfter(6 * HOUR), Fail]),
    row(MAIL, "553", "The relay does not take this sender or recipient.", &[FailAndAlert]),
    row(MAIL, "554", "The relay refused the message without saying why.", &[FailAndAlert]),
    row(MAIL, "556", "The domain takes no mail, the relay says.", &[MarkInvalid]),
    row(MAIL, "bad_header", "Subject, sender's name or unsubscribe link can't stand in a mail's header.", &[FailAndAlert]),
    row(MAIL, "sender_refused", "The relay takes no mail from this sender.", &[FailAndAlert]),
    row(MAIL, "relay_refused", "The relay takes no mail from us at all: it says so before it hears of any.", &[FailAndAlert]),
    row(MAIL, "tls", "The relay offers no TLS, or its certificate is not trusted.", &[FailAndAlert]),
    row(SES, "MessageRejected", "Amazon refused the message: its content, or an address that is not verified.", &[FailAndAlert]),
    row(SES, "MailFromDomainNotVerified", "The sending domain is not verified at Amazon.", &[FailAndAlert]),
    row(SES, "BadRequest", "Amazon could not read the request.", &[FailAndAlert]),
    row(SES, "NotFound", "The configuration set does not exist at Amazon.", &[FailAndAlert]),
    row(SES, "AccountSuspended", "Amazon ended this account's sending for good.", &[FailAndAlert]),
    row(SES, "SendingPaused", "Amazon paused this account's or configuration set's sending.", &[FailAndAlert]),
    row(SES, "TooManyRequests", "Over the account's rate at Amazon; this one was not taken.", &[SlowDown(MINUTE)]),
    row(SES, "Throttling", "Over the rate of requests at Amazon; this one was not taken.", &[SlowDown(MINUTE)]),
    row(SES, "LimitExceeded", "The account's quota at Amazon is used up.", &[SlowDown(HOUR)]),
    row(SES, "AccessDenied", "Amazon's keys may not send from this identity.", &[FailAndAlert]),
    row(SES, "UnrecognizedClient", "Amazon does not know the access key.", &[FailAndAlert]),
    row(SES, "InvalidClientTokenId", "Amazon does not know the access key's id.", &[FailAndAlert]),
    row(SES, "InvalidSignature", "The secret access key does not belong to its id, or a clock is wrong.", &[FailAndAlert]),
    row(SES, "SignatureDoesNotMatch", "The secret access key does not belong to its id.", &[FailAndAlert]),
    row(SES, "ExpiredToken", "The access key has expired.", &[FailAndAlert]),
    row(SES, "Reject", "Amazon found a virus in the message.", &[FailAndAlert]),
    row(SES, "RenderingFailure", "Amazon could not fill the template.", &[FailAndAlert]),
];
