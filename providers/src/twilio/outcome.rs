//! What an answer of Twilio means.
use super::settings::is_sid;
use crate::http::{Answer, NoAnswer};
use crate::{CheckFailed, Outcome};
use rules::status::MessageStatus;
use serde_json::Value;

/// Too many requests: none of them was taken.
const TOO_MANY: &str = "20429";

/// What became of a message that was posted. Only what Twilio says in its own words counts: a page of something between us may come
/// after the message was taken. A 429 is no such page: who limits requests does so before they are passed on.
pub fn outcome_of(answer: &Answer) -> Outcome {
    let said = answer.json().unwrap_or_default();
    let code = code(&said["code"]);
    match (answer.status.as_u16(), code) {
        (200..=299, _) => match said["sid"].as_str() {
            Some(sid) if is_message_sid(sid) => Outcome::Accepted {
                external_id: sid.to_owned(),
            },
            _ => unreadable(answer),
        },
        (429, code) => Outcome::TryLater {
            code: code.unwrap_or_else(|| TOO_MANY.to_owned()),
            after: answer.retry_after(),
        },
        (400..=499, Some(code)) if code == TOO_MANY => Outcome::TryLater {
            code,
            after: answer.retry_after(),
        },
        (400..=499, Some(code)) => refused(code),
        _ => unreadable(answer),
    }
}

/// The body of an answer to a question about the account; `what` says which fields are to be corrected when it is refused.
pub fn checked(answer: Result<Answer, NoAnswer>, what: &str) -> Result<Value, CheckFailed> {
    let not_now = |why: String| Err(CheckFailed::NotNow(why));
    match answer {
        Err(error) => not_now(error.to_string()),
        Ok(answer) => match (answer.status.as_u16(), answer.json()) {
            (200, Some(said)) => Ok(said),
            (401 | 403 | 404, _) => Err(CheckFailed::Refused(what.to_owned())),
            (status, _) => not_now(format!("an answer {status} that can't be read")),
        },
    }
}

/// Is it Twilio's name for a message?
pub fn is_message_sid(text: &str) -> bool {
    is_sid(text, "SM") || is_sid(text, "MM")
}

/// Twilio's code, which it writes as a number in answers and as text in its calls.
pub fn code(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let is_code = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_code && text != "0").then_some(text)
}

/// Our status for Twilio's. What Twilio only plans or has under way is our `Sent`: it took the message. What Twilio cancelled is our
/// `Failed`, since `Cancelled` is a decision of ours. None: it is a message to us, or a word of later.
///
/// Source: the enum of statuses in Twilio's API reference, 2026.
pub fn status_of(theirs: &str) -> Option<MessageStatus> {
    match theirs {
        "accepted" | "scheduled" | "queued" | "sending" | "sent" | "partially_delivered" => {
            Some(MessageStatus::Sent)
        }
        "delivered" => Some(MessageStatus::Delivered),
        "read" => Some(MessageStatus::Read),
        "undelivered" => Some(MessageStatus::Undelivered),
        "failed" | "canceled" => Some(MessageStatus::Failed),
        _ => None,
    }
}

/// Without Twilio's own words: they repeat the number.
fn refused(code: String) -> Outcome {
    Outcome::Refused {
        detail: rules::retry::meaning(&code).to_owned(),
        code,
    }
}

