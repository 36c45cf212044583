//! What customers write back: STOP acts before the next message, HELP is answered, sentences that revoke suppress, the rest ends the follow-up.
use crate::support::people::{ann_writes, customer, job, live, plumbing, receipts};
use crate::support::{World, world_with};
use providers::sandbox::{Act, Script};
use rules::purpose::Purpose;
use std::time::Duration;

const ANN: &str = "+15045230001";
const UNTIL: &str = "2026-03-16T14:00:00Z";

fn purposes(world: &World) -> Vec<Purpose> {
    receipts(world).iter().map(|receipt| receipt.purpose).collect()
}

#[tokio::test]
async fn stop_ends_everything_and_is_confirmed_once_within_five_minutes() {
    let world = ann_writes(&[(10, "Stop."), (11, "STOP"), (500, "unsubscribe")], UNTIL).await;
    let sent = receipts(&world);
    let confirmations: Vec<_> = sent
        .iter()
        .filter(|receipt| receipt.purpose == Purpose::OptOutConfirmation)
        .collect();
    assert_eq!(confirmations.len(), 1, "three messages, one opt-out");
    assert!(
        sent.iter()
            .filter(|receipt| receipt.purpose == Purpose::Service)
            .count()
            == 1,
        "no touch after STOP, not even by e-mail"
    );
    assert!(confirmations[0].body.contains("unsubscribed"));
    assert_eq!(
        world
            .text("select stop_reason from campaign_enrollments where tenant_id = $1")
            .await,
        "opted_out_sms"
    );
    assert_eq!(
        world
            .text("select status || ':' || method from consents where tenant_id = $1 and channel = 'sms'")
            .await,
        "opted_out:keyword"
    );
    assert_eq!(world.text("select suppressed_scope || ':' || suppressed_reason from recipients where tenant_id = $1 and channel = 'sms'").await, "all:keyword");
}

#[tokio::test]
async fn start_reopens_for_the_next_job_but_not_the_old_follow_up() {
    let world = ann_writes(&[(10, "STOP"), (60, "START")], UNTIL).await;
    assert_eq!(
        purposes(&world),
        [
            Purpose::Service,
            Purpose::OptOutConfirmation,
            Purpose::OptInConfirmation
        ]
    );
    assert_eq!(
        world
            .text("select status from consents where tenant_id = $1 and channel = 'sms'")
            .await,
        "opted_in"
    );
    assert_eq!(world.text("select coalesce(suppressed_scope, '-') from recipients where tenant_id = $1 and channel = 'sms'").await, "-");
    let confirmation = &receipts(&world)[2].body;
    assert!(
        confirmation.contains("HELP")
            && confirmation.contains("STOP")
            && confirmation.contains("rates may apply")
    );
}

#[tokio::test]
async fn help_is_answered_with_name_and_contact_and_the_follow_up_goes_on() {
    let world = ann_writes(&[(10, "help")], UNTIL).await;
    assert_eq!(
        purposes(&world),
        [
            Purpose::Service,
            Purpose::HelpAnswer,
            Purpose::Service,
            Purpose::Service,
            Purpose::Service
        ]
    );
    assert!(
        receipts(&world)[1].body.contains("Test Plumbing")
            && receipts(&world)[1].body.contains("+13125550142")
    );
}

#[tokio::test]
async fn a_sentence_that_revokes_suppresses_at_once_and_a_person_looks() {
    let world = ann_writes(&[(10, "please stop texting me")], UNTIL).await;
    assert_eq!(purposes(&world), [Purpose::Service]);
    assert_eq!(
        world
            .text("select suppressed_reason from recipients where tenant_id = $1 and channel = 'sms'")
            .await,
        "free_text"
    );
    assert_eq!(
        world
            .text("select kind from review_tasks where tenant_id = $1 and closed_at is null")
            .await,
        "free_text_revocation"
    );
}

#[tokio::test]
async fn sentences_that_hold_a_keyword_do_not_revoke_but_end_the_follow_up_as_an_answer() {
    for said in [
        "yup next stop",
        "this month end",
        "don't stop smiling",
        "can you start Monday",
    ] {
        let world = ann_writes(&[(10, said)], UNTIL).await;
        assert_eq!(
            world
                .text("select stop_reason from campaign_enrollments where tenant_id = $1")
                .await,
            "replied",
            "{said}"
        );
        assert_eq!(
            world
                .text("select status from consents where tenant_id = $1 and channel = 'sms'")
                .await,
            "opted_in",
            "{said}"
        );
        assert_eq!(
            world
                .text("select body from messages where tenant_id = $1 and direction = 'inbound'")
                .await,
            said
        );
    }
}

