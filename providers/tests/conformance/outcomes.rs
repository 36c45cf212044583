//! What comes of a hand-over, whatever the other side does with it.
use crate::entry::{BODY, Entry, now};
use crate::mood::{Kind, Mood, kind};
use crate::{PROVIDERS, plain, with_each};
use providers::{LookUp, Outcome, Request};
use rules::retry::{self, NextStep};
use std::time::Duration;

/// What is wrong with what this provider makes of this mood.
async fn wrong(entry: &Entry, mood: Mood) -> Vec<String> {
    let made = (entry.make)(vec![mood].into()).await;
    let outcome = made.provider.send(&entry.request(1)).await;
    let mut wrong = Vec::new();
    if kind(&outcome) != mood.must_come_to() {
        wrong.push(format!("it must come to {:?}", mood.must_come_to()));
    }
    let came = (made.came)();
    if came != usize::from(mood.is_reached()) {
        wrong.push(format!("{came} requests came"));
    }
    let said = format!("{outcome:?}");
    let private = [entry.from, entry.to, BODY, "Plumbing", "t0ken"];
    let bare = [
        entry.to.trim_start_matches('+'),
        entry.from.trim_start_matches('+'),
    ];
    for word in entry.secrets.iter().chain(&private).chain(&bare) {
        if said.contains(word) {
            wrong.push(format!("it tells {word}"));
        }
    }
    wrong
        .into_iter()
        .map(|what| format!("{} {mood:?}: {what}: {said}", entry.name))
        .collect()
}

#[tokio::test]
async fn each_mood_of_the_other_side_comes_to_what_it_proves_and_no_hand_over_is_repeated() {
    let mut found = Vec::new();
    for entry in PROVIDERS {
        for mood in entry.moods {
            found.extend(wrong(entry, *mood).await);
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn a_careless_provider_is_found_out() {
    for (mood, mistake) in [
        (Mood::FailsAfterTaking, "2 requests came"),
        (Mood::RefusesForGood, "it tells +12125550123"),
        (Mood::RefusesForGood, "it tells s3cret"),
        (Mood::SaysNothing, "it must come to Unknown"),
        (Mood::ResetsAfterReading, "2 requests came"),
    ] {
        let found = wrong(&plain::CARELESS, mood).await.join("\n");
        assert!(found.contains(mistake), "{mood:?} {mistake}: {found}");
    }
}

#[tokio::test]
async fn what_is_cut_on_a_connection_that_worked_before_is_not_repeated_on_another() {
    for last in [Mood::ResetsAfterReading, Mood::HangsUp, Mood::SaysNothing] {
        with_each(&[Mood::Takes, last], async |entry, made| {
            let first = made.provider.send(&entry.request(1)).await;
            assert_eq!(kind(&first), Kind::Accepted, "{}", entry.name);
            let second = made.provider.send(&entry.request(2)).await;
            assert_eq!(kind(&second), Kind::Unknown, "{} {last:?}", entry.name);
            assert_eq!((made.came)(), 2, "{} {last:?}", entry.name);
        })
        .await;
    }
}

#[tokio::test]
async fn two_messages_get_two_names() {
    with_each(&[Mood::Takes, Mood::Takes], async |entry, made| {
        let first = made.provider.send(&entry.request(1)).await;
        let second = made.provider.send(&entry.request(2)).await;
        assert_ne!(first, second, "{}", entry.name);
    })
    .await;
}

#[tokio::test]
async fn an_opt_out_that_only_the_provider_knows_is_a_code_that_revokes() {
    with_each(&[Mood::RefusesOptedOut], async |entry, made| {
        let Outcome::Refused { code, .. } = made.provider.send(&entry.request(1)).await else {
            panic!("{}", entry.name)
        };
        assert_eq!(
            retry::after(entry.codes, &code, 1),
            NextStep::Revoke,
            "{}",
            entry.name
        );
    })
    .await;
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back_and_the_message_passes_then() {
    with_each(&[Mood::LimitsTheRate], async |entry, made| {
        let Outcome::TryLater { after, .. } = made.provider.send(&entry.request(1)).await else {
            panic!("{}", entry.name)
        };
        if entry.says_when {
            assert_eq!(after, Some(Duration::from_secs(30)), "{}", entry.name);
        }
        let again = made.provider.send(&entry.request(1)).await;
        assert_eq!(kind(&again), Kind::Accepted, "{}", entry.name);
    })
    .await;
}

#[tokio::test]
async fn a_message_past_its_expiry_is_refused_to_be_planned_anew_and_nobody_hears_of_it() {
    with_each(&[Mood::Takes], async |entry, made| {
        let late = Request {
            expires_at: Some(now()),
            ..entry.request(1)
        };
        let Outcome::Refused { code, .. } = made.provider.send(&late).await else {
            panic!("{}", entry.name)
        };
        assert_eq!(
            retry::after(entry.codes, &code, 1),
            NextStep::Replan,
            "{}",
            entry.name
        );
        // the sandbox writes a receipt of whatever it is asked
        assert!((made.came)() == 0 || entry.name == "sandbox", "{}", entry.name);
        let found = made.provider.look_up(&entry.asked(1, None)).await;
        assert!(
            !matches!(found, LookUp::Accepted { .. }),
            "{}: {found:?}",
            entry.name
        );
    })
    .await;
}
