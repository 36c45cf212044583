//! When lists of what was written to us are asked for: every ten minutes, soon after a call was sent away, and until they can be had.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::missed::{ANN, known, listing, missed, started, until, written};
use super::neighbours::{entered, tasks};
use super::side::{Side, TOKEN};
use crate::support::moment;
use crate::support::people::{customer, job, plumbing};
use providers::Event;
use serde_json::json;
use server::engine::Engine;
use server::inbound::committer::Committer;
use server::inbound::hooks::{Answer, Call, Hooks};
use server::reconciliation;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const BEN: &str = "+15045230002";

fn lists(side: &Side, events: &[Event]) {
    let pieces = events.iter().map(|event| json!([event])).collect();
    *side.provider.received.lock().unwrap() = Some(pieces);
}

fn asked(side: &Side) -> usize {
    side.provider.asked_since.lock().unwrap().len()
}

/// A call that the same installation sends away, since it can't be verified.
async fn sent_away(side: &Side) {
    let mut app = side.app.clone();
    app.public_url = None;
    let (committer, _never_runs) = Committer::new(app.clone());
    let call = Call {
        provider: "twilio",
        token: TOKEN,
        method: "POST",
        path_and_query: "/",
        headers: &http::HeaderMap::new(),
        body: b"{}",
    };
    assert_eq!(Hooks::new(app, committer).hear(&call).await, Answer::NotNow);
}

#[tokio::test]
async fn a_stop_whose_call_was_sent_away_is_asked_for_when_it_is_a_minute_old() {
    let side = listing(&[]).await;
    let engine = Engine::new(side.app.clone());
    let mut due = started(&engine).await;
    side.world.at("2026-03-02T15:02:00Z");
    engine.ask_due(&mut due).await;
    side.world.at("2026-03-02T15:03:00Z");
    lists(&side, &[written("m1:received", "STOP", "2026-03-02T15:03:00Z")]);
    sent_away(&side).await;
    for (at, wanted) in [
        ("2026-03-02T15:04:09Z", 2),
        ("2026-03-02T15:04:10Z", 3),
        ("2026-03-02T15:05:00Z", 3),
    ] {
        side.world.at(at);
        engine.ask_due(&mut due).await;
        assert_eq!(asked(&side), wanted, "{at}");
    }
    side.apply().await;
    assert_eq!(known(&side).await, "1 all keyword 1 1");
    // one that is sent away while others are waited for is waited for as well
    sent_away(&side).await;
    side.world.at("2026-03-02T15:05:40Z");
    sent_away(&side).await;
    for (at, wanted) in [("2026-03-02T15:06:10Z", 4), ("2026-03-02T15:06:50Z", 5)] {
        side.world.at(at);
        engine.ask_due(&mut due).await;
        assert_eq!(asked(&side), wanted, "{at}");
    }
}

#[tokio::test]
async fn all_are_asked_soon_after_a_start_and_every_ten_minutes_and_that_is_no_comparison() {
    let side = listing(&[]).await;
    let engine = Engine::new(side.app.clone());
    let mut due = started(&engine).await;
    for (at, wanted) in [
        ("2026-03-02T15:01:59Z", 1),
        ("2026-03-02T15:02:00Z", 2),
        ("2026-03-02T15:11:59Z", 2),
        ("2026-03-02T15:12:00Z", 3),
        ("2026-03-02T15:22:00Z", 4),
    ] {
        side.world.at(at);
        engine.ask_due(&mut due).await;
        assert_eq!(asked(&side), wanted, "{at}");
    }
    for compared in [None, Some(moment("2026-03-02T15:22:00Z"))] {
        let mut tx = side.world.tx().await;
        let days = reconciliation::days(&mut tx, 10).await.unwrap();
        assert_eq!(days.len(), 1);
        assert_eq!(days[0].compared_at, compared);
        assert_eq!(days[0].asked, compared.map(|_| 0));
        drop(tx);
        engine.compare_due().await;
    }
}

