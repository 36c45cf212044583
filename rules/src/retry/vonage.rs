//! Vonage's codes. Source: developer.vonage.com/en/api-errors/messages and /api-errors, as of 2026-11-21.
use super::{CodeRule, HOUR, MINUTE, NextStep::*, row};

const VONAGE: &[&str] = &["vonage"];

/// What the Messages API says in `error.title` of a status, and in the last part of `type` of a refusal.
#[rustfmt::skip]
pub(super) const CODES: &[CodeRule] = &[
    row(VONAGE, "1000", "The account sends faster than it may.", &[SlowDown(MINUTE)]),
    row(VONAGE, "1010", "The request lacks a field.", &[FailAndAlert]),
    row(VONAGE, "1020", "A field of the request is not valid.", &[FailAndAlert]),
    row(VONAGE, "1030", "An error inside the provider.", &[RetryAfter(15 * MINUTE), Fail]),
    row(VONAGE, "1040", "The provider could not process the message, e.g. because of an unknown prefix.", &[Fail]),
    row(VONAGE, "1050", "The provider sends nothing to this number.", &[Fail]),
    row(VONAGE, "1060", "The account is barred.", &[FailAndAlert]),
    row(VONAGE, "1070", "The account has not enough credit.", &[FailAndAlert]),
    row(VONAGE, "1080", "The account may not use this interface.", &[FailAndAlert]),
    row(VONAGE, "1090", "The message is too long.", &[Fail]),
    row(VONAGE, "1100", "The provider could not submit it: a failure of communication.", &[RetryAfter(15 * MINUTE), Fail]),
    row(VONAGE, "1110", "The signature of the request is wrong.", &[FailAndAlert]),
    row(VONAGE, "1120", "The sender is not allowed in that country.", &[FailAndAlert]),
    row(VONAGE, "1130", "The time to live is not valid.", &[Fail]),
    row(VONAGE, "1140", "The account lacks a facility that the message needs.", &[FailAndAlert]),
    row(VONAGE, "1160", "A trial account sends to listed numbers only.", &[FailAndAlert]),
    row(VONAGE, "1170", "The number is missing or not valid.", &[MarkInvalid]),
    row(VONAGE, "1180", "The handset was off or out of coverage.", &[RetryAfter(15 * MINUTE), RetryAfter(HOUR), Fail]),
    row(VONAGE, "1190", "The number is no longer in use.", &[MarkInvalid]),
    row(VONAGE, "1200", "The number changed its carrier and can't be reached since.", &[Fail]),
    row(VONAGE, "1210", "A carrier filtered the message as spam.", &[FailAndAlert]),
    row(VONAGE, "1220", "The handset was busy.", &[RetryAfter(15 * MINUTE), RetryAfter(HOUR), Fail]),
    row(VONAGE, "1230", "A failure of the carrier's network.", &[RetryAfter(15 * MINUTE), Fail]),
    row(VONAGE, "1240", "The person sent STOP and wants no messages from this sender.", &[Revoke]),
    row(VONAGE, "1241", "Too many messages to one number.", &[RetryAfter(15 * MINUTE), RetryAfter(HOUR), Fail]),
    row(VONAGE, "1250", "There is no route to the number.", &[Fail]),
    row(VONAGE, "1260", "The destination can't be reached.", &[Fail]),
    row(VONAGE, "1270", "The carrier blocks such content for this subscriber's age.", &[Fail]),
    row(VONAGE, "1280", "The carrier blocks the number: no texts in its plan, or suspended.", &[Fail]),
    row(VONAGE, "1290", "The subscriber's prepaid account is empty.", &[Fail]),
    row(VONAGE, "1300", "The number is not one of this network.", &[Fail]),
    row(VONAGE, "1320", "The message was sent before.", &[Fail]),
    row(VONAGE, "1330", "The carrier gave no known reason.", &[RetryAfter(15 * MINUTE), Fail]),
    row(VONAGE, "1360", "The message outlived its time before it could be delivered.", &[Replan]),
    row(VONAGE, "throttled", "Too many requests; this one was not taken.", &[SlowDown(MINUTE)]),
    row(VONAGE, "low-balance", "The account has not enough credit for this message.", &[FailAndAlert]),
    row(VONAGE, "unprovisioned", "The credentials have no access to the product.", &[FailAndAlert]),
    row(VONAGE, "account-suspended", "The account at the provider is suspended.", &[FailAndAlert]),
    row(VONAGE, "jwt-expired", "The token of the request had expired: look at this machine's clock.", &[FailAndAlert]),
    row(VONAGE, "jwt-revoked", "The application's key was replaced at the provider.", &[FailAndAlert]),
    row(VONAGE, "invalid-api-key", "The provider knows no such key.", &[FailAndAlert]),
    row(&["vonage", "bandwidth"], "unauthorized", "The credentials are wrong.", &[FailAndAlert]),
    row(&["vonage", "bandwidth"], "forbidden", "The credentials are not allowed to do this.", &[FailAndAlert]),
];

#[cfg(test)]
mod tests {
    use super::super::tests::leads;

    #[test]
    fn each_code_leads_where_the_providers_page_says() {
        let pages = [
            leads("vonage", "revoke", "1240"),
            leads("vonage", "invalid", "1170 1190"),
            leads("vonage", "retry retry fail", "1180 1220 1241"),
            leads("vonage", "retry fail", "1030 1100 1230 1330"),
            leads("vonage", "slow", "1000 throttled"),
            leads("vonage", "replan", "1360"),
            leads(
                "vonage",
                "fail",
                "1040 1050 1090 1130 1200 1250 1260 1270 1280 1290 1300 1320",
            ),
            leads(
                "vonage",
                "alert",
                "1010 1020 1060 1070 1080 1110 1120 1140 1160 1210",
            ),
            leads(
                "vonage",
                "alert",
                "low-balance unprovisioned account-suspended jwt-expired jwt-revoked invalid-api-key",
            ),
            leads("vonage", "alert", "unauthorized forbidden"),
        ];
        assert_eq!(
            pages.iter().sum::<usize>(),
            super::CODES.len(),
            "a code of the table is on no page"
        );
    }
}
