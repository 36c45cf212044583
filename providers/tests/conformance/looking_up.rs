//! Asking what became of a message never says more than the provider can know.
use crate::entry::Entry;
use crate::mood::{Kind, Mood, asked_in, kind};
use crate::{PROVIDERS, with_each};
use providers::{LookUp, Outcome};
use rules::status::MessageStatus;

/// These have no question for what became of a message: their callbacks say it, or nobody does.
const CANNOT_BE_ASKED: &[&str] = &["smtp", "vonage", "whatsapp"];

#[tokio::test]
async fn a_message_that_was_taken_is_found_by_the_name_it_was_given() {
    with_each(&[Mood::Takes], async |entry, made| {
        let Outcome::Accepted { external_id } = made.provider.send(&entry.request(1)).await else {
            panic!("{}", entry.name)
        };
        assert!(!external_id.is_empty(), "{}", entry.name);
        let found = made
            .provider
            .look_up(&entry.asked(1, Some(external_id.as_str())))
            .await;
        let can_be_asked = !CANNOT_BE_ASKED.contains(&entry.name);
        assert_eq!(made.provider.can_be_asked(), can_be_asked, "{}", entry.name);
        if !can_be_asked {
            assert_eq!(found, LookUp::NotKnown, "{}", entry.name);
            return;
        }
        is_taken(entry.name, &found, &external_id);
        if entry.finds_without_name {
            let found = made.provider.look_up(&entry.asked(1, None)).await;
            is_taken(entry.name, &found, &external_id);
        }
    })
    .await;
}

fn is_taken(name: &str, found: &LookUp, by: &str) {
    let LookUp::Accepted {
        external_id, status, ..
    } = found
    else {
        panic!("{name}: {found:?}")
    };
    assert_eq!(external_id, by, "{name}");
    let status = MessageStatus::parse(status).unwrap();
    assert!(
        status.rank() >= MessageStatus::Sent.rank() && !status.is_our_decision(),
        "{name}: {status:?}"
    );
}

#[tokio::test]
async fn after_any_mood_asking_says_no_more_than_is_so() {
    for entry in PROVIDERS {
        for mood in entry.moods.iter().filter(|mood| mood.is_reached()) {
            let made = (entry.make)(vec![*mood].into()).await;
            let outcome = made.provider.send(&entry.request(1)).await;
            let found = made.provider.look_up(&entry.asked(1, None)).await;
            let may = match (mood.takes(), entry.finds_without_name, entry.proves_absence) {
                (true, true, _) => matches!(found, LookUp::Accepted { .. }),
                (true, false, _) | (false, _, false) => found == LookUp::NotKnown,
                (false, _, true) => found == LookUp::NeverAccepted,
            };
            assert!(may, "{} {mood:?}, {:?}: {found:?}", entry.name, kind(&outcome));
        }
    }
}

#[tokio::test]
async fn a_message_that_it_was_never_given_is_not_found_among_those_it_was_given() {
    with_each(&[Mood::Takes], async |entry, made| {
        let sent = made.provider.send(&entry.request(1)).await;
        assert_eq!(kind(&sent), Kind::Accepted, "{}", entry.name);
        let mut other = entry.asked(9, None);
        other.body = "Another text.".to_owned();
        let found = made.provider.look_up(&other).await;
        if entry.proves_absence {
            assert_eq!(found, LookUp::NeverAccepted, "{}", entry.name);
        } else {
            assert_eq!(found, LookUp::NotKnown, "{}", entry.name);
        }
    })
    .await;
}

#[tokio::test]
async fn when_nobody_answers_nothing_is_known() {
    with_each(&[Mood::RefusesTheConnection], async |entry, made| {
        for name in [None, Some("SM0123456789abcdef0123456789abcdef")] {
            let found = made.provider.look_up(&entry.asked(1, name)).await;
            assert_eq!(found, LookUp::NotKnown, "{}", entry.name);
        }
    })
    .await;
}

/// Whose other side is spoken to over HTTP, and has an answer to the question.
fn can_be_asked(entry: &Entry) -> bool {
    entry.moods.contains(&Mood::AnswersHtml) && !CANNOT_BE_ASKED.contains(&entry.name)
}

#[tokio::test]
async fn what_is_no_answer_proves_nothing() {
    let mut asked = 0;
    for entry in PROVIDERS.iter().filter(|entry| can_be_asked(entry)) {
        for mood in Mood::OF_QUESTIONS {
            let made = (entry.make)(asked_in(*mood)).await;
            let Outcome::Accepted { external_id } = made.provider.send(&entry.request(1)).await else {
                panic!("{}", entry.name)
            };
            for name in [None, Some(external_id.as_str())] {
                let found = made.provider.look_up(&entry.asked(1, name)).await;
                assert_eq!(found, LookUp::NotKnown, "{} {mood:?} {name:?}", entry.name);
            }
            asked += 1;
        }
    }
    assert!(asked > 4 * Mood::OF_QUESTIONS.len(), "{asked}");
}
