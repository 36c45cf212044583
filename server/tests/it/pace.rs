//! How fast a sender sends: what finds no token waits at a place of its own, whoever waits for an answer goes first, and what a provider
//! asks for is kept.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::stranger;
use crate::support::scripted::{Answers, Scripted, assert_sound, bulk, of_provider, queued, run_finely_for};
use crate::support::{World, moment, world};
use jiff::SignedDuration;
use providers::Outcome;
use rules::channel::Channel;
use rules::pacing::{Pace, PaceScope};
use rules::purpose::Purpose;
use server::db::TenantId;
use server::messages::{self, NewMessage};
use server::pace;
use std::time::Duration;

const NOON: &str = "2026-03-02T18:00:00Z";

/// A world whose texts go by a provider with the script; ten segments at once, one a second.
async fn paced(answers: Answers) -> (World, std::sync::Arc<Scripted>) {
    let (world, provider) = of_provider(world().await, "twilio", answers).await;
    world.at(NOON);
    let per_second = Some(Pace::per_second(1, 8));
    set(&world, world.tenant, per_second).await;
    (world, provider)
}

async fn set(world: &World, tenant: TenantId, pace: Option<Pace>) {
    let mut tx = world.app.tenant(tenant).await.unwrap();
    pace::set(&mut tx, "sms by sandbox", PaceScope::Connection, None, pace)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn holds(world: &World) -> String {
    world
        .text("select count(*) from send_logs where tenant_id = $1 and reason = 'paced'")
        .await
}

#[tokio::test]
async fn a_line_goes_a_second_apart_in_its_order_and_each_is_looked_at_about_twice() {
    let (world, provider) = paced(Answers::calm()).await;
    bulk(&world, world.tenant, 60).await;
    run_finely_for(&world, 120).await;
    let sent = provider.sent();
    assert_eq!(sent.len(), 60);
    let start = moment(NOON);
    // two of eight are kept for replies
    for (index, (at, _)) in sent.iter().enumerate() {
        let earliest = i64::try_from(index).unwrap() - 5;
        assert!(
            at.duration_since(start) >= SignedDuration::from_secs(earliest),
            "{index} at {at}"
        );
    }
    let last = sent[59].0.duration_since(start).as_secs();
    assert!((54..=56).contains(&last), "{last} s for 60 at one a second");
    let order: Vec<&String> = sent.iter().map(|(_, to)| to).collect();
    assert!(order.is_sorted(), "first come, first served: {order:?}");
    let held: u32 = holds(&world).await.parse().unwrap();
    assert!((54..=80).contains(&held), "{held} holds of 54 that waited");
    assert_sound(&world).await;
}

#[tokio::test]
async fn nobody_sends_faster_than_the_provider_allows_whatever_was_set() {
    let (world, provider) = paced(Answers::calm()).await;
    set(&world, world.tenant, Some(Pace::per_second(100, 100))).await;
    let connection = world
        .text("select id from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
        .await;
    let mut tx = world.tx().await;
    pace::tell(&mut tx, connection.parse().unwrap(), Pace::per_second(2, 4))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    bulk(&world, world.tenant, 60).await;
    run_finely_for(&world, 10).await;
    // three at once, one is kept for replies, and two in each second
    let sent = provider.sent().len();
    assert!((20..=24).contains(&sent), "{sent} in ten seconds at two a second");
}

#[tokio::test]
async fn a_reply_is_not_kept_waiting_by_a_campaign() {
    let (world, provider) = paced(Answers::calm()).await;
    bulk(&world, world.tenant, 300).await;
    run_finely_for(&world, 5).await;
    let asked_at = world.app.clock.now();
    stranger(&world, "Eve", "+15045239999", "eve@example.com").await;
    let mut tx = world.tx().await;
    let reply = NewMessage {
        purpose: Purpose::OptInConfirmation,
        customer: None,
        answers: Some(("event".to_owned(), asked_at)),
        ..queued(&tx, "+15045239999", asked_at)
    };
    messages::queue(&mut tx, &[reply]).await.unwrap();
    tx.commit().await.unwrap();
    run_finely_for(&world, 10).await;
    let (at, _) = provider
        .sent()
        .into_iter()
        .find(|(_, to)| to == "+15045239999")
        .unwrap();
    assert!(
        at.duration_since(asked_at) <= SignedDuration::from_secs(1),
        "asked at {asked_at}, answered at {at}"
    );
    assert!(provider.sent().len() < 30, "the campaign still waits");
}

#[tokio::test]
async fn the_line_of_one_tenant_is_not_another_tenants() {
    let (world, provider) = paced(Answers::calm()).await;
    let other = world.neighbour().await;
    world
        .run("update tenant_channel_settings set provider = 'twilio' where channel = 'sms'")
        .await;
    set(&world, other, Some(Pace::per_second(100, 100))).await;
    bulk(&world, world.tenant, 5_000).await;
    bulk(&world, other, 10).await;
    let engine = world.engine();
    let mut rounds = 0;
    while provider.sent().len() < 16 {
        rounds += 1;
        assert!(rounds <= 2, "after {rounds} rounds: {}", provider.sent().len());
        engine.round().await.unwrap();
    }
    let theirs = provider
        .sent()
        .iter()
        .filter(|(_, to)| to.contains("+1504524"))
        .count();
    assert_eq!(theirs, 10, "in the first rounds, at the same moment");
    assert!(provider.sent().iter().all(|(at, _)| *at == moment(NOON)));
}

#[tokio::test]
async fn what_a_provider_asks_for_holds_the_whole_connection_back() {
    let limited = Outcome::TryLater {
        code: "20429".to_owned(),
        after: Some(Duration::from_secs(90)),
    };
    let (world, provider) = paced(Answers::first(vec![limited])).await;
    bulk(&world, world.tenant, 1).await;
    run_finely_for(&world, 0).await;
    let mut tx = world.tx().await;
    let listed = pace::list(&mut tx).await.unwrap();
    drop(tx);
    let until = moment(NOON) + SignedDuration::from_secs(90);
    assert_eq!(listed[0].blocked_until, Some(until));
    assert_eq!(listed[0].reason.as_deref(), Some("20429"));
    bulk(&world, world.tenant, 5).await;
    run_finely_for(&world, 89).await;
    assert_eq!(provider.sent().len(), 1, "nobody is tried meanwhile");
    run_finely_for(&world, 60).await;
    let sent = provider.sent();
    assert_eq!(sent.len(), 7, "five, and the first again");
    assert!(sent[1..].iter().all(|(at, _)| *at >= until));
    assert_eq!(
        world
            .text("select max(attempts) from messages where tenant_id = $1")
            .await,
        "2"
    );
}

#[tokio::test]
async fn a_carriers_day_that_is_used_up_ends_at_its_midnight_for_its_own_numbers() {
    let cap = Outcome::Refused {
        code: "30023".to_owned(),
        detail: String::new(),
    };
    let (world, provider) = paced(Answers::first(vec![cap])).await;
    bulk(&world, world.tenant, 2).await;
    run_finely_for(&world, 0).await;
    run_finely_for(&world, 3 * 3600).await;
    let sent = provider.sent();
    let capped = &sent[0].1;
    assert_eq!(
        world
            .text("select string_agg(address || ' ' || carrier, ',') from recipients where tenant_id = $1 and carrier is not null")
            .await,
        format!("{capped} t-mobile")
    );
    // the other number's carrier is not known: it went
    assert_eq!(sent.iter().filter(|(_, to)| to != capped).count(), 1);
    let midnight = moment("2026-03-03T08:00:00Z");
    let due = world
        .text(&format!(
            "select due_at = '{midnight}' from messages where tenant_id = $1 and their_address = '{capped}'"
        ))
        .await;
    assert_eq!(due, "true", "midnight in California");
    // another message to that number is not even tried
    let before = sent.len();
    let mut tx = world.tx().await;
    let now = tx.now();
    let more = NewMessage {
        id: server::ids::new(now),
        purpose: Purpose::Transactional,
        ..queued(&tx, capped, now)
    };
    messages::queue(&mut tx, &[more]).await.unwrap();
    tx.commit().await.unwrap();
    run_finely_for(&world, 60).await;
    assert_eq!(provider.sent().len(), before);
}

#[tokio::test]
async fn the_sandbox_has_no_pace_until_one_is_set_and_the_rules_pace_counts_again_when_it_is_taken_away() {
    let world = world().await;
    world.at(NOON);
    let mut tx = world.tx().await;
    assert!(pace::list(&mut tx).await.unwrap().is_empty());
    drop(tx);
    bulk(&world, world.tenant, 50).await;
    run_finely_for(&world, 0).await;
    assert_eq!(holds(&world).await, "0");
    assert_eq!(
        world
            .text("select count(*) from pace_buckets where tenant_id = $1")
            .await,
        "0"
    );
    set(&world, world.tenant, Some(Pace::per_second(2, 4))).await;
    let mut tx = world.tx().await;
    let listed = pace::list(&mut tx).await.unwrap();
    assert_eq!(
        (
            listed.len(),
            listed[0].pace,
            listed[0].tokens,
            listed[0].because.as_str()
        ),
        (1, Some(Pace::per_second(2, 4)), Some(4), "set")
    );
    drop(tx);
    world
        .run("update tenant_channel_settings set provider = 'twilio', sender_address = '+15045550100' where channel = 'sms'")
        .await;
    set(&world, world.tenant, None).await;
    let mut tx = world.tx().await;
    let listed = pace::list(&mut tx).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].scope, listed[0].pace.map(|pace| pace.tokens)),
        (PaceScope::Number, Some(1)),
        "a long code's"
    );
    let unknown = pace::set(&mut tx, "no such", PaceScope::Connection, None, None).await;
    assert!(unknown.unwrap_err().to_string().contains("no such"));
    let registration = pace::set(&mut tx, "sms by sandbox", PaceScope::Registration, None, None).await;
    assert!(registration.is_err());
    let of_nobody = pace::set(&mut tx, "sms by sandbox", PaceScope::CarrierDay, None, None).await;
    assert!(of_nobody.is_err());
    assert_eq!(Channel::Sms.name(), "sms");
}

