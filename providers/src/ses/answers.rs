//! What an answer of SES says: of a hand-over, of the keys, of a message that is asked about.
use crate::http::{Answer, NoAnswer};
use crate::{CheckFailed, Checked, KnownOptOut, LookUp, Outcome};
use rules::channel::Channel;
use rules::pacing::Pace;
use rules::retry;
use rules::status::MessageStatus;
use rules::suppression::SuppressionReason;
use serde_json::Value;
use std::time::Duration;

/// How long the account's quota is left alone when Amazon does not say: it counts over the last 24 hours, so some is free soon.
const QUOTA_PAUSE: Duration = Duration::from_secs(3600);
/// The longest name of an error that is believed.
const LONGEST_CODE: usize = 60;

/// What became of a hand-over. Errors of SendEmail as of 2026-11-21:
/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>. They come before anything is taken; a 5xx, a page for
/// people or a 200 without a name proves nothing.
pub fn sent(answer: Result<Answer, NoAnswer>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(NoAnswer::NotSent(_)) => {
            return Outcome::TryLater {
                code: "no_connection".to_owned(),
                after: None,
            };
        }
        Err(NoAnswer::Lost(detail)) => return Outcome::Unknown { detail },
    };
    let status = answer.status.as_u16();
    match (status, code(&answer)) {
        (200, _) => match name(&answer) {
            Some(external_id) => Outcome::Accepted { external_id },
            None => Outcome::Unknown {
                detail: "a 200 without the message's name".to_owned(),
            },
        },
        (429, code) => Outcome::TryLater {
            code: code.unwrap_or_else(|| "TooManyRequests".to_owned()),
            after: answer.retry_after(),
        },
        (400..=499, Some(code)) => match code.as_str() {
            "TooManyRequests" | "Throttling" | "ThrottledRequest" => Outcome::TryLater {
                after: answer.retry_after(),
                code,
            },
            "LimitExceeded" => Outcome::TryLater {
                after: answer.retry_after().or(Some(QUOTA_PAUSE)),
                code,
            },
            _ => Outcome::Refused {
                detail: retry::meaning(&code).to_owned(),
                code,
            },
        },
        (status, _) => Outcome::Unknown {
            detail: format!("an answer {status} that says nothing"),
        },
    }
}

/// The name that SES gave a message, if the answer has one that can be one.
fn name(answer: &Answer) -> Option<String> {
    let body = answer.json()?;
    let name = body.get("MessageId")?.as_str()?;
    let is_name = !name.is_empty()
        && name.len() <= 200
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then(|| name.to_owned())
}

/// The error's name without its namespace and the word `Exception`; none if it is no answer of Amazon's.
pub fn code(answer: &Answer) -> Option<String> {
    let body = answer.json();
    let in_body = body.as_ref().and_then(|body| {
        ["__type", "code", "Code"]
            .iter()
            .find_map(|field| body.get(field)?.as_str())
    });
    let in_header = answer
        .headers
        .get("x-amzn-errortype")
        .and_then(|value| value.to_str().ok());
    let whole = in_header.or(in_body)?;
    let name = whole.split(':').next().unwrap_or(whole);
    let name = name.rsplit('#').next().unwrap_or(name);
    let name = name.strip_suffix("Exception").unwrap_or(name);
    let is_name = !name.is_empty()
        && name.len() <= LONGEST_CODE
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then(|| name.to_owned())
}

/// What a question that was not answered with a 200 says of the keys. `Ok` when they are genuine, but may not ask this.
pub fn genuine(answer: &Answer) -> Result<(), CheckFailed> {
    let refused = |field: &str, code: &str| {
        Err(CheckFailed::Refused(format!(
            "{field}: {} ({code})",
            retry::meaning(code)
        )))
    };
    match (answer.status.as_u16(), code(answer)) {
        (400..=403, Some(code)) => match code.as_str() {
            "AccessDenied" => Ok(()),
            "UnrecognizedClient" | "InvalidClientTokenId" | "ExpiredToken" => refused("access_key_id", &code),
            "InvalidSignature" | "SignatureDoesNotMatch" => refused("secret_access_key", &code),
            _ => Err(CheckFailed::NotNow(format!("Amazon answers {code}"))),
        },
        (status, _) => Err(CheckFailed::NotNow(format!("Amazon answers {status}"))),
    }
}

