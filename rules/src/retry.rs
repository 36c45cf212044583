//! What to do next when a provider fails a message: the provider's code in, the next step out. The table is data.

mod bandwidth;
mod vonage;
mod whatsapp;

/// What follows a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NextStep {
    /// The carrier knows of an opt-out: record it as a revocation and suppress. The message has failed.
    Revoke,
    /// The address does not exist: mark it invalid. The message has failed.
    MarkInvalid,
    /// The number takes no texts: mark it as a landline. The message has failed.
    MarkLandline,
    /// Try the same message again, this many seconds from now at the earliest, through the gate.
    RetryAfter(u32),
    /// The message has failed.
    Fail,
    /// The message has failed, and somebody has to look at the account, the sender or the campaign.
    FailAndAlert,
    /// The message outlived its window: through the gate again, in the next window.
    Replan,
    /// The sender is over its rate: send nothing from it for this many seconds, then this message again.
    SlowDown(u32),
}

/// A row of the table: what a code means, and what follows after the first try, the second, and so on; the last step
/// stays.
#[derive(Debug, Clone, Copy)]
pub struct CodeRule {
    pub providers: &'static [&'static str],
    pub code: &'static str,
    pub meaning: &'static str,
    pub steps: &'static [NextStep],
}

/// The sandbox answers with Twilio's codes for texts and WhatsApp, and with RFC 3463 codes for e-mail.
const TWILIO: &[&str] = &["twilio", "sandbox"];
const MAIL: &[&str] = &["ses", "smtp", "sandbox"];
const SES: &[&str] = &["ses"];
const TELNYX: &[&str] = &["telnyx"];
const VONAGE: &[&str] = &["vonage"];
/// Our own words, which any provider's file may answer.
const EACH: &[&str] = &[
    "twilio",
    "ses",
    "smtp",
    "telnyx",
    "vonage",
    "bandwidth",
    "whatsapp",
];

const MINUTE: u32 = 60;
const HOUR: u32 = 3600;

const fn row(
    providers: &'static [&'static str],
    code: &'static str,
    meaning: &'static str,
    steps: &'static [NextStep],
) -> CodeRule {
    CodeRule {
        providers,
        code,
        meaning,
        steps,
    }
}

