//! Stored pieces are read again: nothing changes when nothing is new, and what was not understood then is understood now.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::side::{Side, event, side, status};
use providers::{BounceClass, EventKind, Inbound};
use rules::channel::Channel;
use serde_json::json;
use server::inbound::replay::{Replayed, Wanted, replay};
use sqlx::ConnectOptions;
use std::sync::atomic::Ordering;

async fn digest(side: &Side) -> String {
    let mut all = String::new();
    for table in [
        "provider_events",
        "messages",
        "recipients",
        "consent_events",
        "consents",
        "review_tasks",
        "campaign_enrollments",
    ] {
        let rows = format!(
            "select md5(string_agg(t::text, ' ' order by t::text)) from {table} t where tenant_id = $1"
        );
        all += &side.world.text(&rows).await;
    }
    all
}

async fn again(side: &Side, wanted: &Wanted) -> Replayed {
    replay(&side.app, side.world.tenant, wanted).await.unwrap()
}

/// A bit of everything, applied; some of it to nothing.
async fn told() -> Side {
    let side = side("ses").await;
    side.sent("m1", "ann@example.com").await;
    side.sent("m2", "ben@example.com").await;
    let text = Inbound::text("t1", Channel::Sms, ("+15045230001", "ours"), "STOP");
    let bounced = EventKind::Bounce {
        message_id: None,
        external_id: "m2".to_owned(),
        address: "ben@example.com".to_owned(),
        class: BounceClass::Soft,
        code: None,
    };
    let account = EventKind::Account {
        code: "quality".to_owned(),
        detail: "RED".to_owned(),
    };
    side.tell(&[
        status("1", "m1", "delivered"),
        event("2", bounced),
        event("3", EventKind::Inbound(text)),
        event("4", account),
        status("5", "m1", "eaten"),
        status("6", "late", "sent"),
    ])
    .await;
    side.world
        .run("update provider_events set attempts = 9 where tenant_id = $1 and event_key = '6'")
        .await;
    side.apply().await;
    side
}

#[tokio::test]
async fn events_that_fail_again_and_again_are_counted_apart_from_those_that_wait() {
    let side = told().await;
    side.world
        .run(
            "update provider_events set applied_at = null, outcome = null, attempts = case event_key when '1' then 10 else 9 end
             where tenant_id = $1 and event_key in ('1', '5')",
        )
        .await;
    let counts = server::inbound::counts(&side.app, side.world.tenant)
        .await
        .unwrap();
    let of = |outcome: &str| {
        counts
            .iter()
            .filter(|one| one.outcome == outcome)
            .map(|one| one.events)
            .sum::<i64>()
    };
    assert_eq!((of("fails"), of("waits")), (1, 1));
}

#[tokio::test]
async fn to_replay_everything_any_number_of_times_changes_nothing() {
    let side = told().await;
    again(&side, &Wanted::default()).await;
    let before = digest(&side).await;
    for _ in 0..3 {
        let done = again(&side, &Wanted::default()).await;
        assert_eq!(
            (done.looked_at, done.found, done.changed, done.same),
            (6, 0, 0, 2)
        );
        side.apply().await;
    }
    assert_eq!(digest(&side).await, before);
}

#[tokio::test]
async fn what_came_to_nothing_is_applied_when_it_can_be_and_a_dry_run_says_so_first() {
    let side = told().await;
    side.sent("late", "cat@example.com").await;
    let before = digest(&side).await;
    let dry = Wanted {
        is_dry_run: true,
        ..Wanted::default()
    };
    // the status could not be applied when it came; a later report moves it on
    side.world
        .run("update messages set status = 'unknown' where tenant_id = $1 and external_id = 'late'")
        .await;
    let changed = digest(&side).await;
    assert_ne!(before, changed);
    assert_eq!(again(&side, &dry).await.changed, 1);
    assert_eq!(digest(&side).await, changed, "a dry run changes nothing");
    let others = Wanted {
        provider: Some("twilio".to_owned()),
        ..Wanted::default()
    };
    assert_eq!(again(&side, &others).await, Replayed::default());
    let later = Wanted {
        since: Some(side.app.clock.now() + jiff::SignedDuration::from_secs(1)),
        ..Wanted::default()
    };
    assert_eq!(again(&side, &later).await, Replayed::default());
    assert_eq!(again(&side, &Wanted::default()).await.changed, 1);
    assert_eq!(
        side.world
            .text("select status from messages where tenant_id = $1 and external_id = 'late'")
            .await,
        "sent"
    );
    assert_eq!(again(&side, &Wanted::default()).await.changed, 0);
}

