//! Credentials are tried by a question that the other side answers to their holder only.
use crate::entry::Entry;
use crate::mood::{Mood, asked_in};
use crate::{PROVIDERS, bandwidth, vonage, whatsapp};
use providers::CheckFailed;

/// Those that are asked over HTTP; what a relay does is in `smtp.rs`.
const BY_HTTP: &[&str] = &["twilio", "vonage", "bandwidth", "whatsapp", "ses"];

const HAVE_AN_ACCOUNT: &[&Entry] = &[&vonage::ENTRY, &bandwidth::ENTRY, &whatsapp::ENTRY];

#[tokio::test]
async fn credentials_that_work_say_whose_they_are() {
    for (entry, summary) in HAVE_AN_ACCOUNT.iter().zip([
        "the application aaaaaaaa-bbbb-cccc-dddd-0123456789ab of a1b2c3d4",
        "account 9900000: 0 messages sent",
        "Joe's Plumbing, +1 555-078-3881, GREEN",
    ]) {
        let made = (entry.make)(vec![Mood::Takes].into()).await;
        assert_eq!(made.provider.check().await.unwrap().summary, summary);
    }
}

#[tokio::test]
async fn whatever_else_is_answered_no_credentials_are_called_wrong_or_right() {
    for entry in PROVIDERS.iter().filter(|entry| BY_HTTP.contains(&entry.name)) {
        for mood in Mood::OF_QUESTIONS {
            let made = (entry.make)(asked_in(*mood)).await;
            let checked = made.provider.check().await;
            assert!(
                matches!(checked, Err(CheckFailed::NotNow(_))),
                "{} {mood:?} {checked:?}",
                entry.name
            );
        }
    }
}

#[tokio::test]
async fn when_nobody_is_reached_it_is_not_the_credentials_fault() {
    for mood in [Mood::RefusesTheConnection, Mood::IsNeverReached] {
        let mut tried = 0;
        for entry in PROVIDERS.iter().filter(|entry| BY_HTTP.contains(&entry.name)) {
            let made = (entry.make)(vec![mood].into()).await;
            let checked = made.provider.check().await;
            assert!(
                matches!(checked, Err(CheckFailed::NotNow(_))),
                "{} {mood:?} {checked:?}",
                entry.name
            );
            tried += 1;
        }
        assert!(tried >= BY_HTTP.len(), "{tried}");
    }
}
