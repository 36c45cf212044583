//! Requests, answers and settings of WhatsApp, case by case. What it calls us for is in `callback_tests`.
use super::message::body;
use super::{DESCRIPTION, WORDS, Whatsapp, account};
use crate::answered::tests::answer;
use crate::http::{Egress, Http};
use crate::{Approved, CheckFailed, Outcome, Request, Values};
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde_json::{Value, json};
use uuid::Uuid;

fn request() -> Request {
    Request {
        message_id: Uuid::from_u128(7),
        channel: Channel::Whatsapp,
        purpose: Purpose::Service,
        from: "+15550783881".to_owned(),
        to: "+16505551234".to_owned(),
        subject: None,
        body: "Thanks from Joe's Plumbing.".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: None,
        callback_url: None,
        expires_at: None,
        now: "2026-11-21T15:00:00Z".parse().unwrap(),
    }
}

/// What every message has, and this.
fn with(more: Value) -> Value {
    let mut wanted = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": "00000000-0000-0000-0000-000000000007",
    });
    for (name, value) in more.as_object().unwrap() {
        wanted[name] = value.clone();
    }
    wanted
}

#[test]
fn free_text_goes_to_a_number_or_to_the_id_of_somebody_whose_number_is_not_told() {
    let text = json!({"body": "Thanks from Joe's Plumbing."});
    assert_eq!(
        body(&request()),
        Ok(with(json!({"to": "+16505551234", "type": "text", "text": text})))
    );
    let by_id = Request {
        to: "US.13491208655302741918".to_owned(),
        ..request()
    };
    assert_eq!(
        body(&by_id),
        Ok(with(
            json!({"recipient": "US.13491208655302741918", "type": "text", "text": text})
        ))
    );
}

#[test]
fn a_template_takes_its_variables_by_their_numbers_or_by_their_names() {
    let template = |variables: &[(&str, &str)]| {
        let approved = Approved {
            name: "thank_you".to_owned(),
            language: "en_US".to_owned(),
            variables: variables
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
        };
        let request = Request {
            approved: Some(approved),
            // a header's picture would be another component: the text of the request is not sent beside a template
            ..request()
        };
        body(&request).unwrap()["template"].clone()
    };
    let head = json!({"name": "thank_you", "language": {"code": "en_US"}});
    assert_eq!(template(&[]), head);
    let ten = template(&[("1", "Ann"), ("10", "bye"), ("2", "drain")]);
    let texts: Vec<&str> = ten["components"][0]["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| parameter["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["Ann", "drain", "bye"], "10 comes after 2");
    assert_eq!(
        template(&[("first_name", "Ann")])["components"],
        json!([{"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ann"}]}])
    );
}

#[test]
fn one_file_goes_with_its_caption_and_two_are_refused_rather_than_halved() {
    for (url, text, kind, content) in [
        (
            "https://e.example/a.PNG?x=1",
            "look",
            "image",
            json!({"link": "https://e.example/a.PNG?x=1", "caption": "look"}),
        ),
        (
            "https://e.example/a.mp4",
            "",
            "video",
            json!({"link": "https://e.example/a.mp4"}),
        ),
        (
            "https://e.example/bill",
            "",
            "document",
            json!({"link": "https://e.example/bill"}),
        ),
    ] {
        let one = Request {
            media_urls: vec![url.to_owned()],
            body: text.to_owned(),
            ..request()
        };
        assert_eq!(
            body(&one),
            Ok(with(json!({"to": "+16505551234", "type": kind, kind: content})))
        );
    }
    let two = Request {
        media_urls: vec![
            "https://e.example/1.png".to_owned(),
            "https://e.example/2.png".to_owned(),
        ],
        ..request()
    };
    assert!(matches!(body(&two), Err(Outcome::Refused { .. })));
}

#[test]
fn what_is_over_is_not_sent() {
    for (expires_at, is_sent) in [("2026-11-21T15:00:00Z", false), ("2026-11-21T15:00:01Z", true)] {
        let late = Request {
            expires_at: Some(expires_at.parse().unwrap()),
            ..request()
        };
        assert_eq!(body(&late).is_ok(), is_sent, "{expires_at}");
    }
}