#[tokio::test]
async fn a_piece_that_could_not_be_read_is_kept_and_read_by_later_code() {
    let side = side("ses").await;
    side.sent("m1", "ann@example.com").await;
    side.provider.reads.store(false, Ordering::Relaxed);
    let piece = json!([status("1", "m1", "delivered"), status("2", "m1", "read")]);
    let told = json!({"account": "A1", "pieces": [piece]});
    for _ in 0..2 {
        assert_eq!(side.call(side.request(&told)).await.0, axum::http::StatusCode::OK);
    }
    assert_eq!(side.stored().await, "1");
    assert!(side.counted("kept_unread") >= 2);
    assert_eq!(again(&side, &Wanted::default()).await.same, 1);
    side.provider.reads.store(true, Ordering::Relaxed);
    let done = again(&side, &Wanted::default()).await;
    assert_eq!((done.found, done.changed), (2, 1));
    side.apply().await;
    let outcomes = "select string_agg(kind || ':' || outcome, ' ' order by kind, event_key) from provider_events where tenant_id = $1";
    assert_eq!(
        side.world.text(outcomes).await,
        "status:applied status:applied unreadable:read_again"
    );
    let before = digest(&side).await;
    let done = again(&side, &Wanted::default()).await;
    assert_eq!((done.found, done.changed, done.same), (0, 0, 0));
    assert_eq!(digest(&side).await, before);
}

#[tokio::test]
async fn what_is_found_by_a_replay_counts_from_when_its_piece_was_received() {
    let side = side("twilio").await;
    let said = |key: &str, body: &str| {
        let text = Inbound::text(key, Channel::Sms, ("+15045230001", "ours"), body);
        let mut event = event(key, EventKind::Inbound(text));
        // Twilio says of no text when it was written
        event.occurred_at = crate::support::moment("2026-03-05T00:00:00Z");
        event
    };
    side.provider.reads.store(false, Ordering::Relaxed);
    side.tell(&[said("start", "START")]).await;
    side.provider.reads.store(true, Ordering::Relaxed);
    side.world.at("2026-03-02T16:00:00Z");
    side.tell(&[said("stop", "STOP")]).await;
    side.apply().await;
    side.world.at("2026-03-02T18:00:00Z");
    assert_eq!(again(&side, &Wanted::default()).await.found, 1);
    side.apply().await;
    let received =
        "select string_agg(event_key || ' ' || received_at || ' ' || outcome, ', ' order by event_key)
                    from provider_events where tenant_id = $1 and kind = 'inbound'";
    assert_eq!(
        side.world.text(received).await,
        "start 2026-03-02 15:00:00+00 opted_in, stop 2026-03-02 16:00:00+00 opted_out"
    );
    let suppressed =
        "select suppressed_scope || ' ' || suppressed_reason from recipients where tenant_id = $1";
    assert_eq!(side.world.text(suppressed).await, "all keyword");
    side.world.at("2026-03-02T19:00:00Z");
    let applied = "select max(applied_at) from provider_events where tenant_id = $1";
    assert_eq!(side.world.text(applied).await, "2026-03-02 18:00:00+00");
}

/// What the command answers, for machines.
fn hooks(side: &Side, args: &[&str]) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_courtesy"))
        .arg("hooks")
        .args(args)
        .args(["--tenant", side.world.slug.as_str(), "--json", "--database-url"])
        .arg(side.world.superuser().to_url_lossy().as_str())
        .arg("--data-dir")
        .arg(folder.path())
        .env_remove("DATABASE_OWNER_URL")
        .env_remove("COURTESY_KEYS")
        .env_remove("COURTESY_PUBLIC_URL")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

#[tokio::test]
async fn the_commands_count_what_came_and_apply_again_what_came_to_nothing() {
    let side = told().await;
    let list = hooks(&side, &["list"]);
    let line = |kind: &str, outcome: &str| {
        list.as_array()
            .unwrap()
            .iter()
            .find(|line| line["kind"] == kind && line["outcome"] == outcome)
            .map(|line| {
                (
                    line["tenant"].clone(),
                    line["provider"].clone(),
                    line["events"].clone(),
                )
            })
    };
    let one = Some((json!(side.world.slug), json!("ses"), json!(1)));
    assert_eq!(line("inbound", "opted_out"), one);
    assert_eq!(line("status", "unknown_message"), one);
    side.sent("late", "ann@example.com").await;
    let before = digest(&side).await;
    let dry = hooks(&side, &["replay", "--dry-run"]);
    assert_eq!(dry["changed"], 1, "{dry}");
    assert_eq!(digest(&side).await, before);
    let elsewhere = hooks(&side, &["replay", "--provider", "twilio"]);
    assert_eq!(elsewhere["looked_at"], 0, "{elsewhere}");
    let before_all = hooks(&side, &["replay", "--until", "2026-03-01T00:00:00Z"]);
    assert_eq!(before_all["looked_at"], 0, "{before_all}");
    let done = hooks(&side, &["replay", "--since", "2026-03-01T00:00:00Z"]);
    assert_eq!(done["changed"], 1, "{done}");
    assert_ne!(digest(&side).await, before);
}
