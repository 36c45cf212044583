//! The plain words of what is stored: reasons, states, purposes. An unknown word is shown as it is, never hidden.
use rules::lifecycle::EnrollmentStopReason;
use rules::retry;
use rules::verdict::{HoldReason, StopReason};

/// Why something waits, was stopped, failed or was cancelled, in plain words.
pub fn reason(stored: &str) -> String {
    if let Some(why) = HoldReason::parse(stored) {
        return held(why).to_owned();
    }
    if let Some(why) = StopReason::parse(stored) {
        return stopped(why).to_owned();
    }
    if let Some(why) = EnrollmentStopReason::parse(stored) {
        return in_a_sentence(why.meaning());
    }
    if retry::all().any(|rule| rule.code == stored) {
        return format!("{} ({stored})", in_a_sentence(retry::meaning(stored)));
    }
    match stored {
        "not_said" => "no reason was recorded",
        "never_accepted" => "the provider never took it",
        "nobody_knows" => "the provider can't tell; a person looks",
        "told_by_a_person" => "a person found out that it did not go",
        "lease_expired" => "this program ended while handing it over",
        "not_opened" => {
            "its connection can't be opened: the key file is not there, or its settings are wrong"
        }
        "no_provider" => "no such provider is connected",
        "unknown" => "the answer of the provider was lost",
        "in_flight" => "being handed over now",
        "due" => "due; the gate looks at it next",
        "try_again" => "the provider was busy; tried again",
        "provider_is_asked" => "the answer was lost; the provider is asked",
        "a_person_looks" => "the provider can't tell; a person looks",
        "scheduled" => "its time has not come",
        "cancelled_by_staff" => "it was cancelled by staff",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

/// `The number is unknown.` becomes `the number is unknown`; a first word with a capital inside is a name and stays.
fn in_a_sentence(sentence: &str) -> String {
    let plain = sentence.trim_end_matches('.');
    let first = plain
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    if first.chars().skip(1).any(char::is_uppercase) {
        return plain.to_owned();
    }
    let mut characters = plain.chars();
    characters
        .next()
        .map(|letter| letter.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}

fn held(why: HoldReason) -> &'static str {
    match why {
        HoldReason::QuietHours => "it is night where the recipient may be",
        HoldReason::FrequencyCap => "the recipient had enough messages today",
        HoldReason::QuotaUsedUp => "the month's quota is used up",
        HoldReason::CampaignPaused => "the campaign is paused",
        HoldReason::ConnectionUnavailable => {
            "the connection is switched off for now: `courtesy connection show` says why; `connection verify` opens it again when an account was refused"
        }
        HoldReason::NoUnsubscribeLink => {
            "its mails can carry no link to unsubscribe: `serve` needs --public-url with https"
        }
        HoldReason::Paced => "the sender has sent as much as it may for now",
        HoldReason::Unreadable => "something that is stored of it can't be read",
    }
}

fn stopped(why: StopReason) -> &'static str {
    match why {
        StopReason::OptedOut => "the recipient opted out",
        StopReason::ConsentUnknown => "nobody consented to this",
        StopReason::ConsentNotWritten => "marketing needs written consent",
        StopReason::AddressInvalid => "the address does not work",
        StopReason::AddressMissing => "its customer has no such address for this channel, or has it no more",
        StopReason::EnrollmentEnded => "the follow-up had ended",
        StopReason::CampaignDeleted => "the campaign was deleted",
        StopReason::CustomerArchived => "the customer was archived",
        StopReason::TenantSuspended => "the business is suspended",
        StopReason::DemoTenant => "a demo business reaches the sandbox only",
        StopReason::NoConnection => "no provider is connected for this channel",
        StopReason::SenderNotNamed => "the text does not name the sender",
        StopReason::PostalAddressMissing => "marketing e-mail lacks the postal address",
        StopReason::WhatsappNotAllowed => "WhatsApp allows no free text now",
        StopReason::PublicShortener => "the text has a link of a public shortener, which carriers block",
        StopReason::TooLate => "too late for an answer to STOP, START or HELP",
        StopReason::TakenBack => "the opt-out that it confirms was taken back",
        StopReason::AnsweredAlready => "HELP was answered a moment ago",
        StopReason::HeldTooLong => "it waited until it was not worth sending",
    }
}

/// Why an address must not be messaged.
pub fn suppression(stored: &str) -> String {
    match stored {
        "keyword" => "said STOP or the like",
        "free_text" => "said so in other words",
        "carrier" => "the carrier told of an opt-out",
        "staff" => "entered by staff",
        "import" => "imported as opted out",
        "complaint" => "complained",
        "hard_bounce" => "the mailbox does not exist",
        "invalid_address" | "invalid" => "the address does not work",
        "landline" => "takes no texts",
        other => return plain(other),
    }
    .to_owned()
}

/// A purpose, a kind, a method: underscores are spaces.
pub fn plain(stored: &str) -> String {
    stored.replace('_', " ")
}

/// A channel as people write it.
pub fn channel(stored: &str) -> String {
    match stored {
        "sms" => "SMS".to_owned(),
        "whatsapp" => "WhatsApp".to_owned(),
        "email" => "e-mail".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_reason_has_words_of_its_own() {
        for stored in [
            "quiet_hours",
            "opted_out",
            "review_clicked",
            "30005",
            "lease_expired",
        ] {
            let words = reason(stored);
            assert!(!words.contains('_') && words.contains(' '), "{stored}: {words}");
        }
        assert_eq!(
            reason("30005"),
            "the number is unknown or no longer in service (30005)"
        );
    }

    #[test]
    fn names_keep_their_capitals_within_a_sentence() {
        assert_eq!(in_a_sentence("WhatsApp: over a day."), "WhatsApp: over a day");
        assert_eq!(in_a_sentence("The box is full."), "the box is full");
        assert_eq!(in_a_sentence(""), "");
    }

    #[test]
    fn a_word_that_nobody_knows_is_shown_as_it_is() {
        assert_eq!(reason("solar_flare"), "solar flare");
        assert_eq!(reason("99999"), "99999");
    }
}
