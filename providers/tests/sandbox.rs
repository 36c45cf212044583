//! The sandbox keeps its evidence and its story through kills, torn lines, doubles and restarts.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]
use jiff::{SignedDuration, Timestamp};
use providers::sandbox::journal::{self, Answer, Line, Receipt};
use providers::sandbox::{Act, Sandbox, Script};
use providers::{Asked, Event, EventKind, LookUp, Outcome, Provider, Request};
use rules::channel::Channel;
use rules::purpose::Purpose;
use std::collections::HashSet;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

const TO: &str = "+12125550123";

fn journal_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    (folder, path)
}

fn start() -> Timestamp {
    "2026-11-21T15:00:00Z".parse().unwrap()
}

fn in_days(days: i64) -> Timestamp {
    start() + SignedDuration::from_hours(24 * days)
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

fn scripted(acts: Vec<Act>) -> Script {
    Script::acts(vec![(TO.to_owned(), acts)])
}

fn receipts(path: &Path) -> Vec<Receipt> {
    let lines = journal::read(path).unwrap();
    lines
        .into_iter()
        .filter_map(|line| {
            if let Line::Receipt(receipt) = line {
                Some(receipt)
            } else {
                None
            }
        })
        .collect()
}

fn keys(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.key.clone()).collect()
}

fn statuses(events: &[Event]) -> Vec<(String, Option<String>)> {
    let status = |event: &Event| match &event.kind {
        EventKind::Status { status, code, .. } => Some((status.clone(), code.clone())),
        _ => None,
    };
    events.iter().filter_map(status).collect()
}

#[tokio::test]
async fn the_receipt_is_in_the_file_before_the_answer() {
    let (_folder, path) = journal_file();
    let sandbox = Sandbox::open(&path, Script::calm()).unwrap();
    let Outcome::Accepted { external_id } = sandbox.send(&request(1, TO)).await else {
        panic!()
    };
    let receipt = &receipts(&path)[0];
    assert_eq!(receipt.external_id.as_ref(), Some(&external_id));
    assert_eq!(
        (receipt.at, receipt.to.as_str(), &receipt.answer),
        (start(), TO, &Answer::Accepted)
    );
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains(r#""line":"receipt""#) && text.contains(r#""answer":"accepted""#),
        "{text}"
    );
}

#[tokio::test]
async fn every_answer_leaves_its_receipt_and_a_request_that_never_came_leaves_none() {
    let (_folder, path) = journal_file();
    let acts = vec![
        Act::Refuse {
            code: "21211".to_owned(),
        },
        Act::RateLimit {
            after: Duration::from_secs(7),
        },
        Act::NeverReceive,
        Act::LoseAnswer,
    ];
    let sandbox = Sandbox::open(&path, scripted(acts)).unwrap();
    for number in 1..=5 {
        sandbox.send(&request(number, TO)).await;
    }
    let answers: Vec<_> = receipts(&path)
        .into_iter()
        .map(|receipt| receipt.answer)
        .collect();
    let refused = Answer::Refused {
        code: "21211".to_owned(),
    };
    assert_eq!(
        answers,
        [
            refused,
            Answer::RateLimited { after_seconds: 7 },
            Answer::Lost,
            Answer::Accepted
        ]
    );
}

#[tokio::test]
async fn a_message_sent_twice_leaves_two_receipts_with_a_name_each() {
    let (_folder, path) = journal_file();
    let sandbox = Sandbox::open(&path, Script::calm()).unwrap();
    let first = sandbox.send(&request(1, TO)).await;
    assert_ne!(sandbox.send(&request(1, TO)).await, first);
    let names: HashSet<_> = receipts(&path)
        .into_iter()
        .filter_map(|receipt| receipt.external_id)
        .collect();
    assert_eq!(names.len(), 2);
    let Outcome::Accepted { external_id } = first else {
        panic!()
    };
    assert_eq!(
        sandbox.look_up(&asked(1)).await,
        LookUp::Accepted {
            external_id,
            status: "sent".to_owned(),
            code: None
        }
    );
}

