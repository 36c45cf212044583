//! What becomes of a hand-over: lost, refused, limited, failed afterwards, or cut off by the process's end. Never repeated by itself.
use crate::support::people::{customer, job, live, plumbing, receipts};
use crate::support::{World, moment, world, world_with};
use providers::sandbox::{Act, Script};
use providers::{LookUp, Provider};
use rules::channel::Channel;
use rules::purpose::Purpose;
use server::messages::{self, NewMessage, gate, hand_over};
use std::time::Duration;

const ANN: &str = "+15045230001";
const COMPLETED: &str = "2026-03-02T14:00:00Z";

fn script(acts: Vec<Act>) -> Script {
    Script::acts(vec![(ANN.to_owned(), acts)])
}

#[tokio::test]
async fn a_hand_over_whose_process_died_is_unknown_then_settled_by_asking_and_never_repeated() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    let ben = customer(&world, "Ben", "+15045230002").await;
    for (id, number) in [(ann, "J-1"), (ben, "J-2")] {
        job(&world, id, number, Some(COMPLETED)).await;
    }
    world.at("2026-03-04T15:00:00Z");
    let mut tx = world.tx().await;
    server::campaigns::plan(&mut tx, 10).await.unwrap();
    tx.commit().await.unwrap();
    // both are `sending`; one reached the provider before the process died, the other did not
    let passed = gate::decide(&world.app, world.tenant, 10, 0.0).await.unwrap();
    assert_eq!(passed.ready.len(), 2);
    world
        .app
        .sandbox
        .as_ref()
        .unwrap()
        .send(&passed.ready[0].request)
        .await;
    live(&world, "2026-03-04T16:00:00Z").await;
    assert_eq!(receipts(&world).len(), 1, "nothing was sent again");
    let states = world.text("select string_agg(status || coalesce(':' || error_code, ''), ' ' order by status) from messages where tenant_id = $1 and channel = 'sms'").await;
    assert_eq!(states, "delivered failed:never_accepted");
    assert_eq!(
        world
            .app
            .sandbox
            .as_ref()
            .unwrap()
            .look_up(&providers::Asked {
                message_id: passed.ready[1].request.message_id,
                external_id: None,
                from: String::new(),
                to: ANN.to_owned(),
                body: String::new(),
                since: world.app.clock.now(),
            })
            .await,
        LookUp::NeverAccepted
    );
}

#[tokio::test]
async fn a_lost_answer_is_settled_and_not_sent_again() {
    let world = world_with(script(vec![Act::LoseAnswer])).await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    live(&world, "2026-03-05T14:00:00Z").await;
    assert_eq!(receipts(&world).len(), 1);
    assert_eq!(
        world
            .text("select status from messages where tenant_id = $1")
            .await,
        "delivered"
    );
    assert_eq!(
        world
            .text("select status from enrollment_touches where tenant_id = $1 and touch_number = 1")
            .await,
        "sent"
    );
}

#[tokio::test]
async fn what_the_provider_proved_not_to_have_taken_is_offered_again_and_counts_once() {
    let world = world_with(script(vec![
        Act::RateLimit {
            after: Duration::from_secs(90),
        },
        Act::Deliver,
    ]))
    .await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    live(&world, "2026-03-05T14:00:00Z").await;
    let taken: Vec<_> = receipts(&world)
        .into_iter()
        .filter(|receipt| receipt.answer.is_taken())
        .collect();
    assert_eq!(taken.len(), 1);
    assert_eq!(
        taken[0].at,
        moment("2026-03-04T14:01:30Z"),
        "Retry-After was kept"
    );
}

