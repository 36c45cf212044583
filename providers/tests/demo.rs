//! The demo's script tells a plausible story, and the same seed tells the same one.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]
use jiff::{SignedDuration, Timestamp};
use providers::sandbox::{Sandbox, Script};
use providers::{Event, EventKind, Outcome, Provider, Request};
use rules::channel::Channel;
use rules::keywords::{Intention, classify};
use rules::purpose::Purpose;
use std::collections::BTreeMap;
use uuid::Uuid;

fn start() -> Timestamp {
    "2026-11-21T15:00:00Z".parse().unwrap()
}

fn request(number: u128, to: &str) -> Request {
    Request {
        message_id: Uuid::from_u128(number),
        channel: if to.contains('@') {
            Channel::Email
        } else {
            Channel::Sms
        },
        purpose: Purpose::Service,
        from: "+12125550100".to_owned(),
        to: to.to_owned(),
        subject: None,
        body: "Thanks from Joe's Plumbing.".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: None,
        callback_url: None,
        expires_at: None,
        now: start(),
    }
}

fn has_status(events: &[Event], wanted: &str) -> bool {
    events
        .iter()
        .any(|event| matches!(&event.kind, EventKind::Status { status, .. } if status == wanted))
}

/// Three touches to each customer, given up when one fails or answers, as a campaign does.
async fn demo_story(seed: u64, customers: u128) -> (BTreeMap<String, u32>, Vec<Event>) {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(&folder.path().join("journal.jsonl"), Script::demo(seed)).unwrap();
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    let mut story = Vec::new();
    for customer in 0..customers {
        let to = if customer % 4 == 0 {
            format!("c{customer}@example.com")
        } else {
            format!("+1212555{customer:04}")
        };
        for touch in 0..3 {
            let request = request(customer * 10 + touch, &to);
            let mut outcome = sandbox.send(&request).await;
            if let Outcome::TryLater { .. } = outcome {
                *ends.entry("limited".to_owned()).or_default() += 1;
                outcome = sandbox.send(&request).await;
            }
            let later = start() + SignedDuration::from_hours(24 * 30);
            let told = sandbox.due_events(later);
            let keys: Vec<String> = told.iter().map(|event| event.key.clone()).collect();
            sandbox.acknowledge(&keys, later).unwrap();
            let failed = has_status(&told, "undelivered");
            let delivered = has_status(&told, "delivered");
            let end = match outcome {
                Outcome::Refused { .. } => "failed",
                Outcome::Accepted { .. } if failed => "failed",
                Outcome::Accepted { .. } | Outcome::Unknown { .. } if delivered => "delivered",
                Outcome::Accepted { .. } | Outcome::TryLater { .. } => panic!("{outcome:?}"),
                Outcome::Unknown { .. } => "never arrived",
            };
            *ends.entry(end.to_owned()).or_default() += 1;
            let answered = told
                .iter()
                .any(|event| !matches!(event.kind, EventKind::Status { .. }));
            story.extend(told);
            if end == "failed" || answered {
                break;
            }
        }
    }
    (ends, story)
}

#[tokio::test]
async fn the_demo_delivers_most_fails_some_and_lets_customers_answer() {
    let (ends, story) = demo_story(7, 600).await;
    let total = ends["failed"] + ends["delivered"] + ends["never arrived"];
    let per_thousand = |count: u32| count * 1000 / total;
    println!("{total}: {ends:?}");
    assert!((55..=85).contains(&per_thousand(ends["failed"])), "{ends:?}");
    assert!(per_thousand(ends["delivered"]) > 870, "{ends:?}");
    assert!(ends["limited"] > 10 && ends["never arrived"] > 2, "{ends:?}");
    let mut asked: BTreeMap<&str, u32> = BTreeMap::new();
    for event in &story {
        let what = match &event.kind {
            EventKind::Status { .. }
            | EventKind::Bounce { .. }
            | EventKind::Complaint { .. }
            | EventKind::Preference { .. }
            | EventKind::Account { .. } => continue,
            EventKind::Click { .. } => "click",
            EventKind::Feedback { rating, .. } => {
                assert!((1..=5).contains(rating));
                "feedback"
            }
            EventKind::Inbound(text) => match classify(&text.body, false) {
                Intention::Stop { .. } => "stop",
                Intention::Start { .. } => "start",
                Intention::Help { .. } => "help",
                Intention::Revocation { .. } => "revocation",
                Intention::None => "words",
            },
        };
        *asked.entry(what).or_default() += 1;
    }
    println!("{asked:?}");
    for what in [
        "stop",
        "start",
        "help",
        "revocation",
        "words",
        "click",
        "feedback",
    ] {
        assert!(
            asked.get(what).is_some_and(|count| *count >= 1),
            "{what}: {asked:?}"
        );
    }
    assert!((30..=70).contains(&per_thousand(asked["stop"])), "{asked:?}");
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story_and_another_seed_another() {
    let stories = [7, 7, 8].map(|seed| async move { demo_story(seed, 60).await });
    let [first, again, other] = stories;
    let (first, again, other) = (first.await, again.await, other.await);
    assert_eq!(first, again);
    assert_ne!(first, other);
}
