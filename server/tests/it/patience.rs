//! What a provider asks to wait for is waited for: no message is lost by it, however often, and none that has nothing to do with it waits.
use crate::support::scripted::{Answers, assert_sound, bulk, of_a_pool, of_provider, run_for};
use crate::support::{World, moment, world};
use providers::Outcome;
use std::time::Duration;

const NOON: &str = "2026-03-02T18:00:00Z";

fn refused(code: &str) -> Outcome {
    Outcome::Refused {
        code: code.to_owned(),
        detail: String::new(),
    }
}

fn later(code: &str, seconds: u64) -> Outcome {
    Outcome::TryLater {
        code: code.to_owned(),
        after: Some(Duration::from_secs(seconds)),
    }
}

/// How many messages are how far.
async fn stand(world: &World) -> String {
    world
        .text(
            "select string_agg(number || ' ' || status, ', ' order by status)
             from (select status, count(*) as number from messages where tenant_id = $1 group by status) as told",
        )
        .await
}

async fn tasks(world: &World) -> String {
    world
        .text("select coalesce(string_agg(kind || ': ' || said, '; '), '') from review_tasks where tenant_id = $1")
        .await
}

#[tokio::test]
async fn a_message_that_is_put_off_however_often_is_not_lost_and_after_six_times_waits_a_minute() {
    for limited in [later("20429", 1), later("429", 1), refused("30022")] {
        let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
        provider.always(Some(limited.clone()));
        bulk(&world, world.tenant, 2).await;
        run_for(&world, 1_800).await;
        assert_eq!(stand(&world).await, "2 queued", "{limited:?}");
        let tried = provider.sent().len();
        assert!((14..=72).contains(&tried), "{limited:?}: {tried} times");
        assert_eq!(tasks(&world).await, "");
        assert_sound(&world).await;
        provider.always(None);
        run_for(&world, 180).await;
        assert_eq!(stand(&world).await, "2 sent", "{limited:?}");
    }
}

#[tokio::test]
async fn times_when_nothing_went_that_way_are_no_tries_of_the_message() {
    let not_reached = Outcome::TryLater {
        code: "no_connection".to_owned(),
        after: None,
    };
    for (name, nothing, put_off, tries) in [
        ("whatsapp", later("130429", 1), refused("131056"), 3),
        ("smtp", not_reached, later("450", 600), 6),
    ] {
        let (world, provider) = of_a_pool(name, Answers::calm(), NOON).await;
        provider.always(Some(nothing));
        bulk(&world, world.tenant, 1).await;
        run_for(&world, 3_600).await;
        let before = provider.sent().len();
        assert!(before > 6, "{name}: {before} times");
        provider.always(Some(put_off));
        run_for(&world, 6 * 3_600).await;
        assert_eq!(provider.sent().len() - before, tries, "{name}");
        assert_eq!(stand(&world).await, "1 failed", "{name}");
        assert_sound(&world).await;
    }
}

#[tokio::test]
async fn what_is_put_off_for_two_weeks_ends() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    provider.always(Some(later("20429", 1)));
    bulk(&world, world.tenant, 1).await;
    run_for(&world, 600).await;
    assert_eq!(stand(&world).await, "1 queued");
    world.at("2026-03-17T18:00:00Z");
    run_for(&world, 60).await;
    assert_eq!(stand(&world).await, "1 stopped");
    let why = "select error_code from messages where tenant_id = $1";
    assert_eq!(world.text(why).await, "held_too_long");
}

#[tokio::test]
async fn a_quota_of_amazons_that_is_used_up_is_waited_for_told_once_and_ends_no_message() {
    let (world, provider) = of_a_pool("ses", Answers::calm(), NOON).await;
    provider.always(Some(later("LimitExceeded", 3_600)));
    bulk(&world, world.tenant, 3).await;
    run_for(&world, 7 * 3_600 + 60).await;
    assert_eq!(stand(&world).await, "3 queued");
    assert!(provider.sent().len() >= 7, "tried every hour");
    let told = tasks(&world).await;
    assert!(
        told.starts_with("account_event: LimitExceeded: ") && !told.contains(';'),
        "{told}"
    );
}

#[tokio::test]
async fn a_limit_of_one_recipient_holds_no_other() {
    for (name, code) in [("whatsapp", "131056"), ("vonage", "1241")] {
        let (world, provider) = of_provider(world().await, name, Answers::first(vec![refused(code)])).await;
        world.at(NOON);
        bulk(&world, world.tenant, 2).await;
        run_for(&world, 60).await;
        assert_eq!(stand(&world).await, "1 queued, 1 sent", "{code}");
        let blocked = "select count(*) from pace_buckets where tenant_id = $1 and blocked_until is not null";
        assert_eq!(world.text(blocked).await, "0", "{code}");
        run_for(&world, 830).await;
        assert_eq!(
            provider.sent().len(),
            2,
            "{code}: that one waits a quarter of an hour"
        );
        run_for(&world, 60).await;
        assert_eq!(stand(&world).await, "2 sent", "{code}");
        assert!(provider.sent()[2].0 >= moment("2026-03-02T18:15:00Z"));
    }
}

#[tokio::test]
async fn what_would_refuse_every_message_shuts_the_way_and_loses_none() {
    for (name, code) in [
        ("vonage", "low-balance"),
        ("whatsapp", "131042"),
        ("ses", "MailFromDomainNotVerified"),
        ("smtp", "tls"),
        ("twilio", "21212"),
    ] {
        let (world, provider) = of_a_pool(name, Answers::calm(), NOON).await;
        provider.always(Some(refused(code)));
        bulk(&world, world.tenant, 5).await;
        run_for(&world, 3_600).await;
        assert_eq!(
            provider.sent().len(),
            5,
            "{code}: they were on their way together"
        );
        assert_eq!(stand(&world).await, "5 queued", "{code}");
        let told = tasks(&world).await;
        assert!(
            told.starts_with("connection_refused: ")
                && told.contains(&format!("({code}: "))
                && !told.contains(';'),
            "{told}"
        );
    }
}