#[tokio::test]
async fn a_refusal_says_what_follows() {
    for (code, channel_state, stop) in [
        ("21610", "all:carrier", "opted_out_sms"),
        ("21211", "-", ""),
        ("30006", "-", ""),
    ] {
        let world = world_with(script(vec![Act::Refuse {
            code: code.to_owned(),
        }]))
        .await;
        plumbing(&world).await;
        let ann = customer(&world, "Ann", ANN).await;
        job(&world, ann, "J-1", Some(COMPLETED)).await;
        live(&world, "2026-03-05T14:00:00Z").await;
        assert_eq!(
            world
                .text("select status || ':' || error_code from messages where tenant_id = $1")
                .await,
            format!("failed:{code}")
        );
        let state = world.text("select coalesce(suppressed_scope || ':' || suppressed_reason, '-') from recipients where tenant_id = $1 and channel = 'sms'").await;
        assert_eq!(state, channel_state, "{code}");
        assert_eq!(
            world
                .text("select coalesce(stop_reason, '') from campaign_enrollments where tenant_id = $1")
                .await,
            stop,
            "{code}"
        );
        if code != "21610" {
            let status = world
                .text("select address_status from recipients where tenant_id = $1 and channel = 'sms'")
                .await;
            assert!(status == "invalid" || status == "landline", "{code}: {status}");
        }
    }
}

#[tokio::test]
async fn a_failure_after_acceptance_is_never_a_reason_to_send_again() {
    let world = world_with(script(vec![
        Act::Fail {
            code: "30003".to_owned(),
        },
        Act::DoubledCallbacks,
        Act::ShuffledCallbacks,
    ]))
    .await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    live(&world, "2026-03-05T14:00:00Z").await;
    assert_eq!(receipts(&world).len(), 1);
    assert_eq!(
        world
            .text("select status || ':' || error_code from messages where tenant_id = $1")
            .await,
        "undelivered:30003"
    );
}

#[tokio::test]
async fn answers_are_recorded_only_for_messages_that_wait_for_one() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    live(&world, "2026-03-04T20:00:00Z").await;
    let id = receipts(&world)[0].message_id;
    let late = providers::Outcome::Refused {
        code: "21211".to_owned(),
        detail: String::new(),
    };
    hand_over::record(&world.app, world.tenant, vec![(id, late)])
        .await
        .unwrap();
    assert_eq!(
        world
            .text("select status from messages where tenant_id = $1")
            .await,
        "delivered"
    );
    assert_eq!(receipts(&world)[0].purpose, Purpose::Service);
}

#[tokio::test]
async fn what_was_decided_too_long_ago_is_not_handed_over_but_decided_again() {
    let world = world_with(Script::calm()).await;
    plumbing(&world).await;
    for (name, phone) in [("Ann", ANN), ("Bob", "+15045230002")] {
        let who = customer(&world, name, phone).await;
        job(&world, who, name, Some(COMPLETED)).await;
    }
    world.at("2026-03-04T14:30:00Z");
    let mut tx = world.tx().await;
    server::campaigns::plan(&mut tx, 10).await.unwrap();
    tx.commit().await.unwrap();
    let mut passed = gate::decide(&world.app, world.tenant, 10, 60.0).await.unwrap();
    assert_eq!(passed.ready.len(), 2);
    passed.ready[1].begin_by = std::time::Instant::now();
    let late = passed.ready[1].request.message_id;
    let outcomes = hand_over::hand_over(&world.app, world.tenant, passed.ready)
        .await
        .unwrap();
    hand_over::record(&world.app, world.tenant, outcomes)
        .await
        .unwrap();
    assert_eq!(receipts(&world).len(), 1, "the other's turn did not come in time");
    assert_eq!(
        world
            .text(&format!(
                "select status || ' ' || error_code from messages where tenant_id = $1 and id = '{late}'"
            ))
            .await,
        "queued not_begun"
    );
    live(&world, "2026-03-04T15:00:00Z").await;
    let mut to: Vec<String> = receipts(&world).into_iter().map(|receipt| receipt.to).collect();
    to.sort();
    assert_eq!(to, [ANN, "+15045230002"], "each once");
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
