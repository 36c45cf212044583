//! Meta's codes for the WhatsApp Cloud API. Source: developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes, as of
//! 2026-11-21. It says that codes count, and neither titles nor HTTP statuses.
use super::{CodeRule, HOUR, MINUTE, NextStep::*, row};

const WHATSAPP: &[&str] = &["whatsapp"];

/// `error.code` of a refusal, `errors[].code` of a failed message.
#[rustfmt::skip]
pub(super) const CODES: &[CodeRule] = &[
    row(WHATSAPP, "0", "The access token is not accepted any more.", &[FailAndAlert]),
    row(WHATSAPP, "3", "The app lacks a capability or a permission.", &[FailAndAlert]),
    row(WHATSAPP, "4", "The app makes too many calls.", &[SlowDown(HOUR)]),
    row(WHATSAPP, "10", "A permission is not granted, or was taken away.", &[FailAndAlert]),
    row(WHATSAPP, "33", "Our number was deleted at the provider.", &[FailAndAlert]),
    row(WHATSAPP, "100", "The request has a parameter that is not valid.", &[FailAndAlert]),
    row(WHATSAPP, "190", "The access token has expired.", &[FailAndAlert]),
    row(WHATSAPP, "200", "The app may not use this account.", &[FailAndAlert]),
    row(WHATSAPP, "368", "The account is blocked for a time: it violated a policy.", &[FailAndAlert]),
    row(WHATSAPP, "80007", "The account is over its rate.", &[SlowDown(HOUR)]),
    row(WHATSAPP, "130429", "Over the throughput of our number.", &[SlowDown(MINUTE)]),
    row(WHATSAPP, "130472", "Not delivered: the recipient is part of an experiment of the provider.", &[Fail]),
    row(WHATSAPP, "130497", "The account may not message people in this country.", &[FailAndAlert]),
    row(WHATSAPP, "131000", "Something went wrong at the provider.", &[RetryAfter(15 * MINUTE), Fail]),
    row(WHATSAPP, "131005", "The token lacks a permission.", &[FailAndAlert]),
    row(WHATSAPP, "131008", "The request lacks a parameter.", &[FailAndAlert]),
    row(WHATSAPP, "131009", "A parameter has a value that is not valid.", &[FailAndAlert]),
    row(WHATSAPP, "131016", "The service was overloaded.", &[RetryAfter(15 * MINUTE), Fail]),
    row(WHATSAPP, "131021", "Sender and recipient are the same.", &[Fail]),
    row(WHATSAPP, "131026", "Not deliverable: perhaps not on WhatsApp, an old version, or its terms not accepted.", &[Fail]),
    row(WHATSAPP, "131030", "The recipient is not on the list of a test number.", &[FailAndAlert]),
    row(WHATSAPP, "131031", "The account is locked.", &[FailAndAlert]),
    row(WHATSAPP, "131037", "Our number has no approved display name.", &[FailAndAlert]),
    row(WHATSAPP, "131042", "The account's payment is not in order.", &[FailAndAlert]),
    row(WHATSAPP, "131044", "The account has no way to pay.", &[FailAndAlert]),
    row(WHATSAPP, "131045", "Our number is not registered as it should be.", &[FailAndAlert]),
    row(WHATSAPP, "131047", "Over 24 hours since the customer wrote; only an approved template may be sent.", &[FailAndAlert]),
    row(WHATSAPP, "131048", "Our number is limited: too many messages were blocked or called spam.", &[FailAndAlert]),
    row(WHATSAPP, "131049", "Not delivered, to keep people from too many marketing messages.", &[Fail]),
    row(WHATSAPP, "131050", "The recipient stopped marketing messages from this business.", &[Fail]),
    row(WHATSAPP, "131051", "The kind of message is not supported.", &[Fail]),
    row(WHATSAPP, "131052", "A file that the customer sent could not be fetched.", &[Fail]),
    row(WHATSAPP, "131053", "The file could not be loaded.", &[Fail]),
    // others can be written to meanwhile
    row(WHATSAPP, "131056", "Too many messages to this recipient in a short time.", &[RetryAfter(15 * MINUTE), RetryAfter(HOUR), Fail]),
    row(WHATSAPP, "131057", "The account is being maintained.", &[RetryAfter(HOUR), Fail]),
    row(WHATSAPP, "131062", "Such a template goes to numbers alone, and only the person's id is known.", &[Fail]),
    row(WHATSAPP, "131063", "Templates for marketing are switched off for this account.", &[FailAndAlert]),
    row(WHATSAPP, "131064", "Our number may write to no more people for now.", &[FailAndAlert]),
    row(WHATSAPP, "132000", "The template has another number of variables.", &[FailAndAlert]),
    row(WHATSAPP, "132001", "The template does not exist in this language, or is not approved.", &[FailAndAlert]),
    row(WHATSAPP, "132005", "The filled template is too long.", &[FailAndAlert]),
    row(WHATSAPP, "132007", "The template violates a policy.", &[FailAndAlert]),
    row(WHATSAPP, "132008", "A variable of the template has a value that is not valid.", &[FailAndAlert]),
    row(WHATSAPP, "132012", "A variable of the template has the wrong format.", &[FailAndAlert]),
    row(WHATSAPP, "132015", "The template is paused for its low quality.", &[FailAndAlert]),
    row(WHATSAPP, "132016", "The template was paused too often and is disabled.", &[FailAndAlert]),
    row(WHATSAPP, "133004", "The provider's server was not available.", &[RetryAfter(15 * MINUTE), Fail]),
    row(WHATSAPP, "133010", "Our number is not registered at the provider.", &[FailAndAlert]),
    row(WHATSAPP, "135000", "The request is not one that the provider understands.", &[FailAndAlert]),
];

#[cfg(test)]
mod tests {
    use super::super::tests::leads;

    #[test]
    fn each_code_leads_where_the_providers_page_says() {
        let pages = [
            leads("whatsapp", "slow", "4 80007 130429"),
            leads("whatsapp", "retry retry fail", "131056"),
            leads("whatsapp", "retry fail", "131000 131016 131057 133004"),
            leads(
                "whatsapp",
                "fail",
                "130472 131021 131026 131049 131050 131051 131052 131053 131062",
            ),
            leads(
                "whatsapp",
                "alert",
                "0 3 10 33 100 190 200 368 130497 131005 131008 131009 131031 131037 131042 131045",
            ),
            leads(
                "whatsapp",
                "alert",
                "131047 131048 132000 132001 132005 132007 132012 132015 132016 133010",
            ),
            leads("whatsapp", "alert", "131030 131044 131063 131064 132008 135000"),
        ];
        assert_eq!(
            pages.iter().sum::<usize>(),
            super::CODES.len(),
            "a code of the table is on no page"
        );
    }
}
