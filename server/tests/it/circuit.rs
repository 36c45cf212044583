//! Connections that are out: opened by outages, probed by one message at a time, closed by an answer; shut by refused credentials until
//! somebody mends them. What is filtered or refused never opens one.
use crate::support::scripted::{Answers, assert_sound, bulk, of_a_pool, run_for};
use crate::support::{World, moment};
use providers::Outcome;
use server::connections::circuit;
use std::time::Duration;
use uuid::Uuid;

const NOON: &str = "2026-03-02T18:00:00Z";

async fn state(world: &World) -> String {
    world
        .text("select coalesce(unavailable_reason, 'in order') from tenant_channel_settings where tenant_id = $1 and channel = 'sms' and stands_in_for is null")
        .await
}

fn not_reached() -> Outcome {
    Outcome::TryLater {
        code: "no_connection".to_owned(),
        after: None,
    }
}

/// The same code as Twilio answers it with 429 and with 400.
fn answered_with(code: &str) -> [Outcome; 2] {
    [
        Outcome::TryLater {
            code: code.to_owned(),
            after: None,
        },
        Outcome::Refused {
            code: code.to_owned(),
            detail: String::new(),
        },
    ]
}

async fn counted(world: &World, what: &str) -> String {
    world
        .text(&format!("select count(*) from {what} and tenant_id = $1"))
        .await
}

#[tokio::test]
async fn a_day_that_is_used_up_at_the_account_is_waited_for_told_once_and_ends_no_message() {
    for limited in answered_with("63038") {
        let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
        provider.always(Some(limited.clone()));
        bulk(&world, world.tenant, 30).await;
        run_for(&world, 0).await;
        let first = provider.sent().len();
        run_for(&world, 3_500).await;
        assert_eq!(provider.sent().len(), first, "{limited:?}: nothing for an hour");
        run_for(&world, 10 * 3_600).await;
        assert!(provider.sent().len() > first, "{limited:?}: tried every hour");
        assert_eq!(counted(&world, "messages where status = 'queued'").await, "30");
        let task = "review_tasks where kind = 'account_event' and said like '63038: %sms by sandbox'";
        assert_eq!(counted(&world, task).await, "1");
        assert_eq!(counted(&world, "review_tasks where true").await, "1");
        assert_eq!(state(&world).await, "in order");
        assert_sound(&world).await;
        provider.always(None);
        world.at("2026-03-03T18:00:00Z");
        run_for(&world, 7_200).await;
        assert_eq!(counted(&world, "messages where status = 'sent'").await, "30");
    }
}

#[tokio::test]
async fn a_sender_that_is_not_registered_carries_nothing_until_somebody_puts_it_in_order() {
    for (code, form) in [("30032", 0), ("30032", 1), ("30034", 0), ("30034", 1)] {
        let refused = answered_with(code)[form].clone();
        let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
        provider.always(Some(refused));
        bulk(&world, world.tenant, 20).await;
        run_for(&world, 0).await;
        assert_eq!(state(&world).await, "account", "{code}");
        let first = provider.sent().len();
        run_for(&world, 3_600).await;
        assert_eq!(provider.sent().len(), first, "{code}");
        assert_eq!(counted(&world, "messages where status = 'queued'").await, "20");
        let task =
            format!("review_tasks where kind = 'connection_refused' and said like '%sender%({code}: %'");
        assert_eq!(counted(&world, &task).await, "1");
        assert_eq!(counted(&world, "review_tasks where true").await, "1");
        provider.always(None);
        let connection: Uuid = world
            .text("select id from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
            .await
            .parse()
            .unwrap();
        let mut tx = world.tx().await;
        circuit::close(&mut tx, connection).await.unwrap();
        tx.commit().await.unwrap();
        run_for(&world, 700).await;
        assert_eq!(counted(&world, "messages where status = 'sent'").await, "20");
    }
}

#[tokio::test]
async fn an_outage_opens_the_circuit_one_message_at_a_time_probes_it_and_an_answer_closes_it() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    let version = world
        .text("select updated_at from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
        .await;
    provider.always(Some(not_reached()));
    bulk(&world, world.tenant, 20).await;
    run_for(&world, 0).await;
    assert_eq!(state(&world).await, "outage");
    let tried = provider.sent().len();
    assert!((5..20).contains(&tried), "{tried} were on their way together");
    run_for(&world, 29).await;
    assert_eq!(
        provider.sent().len(),
        tried,
        "nobody is tried before the first probe"
    );
    // new ones come when the probe is due
    run_for(&world, 1).await;
    bulk(&world, world.tenant, 5).await;
    run_for(&world, 1).await;
    assert_eq!(provider.sent().len(), tried + 1, "one goes to see");
    assert_eq!(state(&world).await, "outage");
    run_for(&world, 50).await;
    assert_eq!(
        provider.sent().len(),
        tried + 1,
        "the next goes after twice as long"
    );
    provider.always(None);
    run_for(&world, 30).await;
    assert_eq!(state(&world).await, "in order");
    run_for(&world, 700).await;
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1 and status = 'sent'")
            .await,
        "25"
    );
    assert_eq!(
        world
            .text("select count(*) from connection_circuits where tenant_id = $1")
            .await,
        "0",
        "nothing is left of it"
    );
    let after = world
        .text("select updated_at from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
        .await;
    assert_eq!(version, after, "what is open stays open");
    assert_sound(&world).await;
}

#[tokio::test]
async fn another_connection_stands_in_while_probes_go_the_old_way() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    world
        .run(
            "insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, verified_at, stands_in_for,
                                                  created_at, updated_at)
             select tenant_id, md5('stands in')::uuid, 'stand-in', 'sms', 'sandbox', '+18885550199', created_at, id, created_at, created_at
             from tenant_channel_settings where tenant_id = $1 and channel = 'sms'",
        )
        .await;
    provider.always(Some(not_reached()));
    bulk(&world, world.tenant, 10).await;
    run_for(&world, 0).await;
    assert_eq!(
        (state(&world).await.as_str(), provider.sent().len()),
        ("outage", 10)
    );
    bulk(&world, world.tenant, 10).await;
    run_for(&world, 0).await;
    let by_sandbox = "select count(*) from messages where tenant_id = $1 and provider = 'sandbox' and status in ('sent', 'delivered')";
    assert_eq!(world.text(by_sandbox).await, "10");
    provider.always(None);
    run_for(&world, 300).await;
    assert_eq!(state(&world).await, "in order");
    assert!(provider.sent().len() > 10, "a probe went the old way");
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1 and status in ('sent', 'delivered')")
            .await,
        "20"
    );
}