#[tokio::test]
async fn what_is_held_for_pace_is_a_gauge_by_provider_and_channel_while_it_is_held() {
    let (world, _provider) = paced(Answers::calm()).await;
    let held = async || {
        let gauges = server::reports::gauges::gauges(&world.app).await.unwrap();
        let held = gauges
            .into_iter()
            .filter(|(series, _)| series.name == "courtesy_messages_paced");
        held.map(|(series, value)| format!("{} {} {value}", series.provider, series.channel))
            .collect::<Vec<_>>()
    };
    assert_eq!(held().await, [""; 0]);
    bulk(&world, world.tenant, 20).await;
    run_finely_for(&world, 0).await;
    assert_eq!(
        held().await,
        ["twilio sms 14"],
        "six of a bucket of eight go at once"
    );
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1 and status = 'queued' and error_code = 'paced'")
            .await,
        "14"
    );
    // what waits for the morning does not wait for its pace
    world.run("update messages set error_code = 'quiet_hours' where tenant_id = $1 and status = 'queued' and id = (select max(id::text)::uuid from messages where status = 'queued')").await;
    assert_eq!(held().await, ["twilio sms 13"]);
    run_finely_for(&world, 60).await;
    assert_eq!(held().await, [""; 0]);
    assert_sound(&world).await;
}