/// What GetAccount answers of the account: a line, and the rate that its send quota allows. The quota of 24 hours is in the line alone: it
/// counts the last 24 hours at any moment, all senders of the account together, and SES refuses what is over it (`LimitExceeded`).
/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendQuota.html>
pub fn account(region: &str, body: &Value) -> Checked {
    let is = |field: &str| body.get(field).and_then(Value::as_bool);
    let sending = match is("SendingEnabled") {
        Some(false) => "sending is paused",
        _ => "sending is enabled",
    };
    let access = match is("ProductionAccessEnabled") {
        Some(false) => ", in Amazon's sandbox: to verified addresses only",
        _ => "",
    };
    let standing = match body.get("EnforcementStatus").and_then(Value::as_str) {
        Some("PROBATION") => ", under review by Amazon",
        Some("SHUTDOWN") => ", shut down by Amazon",
        Some(_) | None => "",
    };
    let of_quota = |field: &str| body.get("SendQuota")?.get(field)?.as_f64();
    let most = match of_quota("Max24HourSend") {
        // -1: no limit
        Some(most) if most < 0.0 => ", any number of mails in 24 hours".to_owned(),
        Some(most) => format!(", {most} mails in 24 hours"),
        None => String::new(),
    };
    let sent = of_quota("SentLast24Hours").map_or_else(String::new, |sent| format!(" ({sent} sent)"));
    let rate = of_quota("MaxSendRate");
    let at_once = rate.map_or_else(String::new, |rate| format!(", {rate} a second"));
    Checked {
        summary: format!("SES in {region}: {sending}{access}{standing}{most}{sent}{at_once}"),
        pace: rate.and_then(Pace::of_rate),
        number: None,
    }
}

/// What GetMessageInsights says of a message: the worst that happened to it.
pub fn insights(external_id: &str, body: &Value) -> LookUp {
    let events: Vec<&Value> = body
        .get("Insights")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("Events")?.as_array())
        .flatten()
        .collect();
    let happened = |kind: &str| {
        events
            .iter()
            .find(|event| event.get("Type").and_then(Value::as_str) == Some(kind))
    };
    let (status, code) = if happened("REJECT").is_some() {
        (MessageStatus::Failed, Some("Reject".to_owned()))
    } else if happened("RENDERING_FAILURE").is_some() {
        (MessageStatus::Failed, Some("RenderingFailure".to_owned()))
    } else if let Some(bounce) = happened("BOUNCE") {
        let words = bounce
            .pointer("/Details/Bounce/DiagnosticCode")
            .and_then(Value::as_str)
            .unwrap_or_default();
        (MessageStatus::Undelivered, crate::email::enhanced(words))
    } else if happened("DELIVERY").is_some() {
        (MessageStatus::Delivered, None)
    } else if events.is_empty() {
        return LookUp::NotKnown;
    } else {
        (MessageStatus::Sent, None)
    };
    LookUp::Accepted {
        external_id: external_id.to_owned(),
        status: status.name().to_owned(),
        code,
    }
}

/// Those of one page of ListSuppressedDestinations. A page without its list is an error: half a list would look like a whole one.
pub fn suppressed(page: &Value) -> Result<Vec<KnownOptOut>, CheckFailed> {
    let unread = || CheckFailed::NotNow("a page that can't be read".to_owned());
    page.get("SuppressedDestinationSummaries")
        .and_then(Value::as_array)
        .ok_or_else(unread)?
        .iter()
        .map(|one| {
            let text = |field: &str| one.get(field).and_then(Value::as_str).ok_or_else(unread);
            Ok(KnownOptOut {
                channel: Channel::Email,
                address: text("EmailAddress")?.to_owned(),
                reason: match text("Reason")? {
                    "BOUNCE" => SuppressionReason::HardBounce,
                    "COMPLAINT" => SuppressionReason::Complaint,
                    // a reason of later: whoever is on the list gets nothing
                    _ => SuppressionReason::Carrier,
                },
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
