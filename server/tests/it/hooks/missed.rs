//! What was written to us while nobody took the provider's call: asked for after the start, and counted once.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::side::{Side, event, side};
use crate::support::moment;
use crate::support::people::{customer, job, plumbing};
use providers::{Event, EventKind, Inbound};
use rules::channel::Channel;
use serde_json::json;
use server::engine::Engine;
use server::engine::lists::Lists;
use server::reconciliation;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

pub const ANN: &str = "+15045230001";
const STOPPED: &str = "2026-03-02T11:00:00Z";

pub fn written(key: &str, body: &str, at: &str) -> Event {
    let text = Inbound::text(key, Channel::Sms, (ANN, "ours"), body);
    Event {
        occurred_at: moment(at),
        ..event(key, EventKind::Inbound(text))
    }
}

/// The side with its connection in use, whose provider lists these.
pub async fn listing(events: &[Event]) -> Side {
    let side = side("twilio").await;
    side.world
        .run(
            "update tenant_channel_settings set is_active = false where tenant_id = $1 and channel = 'sms';
             update tenant_channel_settings set is_active = true where tenant_id = $1 and id = $1",
        )
        .await;
    let pieces = events.iter().map(|event| json!([event])).collect();
    *side.provider.received.lock().unwrap() = Some(pieces);
    side
}

pub async fn known(side: &Side) -> String {
    side.world
        .text(
            "select (select count(*) from consent_events where tenant_id = $1) || ' '
                 || (select coalesce(string_agg(suppressed_scope || ' ' || suppressed_reason, ','), '-') from recipients
                     where tenant_id = $1 and suppressed_scope is not null) || ' '
                 || (select count(*) from provider_events where tenant_id = $1) || ' '
                 || (select count(*) from messages where tenant_id = $1 and direction = 'inbound')",
        )
        .await
}

pub async fn missed(side: &Side) -> Option<i32> {
    let mut tx = side.world.tx().await;
    let days = reconciliation::days(&mut tx, 10).await.unwrap();
    assert!(days.len() <= 1, "{days:?}");
    days.first().and_then(|one| one.missed)
}

/// An engine that starts asks for all lists.
pub async fn started(engine: &Engine) -> Lists {
    let mut lists = Lists::new(&engine.app);
    engine.ask_due(&mut lists).await;
    lists
}

#[tokio::test]
async fn a_stop_that_came_while_nobody_listened_is_heard_at_the_start_and_its_late_call_changes_nothing() {
    for (body, reason) in [("STOP", "keyword"), ("Please stop texting me", "free_text")] {
        let stop = written("m1:received", body, STOPPED);
        let side = listing(std::slice::from_ref(&stop)).await;
        let engine = Engine::new(side.app.clone());
        started(&engine).await;
        side.apply().await;
        let heard = format!("1 all {reason} 1 1");
        assert_eq!(known(&side).await, heard);
        let at = "select to_char(max(occurred_at) at time zone 'UTC', 'HH24:MI') from consent_events where tenant_id = $1";
        assert_eq!(side.world.text(at).await, "11:00", "when it was written");
        assert_eq!(missed(&side).await, Some(1));
        // the call comes after all, the next start asks again, and so does the day's comparison
        let late = Event {
            occurred_at: moment("2026-03-02T14:59:00Z"),
            ..stop
        };
        side.tell(&[late]).await;
        side.apply().await;
        started(&engine).await;
        reconciliation::compare(&side.app, side.world.tenant, true)
            .await
            .unwrap();
        side.apply().await;
        assert_eq!(known(&side).await, heard);
        assert_eq!(missed(&side).await, Some(1));
        for _ in 0..3 {
            engine.round().await.unwrap();
        }
        assert!(
            side.provider.sent.lock().unwrap().is_empty(),
            "five minutes are over: no confirmation"
        );
    }
}

#[tokio::test]
async fn what_was_told_is_not_counted_as_missed_and_each_list_begins_where_the_last_ended() {
    let side = listing(&[written("m1:received", "Thanks", "2026-03-02T14:00:00Z")]).await;
    side.tell(&[written("m1:received", "Thanks", "2026-03-02T14:00:01Z")])
        .await;
    let engine = Engine::new(side.app.clone());
    started(&engine).await;
    assert_eq!(missed(&side).await, Some(0));
    side.world.at("2026-03-02T20:00:00Z");
    started(&engine).await;
    let since = side.provider.asked_since.lock().unwrap().clone();
    assert_eq!(
        since,
        [moment("2026-02-28T23:00:00Z"), moment("2026-03-02T14:00:00Z")],
        "when the connection was made, then the last list, each with an hour more"
    );
}

#[tokio::test]
async fn a_start_that_was_written_after_a_stop_is_in_force_though_both_are_heard_late() {
    let side = listing(&[
        written("m2:received", "START", "2026-03-02T12:00:00Z"),
        written("m1:received", "STOP", STOPPED),
    ])
    .await;
    started(&Engine::new(side.app.clone())).await;
    side.apply().await;
    assert_eq!(known(&side).await, "2 - 2 2");
}

#[tokio::test]
async fn a_provider_that_lists_nothing_says_so() {
    let side = listing(&[]).await;
    *side.provider.received.lock().unwrap() = None;
    started(&Engine::new(side.app.clone())).await;
    assert_eq!(missed(&side).await, None);
    assert_eq!(known(&side).await, "0 - 0 0");
}

#[tokio::test]
async fn nothing_is_sent_after_a_start_before_what_was_missed_is_heard() {
    let side = listing(&[written("m1:received", "STOP", "2026-03-04T14:00:00Z")]).await;
    plumbing(&side.world).await;
    let ann = customer(&side.world, "Ann", ANN).await;
    job(&side.world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
    side.world.at("2026-03-04T14:30:00Z");
    side.provider.lists.forget_permits(1_000);
    let stop = CancellationToken::new();
    let engine = Engine::new(side.app.clone());
    let told = async {
        // some rounds pass by it
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(side.provider.asked_since.lock().unwrap().len(), 1);
        side.provider.lists.add_permits(1_000);
        let outcome = "select coalesce(max(outcome), 'none') from provider_events where tenant_id = $1";
        until(&side, outcome, "opted_out").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        stop.cancel();
    };
    tokio::join!(engine.run(&stop), told);
    assert!(side.provider.sent.lock().unwrap().is_empty());
}

/// Waits for what the database says, and not for ever.
pub async fn until(side: &Side, sql: &str, wanted: &str) {
    let end = Instant::now() + Duration::from_secs(30);
    while side.world.text(sql).await != wanted {
        assert!(Instant::now() < end, "{wanted}: {}", side.world.text(sql).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
