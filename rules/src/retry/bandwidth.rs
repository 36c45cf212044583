//! Bandwidth's codes. Source: dev.bandwidth.com/docs/messaging/errors, as of 2026-11-21. It says of 4xxx that a repetition has the same
//! result, of 5xxx that it may have another, of the carriers' 56xx that one repetition is enough.
use super::{CodeRule, HOUR, MINUTE, NextStep, NextStep::*, row};

const BANDWIDTH: &[&str] = &["bandwidth"];
const OUT_OF_REACH: &[NextStep] = &[RetryAfter(15 * MINUTE), RetryAfter(HOUR), Fail];
const ONCE_MORE: &[NextStep] = &[RetryAfter(15 * MINUTE), Fail];

/// `errorCode` of a failed message, and `type` of a refusal.
#[rustfmt::skip]
pub(super) const CODES: &[CodeRule] = &[
    row(BANDWIDTH, "request-validation", "A field of the request is not valid.", &[FailAndAlert]),
    row(BANDWIDTH, "max-message-queue-size-exceeded", "The account's queue is full.", &[SlowDown(15 * MINUTE)]),
    row(BANDWIDTH, "rate-limit-exceeded", "Over the rate of the account; this one was not taken.", &[SlowDown(MINUTE)]),
    row(BANDWIDTH, "4001", "The account may not use this service.", &[FailAndAlert]),
    row(BANDWIDTH, "4301", "The text has characters that can't be sent.", &[Fail]),
    row(BANDWIDTH, "4302", "Our number is malformed.", &[FailAndAlert]),
    row(BANDWIDTH, "4303", "The recipient's number is malformed.", &[MarkInvalid]),
    row(BANDWIDTH, "4350", "The message is malformed for its destination.", &[Fail]),
    row(BANDWIDTH, "4360", "Its time was over before it could be sent.", &[Replan]),
    row(BANDWIDTH, "4401", "Sender and recipient lead to each other.", &[Fail]),
    row(BANDWIDTH, "4403", "Our number may not send: not of this account, or not enabled.", &[FailAndAlert]),
    row(BANDWIDTH, "4404", "The recipient's number is not enabled for messages.", &[MarkLandline]),
    row(BANDWIDTH, "4405", "Our number is not allocated.", &[FailAndAlert]),
    row(BANDWIDTH, "4406", "The recipient's number is not assigned to a carrier.", &[MarkInvalid]),
    row(BANDWIDTH, "4407", "Our number does not belong to the account.", &[FailAndAlert]),
    row(BANDWIDTH, "4408", "The recipient's number belongs to no account.", &[Fail]),
    row(BANDWIDTH, "4409", "The recipient's number takes no pictures.", &[Fail]),
    row(BANDWIDTH, "4420", "There is no route to the recipient's carrier.", &[Fail]),
    row(BANDWIDTH, "4421", "The account may not send to this destination.", &[FailAndAlert]),
    row(BANDWIDTH, "4432", "The account may not send to this country.", &[FailAndAlert]),
    row(BANDWIDTH, "4433", "The account may not send from toll-free numbers.", &[FailAndAlert]),
    row(BANDWIDTH, "4451", "The user id is not valid.", &[FailAndAlert]),
    row(BANDWIDTH, "4452", "The application is not one of this account.", &[FailAndAlert]),
    row(BANDWIDTH, "4470", "The provider filtered the message as spam.", &[FailAndAlert]),
    row(BANDWIDTH, "4481", "Our number is banned from sending.", &[FailAndAlert]),
    row(BANDWIDTH, "4482", "The recipient's number is blocked from receiving.", &[Fail]),
    row(BANDWIDTH, "4492", "An emergency number takes no texts.", &[Fail]),
    row(BANDWIDTH, "4493", "The sender is not authorized.", &[FailAndAlert]),
    row(BANDWIDTH, "4700", "The carrier or the handset takes no texts.", &[MarkLandline]),
    row(BANDWIDTH, "4701", "The destination is out of reach.", OUT_OF_REACH),
    row(BANDWIDTH, "4702", "The subscriber is out of reach.", OUT_OF_REACH),
    row(BANDWIDTH, "4720", "The number does not exist or takes no texts.", &[MarkLandline]),
    row(BANDWIDTH, "4721", "The number is on the list of those switched off: it may soon be another person's.", &[MarkInvalid]),
    row(BANDWIDTH, "4730", "There is no route to the handset.", &[RetryAfter(HOUR), Fail]),
    row(BANDWIDTH, "4740", "The carrier refuses our number.", &[FailAndAlert]),
    row(BANDWIDTH, "4750", "The carrier refused without a reason.", &[Fail]),
    row(BANDWIDTH, "4751", "The message is too long for the carrier.", &[Fail]),
    row(BANDWIDTH, "4752", "The message is malformed for the carrier.", &[Fail]),
    row(BANDWIDTH, "4770", "The carrier filtered the message as spam.", &[FailAndAlert]),
    row(BANDWIDTH, "4771", "The message has a link of a public shortener.", &[FailAndAlert]),
    row(BANDWIDTH, "4772", "A carrier blocks our number or the recipient's.", &[FailAndAlert]),
    row(BANDWIDTH, "4773", "The 10DLC campaign is not active at this carrier.", &[FailAndAlert]),
    row(BANDWIDTH, "4774", "Our number is not set up as the carriers demand.", &[FailAndAlert]),
    row(BANDWIDTH, "4775", "The recipient opted out at the carrier; the carrier refused it.", &[Revoke]),
    row(BANDWIDTH, "4780", "The brand's cap at T-Mobile is used up for today.", &[SlowDown(HOUR)]),
    row(BANDWIDTH, "4781", "Over the rate of the campaign at AT&T.", &[SlowDown(MINUTE)]),
    row(BANDWIDTH, "4785", "Over what the carrier allots.", &[SlowDown(HOUR)]),
    row(BANDWIDTH, "4795", "Our toll-free number is not verified.", &[FailAndAlert]),
    row(BANDWIDTH, "5100", "A temporary error inside the provider.", ONCE_MORE),
    row(BANDWIDTH, "5101", "The provider's service was going down.", ONCE_MORE),
    row(BANDWIDTH, "5106", "The provider tried to deliver it and gave up.", ONCE_MORE),
    row(BANDWIDTH, "5111", "A connection inside the provider was gone.", ONCE_MORE),
    row(BANDWIDTH, "5201", "The provider tried to route it and gave up.", ONCE_MORE),
    row(BANDWIDTH, "5211", "The provider's service was busy.", ONCE_MORE),
    row(BANDWIDTH, "5220", "The provider could not store it.", ONCE_MORE),
    row(BANDWIDTH, "5231", "Parts of the message got lost inside the provider.", &[Fail]),
    row(BANDWIDTH, "5500", "The carrier's service failed.", ONCE_MORE),
    row(BANDWIDTH, "5501", "No destination was available.", &[Fail]),
    row(BANDWIDTH, "5999", "An unknown error of the provider.", ONCE_MORE),
    row(BANDWIDTH, "5600", "The carrier's queue is full.", &[RetryAfter(HOUR), Fail]),
    row(BANDWIDTH, "5610", "The carrier could not submit it.", ONCE_MORE),
    row(BANDWIDTH, "5620", "An error inside the carrier.", ONCE_MORE),
    row(BANDWIDTH, "5630", "The carrier did not answer.", ONCE_MORE),
    row(BANDWIDTH, "5650", "The carrier failed to deliver it.", ONCE_MORE),
    row(BANDWIDTH, "9902", "No receipt came within two hours; it may have been delivered.", &[Fail]),
    row(BANDWIDTH, "9999", "The carrier's reason is unknown to the provider.", &[Fail]),
];

