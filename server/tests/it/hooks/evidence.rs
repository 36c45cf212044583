//! What the provider said of each stored event can be found again, whichever events of its piece were known before.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::side::{Side, side, status};
use axum::http::StatusCode;
use providers::Event;
use serde_json::json;
use server::doctor::deep;
use server::inbound::replay::{Replayed, Wanted, replay};
use server::inbound::told;
use server::messages::tasks;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::task::JoinSet;

fn piece(keys: &[&str]) -> Vec<Event> {
    keys.iter().map(|key| status(key, "m1", "sent")).collect()
}

async fn tell(side: &Side, pieces: &[Vec<Event>]) {
    let told = side.request(&json!({"account": "A1", "pieces": pieces}));
    assert_eq!(side.call(told).await.0, StatusCode::OK);
}

/// Each stored event with the keys that stand in the piece that is kept for it.
async fn evidence(side: &Side) -> String {
    side.world
        .text(
            "select string_agg(e.event_key || '<' || coalesce((select string_agg(one ->> 'key', '+' order by one ->> 'key')
                                                              from jsonb_array_elements(coalesce(e.raw, h.raw)) as one), '?'), ' '
                               order by e.event_key)
             from provider_events e
             left join provider_events h on h.tenant_id = e.tenant_id and h.provider = e.provider and h.event_key = e.raw_with
             where e.tenant_id = $1",
        )
        .await
}

/// How often pieces are kept.
async fn kept(side: &Side) -> String {
    side.world
        .text("select count(raw) from provider_events where tenant_id = $1")
        .await
}

#[tokio::test]
async fn each_event_has_the_piece_in_which_it_came_first() {
    let side = side("ses").await;
    tell(&side, &[piece(&["a", "b"])]).await;
    assert_eq!(evidence(&side).await, "a<a+b b<a+b");
    assert_eq!(kept(&side).await, "1", "a piece is kept once");
    // the first is known, the others are new
    tell(&side, &[piece(&["a", "c", "d"])]).await;
    assert_eq!(evidence(&side).await, "a<a+b b<a+b c<a+c+d d<a+c+d");
    assert_eq!(kept(&side).await, "2");
    // one in the middle, and pieces that share one among themselves
    tell(
        &side,
        &[piece(&["e", "b", "f"]), piece(&["e", "g"]), piece(&["g", "e"])],
    )
    .await;
    assert_eq!(
        evidence(&side).await,
        "a<a+b b<a+b c<a+c+d d<a+c+d e<b+e+f f<b+e+f g<e+g"
    );
    assert_eq!(kept(&side).await, "4");
    tell(&side, &[piece(&["a", "c", "d"]), piece(&["g", "e"])]).await;
    assert_eq!(kept(&side).await, "4", "what has nothing new is not kept again");
}

#[tokio::test]
async fn pieces_that_come_at_once_and_overlap_lose_nothing() {
    let side = Arc::new(side("ses").await);
    let mut calls = JoinSet::new();
    for number in 0..40 {
        let side = Arc::clone(&side);
        // each shares its first with others, and has one of its own
        calls.spawn(async move {
            let (shared, own) = (format!("shared {}", number % 3), format!("own {number:02}"));
            tell(&side, &[piece(&[&shared, &own])]).await;
        });
    }
    while let Some(done) = calls.join_next().await {
        done.unwrap();
    }
    let all = evidence(&side).await;
    for number in 0..40 {
        let wanted = format!("own {number:02}<own {number:02}+shared {}", number % 3);
        assert!(all.contains(&wanted), "{wanted}: {all}");
    }
    assert!(!all.contains('?'), "{all}");
}

