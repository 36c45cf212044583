//! What becomes of a hand-over: lost, refused, limited, failed afterwards, or cut off by the process's end. Never repeated by itself.
use crate::support::people::{customer, job, live, plumbing, receipts};
use crate::support::{moment, world, world_with};
use providers::sandbox::{Act, Script};
use providers::{LookUp, Provider};
use rules::purpose::Purpose;
use server::messages::hand_over::Landed;
use server::messages::{gate, hand_over};
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
    let late = Landed {
        message: id,
        attempt: 1,
        outcome: late,
    };
    hand_over::record(&world.app, world.tenant, vec![late])
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
    let outcomes = hand_over::hand_over(&world.app, world.tenant, passed.ready).await;
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

#[tokio::test]
async fn the_provider_is_told_an_end_that_leaves_time_for_a_late_hand_over() {
    let world = world_with(Script::calm()).await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "Ann", Some(COMPLETED)).await;
    world.at("2026-03-04T14:30:00Z");
    let mut tx = world.tx().await;
    server::campaigns::plan(&mut tx, 10).await.unwrap();
    tx.commit().await.unwrap();
    let passed = gate::decide(&world.app, world.tenant, 10, 60.0).await.unwrap();
    let told = passed.ready[0].request.expires_at.unwrap();
    let decided = world
        .text("select to_char(expires_at - interval '60 seconds', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from messages where tenant_id = $1")
        .await;
    assert_eq!(told.to_string(), decided);
}

#[tokio::test]
async fn an_answer_to_an_earlier_offer_says_nothing_of_a_later_one() {
    let world = world_with(Script::calm()).await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "Ann", Some(COMPLETED)).await;
    world.at("2026-03-04T14:30:00Z");
    let mut tx = world.tx().await;
    server::campaigns::plan(&mut tx, 10).await.unwrap();
    tx.commit().await.unwrap();
    let passed = gate::decide(&world.app, world.tenant, 10, 60.0).await.unwrap();
    let not_begun = || {
        let outcome = providers::Outcome::TryLater {
            code: "not_begun".to_owned(),
            after: None,
        };
        vec![passed.ready[0].landed(outcome)]
    };
    let status = "select status || ' ' || attempts from messages where tenant_id = $1";
    // this process was held up; another one is handing it over by now
    world
        .run("update messages set attempts = 2 where tenant_id = $1")
        .await;
    hand_over::record(&world.app, world.tenant, not_begun())
        .await
        .unwrap();
    assert_eq!(world.text(status).await, "sending 2");
    // its own lease ran out, and nobody else took the message
    world
        .run("update messages set attempts = 1, status = 'unknown', lease_until = null where tenant_id = $1")
        .await;
    hand_over::record(&world.app, world.tenant, not_begun())
        .await
        .unwrap();
    assert_eq!(world.text(status).await, "queued 1");
}