#[tokio::test]
async fn a_click_or_feedback_ends_the_follow_up_whatever_the_rating() {
    for (act, reason) in [
        (
            Act::Click {
                after: Duration::from_secs(600),
            },
            "review_clicked",
        ),
        (
            Act::Feedback {
                after: Duration::from_secs(600),
                rating: 1,
            },
            "feedback_submitted",
        ),
    ] {
        let world = world_with(Script::acts(vec![(
            ANN.to_owned(),
            vec![Act::Deliver, act, Act::DoubledCallbacks],
        )]))
        .await;
        plumbing(&world).await;
        let ann = customer(&world, "Ann", ANN).await;
        job(&world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
        live(&world, "2026-03-16T14:00:00Z").await;
        assert_eq!(
            world
                .text("select stop_reason from campaign_enrollments where tenant_id = $1")
                .await,
            reason
        );
        assert_eq!(receipts(&world).len(), 1);
        assert_eq!(
            world
                .text("select count(*) from customer_feedback where tenant_id = $1")
                .await,
            "1"
        );
    }
}

#[tokio::test]
async fn an_event_told_twice_is_stored_and_applied_once() {
    let world = ann_writes(&[(10, "thanks!")], UNTIL).await;
    let events = providers::sandbox::journal::read(&world.journal()).unwrap();
    let told: Vec<providers::Event> = events
        .into_iter()
        .filter_map(|line| match line {
            providers::sandbox::journal::Line::Event { event, .. } => Some(event),
            _ => None,
        })
        .collect();
    let before = world
        .text("select count(*) from provider_events where tenant_id = $1")
        .await;
    server::inbound::keep(&world.app, "sandbox", &told).await.unwrap();
    live(&world, "2026-03-17T14:00:00Z").await;
    assert_eq!(
        world
            .text("select count(*) from provider_events where tenant_id = $1")
            .await,
        before
    );
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1 and direction = 'inbound'")
            .await,
        "1"
    );
}

#[tokio::test]
async fn a_stored_stop_is_applied_before_anything_is_sent() {
    let world = world_with(Script::calm()).await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
    world.at("2026-03-04T15:00:00Z");
    let ours = world
        .text("select sender_address from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
        .await;
    let stop = providers::Event {
        key: "k".to_owned(),
        our_address: ours.clone(),
        occurred_at: world.app.clock.now(),
        kind: providers::EventKind::Inbound(providers::Inbound {
            answered_by_provider: true,
            ..providers::Inbound::text("x", rules::channel::Channel::Sms, (ANN, &ours), "STOP")
        }),
    };
    server::inbound::keep(&world.app, "sandbox", &[stop])
        .await
        .unwrap();
    live(&world, "2026-03-10T15:00:00Z").await;
    assert_eq!(
        receipts(&world).len(),
        0,
        "neither a touch nor a second confirmation"
    );
}

#[tokio::test]
async fn a_stop_that_is_read_late_counts_from_when_it_came_and_is_not_confirmed_any_more() {
    let world = world_with(Script::calm()).await;
    plumbing(&world).await;
    customer(&world, "Ann", ANN).await;
    world.at("2026-03-04T15:00:00Z");
    let ours = world
        .text("select sender_address from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
        .await;
    let stop = providers::Event {
        key: "late".to_owned(),
        our_address: ours.clone(),
        occurred_at: world.app.clock.now(),
        kind: providers::EventKind::Inbound(providers::Inbound::text(
            "x",
            rules::channel::Channel::Sms,
            (ANN, &ours),
            "STOP",
        )),
    };
    server::inbound::keep(&world.app, "sandbox", &[stop])
        .await
        .unwrap();
    world.at("2026-03-04T15:06:00Z");
    live(&world, "2026-03-04T15:30:00Z").await;
    assert_eq!(receipts(&world).len(), 0, "five minutes are over");
    assert_eq!(
        world
            .text("select suppressed_scope from recipients where tenant_id = $1 and channel = 'sms'")
            .await,
        "all"
    );
    assert_eq!(
        world
            .text("select status || ' ' || at from consents where tenant_id = $1 and channel = 'sms'")
            .await,
        "opted_out 2026-03-04 15:00:00+00"
    );
}
