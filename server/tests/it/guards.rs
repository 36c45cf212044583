//! What stands between a fault and a message: a clock that is wrong, a STOP that is stored and not heard yet, an event that can't be applied.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::{customer, job, plumbing, receipts};
use crate::support::{World, moment, world};
use jiff::SignedDuration;
use providers::{Event, EventKind, Inbound, Outcome};
use rules::channel::Channel;
use rules::lifecycle::EnrollmentStopReason;
use server::app::App;
use server::clock::Clock;
use server::db::TenantTx;
use server::db::failure::without_data;
use server::messages::gate;
use server::messages::hand_over;
use server::{campaigns, inbound};
use sqlx::ConnectOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const ANN: &str = "+15045230001";
const BEN: &str = "+15045230002";

/// Two customers whose first text is queued and due.
async fn two_texts() -> World {
    let world = world().await;
    plumbing(&world).await;
    for (name, phone, number) in [("Ann", ANN, "J-1"), ("Ben", BEN, "J-2")] {
        let customer = customer(&world, name, phone).await;
        job(&world, customer, number, Some("2026-03-02T14:00:00Z")).await;
    }
    world.at("2026-03-04T15:00:00Z");
    let mut tx = world.tx().await;
    server::campaigns::plan(&mut tx, 10).await.unwrap();
    tx.commit().await.unwrap();
    world
}

