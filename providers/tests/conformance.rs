//! What every provider must do, run for each. A provider joins by one line in `with_each_provider`.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]
use jiff::Timestamp;
use providers::sandbox::{Act, Sandbox, Script};
use providers::{Asked, LookUp, Outcome, Provider, Request};
use rules::channel::Channel;
use rules::purpose::Purpose;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// What the other side does with the next hand-over.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    Takes,
    RefusesOptedOut,
    LimitsTheRate,
    LosesTheAnswer,
    NeverHears,
    IsSlow,
}

/// A provider in front of an other side with that mood. The folder lives as long as the provider.
type Made = (Box<dyn Provider>, TempDir);

fn sandbox(mood: Mood) -> Made {
    let act = match mood {
        Mood::Takes => Act::Deliver,
        Mood::RefusesOptedOut => Act::Refuse {
            code: "21610".to_owned(),
        },
        Mood::LimitsTheRate => Act::RateLimit {
            after: Duration::from_secs(30),
        },
        Mood::LosesTheAnswer => Act::LoseAnswer,
        Mood::NeverHears => Act::NeverReceive,
        Mood::IsSlow => Act::Slow {
            wait: Duration::from_millis(5),
        },
    };
    let folder = tempfile::tempdir().unwrap();
    let script = Script::acts(vec![("+12125550123".to_owned(), vec![act])]);
    (
        Box::new(Sandbox::open(&folder.path().join("journal.jsonl"), script).unwrap()),
        folder,
    )
}

type Maker = fn(Mood) -> Made;

/// Every provider, each with a maker.
const PROVIDERS: &[(&str, Maker)] = &[("sandbox", sandbox)];

async fn with_each_provider(mood: Mood, check: impl AsyncFn(&str, &dyn Provider)) {
    for (name, make) in PROVIDERS {
        let (provider, _folder) = make(mood);
        check(name, provider.as_ref()).await;
    }
}

fn request(number: u128) -> Request {
    Request {
        message_id: Uuid::from_u128(number),
        channel: Channel::Sms,
        purpose: Purpose::Service,
        from: "+12125550100".to_owned(),
        to: "+12125550123".to_owned(),
        subject: None,
        body: "Thanks from Joe's Plumbing.".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: None,
        callback_url: None,
        expires_at: None,
        now: at("2026-11-21T15:00:00Z"),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn it_says_its_stored_name() {
    with_each_provider(Mood::Takes, async |name, provider| {
        assert_eq!(provider.name(), name)
    })
    .await;
}

#[tokio::test]
async fn a_message_it_takes_gets_a_name_and_is_found_under_it_by_ours() {
    with_each_provider(Mood::Takes, async |name, provider| {
        let Outcome::Accepted { external_id } = provider.send(&request(1)).await else {
            panic!("{name}")
        };
        assert!(!external_id.is_empty(), "{name}");
        assert_eq!(
            provider.look_up(&asked(1)).await,
            LookUp::Accepted {
                external_id,
                status: "sent".to_owned(),
                code: None
            },
            "{name}"
        );
    })
    .await;
}

#[tokio::test]
async fn two_messages_get_two_names() {
    with_each_provider(Mood::Takes, async |name, provider| {
        assert_ne!(
            provider.send(&request(1)).await,
            provider.send(&request(2)).await,
            "{name}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_message_that_it_was_never_given_was_never_accepted() {
    with_each_provider(Mood::Takes, async |name, provider| {
        assert_eq!(provider.look_up(&asked(9)).await, LookUp::NeverAccepted, "{name}");
    })
    .await;
}

#[tokio::test]
async fn a_refusal_carries_a_code_whose_meaning_is_known() {
    with_each_provider(Mood::RefusesOptedOut, async |name, provider| {
        let Outcome::Refused { code, .. } = provider.send(&request(1)).await else {
            panic!("{name}")
        };
        assert_eq!(
            rules::retry::after(name, &code, 1),
            rules::retry::NextStep::Revoke,
            "{name}"
        );
        assert_eq!(provider.look_up(&asked(1)).await, LookUp::NeverAccepted, "{name}");
    })
    .await;
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back_and_took_nothing() {
    with_each_provider(Mood::LimitsTheRate, async |name, provider| {
        let Outcome::TryLater { after, .. } = provider.send(&request(1)).await else {
            panic!("{name}")
        };
        assert_eq!(after, Some(Duration::from_secs(30)), "{name}");
        assert_eq!(provider.look_up(&asked(1)).await, LookUp::NeverAccepted, "{name}");
        assert!(
            matches!(provider.send(&request(1)).await, Outcome::Accepted { .. }),
            "{name}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_found_by_asking() {
    with_each_provider(Mood::LosesTheAnswer, async |name, provider| {
        assert!(
            matches!(provider.send(&request(1)).await, Outcome::Unknown { .. }),
            "{name}"
        );
        assert!(
            matches!(provider.look_up(&asked(1)).await, LookUp::Accepted { .. }),
            "{name}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_request_that_never_arrived_is_unknown_and_asking_proves_it() {
    with_each_provider(Mood::NeverHears, async |name, provider| {
        assert!(
            matches!(provider.send(&request(1)).await, Outcome::Unknown { .. }),
            "{name}"
        );
        assert_eq!(provider.look_up(&asked(1)).await, LookUp::NeverAccepted, "{name}");
    })
    .await;
}

#[tokio::test]
async fn a_slow_answer_is_still_an_answer() {
    with_each_provider(Mood::IsSlow, async |name, provider| {
        assert!(
            matches!(provider.send(&request(1)).await, Outcome::Accepted { .. }),
            "{name}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_message_past_its_expiry_is_refused_and_not_sent() {
    with_each_provider(Mood::Takes, async |name, provider| {
        let expired = Request {
            expires_at: Some(at("2026-11-21T15:00:00Z")),
            ..request(1)
        };
        let Outcome::Refused { code, .. } = provider.send(&expired).await else {
            panic!("{name}")
        };
        assert_eq!(
            rules::retry::after(name, &code, 1),
            rules::retry::NextStep::Replan,
            "{name}"
        );
        assert_eq!(provider.look_up(&asked(1)).await, LookUp::NeverAccepted, "{name}");
    })
    .await;
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
