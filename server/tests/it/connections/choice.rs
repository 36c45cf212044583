//! Through which connection a message goes: the one that was written to, that of the purpose, that of the channel; another only while a
//! provider is out.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::office::{Office, office, sent, texts, values};
use crate::support::moment;
use crate::support::people::customer;
use rules::channel::Channel;
use rules::purpose::Purpose;
use server::connections::{Carries, Changes, NewConnection};
use server::engine::Engine;
use server::messages::{self, NewMessage};
use uuid::Uuid;

const ANN: &str = "+15045230001";
const ALL: &str = "+13125550141";
const ADS: &str = "+13125550142";
const SPARE: &str = "+13125550143";

/// Names that no other test's accounts have.
fn called(office: &Office, what: &str) -> String {
    format!("{what} of {}", office.slug)
}

fn connection(office: &Office, what: &str, sender: &str) -> NewConnection {
    NewConnection {
        values: values(&[
            ("account", &called(office, what).replace(' ', "-")),
            ("token", "x"),
        ]),
        ..texts(what, sender)
    }
}

async fn queue(office: &Office, purpose: Purpose, from: Option<&str>) -> Uuid {
    let mut tx = office.tx().await;
    let id = server::ids::new(tx.now());
    let ann = office
        .text("select min(id::text) from customers where tenant_id = $1")
        .await;
    let message = NewMessage {
        id,
        channel: Channel::Sms,
        purpose,
        customer: Some(ann.parse().unwrap()),
        from: from.map(str::to_owned),
        to: ANN.to_owned(),
        subject: None,
        body: "Test Plumbing: hello. Reply STOP to opt out.".to_owned(),
        template: None,
        media_urls: Vec::new(),
        variables: Vec::new(),
        touch: None,
        answers: purpose.answers_a_keyword().then(|| (id.to_string(), tx.now())),
        due_at: tx.now(),
    };
    messages::queue(&mut tx, &[message]).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Lets what is due go, and answers the sender that the message was handed over with, or what became of it.
async fn went(office: &Office, message: Uuid) -> String {
    let engine = Engine {
        batch: 100,
        lease_seconds: 30.0,
        ..Engine::new(office.app.clone())
    };
    engine.round().await.unwrap();
    let found = ["all", "ads", "spare"]
        .iter()
        .flat_map(|what| sent(&called(office, what).replace(' ', "-")))
        .find(|request| request.message_id == message);
    match found {
        Some(request) => request.from,
        None => {
            office
                .text(&format!(
                    "select status || coalesce(' ' || error_code, '') from messages where id = '{message}'"
                ))
                .await
        }
    }
}

async fn with_ann() -> Office {
    let office = office().await;
    customer(&office, "Ann", ANN).await;
    office
}

#[tokio::test]
async fn a_purpose_goes_through_its_own_connection_and_an_answer_through_the_one_that_was_written_to() {
    let office = with_ann().await;
    office.in_use(&connection(&office, "all", ALL)).await;
    let early = queue(&office, Purpose::Transactional, None).await;
    let service = NewConnection {
        carries: Carries::Transactional,
        ..connection(&office, "ads", ADS)
    };
    office.in_use(&service).await;
    assert_eq!(
        went(&office, early).await,
        ADS,
        "the gate chooses again when a message goes"
    );
    let id = queue(&office, Purpose::Transactional, None).await;
    assert_eq!(went(&office, id).await, ADS);
    let id = queue(&office, Purpose::HelpAnswer, None).await;
    assert_eq!(went(&office, id).await, ALL);
    let id = queue(&office, Purpose::Transactional, Some(ALL)).await;
    assert_eq!(
        went(&office, id).await,
        ALL,
        "the customer wrote to the other number"
    );
    let id = queue(&office, Purpose::OptInConfirmation, Some(ADS)).await;
    assert_eq!(went(&office, id).await, ADS);
    let id = queue(&office, Purpose::Transactional, Some("+13125550100")).await;
    assert_eq!(went(&office, id).await, ADS, "that number is ours no more");
}

#[tokio::test]
async fn what_is_queued_for_the_sandbox_goes_through_the_connection_that_takes_its_place() {
    let office = with_ann().await;
    let id = queue(&office, Purpose::Transactional, None).await;
    office.in_use(&connection(&office, "all", ALL)).await;
    assert_eq!(went(&office, id).await, ALL);
    assert_eq!(
        office
            .text(&format!(
                "select our_address || ' ' || provider from messages where id = '{id}'"
            ))
            .await,
        format!("{ALL} twilio")
    );
}

async fn out(office: &Office, name: &str, reason: &str) {
    let (since, reason) = if reason.is_empty() {
        ("null", "null".to_owned())
    } else {
        ("now()", format!("'{reason}'"))
    };
    office
        .run(&format!(
            "update tenant_channel_settings set unavailable_since = {since}, unavailable_reason = {reason} where name = '{name}'"
        ))
        .await;
}

#[tokio::test]
async fn another_stands_in_while_the_provider_is_out_and_for_no_other_reason() {
    let office = with_ann().await;
    office.in_use(&connection(&office, "all", ALL)).await;
    let spare = NewConnection {
        stands_in_for: Some("all".to_owned()),
        ..connection(&office, "spare", SPARE)
    };
    office.add(&spare).await;
    out(&office, "all", "outage").await;
    let waiting = queue(&office, Purpose::Transactional, None).await;
    assert_eq!(
        went(&office, waiting).await,
        "queued connection_unavailable",
        "the spare was never verified"
    );
    office.verify("spare").await.unwrap();
    let id = queue(&office, Purpose::Transactional, None).await;
    assert_eq!(
        went(&office, id).await,
        "queued connection_unavailable",
        "the spare is not in use"
    );
    assert_eq!(office.activate("spare").await, Ok(None), "both are in use now");
    let id = queue(&office, Purpose::Transactional, None).await;
    assert_eq!(went(&office, id).await, SPARE);
    for reason in ["account", "operator"] {
        out(&office, "all", reason).await;
        let id = queue(&office, Purpose::Transactional, None).await;
        assert_eq!(
            went(&office, id).await,
            "queued connection_unavailable",
            "{reason}"
        );
    }
    out(&office, "all", "outage").await;
    out(&office, "spare", "outage").await;
    let id = queue(&office, Purpose::Transactional, None).await;
    assert_eq!(
        went(&office, id).await,
        "queued connection_unavailable",
        "both are out"
    );
    out(&office, "spare", "").await;
    out(&office, "all", "").await;
    let id = queue(&office, Purpose::Transactional, None).await;
    assert_eq!(went(&office, id).await, ALL);
}

/// All, and a spare that stands in for it, both in use.
async fn with_a_spare() -> Office {
    let office = with_ann().await;
    office.in_use(&connection(&office, "all", ALL)).await;
    let spare = NewConnection {
        stands_in_for: Some("all".to_owned()),
        ..connection(&office, "spare", SPARE)
    };
    office.in_use(&spare).await;
    office
}

#[tokio::test]
async fn what_was_written_to_the_number_of_one_that_stands_in_is_answered_from_there() {
    let office = with_a_spare().await;
    for reason in ["", "outage", "account"] {
        out(&office, "all", reason).await;
        for purpose in [Purpose::Transactional, Purpose::HelpAnswer] {
            let id = queue(&office, purpose, Some(SPARE)).await;
            let provider = format!("select our_address || ' ' || provider from messages where id = '{id}'");
            assert_eq!(office.text(&provider).await, format!("{SPARE} twilio"));
            assert_eq!(went(&office, id).await, SPARE, "{reason}");
            office
                .run("update recipients set last_help_answer_at = null")
                .await;
        }
    }
    out(&office, "all", "").await;
    let id = queue(&office, Purpose::Transactional, None).await;
    assert_eq!(went(&office, id).await, ALL, "it carries nothing else");
    let id = queue(&office, Purpose::Transactional, Some(ALL)).await;
    assert_eq!(went(&office, id).await, ALL);
    out(&office, "spare", "account").await;
    let id = queue(&office, Purpose::Transactional, Some(SPARE)).await;
    assert_eq!(went(&office, id).await, ALL, "the spare itself is out");
}

#[tokio::test]
async fn one_that_stands_in_is_tried_again_after_an_outage_of_its_own() {
    let office = with_a_spare().await;
    let state =
        "select coalesce(unavailable_reason, 'in order') from tenant_channel_settings where name = 'spare'";
    out(&office, "all", "outage").await;
    out(&office, "spare", "outage").await;
    office
        .run(
            "insert into connection_circuits (tenant_id, connection_id, failures, why, open_since, probe_at, wait_seconds, updated_at)
             select tenant_id, id, 5, 'outage', '2026-03-02T15:00Z', '2026-03-02T15:10Z', 600, '2026-03-02T15:00Z'
             from tenant_channel_settings where tenant_id = $1 and name = 'spare'",
        )
        .await;
    let id = queue(&office, Purpose::Transactional, None).await;
    assert_eq!(went(&office, id).await, "queued connection_unavailable");
    office.app.clock.move_to(moment("2026-03-02T15:30:00Z"));
    assert_eq!(went(&office, id).await, SPARE);
    assert_eq!(office.text(state).await, "in order");
}

#[tokio::test]
async fn what_a_provider_proved_not_to_have_taken_may_go_another_way_and_nothing_else() {
    let office = with_ann().await;
    let busy = NewConnection {
        values: values(&[
            ("account", &called(&office, "all").replace(' ', "-")),
            ("token", "busy"),
        ]),
        ..texts("all", ALL)
    };
    office.in_use(&busy).await;
    let spare = NewConnection {
        stands_in_for: Some("all".to_owned()),
        ..connection(&office, "spare", SPARE)
    };
    office.in_use(&spare).await;
    let proven = queue(&office, Purpose::Transactional, None).await;
    assert_eq!(went(&office, proven).await, "queued 429");
    let lost = queue(&office, Purpose::Transactional, None).await;
    office
        .run(&format!(
            "update messages set status = 'unknown', attempts = 1, due_at = null where id = '{lost}'"
        ))
        .await;
    out(&office, "all", "outage").await;
    office.app.clock.move_to(moment("2026-03-02T15:30:00Z"));
    assert_eq!(went(&office, proven).await, SPARE);
    assert_eq!(went(&office, lost).await, "unknown");
    assert_eq!(
        office
            .text(&format!(
                "select attempts || ' ' || (connection_id = (select id from tenant_channel_settings where name = 'spare'))
                 from messages where id = '{proven}'"
            ))
            .await,
        "2 true"
    );
}

#[tokio::test]
async fn who_stands_in_is_on_the_same_channel_and_in_no_chain() {
    let office = office().await;
    for (name, sender) in [("all", ALL), ("ads", ADS), ("spare", SPARE)] {
        office.add(&connection(&office, name, sender)).await;
    }
    let stand_in = async |name: &str, target: Option<&str>| {
        let changes = Changes {
            stands_in_for: Some(target.map(str::to_owned)),
            ..Changes::default()
        };
        office.change(name, &changes).await.map(|_| ())
    };
    let says = |done: Result<(), String>, what: &str| {
        let said = done.unwrap_err();
        assert!(said.contains(what), "{said}");
    };
    stand_in("spare", Some("all")).await.unwrap();
    says(
        stand_in("ads", Some("spare")).await,
        "stands in for another itself",
    );
    says(stand_in("all", Some("ads")).await, "`spare` stands in for it");
    says(stand_in("ads", Some("ads")).await, "for itself");
    says(
        stand_in("ads", Some("email by sandbox")).await,
        "on another channel",
    );
    stand_in("spare", None).await.unwrap();
    office.verify("all").await.unwrap();
    office.activate("all").await.unwrap();
    says(stand_in("all", Some("ads")).await, "`all` is in use");
    let changes = Changes {
        name: Some("spare".to_owned()),
        ..Changes::default()
    };
    assert!(
        office
            .change("ads", &changes)
            .await
            .unwrap_err()
            .contains("is called `spare`")
    );
}