#[tokio::test]
async fn what_is_written_to_a_number_that_was_in_use_until_lately_is_asked_for() {
    for (taken_out, wanted) in [("2026-02-23T16:00:00Z", 1), ("2026-02-23T14:00:00Z", 0)] {
        let side = listing(&[written("m1:received", "STOP", "2026-03-02T14:00:00Z")]).await;
        side.world
            .run(&format!(
                "update tenant_channel_settings set is_active = false, updated_at = '{taken_out}' where tenant_id = $1"
            ))
            .await;
        started(&Engine::new(side.app.clone())).await;
        assert_eq!(asked(&side), wanted, "{taken_out}");
        side.apply().await;
        let is_known = known(&side).await == "1 all keyword 1 1";
        assert_eq!(is_known, wanted == 1, "{taken_out}");
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_is_asked_for_again_from_where_it_began_and_what_was_read_counts() {
    let side = listing(&[written("m1:received", "STOP", "2026-03-02T14:00:00Z")]).await;
    side.provider.breaks_off.store(true, Ordering::Relaxed);
    let engine = Engine::new(side.app.clone());
    let mut due = started(&engine).await;
    side.apply().await;
    assert_eq!(known(&side).await, "1 all keyword 1 1");
    // the day's comparison does not count as hearing
    engine.compare_due().await;
    let so_far = asked(&side);
    for (at, more) in [
        ("2026-03-02T15:00:09Z", 0),
        ("2026-03-02T15:00:10Z", 1),
        ("2026-03-02T15:00:39Z", 1),
        ("2026-03-02T15:00:40Z", 2),
        ("2026-03-02T15:01:39Z", 2),
        ("2026-03-02T15:01:40Z", 3),
    ] {
        side.world.at(at);
        engine.ask_due(&mut due).await;
        assert_eq!(asked(&side), so_far + more, "{at}");
        assert!(!due.are_heard(), "{at}");
    }
    side.provider.breaks_off.store(false, Ordering::Relaxed);
    side.world.at("2026-03-02T15:02:40Z");
    engine.ask_due(&mut due).await;
    assert!(due.are_heard());
    let since = side.provider.asked_since.lock().unwrap().clone();
    assert!(
        since.iter().all(|at| *at == moment("2026-02-28T23:00:00Z")),
        "{since:?}"
    );
    assert_eq!(missed(&side).await, Some(1));
}

#[tokio::test]
async fn what_is_younger_than_a_minute_is_left_to_its_call_unless_it_came_before_the_start() {
    let side = listing(&[written("m1:received", "one", "2026-03-02T14:59:50Z")]).await;
    let engine = Engine::new(side.app.clone());
    let mut due = started(&engine).await;
    assert_eq!(side.stored().await, "1");
    side.world.at("2026-03-02T15:20:00Z");
    lists(
        &side,
        &[
            written("m3:received", "three", "2026-03-02T15:19:01Z"),
            written("m2:received", "two", "2026-03-02T15:19:00Z"),
        ],
    );
    engine.ask_due(&mut due).await;
    assert_eq!(side.stored().await, "2");
    side.world.at("2026-03-02T15:30:00Z");
    engine.ask_due(&mut due).await;
    assert_eq!(side.stored().await, "3");
    let since = side.provider.asked_since.lock().unwrap().clone();
    assert_eq!(
        since[1..],
        [moment("2026-03-02T14:00:00Z"), moment("2026-03-02T14:19:00Z")]
    );
}

#[tokio::test]
async fn nothing_is_sent_after_a_start_while_a_list_could_not_be_had() {
    let side = listing(&[]).await;
    plumbing(&side.world).await;
    for (name, address, number) in [("Ann", ANN, "J-1"), ("Ben", BEN, "J-2")] {
        let id = customer(&side.world, name, address).await;
        job(&side.world, id, number, Some("2026-03-02T14:00:00Z")).await;
    }
    side.world.at("2026-03-04T14:30:00Z");
    side.provider.breaks_off.store(true, Ordering::Relaxed);
    let stop = CancellationToken::new();
    let engine = Engine::new(side.app.clone());
    let told = async {
        let end = Instant::now() + Duration::from_secs(30);
        while asked(&side) == 0 {
            assert!(Instant::now() < end);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // some rounds pass by it
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(side.provider.sent.lock().unwrap().is_empty());
        lists(&side, &[written("m1:received", "STOP", "2026-03-04T14:00:00Z")]);
        side.provider.breaks_off.store(false, Ordering::Relaxed);
        side.world.at("2026-03-04T14:30:10Z");
        let sent = "select coalesce(string_agg(their_address, ' '), '') from messages
                    where tenant_id = $1 and direction = 'outbound' and status = 'sent'";
        until(&side, sent, BEN).await;
        stop.cancel();
    };
    tokio::join!(engine.run(&stop), told);
    assert_eq!(side.provider.sent.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_list_tells_of_another_tenants_number_is_not_stored() {
    let mut theirs = written("m1:received", "STOP", "2026-03-02T14:00:00Z");
    theirs.our_address = "+15045239999".to_owned();
    let mut ours = written("m2:received", "STOP", "2026-03-02T14:00:00Z");
    ours.our_address = "ours".to_owned();
    let side = listing(&[theirs, ours]).await;
    let neighbour = side.world.neighbour().await;
    entered(&side.world, neighbour, "+15045239999", "now()").await;
    started(&Engine::new(side.app.clone())).await;
    let kept = "select string_agg(event_key, ',') from provider_events where tenant_id = $1";
    assert_eq!(side.world.text(kept).await, "m2:received");
    let asked = tasks(&side.world).await;
    assert!(
        asked.contains("account_event: What the provider tells of +15045239999"),
        "{asked}"
    );
}
