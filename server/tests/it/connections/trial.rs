//! A connection is tried out by a message that goes the way of all others, but through it and no other.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::office::{Office, office, sent, texts};
use crate::support::moment;
use crate::support::people::{customer, stranger};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use rules::purpose::Purpose;
use rules::suppression::SuppressionReason;
use rules::verdict::Verdict;
use server::consents::{self, NewConsent, Source};
use server::messages::try_out::{TryOut, try_out};
use server::messages::{self, NewMessage};

const ANN: &str = "+15045230001";
const OURS: &str = "+13125550141";

async fn tried(office: &Office, name: &str, to: &str) -> Result<TryOut, String> {
    tried_by(office, name, to, None).await
}

/// Tried by somebody who says that the address is their own.
async fn tried_by(office: &Office, name: &str, to: &str, mine: Option<&str>) -> Result<TryOut, String> {
    let mut tx = office.tx().await;
    let done = try_out(&mut tx, name, to, mine).await;
    // as the command does: what the gate would stop is dropped
    let is_stopped = done.as_ref().is_ok_and(|done| why(done).is_some());
    if done.is_ok() && (mine.is_none() || !is_stopped) {
        tx.commit().await.unwrap();
    }
    done.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_test_goes_through_the_connection_that_is_tried_out_though_another_is_in_use() {
    let office = office().await;
    customer(&office, "Ann", ANN).await;
    let name = format!("trial-of-{}", office.slug);
    office.add(&texts(&name, OURS)).await;
    assert!(
        tried(&office, &name, ANN)
            .await
            .unwrap_err()
            .contains("never verified")
    );
    office.verify(&name).await.unwrap();
    assert!(
        tried(&office, &name, "nobody")
            .await
            .unwrap_err()
            .starts_with("to: it has no digits")
    );
    // 22:00 in New Orleans: it waits for the morning as any other does
    office.app.clock.move_to(moment("2026-03-03T04:00:00Z"));
    let held = tried(&office, &name, ANN).await.unwrap();
    let foretold = held.foretold.unwrap();
    assert!(
        foretold.holds > 0 && foretold.at > moment("2026-03-03T12:00:00Z"),
        "{foretold:?}"
    );
    office.engine().round().await.unwrap();
    assert_eq!(sent(&name).len(), 0);
    office.app.clock.move_to(moment("2026-03-03T16:00:00Z"));
    let at_day = tried(&office, &name, ANN).await.unwrap();
    let verdict = at_day.foretold.unwrap().decision.verdict;
    assert!(matches!(verdict, Verdict::Send { .. }), "{verdict:?}");
    office.engine().round().await.unwrap();
    let went: Vec<_> = sent(&name)
        .into_iter()
        .map(|request| (request.message_id, request.from))
        .collect();
    assert!(went.contains(&(held.message, OURS.to_owned())), "{went:?}");
    assert!(went.contains(&(at_day.message, OURS.to_owned())), "{went:?}");
    assert_eq!(
        office
            .text("select string_agg(distinct status || ' ' || provider, ',') from messages where tenant_id = $1")
            .await,
        "sent twilio",
        "the sandbox is in use, and got none of it"
    );
}

#[tokio::test]
async fn a_test_to_somebody_who_did_not_agree_would_be_stopped() {
    let office = office().await;
    let name = format!("trial-of-{}", office.slug);
    office.add(&texts(&name, OURS)).await;
    office.verify(&name).await.unwrap();
    let test = tried(&office, &name, "+15045230002").await.unwrap();
    let verdict = test.foretold.unwrap().decision.verdict;
    assert!(matches!(verdict, Verdict::Stop { .. }), "{verdict:?}");
    office.engine().round().await.unwrap();
    assert_eq!(sent(&name).len(), 0);
}

const MINE: &str = "+15045230077";
const NAME: &str = "Maria Perez";

async fn ready() -> (Office, String) {
    let office = office().await;
    let name = format!("trial-of-{}", office.slug);
    office.add(&texts(&name, OURS)).await;
    office.verify(&name).await.unwrap();
    office.app.clock.move_to(moment("2026-03-03T16:00:00Z"));
    (office, name)
}

/// Why the gate would stop it.
fn why(done: &TryOut) -> Option<&'static str> {
    match &done.foretold.as_ref().unwrap().decision.verdict {
        Verdict::Stop { why } => Some(why.name()),
        Verdict::Send { .. } | Verdict::Hold { .. } => None,
    }
}