#[tokio::test]
async fn lost_answers_are_an_outage_too_and_their_messages_are_not_sent_again() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    provider.always(Some(Outcome::Unknown {
        detail: "500".to_owned(),
    }));
    bulk(&world, world.tenant, 5).await;
    run_for(&world, 0).await;
    assert_eq!(state(&world).await, "outage");
    run_for(&world, 50).await;
    assert_eq!(provider.sent().len(), 5);
}

#[tokio::test]
async fn refused_credentials_shut_it_until_they_are_verified_and_tell_a_person() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    provider.always(Some(Outcome::Refused {
        code: "20003".to_owned(),
        detail: String::new(),
    }));
    bulk(&world, world.tenant, 3).await;
    run_for(&world, 0).await;
    assert_eq!(state(&world).await, "account");
    let task = "select string_agg(kind || ': ' || said, ';') from review_tasks where tenant_id = $1";
    let said = world.text(task).await;
    assert!(
        said.starts_with("connection_refused: ") && said.contains("sms by sandbox"),
        "{said}"
    );
    provider.always(None);
    run_for(&world, 3_600).await;
    assert_eq!(provider.sent().len(), 3, "nothing goes, and nothing was lost");
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1 and status = 'queued'")
            .await,
        "3"
    );
    let id: Uuid = world
        .text("select id from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
        .await
        .parse()
        .unwrap();
    let mut tx = world.tx().await;
    circuit::close(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    run_for(&world, 700).await;
    assert_eq!(state(&world).await, "in order");
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1 and status = 'sent'")
            .await,
        "3"
    );
}

#[tokio::test]
async fn filtering_refusals_and_a_request_for_patience_open_nothing() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    let refused = |code: &str| Outcome::Refused {
        code: code.to_owned(),
        detail: String::new(),
    };
    let patience = Outcome::TryLater {
        code: "429".to_owned(),
        after: Some(Duration::from_secs(1)),
    };
    for outcome in [refused("30007"), refused("21211"), refused("30004"), patience] {
        provider.always(Some(outcome));
        bulk(&world, world.tenant, 8).await;
        run_for(&world, 2).await;
        assert_eq!(state(&world).await, "in order");
    }
    assert_eq!(
        world
            .text("select count(*) from connection_circuits where tenant_id = $1")
            .await,
        "0"
    );
    assert!(world.app.clock.now() > moment(NOON));
}

#[tokio::test]
async fn what_the_operator_switched_off_stays_off() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    bulk(&world, world.tenant, 8).await;
    let engine = world.engine();
    provider.always(Some(not_reached()));
    let passed = server::messages::gate::decide(&engine.app, world.tenant, 8, 30.0)
        .await
        .unwrap();
    world
        .run("update tenant_channel_settings set unavailable_since = created_at, unavailable_reason = 'operator' where channel = 'sms'")
        .await;
    let outcomes = server::messages::hand_over::hand_over(&engine.app, world.tenant, passed.ready).await;
    server::messages::hand_over::record(&engine.app, world.tenant, outcomes)
        .await
        .unwrap();
    assert_eq!(state(&world).await, "operator");
}
