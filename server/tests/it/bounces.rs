//! What a relay says of an address while a mail is handed over: a hard no ends it, soft ones count, and what is wrong with the message or
//! with us does neither.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::stranger;
use crate::support::scripted::{Answers, Scripted, assert_sound, of_provider, queued};
use crate::support::{World, world};
use jiff::SignedDuration;
use providers::Outcome;
use rules::channel::Channel;
use rules::purpose::Purpose;
use server::messages::{self, NewMessage};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const ANN: &str = "ann@example.com";

/// A world whose mail goes by a relay with the script.
async fn by_relay() -> (World, Arc<Scripted>) {
    let (world, relay) = of_provider(world().await, "smtp", Answers::calm()).await;
    world
        .run(
            "update tenant_channel_settings set provider = 'sandbox' where tenant_id = $1 and channel = 'sms';
             update tenant_channel_settings set provider = 'smtp' where tenant_id = $1 and channel = 'email'",
        )
        .await;
    stranger(&world, "Ann", "+15045230001", ANN).await;
    (world, relay)
}

/// A mail to Ann on that day of March, which the relay answers so; none: it takes it. Answers how the message and the address stand.
async fn mail(world: &World, relay: &Scripted, day: usize, answer: Option<Outcome>) -> String {
    relay.always(answer);
    world.at(&format!("2026-03-{day:02}T18:00:00Z"));
    let mut tx = world.tx().await;
    let one = NewMessage {
        channel: Channel::Email,
        subject: Some("Thank you".to_owned()),
        ..queued(&tx, ANN, tx.now())
    };
    messages::queue(&mut tx, &[one]).await.unwrap();
    tx.commit().await.unwrap();
    let end = world.app.clock.now() + SignedDuration::from_secs(2);
    world
        .engine()
        .run_until(end, SignedDuration::from_secs(1), |_, _| {})
        .await
        .unwrap();
    let message = "select status || coalesce(':' || error_code, '') from messages where tenant_id = $1 order by created_at desc limit 1";
    let address = "select address_status || coalesce(':' || suppressed_scope || ':' || suppressed_reason, '') from recipients
                   where tenant_id = $1 and channel = 'email'";
    format!("{} {}", world.text(message).await, world.text(address).await)
}

fn refused(code: &str) -> Option<Outcome> {
    Some(Outcome::Refused {
        code: code.to_owned(),
        detail: String::new(),
    })
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_suppressed_at_once_and_nobody_consented_to_that() {
    let (world, relay) = by_relay().await;
    assert_eq!(
        mail(&world, &relay, 2, refused("5.1.1")).await,
        "failed:5.1.1 invalid:all:hard_bounce"
    );
    assert_sound(&world).await;
    let stopped = mail(&world, &relay, 3, None).await;
    assert!(stopped.starts_with("stopped"), "{stopped}");
    assert_eq!(relay.sent().len(), 1);
    let consents = "select count(*) from consent_events where tenant_id = $1";
    assert_eq!(world.text(consents).await, "0");
}

#[tokio::test]
async fn five_soft_ones_in_a_row_end_the_address_and_a_mail_that_is_taken_begins_the_row_again() {
    let (world, relay) = by_relay().await;
    for day in 2..6 {
        let stands = mail(&world, &relay, day, refused("550")).await;
        assert!(stands.starts_with("failed:550 "), "{stands}");
        assert!(!stands.contains("hard_bounce"), "{stands}");
    }
    let taken = mail(&world, &relay, 6, None).await;
    assert!(taken.starts_with("sent"), "{taken}");
    for day in 7..11 {
        let stands = mail(&world, &relay, day, refused("550")).await;
        assert!(!stands.contains("hard_bounce"), "{day}: {stands}");
    }
    assert_eq!(
        mail(&world, &relay, 11, refused("550")).await,
        "failed:550 invalid:all:hard_bounce"
    );
    assert_sound(&world).await;
}

#[tokio::test]
async fn what_is_wrong_with_the_message_or_with_us_says_nothing_of_the_address() {
    let (world, relay) = by_relay().await;
    for (day, code) in (2..).zip([
        "5.3.4",
        "5.7.1",
        "5.6.0",
        "554",
        "bad_header",
        "5.7.26",
        "a code of nobody's",
    ]) {
        let stands = mail(&world, &relay, day, refused(code)).await;
        assert!(stands.starts_with(&format!("failed:{code} ")), "{stands}");
        assert!(!stands.contains("invalid"), "{stands}");
    }
    // nobody could be written to from there: it waits
    let stands = mail(&world, &relay, 9, refused("sender_refused")).await;
    assert_eq!(stands, "queued:sender_refused valid");
    let count = "select unreachable_count from recipients where tenant_id = $1 and channel = 'email'";
    assert_eq!(world.text(count).await, "0");
}

#[tokio::test]
async fn what_waited_for_a_link_to_unsubscribe_goes_when_the_program_is_started_with_a_public_url() {
    let (mut world, relay) = by_relay().await;
    world
        .run("update tenants set email_marketing_until_opt_out = true where tenant_id = $1")
        .await;
    world.at("2026-03-02T18:00:00Z");
    let mut tx = world.tx().await;
    let offer = NewMessage {
        channel: Channel::Email,
        purpose: Purpose::Marketing,
        subject: Some("Spring".to_owned()),
        body: "Test Plumbing, 1 Pipe Street, Chicago, IL 60601: spring is here.".to_owned(),
        ..queued(&tx, ANN, tx.now())
    };
    messages::queue(&mut tx, &[offer]).await.unwrap();
    tx.commit().await.unwrap();
    let end = world.app.clock.now() + SignedDuration::from_hours(6);
    let tick = SignedDuration::from_secs(1);
    world.engine().run_until(end, tick, |_, _| {}).await.unwrap();
    assert_eq!(
        world
            .text("select status || ' ' || coalesce(error_code, '-') || ' ' || coalesce(due_at::time::text, '-') from messages where tenant_id = $1")
            .await,
        "queued no_unsubscribe_link 04:40:00",
        "looked at ever less often"
    );
    world.app.public_url = Some("https://messages.example.com".to_owned());
    let (engine, stop) = (world.engine(), CancellationToken::new());
    tokio::join!(engine.run(&stop), async {
        for _ in 0..600 {
            if !relay.sent().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        stop.cancel();
    });
    assert_eq!(relay.sent(), [(end, ANN.to_owned())]);
}