async fn ours(world: &World) -> String {
    world
        .text("select sender_address from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
        .await
}

fn text(key: &str, from: &str, to: &str, body: &str) -> Event {
    Event {
        key: key.to_owned(),
        our_address: to.to_owned(),
        occurred_at: moment("2026-03-04T15:00:00Z"),
        kind: EventKind::Inbound(Inbound::text(key, Channel::Sms, (from, to), body)),
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_sends_nothing_until_it_is_right_again() {
    let world = two_texts().await;
    let wrong_by = Arc::new(AtomicI64::new(0));
    let by = moment("2026-03-04T15:00:00Z").duration_since(Clock::System.now());
    let clock = Clock::Shifted {
        by,
        wrong_by: Arc::clone(&wrong_by),
    };
    let app = App::new(world.app.db.clone(), clock);
    for hours in [-1, 1] {
        wrong_by.store(hours * 3_600_000_000, Ordering::Relaxed);
        let error = gate::decide(&app, world.tenant, 10, 30.0)
            .await
            .unwrap_err()
            .to_string();
        let sign = if hours < 0 { "-" } else { "" };
        assert!(
            error.contains(&format!("clock is {sign}36")) || error.contains(&format!("clock is {sign}35")),
            "{error}"
        );
    }
    assert_eq!(
        world
            .text("select count(*) from send_logs where tenant_id = $1")
            .await,
        "0"
    );
    wrong_by.store(0, Ordering::Relaxed);
    let passed = gate::decide(&app, world.tenant, 10, 30.0).await.unwrap();
    assert_eq!(passed.ready.len(), 2);
}

#[tokio::test]
async fn a_stop_that_is_stored_but_not_applied_holds_everything_and_one_that_has_to_wait_its_address_alone() {
    let world = two_texts().await;
    let stop = text("stop-1", ANN, &ours(&world).await, "STOP");
    assert_eq!(
        inbound::keep(&world.app, "sandbox", &[stop]).await.unwrap(),
        ["stop-1"]
    );
    let passed = gate::decide(&world.app, world.tenant, 10, 30.0).await.unwrap();
    assert_eq!(
        passed.looked_at, 0,
        "it is applied first: it may concern more than that address"
    );
    world
        .run("update provider_events set attempts = 1, wait_until = received_at + interval '1 second' where tenant_id = $1")
        .await;
    let passed = gate::decide(&world.app, world.tenant, 10, 30.0).await.unwrap();
    let to: Vec<&str> = passed.ready.iter().map(|one| one.request.to.as_str()).collect();
    assert_eq!(to, [BEN]);
    world
        .app
        .clock
        .move_to(world.app.clock.now() + SignedDuration::from_secs(1));
    assert_eq!(
        inbound::apply::apply(&world.app, world.tenant, 10).await.unwrap(),
        1
    );
    world.engine().round().await.unwrap();
    assert_eq!(
        world.text("select string_agg(purpose || ':' || status, ' ' order by purpose) from messages where tenant_id = $1 and their_address = '+15045230001' and direction = 'outbound'").await,
        "opt_out_confirmation:sent service:cancelled"
    );
    assert_eq!(
        receipts(&world).len(),
        1,
        "the confirmation; Ben's text is another gate's"
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_holds_up_no_other_and_is_never_given_up() {
    let world = two_texts().await;
    let ours = ours(&world).await;
    let events = [
        text("bad", ANN, &ours, "Thanks"),
        text("good", BEN, &ours, "Thanks"),
    ];
    inbound::keep(&world.app, "sandbox", &events).await.unwrap();
    // a fault of this one event: nothing that Ann writes can be kept
    world
        .run("alter table messages add constraint drill check (direction = 'outbound' or their_address <> '+15045230001')")
        .await;
    assert_eq!(
        inbound::apply::apply(&world.app, world.tenant, 2).await.unwrap(),
        2
    );
    let outcomes = "select string_agg(event_key || ':' || coalesce(outcome, 'waits'), ' ' order by event_key) from provider_events where tenant_id = $1";
    assert_eq!(world.text(outcomes).await, "bad:waits good:replied");
    let task = "select coalesce(string_agg(kind || ':' || said, ' '), 'none') from review_tasks where tenant_id = $1";
    for _ in 1..10 {
        assert_eq!(world.text(task).await, "none");
        let passed = gate::decide(&world.app, world.tenant, 10, 30.0).await.unwrap();
        assert!(
            passed.ready.iter().all(|one| one.request.to != ANN),
            "what she wrote may have been STOP"
        );
        let now = world.app.clock.now();
        let next = inbound::apply::next_wait(&world.app, now).await.unwrap().unwrap();
        assert!(
            next.duration_since(now) <= SignedDuration::from_hours(1),
            "{now} {next}"
        );
        world.app.clock.move_to(next);
        assert_eq!(
            inbound::apply::apply(&world.app, world.tenant, 20).await.unwrap(),
            1
        );
    }
    assert_eq!(world.text(outcomes).await, "bad:waits good:replied");
    assert_eq!(world.text(task).await, "event_failed:bad");
    world.run("alter table messages drop constraint drill").await;
    world
        .app
        .clock
        .move_to(world.app.clock.now() + SignedDuration::from_hours(1));
    assert_eq!(
        inbound::apply::apply(&world.app, world.tenant, 20).await.unwrap(),
        1
    );
    assert_eq!(world.text(outcomes).await, "bad:replied good:replied");
}

#[tokio::test]
async fn a_database_in_trouble_is_not_an_events_fault() {
    let world = two_texts().await;
    let ours = ours(&world).await;
    inbound::keep(&world.app, "sandbox", &[text("stop", ANN, &ours, "STOP")])
        .await
        .unwrap();
    // 53100 is what a full disk says
    world
        .run("create function full_disk() returns trigger language plpgsql as $$ begin raise 'no space left' using errcode = '53100'; end $$")
        .await;
    world
        .run("create trigger drill before insert on messages for each row execute function full_disk()")
        .await;
    let mut failed = 0;
    while failed < 12 {
        // nothing to do: the row is still locked by the try before, which is being rolled back
        match inbound::apply::apply(&world.app, world.tenant, 20).await {
            Ok(done) => assert_eq!(done, 0),
            Err(_) => failed += 1,
        }
    }
    world.run("drop trigger drill on messages").await;
    let mut applied = 0;
    while applied == 0 {
        applied = inbound::apply::apply(&world.app, world.tenant, 20).await.unwrap();
    }
    assert_eq!(
        world
            .text("select outcome || ' ' || attempts from provider_events where tenant_id = $1")
            .await,
        "opted_out 0"
    );
}

#[tokio::test]
async fn a_status_of_a_message_that_was_never_handed_over_changes_nothing() {
    let world = two_texts().await;
    let id = world
        .text("select id from messages where tenant_id = $1 and their_address = '+15045230001'")
        .await;
    let ours = ours(&world).await;
    let lies: Vec<Event> = ["sent", "delivered", "cancelled"]
        .iter()
        .map(|status| Event {
            key: (*status).to_owned(),
            our_address: ours.clone(),
            occurred_at: moment("2026-03-04T15:00:00Z"),
            kind: EventKind::Status {
                message_id: Some(id.parse().unwrap()),
                external_id: "SBlie".to_owned(),
                status: (*status).to_owned(),
                code: None,
            },
        })
        .collect();
    inbound::keep(&world.app, "sandbox", &lies).await.unwrap();
    inbound::apply::apply(&world.app, world.tenant, 10).await.unwrap();
    assert_eq!(
        world.text("select string_agg(event_key || ':' || outcome, ' ' order by event_key) from provider_events where tenant_id = $1").await,
        "cancelled:unknown_status delivered:never_handed_over sent:never_handed_over"
    );
    assert_eq!(
        world
            .text("select string_agg(distinct status, ' ') from messages where tenant_id = $1")
            .await,
        "queued"
    );
}

#[tokio::test]
async fn a_message_that_comes_back_after_its_follow_up_has_ended_is_not_tried_again() {
    let world = two_texts().await;
    let passed = gate::decide(&world.app, world.tenant, 10, 30.0).await.unwrap();
    let mut tx = world.tx().await;
    end_both(&world, &mut tx).await;
    tx.commit().await.unwrap();
    record_again(&world, &passed).await;
    both_are_cancelled(&world).await;
}

#[tokio::test]
async fn a_message_that_comes_back_while_its_follow_up_ends_is_not_tried_again() {
    let world = two_texts().await;
    let passed = gate::decide(&world.app, world.tenant, 10, 30.0).await.unwrap();
    let mut ending = world.tx().await;
    end_both(&world, &mut ending).await;
    tokio::join!(record_again(&world, &passed), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        ending.commit().await.unwrap();
    });
    both_are_cancelled(&world).await;
}

async fn end_both(world: &World, tx: &mut TenantTx) {
    for name in ["Ann", "Ben"] {
        let id = world
            .text(&format!(
                "select id from customers where tenant_id = $1 and first_name = '{name}'"
            ))
            .await;
        campaigns::stop_for_customers(tx, &[id.parse().unwrap()], EnrollmentStopReason::ReviewClicked)
            .await
            .unwrap();
    }
}

/// The provider proved that it took none of them.
async fn record_again(world: &World, passed: &gate::Passed) {
    let refused = || Outcome::TryLater {
        code: "20429".to_owned(),
        after: Some(Duration::from_secs(60)),
    };
    let outcomes = passed.ready.iter().map(|one| one.landed(refused())).collect();
    hand_over::record(&world.app, world.tenant, outcomes)
        .await
        .unwrap();
}

async fn both_are_cancelled(world: &World) {
    let touches = "select string_agg(m.their_address || ' ' || m.status || ' ' || t.status || ' ' || coalesce(t.why, '-'), ', ' order by m.their_address) from enrollment_touches t join messages m using (tenant_id, enrollment_id, touch_number) where tenant_id = $1";
    assert_eq!(
        world.text(touches).await,
        format!("{ANN} cancelled skipped enrollment_ended, {BEN} cancelled skipped enrollment_ended")
    );
}

#[tokio::test]
async fn a_follow_up_that_ends_while_its_touch_is_planned_leaves_nothing_to_come() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
    world.at("2026-03-04T15:00:00Z");
    let mut planning = world.tx().await;
    campaigns::plan(&mut planning, 10).await.unwrap();
    let mut ending = world.tx().await;
    let (ended, ()) = tokio::join!(
        async {
            let ended = campaigns::stop_for_customers(&mut ending, &[ann], EnrollmentStopReason::Replied)
                .await
                .unwrap();
            ending.commit().await.unwrap();
            ended
        },
        async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            planning.commit().await.unwrap();
        }
    );
    assert_eq!(ended, 1);
    assert_eq!(
        world.text("select string_agg(touch_number || ' ' || status, ', ' order by touch_number) from enrollment_touches where tenant_id = $1").await,
        "1 skipped, 2 skipped"
    );
    assert_eq!(
        world
            .text("select string_agg(status, ' ') from messages where tenant_id = $1")
            .await,
        "cancelled"
    );
}

#[tokio::test]
async fn what_the_database_refuses_is_told_by_its_code_and_not_in_its_words() {
    let world = world().await;
    let mut connection = world.owner.connect().await.unwrap();
    let refused = sqlx::raw_sql("select '+15045230001'::uuid")
        .execute(&mut connection)
        .await;
    let error = anyhow::Error::new(refused.unwrap_err()).context("an event");
    assert!(format!("{error:#}").contains(ANN));
    assert_eq!(without_data(&error), "an event: SQLSTATE 22P02");
}
