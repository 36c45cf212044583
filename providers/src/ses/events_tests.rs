//! What SES publishes, as its documentation shows it, and what it comes to.
use super::*;
use proptest::prelude::*;
use serde_json::json;

const OURS: &str = "01987654-0000-7000-8000-000000000001";

fn mail() -> Value {
    json!({
        "timestamp": "2026-11-21T14:59:38.237Z",
        "source": "Joe <hello@joes-plumbing.example>",
        "messageId": "0100018f-aaaa-000000",
        "destination": ["jane@mail.example"],
        "headersTruncated": false,
        "headers": [
            { "name": "From", "value": "Joe <hello@joes-plumbing.example>" },
            { "name": "Message-ID", "value": format!("<{OURS}@joes-plumbing.example>") },
        ],
    })
}

fn bounce(kind: &str, subtype: &str, status: &str) -> Value {
    json!({
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": kind, "bounceSubType": subtype, "feedbackId": "feed-1", "timestamp": "2026-11-21T15:00:00.000Z",
            "bouncedRecipients": [{ "emailAddress": "jane@mail.example", "action": "failed", "status": status,
                "diagnosticCode": format!("smtp; 550 {status} <jane@mail.example>... refused") }],
        },
        "mail": mail(),
    })
}

fn class_of(body: &Value) -> BounceClass {
    match of(body).unwrap().as_slice() {
        [
            Event {
                kind: EventKind::Bounce { class, .. },
                ..
            },
        ] => *class,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bounce_names_our_message_its_address_class_and_code() {
    let [event] = &of(&bounce("Permanent", "General", "5.1.1")).unwrap()[..] else {
        panic!()
    };
    assert_eq!(event.our_address, "hello@joes-plumbing.example");
    assert_eq!(event.occurred_at, "2026-11-21T15:00:00Z".parse().unwrap());
    assert_eq!(
        event.kind,
        EventKind::Bounce {
            message_id: Some(OURS.parse().unwrap()),
            external_id: "0100018f-aaaa-000000".to_owned(),
            address: "jane@mail.example".to_owned(),
            class: BounceClass::Hard,
            code: Some("5.1.1".to_owned()),
        }
    );
    assert!(!event.key.contains("jane"), "{}", event.key);
}

#[test]
fn each_kind_of_bounce_has_its_class() {
    use BounceClass::{Hard, Ignored, Soft};
    for (kind, subtype, status, wanted) in [
        ("Permanent", "General", "5.1.1", Hard),
        ("Permanent", "NoEmail", "5.1.1", Hard),
        ("Permanent", "Suppressed", "5.1.1", Hard),
        ("Permanent", "OnAccountSuppressionList", "", Hard),
        ("Permanent", "General", "", Hard),
        ("Transient", "General", "4.2.1", Soft),
        ("Transient", "General", "", Soft),
        ("Transient", "MailboxFull", "5.2.2", Soft),
        ("Undetermined", "Undetermined", "", Soft),
        ("Transient", "General", "4.4.7", Hard),
        ("Transient", "MessageTooLarge", "5.3.4", Ignored),
        ("Transient", "ContentRejected", "5.6.0", Ignored),
        ("Transient", "AttachmentRejected", "", Ignored),
        ("Transient", "CustomTimeoutExceeded", "", Ignored),
        ("Permanent", "General", "5.2.3", Ignored),
        ("Permanent", "General", "5.7.1", Ignored),
    ] {
        assert_eq!(
            class_of(&bounce(kind, subtype, status)),
            wanted,
            "{kind} {subtype} {status}"
        );
    }
}

#[test]
fn a_code_is_also_found_in_the_words_of_the_mail_server() {
    let mut told = bounce("Transient", "General", "");
    told["bounce"]["bouncedRecipients"][0]["diagnosticCode"] =
        json!("Amazon SES: 4.4.7 Message expired: unable to deliver");
    assert_eq!(class_of(&told), BounceClass::Hard);
}

#[test]
fn both_forms_say_the_same_and_a_tag_is_believed_before_a_header() {
    let old = bounce("Permanent", "General", "5.1.1");
    let mut new = old.clone();
    new["eventType"] = new.as_object_mut().unwrap().remove("notificationType").unwrap();
    assert_eq!(of(&old).unwrap(), of(&new).unwrap());
    let tagged = "01987654-0000-7000-8000-000000000002";
    new["mail"]["tags"] = json!({ TAG: [tagged], "ses:caller-identity": ["courtesy"] });
    let [
        Event {
            kind: EventKind::Bounce { message_id, .. },
            ..
        },
    ] = &of(&new).unwrap()[..]
    else {
        panic!()
    };
    assert_eq!(*message_id, Some(tagged.parse().unwrap()));
}

#[test]
fn what_happens_on_the_way_is_a_status() {
    for (kind, status, code) in [
        ("Send", "sent", None),
        ("Delivery", "delivered", None),
        ("Reject", "failed", Some("Reject")),
        ("Rendering Failure", "failed", Some("RenderingFailure")),
    ] {
        let body = json!({ "eventType": kind, "mail": mail(),
            "delivery": { "timestamp": "2026-11-21T15:00:02.000Z", "recipients": ["jane@mail.example"] } });
        let [event] = &of(&body).unwrap()[..] else {
            panic!()
        };
        assert_eq!(
            event.kind,
            EventKind::Status {
                message_id: Some(OURS.parse().unwrap()),
                external_id: "0100018f-aaaa-000000".to_owned(),
                status: status.to_owned(),
                code: code.map(str::to_owned),
            }
        );
        if let Some(code) = code {
            assert_eq!(
                rules::retry::after("ses", code, 1),
                rules::retry::NextStep::FailAndAlert
            );
        }
    }
}

#[test]
fn what_is_not_of_our_concern_gives_nothing() {
    for kind in ["Open", "Click", "DeliveryDelay", "Subscription", "Something new"] {
        assert_eq!(
            of(&json!({ "eventType": kind, "mail": mail() })),
            Ok(vec![]),
            "{kind}"
        );
    }
    assert_eq!(of(&Value::Null), Ok(vec![]));
    assert_eq!(
        of(&json!(
            "Successfully validated SNS topic for Amazon SES event publishing."
        )),
        Ok(vec![])
    );
}

fn complaint(kind: &str) -> Value {
    json!({ "notificationType": "Complaint", "mail": mail(), "complaint": {
        "complainedRecipients": [{ "emailAddress": "jane@mail.example" }, { "emailAddress": "Joan <joan@mail.example>" }],
        "timestamp": "2026-11-21T16:00:00Z", "feedbackId": "feed-2", "complaintFeedbackType": kind } })
}

#[test]
fn a_complaint_is_one_event_for_each_reader_and_praise_is_none() {
    let events = of(&complaint("abuse")).unwrap();
    let whose: Vec<&str> = events
        .iter()
        .map(|event| match &event.kind {
            EventKind::Complaint { address, .. } => address.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(whose, ["jane@mail.example", "joan@mail.example"]);
    assert_ne!(events[0].key, events[1].key);
    assert_eq!(of(&complaint("not-spam")), Ok(vec![]));
}

#[test]
fn a_notification_that_lacks_what_it_must_have_is_malformed() {
    for body in [
        json!({ "eventType": "Delivery" }),
        json!({ "eventType": "Delivery", "mail": { "messageId": "", "timestamp": "2026-11-21T15:00:00Z" } }),
        json!({ "eventType": "Delivery", "mail": { "messageId": "a", "timestamp": "yesterday" } }),
        json!({ "eventType": "Bounce", "mail": mail() }),
        json!({ "eventType": "Bounce", "mail": mail(), "bounce": { "bounceType": "Permanent" } }),
        json!({ "eventType": "Bounce", "mail": mail(), "bounce": { "bounceType": "Permanent", "bouncedRecipients": [{}] } }),
        json!({ "eventType": "Complaint", "mail": mail(), "complaint": {} }),
        json!({ "notificationType": "Received", "mail": mail() }),
    ] {
        assert_eq!(of(&body), Err(Refusal::Malformed), "{body}");
    }
}

fn received(content: &str, encoding: &str) -> Value {
    json!({ "notificationType": "Received", "content": content, "mail": {
            "timestamp": "2026-11-21T15:00:00Z", "source": "bounces@mail.example", "messageId": "in-1",
            "destination": ["hello@joes-plumbing.example"],
            "commonHeaders": { "from": ["Jane <jane@mail.example>"], "subject": "Re: Your visit" } },
        "receipt": { "recipients": ["hello@joes-plumbing.example"], "action": { "type": "SNS", "encoding": encoding } } })
}

const LETTER: &str = "From: =?utf-8?q?Jane_D=C3=B6?= <jane@mail.example>\r\nTo: hello@joes-plumbing.example\r\n\
    Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    Danke, gut=\r\n gemacht.\r\nZo=C3=AB\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Danke</p>\r\n--b--\r\n";

fn letter(body: &Value) -> Inbound {
    match of(body).unwrap().as_slice() {
        [
            Event {
                kind: EventKind::Inbound(inbound),
                our_address,
                ..
            },
        ] => {
            assert_eq!(*our_address, inbound.to);
            inbound.clone()
        }
        other => panic!("{other:?}"),
    }
}

use crate::{Inbound, Verdict, Verdicts};

#[test]
fn a_letter_is_read_in_both_encodings_of_the_rule() {
    use base64::Engine;
    let packed = base64::prelude::BASE64_STANDARD.encode(LETTER);
    for body in [
        received(LETTER, "UTF8"),
        received(&packed, "BASE64"),
        received(&packed, ""),
    ] {
        let letter = letter(&body);
        assert_eq!(letter.from, "jane@mail.example");
        assert_eq!(letter.to, "hello@joes-plumbing.example");
        assert_eq!(letter.subject.as_deref(), Some("Grüße"));
        assert_eq!(letter.body, "Danke, gut gemacht.\nZoë");
    }
}

#[test]
fn a_letter_whose_text_is_elsewhere_is_told_all_the_same() {
    let mut body = received("", "");
    body.as_object_mut().unwrap().remove("content");
    let letter = letter(&body);
    assert_eq!(
        (letter.from.as_str(), letter.body.as_str()),
        ("jane@mail.example", "")
    );
    assert_eq!(letter.subject.as_deref(), Some("Re: Your visit"));
}

#[test]
fn a_mail_to_unsubscribe_is_a_letter_whose_subject_says_it() {
    let plain = "From: jane@mail.example\r\nTo: unsubscribe@joes-plumbing.example\r\nSubject: t0ken\r\n\r\n";
    assert_eq!(letter(&received(plain, "UTF8")).subject.as_deref(), Some("t0ken"));
}

#[test]
fn what_no_person_wrote_is_a_letter_that_says_so_whether_the_mail_or_the_notification_has_its_header() {
    for (name, value, is_machine) in [
        ("Auto-Submitted", "auto-replied (vacation)", true),
        (
            "auto-submitted",
            "auto-generated; owner-email=a@mail.example",
            true,
        ),
        ("Auto-Submitted", "Auto-Notified", true),
        ("Auto-Submitted", "x-new-word", true),
        ("Auto-Submitted", "No", false),
        ("Auto-Submitted", "no; because=\"a person\"", false),
        ("X-Autoreply", "yes", true),
        ("X-Autorespond", "1", true),
        ("X-Autorespond", "", false),
        ("Precedence", "auto_reply", true),
        ("Precedence", "Bulk", true),
        ("Precedence", "junk", true),
        ("Precedence", "first-class", false),
        ("Return-Path", "<>", true),
        ("Return-Path", "<jane@mail.example>", false),
        (
            "Content-Type",
            "multipart/report; report-type=delivery-status; boundary=b",
            true,
        ),
        ("Content-Type", "text/plain", false),
    ] {
        let plain = "From: jane@mail.example\r\nSubject: Away\r\n\r\nSTOP\r\n";
        let with_text = letter(&received(&format!("{name}: {value}\r\n{plain}"), "UTF8"));
        assert_eq!(with_text.is_machine, is_machine, "{name}: {value}");
        assert_eq!(with_text.from, "jane@mail.example");
        let mut body = received("", "");
        body.as_object_mut().unwrap().remove("content");
        body["mail"]["headers"] = json!([{ "name": name, "value": value }]);
        assert_eq!(letter(&body).is_machine, is_machine, "{name}: {value}, told only");
    }
    // as it was stored before that was looked at
    let mut old = serde_json::to_value(letter(&received(LETTER, "UTF8"))).unwrap();
    old.as_object_mut().unwrap().remove("is_machine");
    assert!(!serde_json::from_value::<Inbound>(old).unwrap().is_machine);
}

proptest! {
    #[test]
    fn the_same_piece_gives_the_same_keys_and_another_feedback_or_reader_another(feedback in "[a-z0-9-]{1,20}", reader in "[a-z]{1,10}") {
        let mut body = bounce("Permanent", "General", "5.1.1");
        let before = of(&body).unwrap();
        prop_assert_eq!(&of(&body).unwrap(), &before);
        body["bounce"]["feedbackId"] = json!(format!("other-{feedback}"));
        prop_assert_ne!(&of(&body).unwrap()[0].key, &before[0].key);
        body["bounce"]["feedbackId"] = json!("feed-1");
        body["bounce"]["bouncedRecipients"][0]["emailAddress"] = json!(format!("not-{reader}@mail.example"));
        prop_assert_ne!(&of(&body).unwrap()[0].key, &before[0].key);
    }

    #[test]
    fn no_letter_makes_it_panic(content in "\\PC{0,300}", encoding in "(UTF8|BASE64|)") {
        let _ = of(&received(&content, &encoding));
        let _ = of(&received(&format!("Subject: x\r\nFrom: {content}"), &encoding));
    }
}

#[test]
fn what_amazon_found_of_a_mail_is_kept_and_only_dmarc_proves_whose_it_is() {
    let found = |name: &str, status: &str| {
        let mut body = received("From: jane@mail.example\r\n\r\nSTART", "UTF8");
        for other in ["spfVerdict", "dkimVerdict"] {
            body["receipt"][other] = json!({ "status": "PASS" });
        }
        body["receipt"][name] = json!({ "status": status });
        letter(&body)
    };
    assert!(found("dmarcVerdict", "PASS").proves_its_sender());
    for status in ["FAIL", "GRAY", "PROCESSING_FAILED", "pass", ""] {
        assert!(!found("dmarcVerdict", status).proves_its_sender(), "{status}");
    }
    let infected = found("virusVerdict", "FAIL");
    assert!(infected.is_infected() && !infected.proves_its_sender());
    assert_eq!(
        infected.verdicts,
        Some(Verdicts {
            spf: Verdict::Pass,
            dkim: Verdict::Pass,
            virus: Verdict::Fail,
            ..Verdicts::default()
        })
    );
    // as it was stored before verdicts were
    let mut old = serde_json::to_value(&infected).unwrap();
    old.as_object_mut().unwrap().remove("verdicts");
    let old: Inbound = serde_json::from_value(old).unwrap();
    assert!(old.verdicts.is_none() && !old.proves_its_sender());
}