#[test]
fn an_answer_of_the_api_is_read_by_its_code_and_not_by_its_status() {
    let error = |code: u64| {
        format!(r#"{{"error":{{"message":"(#{code}) x","type":"OAuthException","code":{code}}}}}"#)
    };
    let taken = r#"{"messaging_product":"whatsapp","contacts":[{"input":"+16505551234","wa_id":"16505551234"}],
                    "messages":[{"id":"wamid.HBg=","message_status":"accepted"}]}"#;
    for (status, text, means) in [
        (200, taken.to_owned(), "accepted wamid.HBg="),
        (200, r#"{"success":true}"#.to_owned(), "unknown"),
        (400, error(131_047), "refused 131047"),
        (400, error(131_026), "refused 131026"),
        (401, error(190), "refused 190"),
        (400, error(100), "refused 100"),
        (403, error(368), "refused 368"),
        (403, error(200), "refused 200"),
        (403, error(299), "refused 200"),
        (400, error(130_429), "later 130429"),
        (429, error(131_056), "refused 131056"),
        (429, error(80_007), "later 80007"),
        (429, error(4), "later 4"),
        // a limit for spam is none that waiting ends
        (429, error(131_048), "refused 131048"),
        (429, error(17), "later 130429"),
        (429, String::new(), "later 130429"),
        (400, error(1), "unknown"),
        (400, error(2), "unknown"),
        (500, error(131_000), "unknown"),
        (503, error(133_004), "unknown"),
    ] {
        let said = match WORDS.outcome(&answer(status, &text)) {
            Outcome::Accepted { external_id } => format!("accepted {external_id}"),
            Outcome::Refused { code, .. } => format!("refused {code}"),
            Outcome::TryLater { code, .. } => format!("later {code}"),
            Outcome::Unknown { .. } => "unknown".to_owned(),
        };
        assert_eq!(said, means, "{status} {text}");
    }
}

#[test]
fn a_check_names_the_field_that_is_wrong() {
    let error = |status: u16, code: u64, message: &str| {
        answer(
            status,
            &json!({"error": {"code": code, "message": message}}).to_string(),
        )
    };
    let of = |answer| match account::told(&answer, "access_token") {
        Err(CheckFailed::Refused(why)) => why.split(':').next().unwrap().to_owned(),
        Err(CheckFailed::NotNow(_)) => "not now".to_owned(),
        Ok(_) => "good".to_owned(),
    };
    assert_eq!(of(error(401, 190, "expired")), "access_token");
    assert_eq!(
        of(error(
            400,
            100,
            "Invalid appsecret_proof provided in the API argument"
        )),
        "app_secret"
    );
    assert_eq!(of(error(500, 2, "later")), "not now");
    assert_eq!(of(answer(200, "{}")), "good");
    assert_eq!(of(answer(200, "<html>")), "not now");
    let number = json!({"verified_name": "Joe's", "display_phone_number": "+1 555-078-3881", "quality_rating": "GREEN"});
    let checked = account::checked(&number, &json!({"data": [{"id": "1"}, {"id": "2"}]}), "2").unwrap();
    assert_eq!(checked.summary, "Joe's, +1 555-078-3881, GREEN");
    let elsewhere = account::checked(&number, &json!({"data": [{"id": "1"}]}), "2");
    assert!(matches!(elsewhere, Err(CheckFailed::Refused(why)) if why.starts_with("business_account_id")));
    assert!(matches!(
        account::checked(&number, &json!({}), "2"),
        Err(CheckFailed::NotNow(_))
    ));
}

#[test]
fn settings_that_would_lead_elsewhere_are_refused() {
    let http = Http::new(Egress::Public).unwrap();
    let connect = |changed: &str, to: &str| {
        let mut values = Values::default();
        for field in DESCRIPTION.fields.iter().filter(|field| field.is_required) {
            values.set(field.name, "123");
        }
        values.set(changed, to);
        Whatsapp::new(http.clone(), &values)
            .err()
            .map(|problem| problem.field)
    };
    assert_eq!(connect("phone_number_id", "106540352242922"), None);
    assert_eq!(connect("api_version", "v24.0"), None);
    for (field, value) in [
        ("phone_number_id", "../me"),
        ("phone_number_id", "+15550783881"),
        ("business_account_id", "1?x=1"),
        ("business_account_id", ""),
        ("app_secret", ""),
        ("verify_token", ""),
        ("api_version", "../v1"),
        ("api_version", "23.0"),
    ] {
        assert_eq!(connect(field, value).as_deref(), Some(field), "{value}");
    }
}