#[tokio::test]
async fn a_replay_reads_a_later_event_of_a_piece_anew_and_adds_no_second_evidence() {
    let side = side("ses").await;
    side.sent("m1", "ann@example.com").await;
    tell(
        &side,
        &[vec![status("a", "m1", "sent"), status("b", "m1", "delivered")]],
    )
    .await;
    // an older program read the second as a word that nobody knows, and had no eyes for the third
    side.world
        .run("update provider_events set payload = jsonb_set(payload, '{status}', '\"eaten\"') where tenant_id = $1 and event_key = 'b'")
        .await;
    side.apply().await;
    let outcomes = "select string_agg(event_key || ':' || outcome, ' ' order by event_key) from provider_events where tenant_id = $1";
    assert_eq!(side.world.text(outcomes).await, "a:nothing_new b:unknown_status");
    let replay = async || {
        replay(&side.app, side.world.tenant, &Wanted::default())
            .await
            .unwrap()
    };
    let changed = Replayed {
        looked_at: 2,
        changed: 1,
        ..Replayed::default()
    };
    assert_eq!(replay().await, changed);
    assert_eq!(side.world.text(outcomes).await, "a:nothing_new b:applied");
    side.world
        .run("delete from provider_events where tenant_id = $1 and event_key = 'b'")
        .await;
    assert_eq!(replay().await.found, 1);
    side.apply().await;
    assert_eq!(evidence(&side).await, "a<a+b b<a+b");
    assert_eq!(kept(&side).await, "1");
    assert_eq!((replay().await.found, replay().await.changed), (0, 0));
}

async fn offending(side: &Side) -> usize {
    let found = deep::tenant(&side.app, side.world.tenant).await.unwrap();
    let of_events = found.iter().find(|one| one.check == "events_applied").unwrap();
    of_events.rows.len()
}

#[tokio::test]
async fn what_can_not_be_read_asks_a_person_once_who_can_look_at_it() {
    let side = side("ses").await;
    side.provider.reads.store(false, Ordering::Relaxed);
    let asked = tasks::Filter {
        kind: Some("event_failed".to_owned()),
        limit: 10,
        ..tasks::Filter::default()
    };
    let hears = async |key: &str| {
        let piece = json!([status(key, "m1", "delivered")]);
        let told = json!({"account": "A1", "pieces": [piece]});
        assert_eq!(side.call(side.request(&told)).await.0, StatusCode::OK);
    };
    for (at, key) in [
        ("2026-03-02T15:01:00Z", "1"),
        ("2026-03-02T15:02:00Z", "1"),
        ("2026-03-02T15:03:00Z", "2"),
    ] {
        side.world.at(at);
        hears(key).await;
    }
    let mut tx = side.world.tx().await;
    let open = tasks::list(&mut tx, &asked).await.unwrap().tasks;
    assert_eq!(open.len(), 1, "{open:?}");
    assert!(
        open[0]
            .said
            .starts_with("ses told what can't be read, and may be an opt-out: unreadable ")
    );
    let shown = told(&side.app, side.world.tenant, "unreadable", 10)
        .await
        .unwrap();
    assert_eq!(shown.len(), 2);
    assert!(shown.iter().any(|one| open[0].said.ends_with(&one.event_key)));
    assert_eq!(shown[0].raw.as_ref().unwrap()[0]["key"], "2", "the newest first");
    assert_eq!(offending(&side).await, 0, "somebody is asked");
    side.world.at("2026-03-02T15:10:00Z");
    tasks::close(&mut tx, open[0].id, "Pat", "both were receipts")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(offending(&side).await, 0, "and has answered");
    side.world.at("2026-03-02T15:20:00Z");
    hears("2").await;
    let mut tx = side.world.tx().await;
    assert_eq!(
        tasks::list(&mut tx, &asked).await.unwrap().tasks.len(),
        0,
        "that was read"
    );
    hears("3").await;
    assert_eq!(tasks::list(&mut tx, &asked).await.unwrap().tasks.len(), 1);
    side.world
        .run("delete from review_tasks where tenant_id = $1 and closed_at is null")
        .await;
    assert_eq!(offending(&side).await, 1, "of the third nobody knows");
}
