//! Whether a mailbox for unsubscribing is offered: by whose hook it was heard, and what takes that back.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::office::{Office, office, values};
use super::shown;
use rules::channel::Channel;
use server::connections::{self, Carries, NewConnection};
use uuid::Uuid;

const MAILBOX: &str = "off@plumbing.example";

fn mail(name: &str, provider: &str, sender: &str, fields: &[(&str, &str)]) -> NewConnection {
    NewConnection {
        name: name.to_owned(),
        provider: provider.to_owned(),
        channel: Channel::Email,
        sender: sender.to_owned(),
        carries: Carries::Any,
        stands_in_for: None,
        registration: None,
        values: values(fields),
    }
}

const KEYS: [(&str, &str); 3] = [
    ("region", "us-east-1"),
    ("access_key_id", "AKIA1"),
    ("secret_access_key", "s3cret"),
];

async fn heard(office: &Office, address: &str, through: Uuid) {
    let mut tx = office.tx().await;
    connections::mail_came(&mut tx, address, through).await.unwrap();
    tx.commit().await.unwrap();
}

async fn new_token(office: &Office, name: &str, keep_old: bool) {
    let mut tx = office.tx().await;
    connections::new_hook_token(&office.app, &mut tx, name, keep_old)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_relay_s_mailbox_is_offered_while_another_connection_hears_it() {
    let mut office = office().await;
    office.world.app.catalog = providers::PROVIDERS;
    let relay = mail(
        "relay",
        "smtp",
        "us@plumbing.example",
        &[
            ("host", "smtp.plumbing.example"),
            ("unsubscribe_mailbox", MAILBOX),
        ],
    );
    office.add(&relay).await;
    let ses = office
        .add(&mail("ses", "ses", "hello@plumbing.example", &KEYS))
        .await;
    let offers = async |office: &Office| shown(office, "relay", false).await.offers_mailbox;
    assert_eq!(shown(&office, "ses", false).await.offers_mailbox, None);
    assert_eq!(offers(&office).await, Some(false));
    heard(&office, "hello@plumbing.example", ses).await;
    assert_eq!(
        offers(&office).await,
        Some(false),
        "that was mail to another mailbox"
    );
    heard(&office, "Off@Plumbing.example", ses).await;
    assert_eq!(offers(&office).await, Some(true));

    new_token(&office, "ses", true).await;
    assert_eq!(offers(&office).await, Some(true), "the old address is answered");
    new_token(&office, "ses", false).await;
    assert_eq!(offers(&office).await, Some(false));
    heard(&office, MAILBOX, ses).await;
    assert_eq!(offers(&office).await, Some(true));
    office.remove("ses").await.unwrap();
    assert_eq!(offers(&office).await, Some(false));
}

#[tokio::test]
async fn a_mailbox_that_can_not_stand_in_a_header_is_refused_by_name() {
    let mut office = office().await;
    office.world.app.catalog = providers::PROVIDERS;
    for wrong in [
        "off",
        "off@plumbing.example?cc=eve@example.com",
        "<off@plumbing.example>",
    ] {
        let mut fields = KEYS.to_vec();
        fields.push(("unsubscribe_mailbox", wrong));
        let said = office
            .refused(&mail("ses", "ses", "us@plumbing.example", &fields))
            .await;
        assert!(
            said.starts_with("unsubscribe_mailbox: is no plain e-mail address"),
            "{said}"
        );
    }
}