#[cfg(test)]
mod tests {
    use super::super::tests::leads;

    #[test]
    fn each_code_leads_where_the_providers_page_says() {
        let pages = [
            leads("bandwidth", "revoke", "4775"),
            leads("bandwidth", "invalid", "4303 4406 4721"),
            leads("bandwidth", "landline", "4404 4700 4720"),
            leads("bandwidth", "retry retry fail", "4701 4702"),
            leads(
                "bandwidth",
                "retry fail",
                "4730 5100 5101 5106 5111 5201 5211 5220 5500 5999",
            ),
            leads("bandwidth", "retry fail", "5600 5610 5620 5630 5650"),
            leads(
                "bandwidth",
                "slow",
                "4780 4781 4785 rate-limit-exceeded max-message-queue-size-exceeded",
            ),
            leads("bandwidth", "replan", "4360"),
            leads(
                "bandwidth",
                "fail",
                "4301 4350 4401 4408 4409 4420 4482 4492 4750 4751 4752 5231 5501 9902 9999",
            ),
            leads(
                "bandwidth",
                "alert",
                "4001 4302 4403 4405 4407 4421 4432 4433 4451 4452 4470 4481 4493",
            ),
            leads(
                "bandwidth",
                "alert",
                "4740 4770 4771 4772 4773 4774 4795 request-validation",
            ),
        ];
        assert_eq!(
            pages.iter().sum::<usize>(),
            super::CODES.len(),
            "a code of the table is on no page"
        );
    }

    #[test]
    fn what_the_page_says_has_the_same_result_again_is_not_repeated_unless_somebody_was_out_of_reach() {
        for rule in super::CODES.iter().filter(|rule| rule.code.starts_with('4')) {
            let again = rule.steps.iter().any(|step| matches!(step, super::RetryAfter(_)));
            assert_eq!(
                again,
                ["4701", "4702", "4730"].contains(&rule.code),
                "{}",
                rule.code
            );
        }
    }
}