#[tokio::test]
async fn events_come_when_they_are_due_and_until_they_are_acknowledged() {
    let (_folder, path) = journal_file();
    let sandbox = Sandbox::open(
        &path,
        scripted(vec![
            Act::Deliver,
            Act::Click {
                after: Duration::from_secs(3600),
            },
        ]),
    )
    .unwrap();
    assert_eq!(sandbox.next_event_at(), None);
    sandbox.send(&request(1, TO)).await;
    assert_eq!(
        sandbox.next_event_at(),
        Some(start() + SignedDuration::from_secs(1))
    );
    assert!(sandbox.due_events(start()).is_empty());
    let soon = start() + SignedDuration::from_secs(60);
    let told = sandbox.due_events(soon);
    assert_eq!(
        statuses(&told),
        [("sent".to_owned(), None), ("delivered".to_owned(), None)]
    );
    assert_eq!(sandbox.due_events(soon), told);
    sandbox.acknowledge(&keys(&told), soon).unwrap();
    assert!(sandbox.due_events(soon).is_empty());
    assert_eq!(
        sandbox.next_event_at(),
        Some(start() + SignedDuration::from_hours(1))
    );
    let message_id = Uuid::from_u128(1);
    assert_eq!(
        sandbox.due_events(in_days(1))[0].kind,
        EventKind::Click { message_id }
    );
    let written = journal::read(&path)
        .unwrap()
        .iter()
        .filter(|line| matches!(line, Line::Event { .. }))
        .count();
    assert_eq!(written, 3);
}

#[tokio::test]
async fn opened_again_after_a_kill_it_tells_what_was_not_acknowledged_and_what_is_to_come() {
    let (_folder, path) = journal_file();
    let reply = Act::Reply {
        after: Duration::from_secs(7200),
        body: "STOP".to_owned(),
    };
    let script = scripted(vec![
        Act::RateLimit {
            after: Duration::from_secs(1),
        },
        Act::NeverReceive,
        Act::Deliver,
        reply,
    ]);
    let first = Sandbox::open(&path, script.clone()).unwrap();
    first.send(&request(1, TO)).await;
    first.send(&request(1, TO)).await;
    drop(first);
    let second = Sandbox::open(&path, script.clone()).unwrap();
    assert!(matches!(
        second.send(&request(1, TO)).await,
        Outcome::Accepted { .. }
    ));
    let soon = start() + SignedDuration::from_secs(60);
    let told = second.due_events(soon);
    second.acknowledge(&keys(&told)[..1], soon).unwrap();
    drop(second);
    let third = Sandbox::open(&path, script).unwrap();
    assert!(matches!(third.look_up(&asked(1)).await, LookUp::Accepted { .. }));
    assert_eq!(third.due_events(soon), told[1..]);
    let later = third.due_events(in_days(1));
    assert!(matches!(&later[1].kind, EventKind::Inbound(text) if text.body == "STOP" && text.from == TO));
    assert_eq!(later.len(), 2);
}

#[tokio::test]
async fn a_line_torn_by_a_kill_is_cut_off_and_the_journal_goes_on() {
    let (_folder, path) = journal_file();
    let sandbox = Sandbox::open(&path, Script::calm()).unwrap();
    sandbox.send(&request(1, TO)).await;
    drop(sandbox);
    let whole = std::fs::read(&path).unwrap();
    for length in 1..whole.len() {
        let mut torn = whole.clone();
        torn.extend(&whole[..length]);
        std::fs::write(&path, &torn).unwrap();
        assert_eq!(journal::read(&path).unwrap().len(), 1);
        if length % 50 == 1 {
            let sandbox = Sandbox::open(&path, Script::calm()).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole);
            sandbox.send(&request(2, TO)).await;
            assert_eq!(receipts(&path).len(), 2);
        }
    }
}

