//! The plain words of what is stored: reasons, states, purposes. An unknown word is shown as it is, never hidden.
use rules::lifecycle::EnrollmentStopReason;
use rules::retry::{self, CODES};
use rules::verdict::{HoldReason, StopReason};
use serde::de::DeserializeOwned;

/// Why something waits, was stopped, failed or was cancelled, in plain words.
pub fn reason(stored: &str) -> String {
    if let Some(why) = parse::<HoldReason>(stored) {
        return held(why).to_owned();
    }
    if let Some(why) = parse::<StopReason>(stored) {
        return stopped(why).to_owned();
    }
    if let Some(why) = EnrollmentStopReason::parse(stored) {
        return without_stop(why.meaning());
    }
    if CODES.iter().any(|rule| rule.code == stored) {
        return format!("{} ({stored})", without_stop(retry::meaning(stored)));
    }
    match stored {
        "not_said" => "no reason was recorded",
        "never_accepted" => "the provider never took it",
        "nobody_knows" => "the provider can't tell; a person looks",
        "lease_expired" => "this program ended while handing it over",
        "no_provider" => "no such provider is connected",
        "unknown" => "the answer of the provider was lost",
        "in_flight" => "being handed over now",
        "due" => "due; the gate looks at it next",
        "try_again" => "the provider was busy; tried again",
        "provider_is_asked" => "the answer was lost; the provider is asked",
        "a_person_looks" => "the provider can't tell; a person looks",
        "scheduled" => "its time has not come",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

/// A stored word of an enum whose names serde knows.
fn parse<T: DeserializeOwned>(stored: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(stored.to_owned())).ok()
}

fn without_stop(sentence: &str) -> String {
    sentence.trim_end_matches('.').to_owned()
}

fn held(why: HoldReason) -> &'static str {
    match why {
        HoldReason::QuietHours => "it is night where the recipient may be",
        HoldReason::FrequencyCap => "the recipient had enough messages today",
        HoldReason::QuotaUsedUp => "the month's quota is used up",
        HoldReason::CampaignPaused => "the campaign is paused",
        HoldReason::ConnectionUnavailable => "the connection is switched off for now",
    }
}

fn stopped(why: StopReason) -> &'static str {
    match why {
        StopReason::OptedOut => "the recipient opted out",
        StopReason::ConsentUnknown => "nobody consented to this",
        StopReason::ConsentNotWritten => "marketing needs written consent",
        StopReason::AddressInvalid => "the address does not work",
        StopReason::AddressMissing => "there is no address for this channel",
        StopReason::EnrollmentEnded => "the follow-up had ended",
        StopReason::CampaignDeleted => "the campaign was deleted",
        StopReason::CustomerArchived => "the customer was archived",
        StopReason::TenantSuspended => "the business is suspended",
        StopReason::DemoTenant => "a demo business reaches the sandbox only",
        StopReason::NoConnection => "no provider is connected for this channel",
        StopReason::SenderNotNamed => "the text does not name the sender",
        StopReason::PostalAddressMissing => "marketing e-mail lacks the postal address",
        StopReason::WhatsappNotAllowed => "WhatsApp allows no free text now",
        StopReason::TooLate => "too late for a confirmation",
        StopReason::AnsweredAlready => "HELP was answered a moment ago",
        StopReason::HeldTooLong => "it waited until it was not worth sending",
    }
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
            "The number is unknown or no longer in service (30005)"
        );
    }

    #[test]
    fn a_word_that_nobody_knows_is_shown_as_it_is() {
        assert_eq!(reason("solar_flare"), "solar flare");
        assert_eq!(reason("99999"), "99999");
    }
}
