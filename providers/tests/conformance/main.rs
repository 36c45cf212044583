//! What every provider must do, run for each. A provider joins by an entry in `PROVIDERS`; one that is spoken to over HTTP says in
//! a `Speech` how its other side answers, and gets all moods.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]
mod bandwidth;
mod bandwidth_received;
mod checking;
mod entry;
mod looking_up;
mod mood;
mod other_side;
mod outcomes;
mod plain;
mod sandbox;
mod ses;
mod smtp;
mod twilio;
mod twilio_asked;
mod twilio_received;
mod vonage;
mod whatsapp;

use entry::{Entry, Made};
use mood::Mood;

/// Every provider, and one that is for showing how.
const PROVIDERS: &[Entry] = &[
    sandbox::ENTRY,
    plain::ENTRY,
    twilio::ENTRY,
    twilio::WHATSAPP,
    vonage::ENTRY,
    bandwidth::ENTRY,
    whatsapp::ENTRY,
    ses::ENTRY,
    smtp::ENTRY,
];

/// Each provider that can be brought before such an other side.
async fn with_each(moods: &[Mood], check: impl AsyncFn(&Entry, &Made)) {
    let mut tried = 0;
    for entry in PROVIDERS {
        if moods.iter().all(|mood| entry.moods.contains(mood)) {
            tried += 1;
            let made = (entry.make)(moods.to_vec().into()).await;
            check(entry, &made).await;
        }
    }
    assert!(tried > 0, "no provider can be brought before {moods:?}");
}

#[test]
fn every_provider_that_can_be_connected_to_is_in_the_suite() {
    for provider in providers::PROVIDERS {
        let same = providers::PROVIDERS
            .iter()
            .filter(|other| other.name == provider.name);
        assert_eq!(same.count(), 1, "{}", provider.name);
        assert!(
            PROVIDERS.iter().any(|entry| entry.name == provider.name),
            "{}",
            provider.name
        );
    }
}

#[tokio::test]
async fn each_says_its_stored_name() {
    with_each(&[Mood::Takes], async |entry, made| {
        assert_eq!(made.provider.name(), entry.name)
    })
    .await;
}
