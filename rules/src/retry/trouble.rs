//! What somebody has to look at after a code that fails a message and asks for a person (`NextStep::FailAndAlert`).

/// What is wrong, for whoever puts it in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// A carrier or provider took it for spam or unwanted.
    Filtered,
    /// A registration that carriers demand is missing or not active: 10DLC, toll-free, a domain's authentication.
    Registration,
    /// Our number, address or template's owner may not send so.
    Sender,
    /// The account: its credentials, credit, limits or permissions.
    Account,
    /// What the message says, or how it is put together: a template, a link, a field.
    Content,
}

impl Trouble {
    pub const ALL: [Self; 5] = [
        Self::Filtered,
        Self::Registration,
        Self::Sender,
        Self::Account,
        Self::Content,
    ];

    /// The kind of the task that is opened, as it is stored.
    pub fn task(self) -> &'static str {
        match self {
            Self::Filtered => "carrier_filtered",
            Self::Registration => "registration_missing",
            Self::Sender => "sender_refused",
            Self::Account => "account_refused",
            Self::Content => "content_refused",
        }
    }
}

/// Which codes are what. Each code that asks for a person stands here once.
#[rustfmt::skip]
const CODES: &[(Trouble, &[&str])] = &[
    (Trouble::Filtered, &[
        // Twilio, Telnyx
        "30004", "30007", "40003",
        // Vonage
        "1210",
        // Bandwidth
        "4470", "4481", "4770", "4772",
        // WhatsApp
        "131048",
        // mail
        "5.7.0", "5.7.1", "554",
    ]),
    (Trouble::Registration, &[
        "30032", "30034", "40010",
        "4773", "4774", "4795",
        "131037", "131045", "133010",
        "5.7.20", "5.7.23", "5.7.25", "5.7.26", "5.7.27", "5.7.515", "MailFromDomainNotVerified",
    ]),
    (Trouble::Sender, &[
        "21212", "21606",
        "1120",
        "4302", "4403", "4405", "4407", "4740", "4493",
        "33",
        "5.1.7", "5.1.8", "553", "sender_refused",
    ]),
    (Trouble::Account, &[
        "21408", "20003",
        "1060", "1070", "1080", "1110", "1140", "1160", "low-balance", "unprovisioned", "account-suspended", "jwt-expired", "jwt-revoked",
        "invalid-api-key", "unauthorized", "forbidden",
        "4001", "4421", "4432", "4433", "4451", "4452",
        "0", "3", "10", "190", "200", "368", "130497", "131005", "131030", "131031", "131042", "131044", "131063", "131064",
        "5.7.8", "5.7.9", "530", "534", "535", "relay_refused", "tls",
        "NotFound", "AccountSuspended", "SendingPaused", "AccessDenied", "UnrecognizedClient", "InvalidClientTokenId", "InvalidSignature",
        "SignatureDoesNotMatch", "ExpiredToken",
    ]),
    (Trouble::Content, &[
        // our own
        "media_not_supported", "too_many_files",
        "63016",
        "1010", "1020",
        "request-validation", "4771",
        "100", "131008", "131009", "131047", "132000", "132001", "132005", "132007", "132008", "132012", "132015", "132016", "135000",
        "bad_header", "MessageRejected", "BadRequest", "Reject", "RenderingFailure",
    ]),
];

/// What is wrong after this code. One that asks for no person, or that nobody knows, is of the account: that is where a look begins.
pub fn of(code: &str) -> Trouble {
    CODES
        .iter()
        .find(|(_, codes)| codes.contains(&code))
        .map_or(Trouble::Account, |(trouble, _)| *trouble)
}

#[cfg(test)]
mod tests {
    use super::super::{NextStep, all};
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_code_that_asks_for_a_person_says_once_what_is_wrong_and_no_other_does() {
        let ask: BTreeSet<&str> = all()
            .filter(|rule| rule.steps.contains(&NextStep::FailAndAlert))
            .map(|rule| rule.code)
            .collect();
        let mut told: Vec<&str> = CODES
            .iter()
            .flat_map(|(_, codes)| codes.iter().copied())
            .collect();
        told.sort_unstable();
        assert_eq!(told, ask.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn what_is_wrong_is_what_the_code_means() {
        for (code, trouble) in [
            ("30007", Trouble::Filtered),
            ("30034", Trouble::Registration),
            ("21606", Trouble::Sender),
            ("1070", Trouble::Account),
            ("4771", Trouble::Content),
            ("nobody's", Trouble::Account),
        ] {
            assert_eq!(of(code), trouble, "{code}");
        }
        let tasks: BTreeSet<&str> = Trouble::ALL.iter().map(|one| one.task()).collect();
        assert_eq!(tasks.len(), Trouble::ALL.len());
    }
}
