//! Amazon SES: an answer with the message's name, errors by a header, insights by that name.
use crate::entry::{Entry, Made};
use crate::mood::{Mood, Moods};
use crate::other_side::{self, Came, Reply, Speech};
use providers::http::{Egress, Http};
use providers::{CheckFailed, Checked, KnownOptOut, Provider, Values};
use rules::channel::Channel;
use rules::pacing::Pace;
use rules::suppression::SuppressionReason;
use serde_json::json;
use std::sync::Arc;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

pub const ENTRY: Entry = Entry {
    name: "ses",
    codes: "ses",
    channel: Channel::Email,
    from: "hello@joes-plumbing.example",
    to: "jane@mail.example",
    moods: &[
        Mood::Takes,
        Mood::IsSlow,
        Mood::RefusesForGood,
        Mood::LimitsTheRate,
        Mood::FailsBeforeTaking,
        Mood::FailsAfterTaking,
        Mood::AnswersHtml,
        Mood::AnswersWithoutAName,
        Mood::Redirects,
        Mood::AnswersTooMuch,
        Mood::SaysNothing,
        Mood::StopsMidAnswer,
        Mood::Drips,
        Mood::HangsUp,
        Mood::ResetsUnread,
        Mood::ResetsAfterReading,
        Mood::ResetsMidAnswer,
        Mood::RefusesTheConnection,
        Mood::IsNeverReached,
    ],
    secrets: &[SECRET],
    says_when: true,
    finds_without_name: false,
    proves_absence: false,
    make: |moods| Box::pin(made(SPEECH, moods)),
};

const SPEECH: Speech = Speech {
    is_send: |came| came.method == "POST",
    accepts: |number, _| Reply::json(200, json!({ "MessageId": name(number) }).to_string()),
    refuses: |came| problem(400, "MessageRejected", came),
    // a recipient on its own list is no error here: SES takes the mail and tells of a bounce
    opted_out: |came| problem(400, "MessageRejected", came),
    limits: |came| problem(429, "TooManyRequestsException", came).with("Retry-After", "30"),
    fails: |came| problem(500, "InternalServiceErrorException", came),
    answers: |came, taken| {
        let asked = |number: &usize| came.target == format!("/v2/email/insights/{}/", name(*number));
        if taken.iter().any(|(number, _)| asked(number)) {
            let events = json!([{ "Type": "SEND" }, { "Type": "DELIVERY" }]);
            Reply::json(200, json!({ "Insights": [{ "Events": events }] }).to_string())
        } else {
            problem(404, "NotFoundException", came)
        }
    },
};

fn name(number: usize) -> String {
    format!("0100018f3c9d0a5e-1b2c3d4e-0000-4000-8000-{number:012}-000000")
}

/// An error that repeats what it was sent.
fn problem(status: u16, code: &str, came: &Came) -> Reply {
    let words = format!("{} {} is not right", came.head, came.body);
    Reply::json(status, json!({ "message": words }).to_string()).with("x-amzn-ErrorType", code)
}

async fn made(speech: Speech, moods: impl Into<Moods>) -> Made {
    other_side::made(speech, moods, connect).await
}

fn connect(http: Http, url: &str) -> Arc<dyn Provider> {
    let mut values = Values::default();
    for (field, value) in [
        ("region", "us-east-1"),
        ("access_key_id", "AKIAIOSFODNN7EXAMPLE"),
        ("secret_access_key", SECRET),
        ("api_url", url),
    ] {
        values.set(field, value);
    }
    let ses = providers::described("ses").unwrap();
    providers::settings::check(ses.fields, &values).unwrap();
    (ses.connect)(http, &values).unwrap()
}

/// The suppression list in two pages, the second named by a token that has to be encoded.
const LISTS: Speech = Speech {
    answers: |came, _| {
        let one = |address: &str, reason: &str| json!({ "EmailAddress": address, "Reason": reason, "LastUpdateTime": 1.7e9 });
        let page = match came.target.as_str() {
            "/v2/email/suppression/addresses?PageSize=500" => json!({ "NextToken": "a+b/c=",
                "SuppressedDestinationSummaries": [one("jane@mail.example", "BOUNCE")] }),
            "/v2/email/suppression/addresses?NextToken=a%2Bb%2Fc%3D&PageSize=500" => json!({
                "SuppressedDestinationSummaries": [one("joan@mail.example", "COMPLAINT"), one("Jim@mail.example", "OF_LATER")] }),
            "/v2/email/account" => {
                json!({ "SendingEnabled": false, "ProductionAccessEnabled": false, "EnforcementStatus": "PROBATION",
                "SendQuota": { "Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 12.0 } })
            }
            _ => return problem(404, "NotFoundException", came),
        };
        Reply::json(200, page.to_string())
    },
    ..SPEECH
};

#[tokio::test]
async fn amazons_list_is_read_to_its_end_and_the_account_says_how_it_stands() {
    let made = made(LISTS, vec![]).await;
    let known = |address: &str, reason: SuppressionReason| KnownOptOut {
        channel: Channel::Email,
        address: address.to_owned(),
        reason,
    };
    assert_eq!(
        made.provider.opt_outs().await,
        Ok(Some(vec![
            known("jane@mail.example", SuppressionReason::HardBounce),
            known("joan@mail.example", SuppressionReason::Complaint),
            known("Jim@mail.example", SuppressionReason::Carrier)
        ]))
    );
    assert_eq!(
        made.provider.check().await.unwrap(),
        Checked {
            number: None,
            summary: "SES in us-east-1: sending is paused, in Amazon's sandbox: to verified addresses only, under review by Amazon, \
                      200 mails in 24 hours (12 sent), 1 a second; without topic_arn nothing is believed that SNS says: no bounces, no complaints, \
                      no answers"
                .to_owned(),
            pace: Some(Pace::per_second(1, 1)),
        }
    );
}

#[tokio::test]
async fn a_list_that_breaks_off_or_may_not_be_read_is_no_list() {
    let breaks_off = Speech {
        answers: |came, _| match came.target.contains("NextToken") {
            false => Reply::json(
                200,
                json!({ "NextToken": "t", "SuppressedDestinationSummaries": [] }).to_string(),
            ),
            true => Reply::json(200, "{}"),
        },
        ..SPEECH
    };
    let made_of = async |speech| made(speech, vec![]).await.provider.opt_outs().await;
    assert!(matches!(made_of(breaks_off).await, Err(CheckFailed::NotNow(_))));
    let denied = Speech {
        answers: |came, _| problem(403, "AccessDeniedException", came),
        ..SPEECH
    };
    assert!(
        matches!(made_of(denied).await, Err(CheckFailed::Refused(why)) if why.contains("ListSuppressedDestinations"))
    );
    let nobody = Http::new(Egress::Anywhere).unwrap();
    let nobody = connect(nobody, "http://127.0.0.1:1");
    assert!(matches!(nobody.opt_outs().await, Err(CheckFailed::NotNow(_))));
}
