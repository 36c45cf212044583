//! Credentials are tried by a question that the other side answers to their holder only.
use crate::entry::Entry;
use crate::mood::Mood;
use crate::{bandwidth, vonage, whatsapp};
use providers::CheckFailed;

const HAVE_AN_ACCOUNT: &[&Entry] = &[&vonage::ENTRY, &bandwidth::ENTRY, &whatsapp::ENTRY];

#[tokio::test]
async fn credentials_that_work_say_whose_they_are() {
    for (entry, summary) in HAVE_AN_ACCOUNT.iter().zip([
        "the application aaaaaaaa-bbbb-cccc-dddd-0123456789ab of a1b2c3d4",
        "account 9900000: 0 messages sent",
        "Joe's Plumbing, +1 555-078-3881, GREEN",
    ]) {
        let made = (entry.make)(vec![Mood::Takes]).await;
        assert_eq!(made.provider.check().await.unwrap().summary, summary);
    }
}

#[tokio::test]
async fn when_nobody_answers_no_credentials_are_called_wrong() {
    for entry in HAVE_AN_ACCOUNT {
        let made = (entry.make)(vec![Mood::RefusesTheConnection]).await;
        let failed = made.provider.check().await.unwrap_err();
        assert!(
            matches!(failed, CheckFailed::NotNow(_)),
            "{} {failed}",
            entry.name
        );
    }
}
