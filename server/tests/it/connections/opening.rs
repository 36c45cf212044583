//! A connection that can't be opened speaks to nobody: its messages wait until it can be, and a person is told once.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::office::{Office, office, sent, texts, values};
use crate::support::scripted::bulk;
use jiff::SignedDuration;
use server::connections::{self, NewConnection};
use server::doctor::deep;
use server::messages::{gate, hand_over};

const OURS: &str = "+13125550141";

/// An office whose texts go through a connection of its own, at noon. Answers the account.
async fn connected() -> (Office, String) {
    let mut office = office().await;
    office.at("2026-03-02T18:00:00Z");
    let account = format!("opened-by-{}", office.slug);
    let connection = NewConnection {
        values: values(&[("account", &account), ("token", "x")]),
        ..texts("texts", OURS)
    };
    office.in_use(&connection).await;
    office
        .run(
            "insert into pace_buckets (tenant_id, scope, key, rate_tokens, rate_seconds, burst, level, refilled_at, updated_at)
             select tenant_id, 'connection', id, 1000, 1, 1000, 0, 'epoch', now() from tenant_channel_settings
             where tenant_id = $1 and name = 'texts'",
        )
        .await;
    office.restart();
    (office, account)
}

async fn run_for(office: &Office, minutes: i64) {
    let end = office.app.clock.now() + SignedDuration::from_mins(minutes);
    office
        .engine()
        .run_until(end, SignedDuration::from_secs(1), |_, _| {})
        .await
        .unwrap();
}

#[tokio::test]
async fn while_the_key_file_is_lost_messages_wait_and_when_it_is_back_they_go() {
    let (mut office, account) = connected().await;
    let (kept, aside) = (office.key_file(), office.folder.path().join("aside"));
    std::fs::rename(&kept, &aside).unwrap();
    office.restart();
    bulk(&office, office.tenant, 40).await;
    run_for(&office, 120).await;
    assert!(sent(&account).is_empty());
    let statuses = "select string_agg(distinct status, ',') || count(*) from messages where tenant_id = $1";
    assert_eq!(office.text(statuses).await, "queued40");
    let tasks = "select string_agg(kind || ': ' || said, ';') from review_tasks where tenant_id = $1";
    let said = office.text(tasks).await;
    assert!(
        said.starts_with("connection_unopened: the connection texts can't be opened") && !said.contains(';'),
        "{said}"
    );
    let mut tx = office.tx().await;
    let listed = connections::find(&mut tx, "texts").await.unwrap();
    drop(tx);
    assert_eq!(listed.unavailable_reason.as_deref(), Some("unopened"));
    let found = deep::tenant(&office.app, office.tenant).await.unwrap();
    let of_connections = found.iter().find(|one| one.check == "connections").unwrap();
    assert!(format!("{:?}", of_connections.rows).contains("not in the key file"));
    // it does not spin: what tries is one message at a time, and those that went together the first time
    let tries: u32 = office
        .text("select count(*) from send_logs where tenant_id = $1 and verdict = 'send'")
        .await
        .parse()
        .unwrap();
    assert!((41..=60).contains(&tries), "{tries} tries in two hours");

    std::fs::rename(&aside, &kept).unwrap();
    run_for(&office, 30).await;
    assert!(
        sent(&account).len() > 30,
        "at once, but for those that tried too often today"
    );
    run_for(&office, 25 * 60).await;
    assert_eq!(sent(&account).len(), 40);
    assert_eq!(office.text(statuses).await, "sent40");
    assert_eq!(
        office
            .text("select coalesce(unavailable_reason, 'in order') from tenant_channel_settings where tenant_id = $1 and name = 'texts'")
            .await,
        "in order"
    );
}

#[tokio::test]
async fn when_the_database_cannot_say_how_a_connection_is_opened_nothing_counts_as_handed_over() {
    let (office, account) = connected().await;
    bulk(&office, office.tenant, 5).await;
    let passed = gate::decide(&office.app, office.tenant, 100, 30.0).await.unwrap();
    assert_eq!(passed.ready.len(), 5);
    office
        .run("revoke select on tenant_channel_settings from courtesy_app")
        .await;
    let outcomes = hand_over::hand_over(&office.app, office.tenant, passed.ready).await;
    office
        .run("grant select on tenant_channel_settings to courtesy_app")
        .await;
    hand_over::record(&office.app, office.tenant, outcomes)
        .await
        .unwrap();
    assert_eq!(
        office
            .text("select string_agg(distinct status || ' ' || error_code, ',') from messages where tenant_id = $1")
            .await,
        "queued not_begun"
    );
    run_for(&office, 1).await;
    assert_eq!(sent(&account).len(), 5);
    assert_eq!(
        office
            .text("select count(*) from review_tasks where tenant_id = $1")
            .await,
        "0"
    );
}
