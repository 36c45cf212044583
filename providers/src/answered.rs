//! What an answer to a hand-over means, for providers that speak JSON by HTTP: taken, refused, later, or nobody knows.
//!
//! Nothing is tried again unless it is proven that the message was not taken: no connection, or the provider's own word that it was too
//! much. A 5xx, a page that is not the provider's, a silence: unknown.
use crate::http::{Answer, NoAnswer};
use crate::{CheckFailed, Outcome};
use reqwest::StatusCode;
use rules::retry::{self, NextStep};
use serde_json::Value;
use std::time::Duration;

/// How one provider writes its answers.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The stored name, under which its codes stand in `rules::retry`.
    pub provider: &'static str,
    /// The provider's name for the message, in the JSON of a success.
    pub accepted: fn(&Value) -> Option<String>,
    /// The provider's own code, in the JSON of a refusal.
    pub refused: fn(&Value) -> Option<String>,
    /// The code that is kept when it says 429 and nothing else.
    pub busy: &'static str,
}

impl Dialect {
    /// What became of the hand-over.
    pub fn outcome(&self, answer: &Result<Answer, NoAnswer>) -> Outcome {
        let answer = match answer {
            Ok(answer) => answer,
            Err(NoAnswer::NotSent(_)) => {
                return Outcome::TryLater {
                    code: "no_connection".to_owned(),
                    after: None,
                };
            }
            Err(NoAnswer::Lost(why)) => return Outcome::Unknown { detail: why.clone() },
        };
        let unknown = |what: &str| Outcome::Unknown {
            detail: format!("{what} (HTTP {})", answer.status.as_u16()),
        };
        let said = answer.json();
        if answer.status.is_success() {
            return match said.as_ref().and_then(self.accepted) {
                Some(external_id) => Outcome::Accepted { external_id },
                None => unknown("the answer names no message"),
            };
        }
        if !answer.status.is_client_error() || answer.status == StatusCode::REQUEST_TIMEOUT {
            return unknown("the provider failed");
        }
        let code = said.as_ref().and_then(self.refused).filter(|code| is_code(code));
        if answer.status == StatusCode::TOO_MANY_REQUESTS
            && code.as_deref().is_none_or(|code| !self.knows(code))
        {
            return self.later(answer, self.busy);
        }
        match code {
            Some(code) if matches!(self.step(&code), NextStep::SlowDown(_)) => self.later(answer, &code),
            Some(code) => Outcome::Refused {
                detail: retry::meaning(&code).to_owned(),
                code,
            },
            None => unknown("a refusal that is not in the provider's words"),
        }
    }

    /// Why credentials do not work; `field` is what a person should look at when the provider refuses them.
    pub fn check_failed(&self, answer: &Result<Answer, NoAnswer>, field: &str) -> CheckFailed {
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => return CheckFailed::NotNow(why.to_string()),
        };
        let status = answer.status.as_u16();
        if !answer.status.is_client_error()
            || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&answer.status)
        {
            return CheckFailed::NotNow(format!("HTTP {status}"));
        }
        let code = answer.json().as_ref().and_then(self.refused);
        match code.filter(|code| is_code(code)) {
            Some(code) => CheckFailed::Refused(format!("{field}: {} ({code})", retry::meaning(&code))),
            None => CheckFailed::Refused(format!("{field}: HTTP {status}")),
        }
    }

    fn later(&self, answer: &Answer, code: &str) -> Outcome {
        let asked_for = match self.step(code) {
            NextStep::SlowDown(seconds) => Some(Duration::from_secs(u64::from(seconds))),
            NextStep::Revoke
            | NextStep::MarkInvalid
            | NextStep::MarkLandline
            | NextStep::RetryAfter(_)
            | NextStep::Fail
            | NextStep::FailAndAlert
            | NextStep::Replan => None,
        };
        Outcome::TryLater {
            code: code.to_owned(),
            after: answer.retry_after().or(asked_for),
        }
    }

    fn knows(&self, code: &str) -> bool {
        retry::all().any(|rule| rule.code == code && rule.providers.contains(&self.provider))
    }

    fn step(&self, code: &str) -> NextStep {
        retry::after(self.provider, code, 1)
    }
}