#[tokio::test]
async fn the_buckets_of_a_connection_go_with_it_and_its_numbers_only_with_the_last_that_has_it() {
    let world = world().await;
    let make = |name: &str, purpose: &str| {
        format!(
            "insert into tenant_channel_settings (tenant_id, id, name, channel, purpose, provider, sender_address, is_active, verified_at, created_at, updated_at)
             values ($1, gen_random_uuid(), '{name}', 'sms', '{purpose}', 'twilio', '+15045550100', true, now(), now(), now())"
        )
    };
    world
        .run("update tenant_channel_settings set is_active = false where tenant_id = $1 and channel = 'sms'")
        .await;
    for (name, purpose) in [("one", "any"), ("two", "marketing")] {
        world.run(&make(name, purpose)).await;
        let mut tx = world.tx().await;
        for (scope, carrier) in [
            (PaceScope::Connection, None),
            (PaceScope::Number, None),
            (PaceScope::CarrierDay, Some("t-mobile")),
            (PaceScope::CarrierMinute, Some("t-mobile")),
        ] {
            pace::set(&mut tx, name, scope, carrier, Some(Pace::per_second(1, 2)))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
    world.run("update tenant_channel_settings set is_active = false where tenant_id = $1 and name in ('one', 'two')").await;
    let scopes = "select coalesce(string_agg(scope, ' ' order by scope), 'none') from pace_buckets where tenant_id = $1";
    for (name, left) in [
        ("one", "carrier_day carrier_minute connection number"),
        ("two", "none"),
    ] {
        let mut tx = world.tx().await;
        server::connections::remove(&mut tx, name).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.text(scopes).await, left, "without {name}");
    }
}
