//! A message that its provider did not take comes back: it is offered again and counted once; what failed for good tells a person why.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::{customer, live, receipts};
use crate::support::{World, moment, world_with};
use providers::sandbox::{Act, Script};
use rules::channel::Channel;
use rules::purpose::Purpose;
use server::messages::{self, NewMessage};
use std::time::Duration;

const ANN: &str = "+15045230001";

fn script(acts: Vec<Act>) -> Script {
    Script::acts(vec![(ANN.to_owned(), acts)])
}

/// How often this was asked for, and how long the provider asked to be left alone each time.
fn comes_back(times: usize) -> Script {
    let mut acts = vec![
        Act::RateLimit {
            after: Duration::from_secs(90),
        };
        times
    ];
    acts.push(Act::Deliver);
    script(acts)
}

/// A message to Ann that nobody's campaign asked for.
async fn to_ann(world: &World, ann: uuid::Uuid, purpose: Purpose, answers: Option<&str>) -> uuid::Uuid {
    let mut tx = world.tx().await;
    let message = NewMessage {
        id: server::ids::new(tx.now()),
        channel: Channel::Sms,
        purpose,
        customer: Some(ann),
        from: None,
        to: ANN.to_owned(),
        subject: None,
        body: "Test Plumbing: how was it?".to_owned(),
        media_urls: Vec::new(),
        template: None,
        variables: Vec::new(),
        touch: None,
        answers: answers.map(|event| (event.to_owned(), tx.now())),
        due_at: tx.now(),
    };
    let id = message.id;
    messages::queue(&mut tx, &[message]).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn a_message_that_comes_back_counts_once_and_a_real_fourth_still_waits() {
    let world = world_with(comes_back(4)).await;
    let ann = customer(&world, "Ann", ANN).await;
    world.at("2026-03-04T15:00:00Z");
    let first = to_ann(&world, ann, Purpose::Service, None).await;
    live(&world, "2026-03-04T15:10:00Z").await;
    let taken = receipts(&world)
        .into_iter()
        .filter(|receipt| receipt.answer.is_taken());
    let at: Vec<_> = taken.map(|receipt| (receipt.message_id, receipt.at)).collect();
    assert_eq!(
        at,
        [(first, moment("2026-03-04T15:06:00Z"))],
        "offered five times, 90 seconds apart"
    );
    assert_eq!(
        world
            .text("select recent_sends from recipients where tenant_id = $1 and channel = 'sms'")
            .await,
        "{\"2026-03-04 15:06:00+00\"}",
        "it counts from when it went"
    );
    assert_eq!(
        world.text("select u.messages || ' ' || (u.segments = m.segments) from usage_counters u join messages m using (tenant_id) where tenant_id = $1").await,
        "1 true"
    );
    for _ in 0..3 {
        to_ann(&world, ann, Purpose::Service, None).await;
    }
    live(&world, "2026-03-05T15:05:59Z").await;
    assert_eq!(
        world.text("select string_agg(status || coalesce(' ' || due_at::text, ''), ', ' order by status) from messages where tenant_id = $1").await,
        "delivered, delivered, delivered, queued 2026-03-05 15:06:00+00"
    );
    live(&world, "2026-03-05T15:10:00Z").await;
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1 and status = 'delivered'")
            .await,
        "4"
    );
    let found = server::doctor::deep::tenant(&world.app, world.tenant)
        .await
        .unwrap();
    let wrong: Vec<_> = found.iter().filter(|one| !one.holds()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_third_of_a_day_that_comes_back_does_not_wait_for_itself() {
    let world = world_with(comes_back(1)).await;
    let ann = customer(&world, "Ann", ANN).await;
    world.at("2026-03-04T15:00:00Z");
    to_ann(&world, ann, Purpose::Service, None).await;
    world
        .run("update recipients set recent_sends = array['2026-03-04T13:00Z', '2026-03-04T12:00Z']::timestamptz[] where tenant_id = $1 and channel = 'sms'")
        .await;
    live(&world, "2026-03-04T15:10:00Z").await;
    assert_eq!(
        receipts(&world).last().unwrap().at,
        moment("2026-03-04T15:01:30Z")
    );
    assert_eq!(
        world
            .text("select cardinality(recent_sends) from recipients where tenant_id = $1 and channel = 'sms'")
            .await,
        "3"
    );
}

#[tokio::test]
async fn the_last_of_a_quota_that_comes_back_is_paid_for() {
    let world = world_with(comes_back(1)).await;
    let ann = customer(&world, "Ann", ANN).await;
    world
        .run("update tenants set monthly_message_quota = 1 where tenant_id = $1")
        .await;
    world.at("2026-03-04T15:00:00Z");
    let first = to_ann(&world, ann, Purpose::Service, None).await;
    world.at("2026-03-04T15:00:01Z");
    to_ann(&world, ann, Purpose::Service, None).await;
    live(&world, "2026-03-04T16:00:00Z").await;
    let taken = receipts(&world)
        .into_iter()
        .filter(|receipt| receipt.answer.is_taken());
    assert_eq!(
        taken.map(|receipt| receipt.message_id).collect::<Vec<_>>(),
        [first]
    );
    assert_eq!(
        world
            .text("select messages from usage_counters where tenant_id = $1")
            .await,
        "1"
    );
}

#[tokio::test]
async fn an_answer_to_help_that_comes_back_is_not_taken_for_a_second_answer() {
    let world = world_with(comes_back(1)).await;
    let ann = customer(&world, "Ann", ANN).await;
    world.at("2026-03-04T15:00:00Z");
    to_ann(&world, ann, Purpose::HelpAnswer, Some("help-1")).await;
    live(&world, "2026-03-04T15:02:00Z").await;
    assert_eq!(
        world
            .text("select status from messages where tenant_id = $1")
            .await,
        "delivered"
    );
    to_ann(&world, ann, Purpose::HelpAnswer, Some("help-2")).await;
    live(&world, "2026-03-04T15:03:00Z").await;
    assert_eq!(
        world
            .text("select string_agg(status, ' ' order by status) from messages where tenant_id = $1")
            .await,
        "delivered stopped",
        "another one is"
    );
}

#[tokio::test]
async fn what_a_person_has_to_look_at_is_named_after_what_happened_whether_told_at_once_or_later() {
    for (code, kind, said) in [
        ("30007", "carrier_filtered", "A carrier filtered"),
        (
            "30034",
            "registration_missing",
            "The number is not on an approved 10DLC campaign.",
        ),
        (
            "21606",
            "sender_refused",
            "The sender is not a number of the account",
        ),
        ("21408", "account_refused", "Messages to this region"),
        ("63016", "content_refused", "WhatsApp: over 24 hours"),
    ] {
        for act in [
            Act::Refuse {
                code: code.to_owned(),
            },
            Act::Fail {
                code: code.to_owned(),
            },
        ] {
            let world = world_with(script(vec![act])).await;
            let ann = customer(&world, "Ann", ANN).await;
            world.at("2026-03-04T15:00:00Z");
            to_ann(&world, ann, Purpose::Service, None).await;
            live(&world, "2026-03-04T16:00:00Z").await;
            let task = world
                .text("select string_agg(kind || '|' || said, ',') from review_tasks where tenant_id = $1")
                .await;
            assert!(
                task.starts_with(&format!("{kind}|{code}: {said}")),
                "{code}: {task}"
            );
        }
    }
}