#[test]
fn the_journal_is_for_its_owner_alone_also_one_that_was_not() {
    let (_folder, path) = journal_file();
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    drop(Sandbox::open(&path, Script::calm()).unwrap());
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(Sandbox::open(&path, Script::calm()).unwrap());
    assert_eq!(mode(), 0o600);
}

#[test]
fn a_broken_line_that_is_not_the_last_is_named_and_nothing_is_cut() {
    let (_folder, path) = journal_file();
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(b"{\"line\":\"acknowledged\",\"key\":\"a\",\"at\":\"2026-11-21T15:00:00Z\"}\nbroken\n")
        .unwrap();
    let error = Sandbox::open(&path, Script::calm()).err().unwrap();
    assert!(error.to_string().starts_with("line 2:"), "{error}");
    assert!(journal::read(&path).is_err());
    assert!(std::fs::read_to_string(&path).unwrap().ends_with("broken\n"));
}

#[tokio::test]
async fn doubled_callbacks_have_the_same_key_and_are_told_again_after_the_first_was_acknowledged() {
    let (_folder, path) = journal_file();
    let script = scripted(vec![Act::Deliver, Act::DoubledCallbacks]);
    let sandbox = Sandbox::open(&path, script.clone()).unwrap();
    sandbox.send(&request(1, TO)).await;
    let soon = start() + SignedDuration::from_secs(10);
    let first = sandbox.due_events(soon);
    assert_eq!(first.len(), 2);
    sandbox.acknowledge(&keys(&first), soon).unwrap();
    drop(sandbox);
    let sandbox = Sandbox::open(&path, script).unwrap();
    let second = sandbox.due_events(in_days(1));
    assert_eq!(second, first);
    sandbox.acknowledge(&keys(&second), in_days(1)).unwrap();
    assert_eq!(sandbox.next_event_at(), None);
}

#[tokio::test]
async fn late_and_shuffled_callbacks_say_when_it_happened_and_not_when_they_came() {
    let (_folder, path) = journal_file();
    let late = Act::LateCallback {
        after: Duration::from_secs(86_400),
    };
    let sandbox = Sandbox::open(&path, scripted(vec![Act::Deliver, Act::ShuffledCallbacks, late])).unwrap();
    sandbox.send(&request(1, TO)).await;
    assert!(
        sandbox
            .due_events(start() + SignedDuration::from_hours(23))
            .is_empty()
    );
    let told = sandbox.due_events(in_days(2));
    assert_eq!(
        statuses(&told),
        [("delivered".to_owned(), None), ("sent".to_owned(), None)]
    );
    assert!(
        told.iter()
            .all(|event| event.occurred_at < start() + SignedDuration::from_secs(10))
    );
}

#[tokio::test]
async fn a_failure_after_acceptance_comes_as_a_callback_with_its_code() {
    let (_folder, path) = journal_file();
    let sandbox = Sandbox::open(
        &path,
        scripted(vec![Act::Fail {
            code: "30006".to_owned(),
        }]),
    )
    .unwrap();
    assert!(matches!(
        sandbox.send(&request(1, TO)).await,
        Outcome::Accepted { .. }
    ));
    let told = statuses(&sandbox.due_events(in_days(1)));
    assert_eq!(told[1], ("undelivered".to_owned(), Some("30006".to_owned())));
}

#[tokio::test]
async fn feedback_carries_its_rating() {
    let (_folder, path) = journal_file();
    let sandbox = Sandbox::open(
        &path,
        scripted(vec![Act::Feedback {
            after: Duration::from_secs(60),
            rating: 4,
        }]),
    )
    .unwrap();
    sandbox.send(&request(1, TO)).await;
    let told = sandbox.due_events(in_days(1));
    assert!(
        told.iter()
            .any(|event| matches!(event.kind, EventKind::Feedback { rating: 4, .. }))
    );
}

fn asked(number: u128) -> Asked {
    Asked {
        message_id: Uuid::from_u128(number),
        external_id: None,
        from: String::new(),
        to: String::new(),
        body: String::new(),
        since: Timestamp::UNIX_EPOCH,
    }
}
