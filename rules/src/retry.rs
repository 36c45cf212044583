//! What to do next when a provider fails a message: the provider's code in, the next step out. The table is data.

mod bandwidth;
mod mail;
pub mod patience;
pub mod trouble;
mod vonage;
mod whatsapp;

pub use mail::is_soft_bounce;

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
        row(EACH, "media_not_supported", "Files can't be sent by this connection.", &[FailAndAlert]),
        row(EACH, "too_many_files", "More files than the provider takes with a message.", &[FailAndAlert]),
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
        row(TWILIO, "63038", "The account's daily limit is used up.", &[SlowDown(HOUR)]),
        row(TELNYX, "40300", "The recipient opted out at the carrier.", &[Revoke]),
        row(TELNYX, "40001", "The number is a landline or takes no texts.", &[MarkLandline]),
        row(TELNYX, "40002", "Filtered as spam for now.", &[SlowDown(HOUR)]),
        row(TELNYX, "40003", "Filtered as spam for good.", &[FailAndAlert]),
        row(TELNYX, "40010", "The number is not on an approved 10DLC campaign.", &[FailAndAlert]),
        row(TELNYX, "40016", "The brand's daily cap at T-Mobile is used up.", &[SlowDown(HOUR)]),
        row(TELNYX, "40018", "Over the campaign's rate at AT&T.", &[SlowDown(MINUTE)]),
        row(VONAGE, "9", "The recipient opted out.", &[Revoke]),
    ]
};

/// Every row there is: those above, and those of the providers that have a file of their own.
pub fn all() -> impl Iterator<Item = &'static CodeRule> {
    [
        CODES,
        mail::CODES,
        vonage::CODES,
        bandwidth::CODES,
        whatsapp::CODES,
    ]
    .into_iter()
    .flatten()
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

/// Does this code end an address when it comes for the second time, whichever messages it came for?
pub fn counts_by_address(provider: &str, code: &str) -> bool {
    let rule = all().find(|rule| rule.code == code && rule.providers.contains(&provider));
    rule.is_some_and(|rule| matches!(rule.steps, [NextStep::RetryAfter(_), .., NextStep::MarkInvalid]))
}

/// What follows when a message that was taken fails afterwards: it is never tried again itself. `attempts` is how often it was tried,
/// `in_a_row` how often its address came back since something reached it.
pub fn after_acceptance(provider: &str, code: &str, attempts: u32, in_a_row: u32) -> NextStep {
    let times = if counts_by_address(provider, code) {
        in_a_row
    } else {
        attempts
    };
    after(provider, code, times)
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