/// Rule W2. Sources: Twilio's error pages, Telnyx's and Vonage's references, RFC 3463 and IANA's
/// list of its codes, RFC 7372, rule E4 and the errors of Amazon's SendEmail, as of 2026-11-21. Daily caps
/// that end at a carrier's midnight are asked again hour by hour: this table knows no clock.
#[rustfmt::skip]
pub const CODES: &[CodeRule] = {
    use NextStep::*;
    &[
        row(EACH, "expired", "Its time was over before it was handed over.", &[Replan]),
        row(TWILIO, "21610", "The recipient opted out at the carrier.", &[Revoke]),
        row(TWILIO, "21211", "The number is not a valid phone number.", &[MarkInvalid]),
        row(TWILIO, "21614", "The number is not a mobile number.", &[MarkLandline]),
        row(TWILIO, "21635", "The number is a landline.", &[MarkLandline]),
        row(TWILIO, "21408", "Messages to this region are not enabled for the account.", &[FailAndAlert]),
        row(TWILIO, "20003", "The credentials are not those of the account, or may not send.", &[FailAndAlert]),
        row(TWILIO, "21212", "The sender is not a valid number.", &[FailAndAlert]),
        row(TWILIO, "21606", "The sender is not a number of the account that can send.", &[FailAndAlert]),
        row(TWILIO, "21611", "The sender has more waiting than it can send in ten hours.", &[SlowDown(HOUR)]),
        row(TWILIO, "20429", "Too many requests; this one was not taken.", &[SlowDown(MINUTE)]),
        row(TWILIO, "30001", "The sender's queue is full.", &[SlowDown(HOUR)]),
        row(TWILIO, "30003", "The handset was off or out of reach.", &[RetryAfter(15 * MINUTE), RetryAfter(HOUR), Fail]),
        row(TWILIO, "30004", "The message was blocked.", &[FailAndAlert]),
        row(TWILIO, "30005", "The number is unknown or no longer in service.", &[RetryAfter(HOUR), MarkInvalid]),
        row(TWILIO, "30006", "A landline, or a carrier that takes no texts.", &[MarkLandline]),
        row(TWILIO, "30007", "A carrier filtered the message as unwanted.", &[FailAndAlert]),
        row(TWILIO, "30008", "The carrier gave no reason.", &[RetryAfter(15 * MINUTE), Fail]),
        row(TWILIO, "30022", "Over the rate of the 10DLC campaign.", &[SlowDown(MINUTE)]),
        row(TWILIO, "30023", "The brand's daily cap at T-Mobile is used up.", &[SlowDown(HOUR)]),
        row(TWILIO, "30032", "The toll-free number is not verified.", &[FailAndAlert]),
        row(TWILIO, "30034", "The number is not on an approved 10DLC campaign.", &[FailAndAlert]),
        row(TWILIO, "30036", "The message expired before it could be sent.", &[Replan]),
        row(TWILIO, "30047", "The provider could not find a new time for the message.", &[RetryAfter(5 * MINUTE), Fail]),
        row(TWILIO, "63016", "WhatsApp: over 24 hours since the customer wrote; needs an approved template.", &[FailAndAlert]),
        row(TWILIO, "63038", "The account's daily limit is used up.", &[FailAndAlert]),
        row(TELNYX, "40300", "The recipient opted out at the carrier.", &[Revoke]),
        row(TELNYX, "40001", "The number is a landline or takes no texts.", &[MarkLandline]),
        row(TELNYX, "40002", "Filtered as spam for now.", &[SlowDown(HOUR)]),
        row(TELNYX, "40003", "Filtered as spam for good.", &[FailAndAlert]),
        row(TELNYX, "40010", "The number is not on an approved 10DLC campaign.", &[FailAndAlert]),
        row(TELNYX, "40016", "The brand's daily cap at T-Mobile is used up.", &[SlowDown(HOUR)]),
        row(TELNYX, "40018", "Over the campaign's rate at AT&T.", &[SlowDown(MINUTE)]),
        row(VONAGE, "9", "The recipient opted out.", &[Revoke]),
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
    ]
};

/// Every row there is: those above, and those of the providers that have a file of their own.
pub fn all() -> impl Iterator<Item = &'static CodeRule> {
    [CODES, vonage::CODES, bandwidth::CODES, whatsapp::CODES]
        .into_iter()
        .flatten()
}

/// How long until a provider that could not tell what became of a message is asked again, in seconds; none: a person looks. `lookups` is
/// how often it was asked.
pub fn ask_again_after(lookups: u32) -> Option<u32> {
    match lookups {
        0 | 1 => Some(5 * MINUTE),
        2 => Some(30 * MINUTE),
        3 => Some(2 * HOUR),
        4 => Some(12 * HOUR),
        5.. => None,
    }
}

/// Does this code of that provider ask for patience?
pub fn asks_for_patience(provider: &str, code: &str) -> bool {
    code == "429" || matches!(after(provider, code, 1), NextStep::SlowDown(_))
}

/// What follows after `attempts` tries of a message (1 after the first) that failed with this code of that provider.
/// A code that the table does not know fails the message: a retry without knowing why may send twice.
pub fn after(provider: &str, code: &str, attempts: u32) -> NextStep {
    let Some(rule) = all().find(|rule| rule.code == code && rule.providers.contains(&provider)) else {
        return NextStep::Fail;
    };
    let index = (attempts.max(1) - 1) as usize;
    *rule
        .steps
        .get(index)
        .or(rule.steps.last())
        .unwrap_or(&NextStep::Fail)
}

/// What a code means, in plain words.
pub fn meaning(code: &str) -> &'static str {
    all()
        .find(|rule| rule.code == code)
        .map_or("The provider gave a code that is not in our table.", |rule| {
            rule.meaning
        })
}

#[cfg(test)]
mod mail_tests;

#[cfg(test)]
mod tests;