#[tokio::test]
async fn an_operator_agrees_for_their_own_phone_on_the_record_and_gets_tests_and_nothing_else() {
    let (office, name) = ready().await;
    let test = tried_by(&office, &name, MINE, Some(NAME)).await.unwrap();
    let taken_down = test.taken_down.clone().unwrap();
    assert_eq!(taken_down.event, 1);
    assert_eq!(why(&test), None);
    office.engine().round().await.unwrap();
    let went = sent(&name);
    assert_eq!(went.len(), 1);
    assert!(
        went[0].body.ends_with("Reply STOP to opt out."),
        "{}",
        went[0].body
    );
    assert_eq!(
        office
            .text("select e.kind || ' ' || e.scope || ' ' || e.source || ' ' || e.method || ': ' || (d.detail ->> 'captured_by') || ', ' || (d.detail ->> 'disclosure_text')
                   from consent_events e join consent_event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id where e.tenant_id = $1")
            .await,
        "opted_in transactional staff own_address: Maria Perez, I am Maria Perez. +15045230077 is my own, and I agree that Test Plumbing sends me test messages \
         there. I can take this back at any time by answering STOP."
    );
    // once is enough, and it is for tests alone
    let again = tried(&office, &name, MINE).await.unwrap();
    assert_eq!((why(&again), again.taken_down.is_none()), (None, true));
    for purpose in [Purpose::Service, Purpose::Marketing] {
        let mut tx = office.tx().await;
        let message = NewMessage {
            id: server::ids::new(tx.now()),
            channel: Channel::Sms,
            purpose,
            customer: Some(taken_down.customer),
            from: None,
            to: MINE.to_owned(),
            subject: None,
            body: "Test Plumbing: how was it?".to_owned(),
            media_urls: Vec::new(),
            template: None,
            variables: Vec::new(),
            touch: None,
            answers: None,
            due_at: tx.now(),
        };
        let id = message.id;
        messages::queue(&mut tx, &[message]).await.unwrap();
        tx.commit().await.unwrap();
        office.engine().round().await.unwrap();
        assert_eq!(
            office
                .text(&format!(
                    "select status || ' ' || error_code from messages where tenant_id = $1 and id = '{id}'"
                ))
                .await,
            "stopped consent_unknown"
        );
    }
    let found = server::doctor::deep::tenant(&office.app, office.tenant)
        .await
        .unwrap();
    let wrong: Vec<_> = found.iter().filter(|one| !one.holds()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn an_address_that_opted_out_is_nobodys_own_and_neither_is_a_customers() {
    let (office, name) = ready().await;
    // Ann is a customer without consent; saying that her phone is one's own changes nothing
    stranger(&office, "Ann", ANN, "ann@example.com").await;
    let test = tried_by(&office, &name, ANN, Some(NAME)).await.unwrap();
    assert_eq!(
        (why(&test), test.is_known, test.taken_down),
        (Some("consent_unknown"), true, None)
    );
    // nobody has this number, and it said STOP; nor does it help that the refusal was of tests alone
    for (number, scope) in [
        ("+15045230078", Scope::All),
        ("+15045230079", Scope::Transactional),
    ] {
        let mut tx = office.tx().await;
        let refusal = NewConsent {
            customer: None,
            scope,
            ..NewConsent::new(
                uuid::Uuid::nil(),
                Channel::Sms,
                number,
                ConsentStatus::OptedOut,
                tx.now(),
                (Source::Consumer, ConsentMethod::Keyword),
            )
        };
        consents::record(&mut tx, refusal).await.unwrap();
        tx.commit().await.unwrap();
        let refused = tried_by(&office, &name, number, Some(NAME)).await.unwrap_err();
        assert!(refused.contains("opted out"), "{number}: {refused}");
    }
    // an operator's own phone that says STOP stays closed, whatever name is given
    tried_by(&office, &name, MINE, Some(NAME)).await.unwrap();
    let mut tx = office.tx().await;
    consents::opt_out_address(&mut tx, Channel::Sms, MINE, SuppressionReason::Keyword)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let test = tried_by(&office, &name, MINE, Some(NAME)).await.unwrap();
    assert_eq!((why(&test), test.taken_down), (Some("opted_out"), None));
    for name_given in ["", "  ", &"x".repeat(101)] {
        let refused = tried_by(&office, &name, "+15045230080", Some(name_given))
            .await
            .unwrap_err();
        assert!(refused.starts_with("mine: "), "{refused}");
    }
    assert_eq!(
        office
            .text("select count(*) from customers where tenant_id = $1")
            .await,
        "2",
        "Ann and the operator"
    );
}

#[tokio::test]
async fn a_phone_of_a_customer_is_not_ones_own_on_another_channel_either() {
    let (office, _) = ready().await;
    stranger(&office, "Ann", ANN, "ann@example.com").await;
    let whatsapp = office
        .text("select name from tenant_channel_settings where tenant_id = $1 and channel = 'whatsapp'")
        .await;
    let refused = tried_by(&office, &whatsapp, ANN, Some(NAME)).await.unwrap_err();
    assert!(refused.contains("a customer has this number"), "{refused}");
    tried_by(&office, &whatsapp, MINE, Some(NAME)).await.unwrap();
}

#[tokio::test]
async fn tests_are_few_and_so_are_those_who_may_have_them() {
    let (office, name) = ready().await;
    for _ in 0..5 {
        tried_by(&office, &name, MINE, Some(NAME)).await.unwrap();
    }
    let sixth = tried_by(&office, &name, MINE, Some(NAME)).await.unwrap_err();
    assert!(sixth.contains("5 tests went to this address"), "{sixth}");
    for number in 1..10 {
        let to = format!("+1504523110{number}");
        tried_by(&office, &name, &to, Some(NAME)).await.unwrap();
    }
    let eleventh = tried_by(&office, &name, "+15045231111", Some(NAME))
        .await
        .unwrap_err();
    assert!(
        eleventh.contains("10 addresses were somebody's own"),
        "{eleventh}"
    );
    office.app.clock.move_to(moment("2026-03-04T16:00:01Z"));
    tried_by(&office, &name, MINE, None).await.unwrap();
    assert_eq!(
        office
            .text("select count(*) from consent_events where tenant_id = $1")
            .await,
        "10"
    );
}
