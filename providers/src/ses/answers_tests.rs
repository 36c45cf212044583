//! Each answer that SES gives, and those that something between us and SES gives.
use super::*;
use http::{HeaderMap, StatusCode};
use serde_json::json;

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: map,
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn a_name_is_an_acceptance_and_nothing_else_is() {
    let name = "0100018f3c9d0a5e-1b2c3d4e-0000-4000-8000-000000000000-000000";
    assert_eq!(
        sent(Ok(answer(200, &[], &json!({ "MessageId": name }).to_string()))),
        Outcome::Accepted {
            external_id: name.to_owned()
        }
    );
    for body in [
        "{}",
        "",
        "<html>ok</html>",
        r#"{"MessageId":""}"#,
        r#"{"MessageId":7}"#,
        r#"{"MessageId":"a b"}"#,
    ] {
        assert!(
            matches!(sent(Ok(answer(200, &[], body))), Outcome::Unknown { .. }),
            "{body}"
        );
    }
}

#[test]
fn what_amazon_refuses_is_refused_with_a_code_that_has_a_row() {
    for (status, header, body, code) in [
        (400, Some("MessageRejected"), "{}", "MessageRejected"),
        (
            400,
            Some("MessageRejected:http://internal.amazon.com/coral/com.amazonaws.ses/"),
            "",
            "MessageRejected",
        ),
        (
            400,
            None,
            r#"{"__type":"com.amazonaws.sesv2#MailFromDomainNotVerifiedException"}"#,
            "MailFromDomainNotVerified",
        ),
        (400, Some("BadRequestException"), "{}", "BadRequest"),
        (404, Some("NotFoundException"), "{}", "NotFound"),
        (400, Some("AccountSuspendedException"), "{}", "AccountSuspended"),
        (400, Some("SendingPausedException"), "{}", "SendingPaused"),
        (403, Some("AccessDeniedException"), "{}", "AccessDenied"),
        (
            403,
            Some("UnrecognizedClientException"),
            "{}",
            "UnrecognizedClient",
        ),
        (
            403,
            None,
            r#"{"code":"InvalidSignatureException","message":"for jane@mail.example"}"#,
            "InvalidSignature",
        ),
        (403, Some("SignatureDoesNotMatch"), "{}", "SignatureDoesNotMatch"),
    ] {
        let headers: Vec<_> = header
            .map(|header| ("x-amzn-errortype", header))
            .into_iter()
            .collect();
        let Outcome::Refused { code: found, detail } = sent(Ok(answer(status, &headers, body))) else {
            panic!("{code}")
        };
        assert_eq!(found, code);
        assert_eq!(
            rules::retry::after("ses", code, 1),
            rules::retry::NextStep::FailAndAlert,
            "{code}"
        );
        assert_eq!(detail, rules::retry::meaning(code));
    }
}

#[test]
fn too_many_are_tried_later_when_amazon_says() {
    let later = |code: &str, after: Option<u64>| Outcome::TryLater {
        code: code.to_owned(),
        after: after.map(Duration::from_secs),
    };
    let is = |status, headers: &[(&'static str, &str)], body| sent(Ok(answer(status, headers, body)));
    let too_many = ("x-amzn-errortype", "TooManyRequestsException");
    assert_eq!(
        is(429, &[too_many, ("retry-after", "30")], "{}"),
        later("TooManyRequests", Some(30))
    );
    assert_eq!(
        is(429, &[], "<html>slow down</html>"),
        later("TooManyRequests", None)
    );
    assert_eq!(
        is(400, &[("x-amzn-errortype", "ThrottlingException")], "{}"),
        later("Throttling", None)
    );
    assert_eq!(
        is(400, &[("x-amzn-errortype", "LimitExceededException")], "{}"),
        later("LimitExceeded", Some(3600))
    );
    assert_eq!(
        sent(Err(NoAnswer::NotSent("refused".to_owned()))),
        later("no_connection", None)
    );
}

#[test]
fn what_proves_nothing_is_unknown() {
    for (status, body) in [
        (500, r#"{"__type":"InternalServiceErrorException"}"#),
        (502, "<html>bad gateway</html>"),
        (503, r#"{"__type":"TooManyRequestsException"}"#),
        (400, "<html>a proxy's page</html>"),
        (403, ""),
        (404, r#"{"__type":"<script>"}"#),
        (302, ""),
        (204, ""),
        (413, "{}"),
    ] {
        assert!(
            matches!(sent(Ok(answer(status, &[], body))), Outcome::Unknown { .. }),
            "{status} {body}"
        );
    }
    assert!(matches!(
        sent(Err(NoAnswer::Lost("x".to_owned()))),
        Outcome::Unknown { .. }
    ));
}

#[test]
fn a_refused_key_names_the_field_and_a_right_one_may_be_a_narrow_one() {
    let of = |status, code: &str| genuine(&answer(status, &[("x-amzn-errortype", code)], "{}"));
    assert_eq!(of(403, "AccessDeniedException"), Ok(()));
    for (code, field) in [
        ("UnrecognizedClientException", "access_key_id"),
        ("SignatureDoesNotMatch", "secret_access_key"),
        ("InvalidSignatureException", "secret_access_key"),
    ] {
        let Err(CheckFailed::Refused(why)) = of(403, code) else {
            panic!("{code}")
        };
        assert!(why.starts_with(field), "{why}");
    }
    assert!(matches!(
        of(429, "TooManyRequestsException"),
        Err(CheckFailed::NotNow(_))
    ));
    assert!(matches!(
        genuine(&answer(500, &[], "")),
        Err(CheckFailed::NotNow(_))
    ));
}

#[test]
fn insights_say_the_worst_that_happened() {
    let of = |events: Value| insights("x-1", &json!({ "Insights": [{ "Events": events }] }));
    let found = |status: &str, code: Option<&str>| LookUp::Accepted {
        external_id: "x-1".to_owned(),
        status: status.to_owned(),
        code: code.map(str::to_owned),
    };
    assert_eq!(of(json!([{ "Type": "SEND" }])), found("sent", None));
    assert_eq!(
        of(json!([{ "Type": "SEND" }, { "Type": "DELIVERY" }])),
        found("delivered", None)
    );
    assert_eq!(
        of(
            json!([{ "Type": "DELIVERY" }, { "Type": "BOUNCE", "Details": { "Bounce": {
            "BounceType": "PERMANENT", "DiagnosticCode": "smtp; 550 5.1.1 <jane@mail.example> unknown" } } }])
        ),
        found("undelivered", Some("5.1.1"))
    );
    assert_eq!(of(json!([{ "Type": "REJECT" }])), found("failed", Some("Reject")));
    assert_eq!(of(json!([])), LookUp::NotKnown);
    assert_eq!(insights("x-1", &json!({})), LookUp::NotKnown);
}