fn unreadable(answer: &Answer) -> Outcome {
    Outcome::Unknown {
        detail: format!("an answer {} that can't be read", answer.status.as_u16()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, StatusCode};
    use std::time::Duration;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    /// In a word: what came of it, and what it carries.
    fn word(outcome: &Outcome) -> String {
        match outcome {
            Outcome::Accepted { external_id } => format!("accepted {external_id}"),
            Outcome::Refused { code, .. } => format!("refused {code}"),
            Outcome::TryLater { code, .. } => format!("later {code}"),
            Outcome::Unknown { .. } => "unknown".to_owned(),
        }
    }

    #[test]
    fn each_answer_means_what_it_proves() {
        const SID: &str = "SM0123456789abcdef0123456789abcdef";
        let taken = format!(r#"{{"sid":"{SID}","status":"queued","error_code":null}}"#);
        let picture = taken.replace("SM", "MM");
        for (status, body, means) in [
            (201, taken.as_str(), format!("accepted {SID}")),
            (200, taken.as_str(), format!("accepted {SID}")),
            (201, picture.as_str(), format!("accepted MM{}", &SID[2..])),
            (201, "{}", "unknown".to_owned()),
            (
                201,
                r#"{"sid":"CA0123456789abcdef0123456789abcdef"}"#,
                "unknown".to_owned(),
            ),
            (201, r#"{"sid":"SM"}"#, "unknown".to_owned()),
            (201, "", "unknown".to_owned()),
            (200, "<html>Welcome</html>", "unknown".to_owned()),
            (202, "[]", "unknown".to_owned()),
            (302, taken.as_str(), "unknown".to_owned()),
            (
                400,
                r#"{"code":21211,"message":"+12125550123?","status":400}"#,
                "refused 21211".to_owned(),
            ),
            (400, r#"{"code":"21610"}"#, "refused 21610".to_owned()),
            (404, r#"{"code":20404}"#, "refused 20404".to_owned()),
            (400, "<html>", "unknown".to_owned()),
            (400, "{}", "unknown".to_owned()),
            (400, r#"{"code":null}"#, "unknown".to_owned()),
            (400, r#"{"code":"<b>"}"#, "unknown".to_owned()),
            (400, r#"{"code":-1}"#, "unknown".to_owned()),
            (400, r#"{"code":1.5}"#, "unknown".to_owned()),
            (408, "", "unknown".to_owned()),
            (401, r#"{"code":20003}"#, "refused 20003".to_owned()),
            (401, "<html>", "unknown".to_owned()),
            (401, "", "unknown".to_owned()),
            (403, "{}", "unknown".to_owned()),
            (403, "<html>Blocked</html>", "unknown".to_owned()),
            (403, r#"{"code":20005}"#, "refused 20005".to_owned()),
            (429, r#"{"code":20429}"#, "later 20429".to_owned()),
            (429, r#"{"code":21611}"#, "later 21611".to_owned()),
            (429, r#"{"code":63038}"#, "later 63038".to_owned()),
            (400, r#"{"code":63038}"#, "refused 63038".to_owned()),
            (429, r#"{"code":30032}"#, "later 30032".to_owned()),
            (400, r#"{"code":30034}"#, "refused 30034".to_owned()),
            (429, "<html>", "later 20429".to_owned()),
            (400, r#"{"code":20429}"#, "later 20429".to_owned()),
            (500, r#"{"code":20500}"#, "unknown".to_owned()),
            (500, r#"{"code":20429}"#, "unknown".to_owned()),
            (502, "", "unknown".to_owned()),
            (503, r#"{"code":20503}"#, "unknown".to_owned()),
        ] {
            let outcome = outcome_of(&answer(status, body));
            assert_eq!(word(&outcome), means, "{status} {body}");
            assert!(!format!("{outcome:?}").contains("+1212"), "{outcome:?}");
        }
    }

    #[test]
    fn a_rate_limit_says_when_to_come_back_if_twilio_does() {
        let mut limited = answer(429, r#"{"code":20429}"#);
        let after = |answer: &Answer| match outcome_of(answer) {
            Outcome::TryLater { after, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(&limited), None);
        limited.headers.insert("retry-after", "7".parse().unwrap());
        assert_eq!(after(&limited), Some(Duration::from_secs(7)));
    }

    #[test]
    fn each_status_of_twilio_has_one_of_ours_and_none_is_a_decision_of_ours() {
        for (theirs, ours) in [
            ("accepted", "sent"),
            ("scheduled", "sent"),
            ("queued", "sent"),
            ("sending", "sent"),
            ("sent", "sent"),
            ("partially_delivered", "sent"),
            ("delivered", "delivered"),
            ("read", "read"),
            ("undelivered", "undelivered"),
            ("failed", "failed"),
            ("canceled", "failed"),
        ] {
            let status = status_of(theirs).unwrap();
            assert_eq!(status.name(), ours, "{theirs}");
            assert!(!status.is_our_decision(), "{theirs}");
        }
        for inbound in ["receiving", "received", "", "Delivered", "archived"] {
            assert_eq!(status_of(inbound), None, "{inbound}");
        }
    }
}