/// A code is a short word: what could hold an address or a text is none.
fn is_code(word: &str) -> bool {
    let is_short = (1..=48).contains(&word.len());
    is_short
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An answer of that status, with that body.
    pub(crate) fn answer(status: u16, body: &str) -> Result<Answer, NoAnswer> {
        Ok(Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: http::HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    const WORDS: Dialect = Dialect {
        provider: "bandwidth",
        accepted: |said| said["id"].as_str().map(str::to_owned),
        refused: |said| said["type"].as_str().map(str::to_owned),
        busy: "rate-limit-exceeded",
    };

    fn said(status: u16, body: &str) -> String {
        match WORDS.outcome(&answer(status, body)) {
            Outcome::Accepted { external_id } => format!("accepted {external_id}"),
            Outcome::Refused { code, .. } => format!("refused {code}"),
            Outcome::TryLater { code, after } => format!("later {code} {}", after.unwrap().as_secs()),
            Outcome::Unknown { .. } => "unknown".to_owned(),
        }
    }

    #[test]
    fn an_answer_means_what_it_proves() {
        for (status, body, means) in [
            (202, r#"{"id":"m1"}"#, "accepted m1"),
            (200, r#"{"ok":true}"#, "unknown"),
            (200, "<html>", "unknown"),
            (204, "", "unknown"),
            (302, "", "unknown"),
            (
                400,
                r#"{"type":"request-validation"}"#,
                "refused request-validation",
            ),
            (401, r#"{"type":"unauthorized"}"#, "refused unauthorized"),
            (403, r#"{"type":"a-new-one"}"#, "refused a-new-one"),
            (400, r#"{"type":"+12125550123 is not a number"}"#, "unknown"),
            (400, "<html>a proxy</html>", "unknown"),
            (404, "{}", "unknown"),
            (408, r#"{"type":"request-validation"}"#, "unknown"),
            (429, "", "later rate-limit-exceeded 60"),
            (429, "<html>", "later rate-limit-exceeded 60"),
            (429, r#"{"type":"a-new-one"}"#, "later rate-limit-exceeded 60"),
            (
                429,
                r#"{"type":"max-message-queue-size-exceeded"}"#,
                "later max-message-queue-size-exceeded 900",
            ),
            // its own word counts, not the number beside it
            (429, r#"{"type":"forbidden"}"#, "refused forbidden"),
            (
                400,
                r#"{"type":"max-message-queue-size-exceeded"}"#,
                "later max-message-queue-size-exceeded 900",
            ),
            (500, r#"{"type":"request-validation"}"#, "unknown"),
            (502, "<html>", "unknown"),
            (503, r#"{"id":"m1"}"#, "unknown"),
        ] {
            assert_eq!(said(status, body), means, "{status} {body}");
        }
    }

    #[test]
    fn what_was_never_sent_is_tried_again_and_what_may_have_come_is_not() {
        let never = WORDS.outcome(&Err(NoAnswer::NotSent("refused".to_owned())));
        assert!(matches!(never, Outcome::TryLater { after: None, .. }));
        let lost = WORDS.outcome(&Err(NoAnswer::Lost("reset".to_owned())));
        assert!(matches!(lost, Outcome::Unknown { .. }));
    }

    #[test]
    fn the_provider_says_itself_how_long_to_wait() {
        let mut busy = answer(429, "").unwrap();
        busy.headers.insert("retry-after", "7".parse().unwrap());
        let Outcome::TryLater { after, .. } = WORDS.outcome(&Ok(busy)) else {
            panic!()
        };
        assert_eq!(after, Some(Duration::from_secs(7)));
    }

    #[test]
    fn credentials_are_refused_by_the_providers_word_and_not_by_a_bad_day() {
        for (status, body, refused) in [
            (401, r#"{"type":"unauthorized"}"#, true),
            (401, "", true),
            (404, "{}", true),
            (429, "", false),
            (500, "", false),
            (302, "", false),
        ] {
            let why = WORDS.check_failed(&answer(status, body), "password");
            assert_eq!(matches!(why, CheckFailed::Refused(_)), refused, "{status}");
        }
        let lost = WORDS.check_failed(&Err(NoAnswer::Lost("reset".to_owned())), "password");
        assert!(matches!(lost, CheckFailed::NotNow(_)));
    }
}
