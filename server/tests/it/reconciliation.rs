//! What providers are asked: about messages whose answer was lost, about those that nobody reported on, and about opt-outs.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::customer;
use crate::support::scripted::{Answers, assert_sound, bulk, of_a_pool, of_provider_for, queued, run_for};
use crate::support::{World, moment};
use jiff::SignedDuration;
use providers::{KnownOptOut, LookUp, Outcome};
use rules::channel::Channel;
use rules::suppression::SuppressionReason;
use server::messages::{self, NewMessage};
use server::reconciliation::{self, Reconciled};
use sqlx::ConnectOptions;

const NOON: &str = "2026-03-02T18:00:00Z";

fn lost() -> Outcome {
    Outcome::Unknown {
        detail: "no answer".to_owned(),
    }
}

fn has_it(status: &str, code: Option<&str>) -> LookUp {
    LookUp::Accepted {
        external_id: "x-found".to_owned(),
        status: status.to_owned(),
        code: code.map(str::to_owned),
    }
}

async fn message(world: &World) -> String {
    world
        .text("select string_agg(status || coalesce(':' || error_code, ''), ' ' order by created_at, id) from messages where tenant_id = $1")
        .await
}

async fn days(world: &World) -> Vec<Reconciled> {
    let mut tx = world.tx().await;
    reconciliation::days(&mut tx, 10).await.unwrap()
}

#[tokio::test]
async fn a_provider_that_cannot_tell_is_asked_five_times_and_then_a_person_is() {
    let (world, provider) = of_a_pool("twilio", Answers::first(vec![lost()]), NOON).await;
    bulk(&world, world.tenant, 1).await;
    let task = "select count(*) from review_tasks where tenant_id = $1 and kind = 'unknown_outcome'";
    let start = world.app.clock.now();
    let mut due = 0;
    for (asked, wait) in [60, 300, 1_800, 7_200, 43_200].into_iter().enumerate() {
        due += wait;
        let so_far = world.app.clock.now().duration_since(start).as_secs();
        run_for(&world, due - 1 - so_far).await;
        assert_eq!(provider.asked(), asked, "not before {due} s");
        run_for(&world, 1).await;
        assert_eq!(provider.asked(), asked + 1, "at {due} s");
        assert_eq!(world.text(task).await, if asked == 4 { "1" } else { "0" });
        assert_sound(&world).await;
    }
    run_for(&world, 100_000).await;
    assert_eq!(provider.asked(), 5);
    assert_eq!(provider.sent().len(), 1, "and never sent again");
    assert_eq!(message(&world).await, "unknown:nobody_knows");
}

#[tokio::test]
async fn what_a_look_up_tells_is_applied_as_a_report_would_be() {
    for (status, code, becomes) in [
        ("sent", None, "sent"),
        ("delivered", None, "delivered"),
        ("undelivered", Some("30003"), "undelivered:30003"),
        ("failed", Some("21610"), "failed:21610"),
        ("nonsense", None, "sent"),
    ] {
        let (world, provider) = of_a_pool("twilio", Answers::first(vec![lost()]), NOON).await;
        provider.tells(vec![LookUp::NotKnown, has_it(status, code)]);
        bulk(&world, world.tenant, 1).await;
        run_for(&world, 400).await;
        assert_eq!(message(&world).await, becomes);
        let out = world
            .text("select count(*) from recipients where tenant_id = $1 and suppressed_reason = 'carrier'")
            .await;
        assert_eq!(out, if code == Some("21610") { "1" } else { "0" });
        assert_eq!(
            world
                .text("select external_id from messages where tenant_id = $1")
                .await,
            "x-found"
        );
    }
}

/// The same words to the same person once more, due in a minute.
async fn typed_again(world: &World) {
    let customer = world.text("select id from customers where tenant_id = $1").await;
    let mut tx = world.tx().await;
    let due = tx.now() + SignedDuration::from_secs(10);
    let again = NewMessage {
        customer: Some(customer.parse().unwrap()),
        ..queued(&tx, "+15045230000", due)
    };
    messages::queue(&mut tx, &[again]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_found_by_its_words_is_never_taken_for_another_message_of_the_same_words() {
    let (world, provider) = of_a_pool("twilio", Answers::first(vec![lost()]), NOON).await;
    bulk(&world, world.tenant, 1).await;
    run_for(&world, 1).await;
    typed_again(&world).await;
    run_for(&world, 20).await;
    assert_eq!(provider.sent().len(), 2);
    let second = world
        .text("select external_id from messages where tenant_id = $1 and status = 'sent'")
        .await;
    provider.finds(&second, "delivered");
    run_for(&world, 120).await;
    assert_eq!(provider.asked(), 1);
    assert_eq!(
        message(&world).await,
        "unknown:provider_is_asked sent",
        "the second's name is not the first's"
    );
    run_for(&world, 100_000).await;
    assert_eq!(message(&world).await, "unknown:nobody_knows sent");
    assert_eq!(provider.sent().len(), 2);
    assert_sound(&world).await;
}

#[tokio::test]
async fn two_of_the_same_words_whose_answers_were_lost_are_not_told_apart_by_one_name() {
    let (world, provider) = of_a_pool("twilio", Answers::first(vec![lost(), lost()]), NOON).await;
    bulk(&world, world.tenant, 1).await;
    typed_again(&world).await;
    provider.finds("x-one", "delivered");
    run_for(&world, 120).await;
    assert_eq!(provider.asked(), 2);
    assert_eq!(
        message(&world).await,
        "unknown:provider_is_asked unknown:provider_is_asked"
    );
    assert_eq!(
        world
            .text("select count(*) from message_provider_mappings where tenant_id = $1")
            .await,
        "0"
    );
}

#[tokio::test]
async fn messages_that_nobody_reported_on_are_asked_about_once_a_day_and_not_for_ever() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    bulk(&world, world.tenant, 3).await;
    run_for(&world, 0).await;
    let compare = || reconciliation::compare(&world.app, world.tenant, true);
    compare().await.unwrap();
    assert_eq!(provider.asked(), 0, "too soon to wonder");
    run_for(&world, 5 * 3_600).await;
    provider.tells(vec![
        has_it("delivered", None),
        LookUp::NotKnown,
        has_it("sent", None),
    ]);
    compare().await.unwrap();
    assert_eq!(provider.asked(), 3);
    compare().await.unwrap();
    assert_eq!(provider.asked(), 3, "not twice in a row");
    let statuses = "select string_agg(status, ' ' order by status) from messages where tenant_id = $1";
    assert_eq!(world.text(statuses).await, "delivered sent sent");
    let found = days(&world).await;
    assert_eq!((found.len(), found[0].asked, found[0].differed), (1, Some(3), 1));
    for _ in 0..4 {
        run_for(&world, 24 * 3_600).await;
        compare().await.unwrap();
    }
    assert_eq!(provider.asked(), 3 + 2 + 2, "three times each, then no more");
}

#[tokio::test]
async fn an_opt_out_that_only_the_provider_knows_is_recorded_and_ours_alone_is_counted() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    bulk(&world, world.tenant, 3).await;
    let known = |n: u32| KnownOptOut {
        channel: Channel::Sms,
        address: format!("+1504523{n:04}"),
        reason: SuppressionReason::Carrier,
    };
    // one of ours, one that nobody has here, whom another tenant of the account wrote to; the third opted out here alone
    provider.knows_opt_outs(vec![known(0), known(77)]);
    let mut tx = world.tx().await;
    server::consents::opt_out_address(&mut tx, Channel::Sms, "+15045230002", SuppressionReason::Staff)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for again in [false, true] {
        reconciliation::compare(&world.app, world.tenant, again)
            .await
            .unwrap();
        let found = days(&world).await;
        assert_eq!(
            (found.len(), found[0].opt_outs_theirs, found[0].opt_outs_ours),
            (1, Some(1), Some(1))
        );
        let out =
            "select string_agg(address || ' ' || suppressed_reason, ', ' order by address) from recipients
                   where tenant_id = $1 and suppressed_scope is not null";
        assert_eq!(world.text(out).await, "+15045230000 carrier, +15045230002 staff");
        assert_eq!(
            world
                .text("select count(*) from consent_events where tenant_id = $1 and kind = 'opted_out'")
                .await,
            "2",
            "recorded once"
        );
        assert_eq!(
            world
                .text("select count(*) from recipients where address = '+15045230077'")
                .await,
            "0",
            "of whom nobody here knew nothing is kept"
        );
    }
    // who becomes a customer is met by the next comparison
    customer(&world, "Ann", "+15045230077").await;
    run_for(&world, 24 * 3_600).await;
    reconciliation::compare(&world.app, world.tenant, true)
        .await
        .unwrap();
    let new = "select suppressed_reason from recipients where tenant_id = $1 and address = '+15045230077'";
    assert_eq!(world.text(new).await, "carrier");
    run_for(&world, 60).await;
    assert_eq!(provider.sent().len(), 1, "the one that nobody opted out of");
    assert_sound(&world).await;
}

#[tokio::test]
async fn a_bounce_that_only_the_provider_knows_is_no_word_about_consent_and_a_complaint_ends_marketing_alone()
{
    let (mut world, _) = of_a_pool("twilio", Answers::calm(), NOON).await;
    let (amazon, provider) = of_provider_for(world, "ses", Channel::Email, Answers::calm()).await;
    world = amazon;
    let known = |address: &str, reason| KnownOptOut {
        channel: Channel::Email,
        address: address.to_owned(),
        reason,
    };
    provider.knows_opt_outs(vec![
        known("Bounces@Mail.example", SuppressionReason::HardBounce),
        known("Complains@Mail.example", SuppressionReason::Complaint),
        known("stopped@mail.example", SuppressionReason::HardBounce),
        known("CAME-BACK@mail.example", SuppressionReason::HardBounce),
        known("complained@mail.example", SuppressionReason::Complaint),
    ]);
    for (address, reason) in [
        ("stopped@mail.example", SuppressionReason::Keyword),
        ("came-back@mail.example", SuppressionReason::HardBounce),
        ("complained@mail.example", SuppressionReason::Complaint),
        ("ours@mail.example", SuppressionReason::Staff),
        ("bounced-here@mail.example", SuppressionReason::HardBounce),
    ] {
        let mut tx = world.tx().await;
        server::consents::opt_out_address(&mut tx, Channel::Email, address, reason)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    // mail went to them once
    world
        .run(
            "insert into recipients (tenant_id, channel, address, created_at, updated_at)
             select $1, 'email', address, now(), now() from (values ('bounces@mail.example'), ('complains@mail.example')) as to_them (address)",
        )
        .await;
    let events = "select count(*) from consent_events where tenant_id = $1";
    assert_eq!(world.text(events).await, "3");
    for _ in 0..2 {
        reconciliation::compare(&world.app, world.tenant, true)
            .await
            .unwrap();
        let all = days(&world).await;
        let found = all.iter().find(|one| one.bounces_theirs.is_some()).unwrap();
        assert_eq!(
            (found.opt_outs_theirs, found.opt_outs_ours, found.bounces_theirs),
            (Some(1), Some(1), Some(1)),
            "each once, however it is written"
        );
        let out = "select string_agg(split_part(address, '@', 1) || ' ' || suppressed_scope || ' ' || suppressed_reason, ', '
                                     order by address)
                   from recipients where tenant_id = $1 and channel = 'email' and suppressed_scope is not null";
        assert_eq!(
            world.text(out).await,
            "bounced-here all hard_bounce, bounces all hard_bounce, came-back all hard_bounce, complained marketing complaint, \
             complains marketing complaint, ours all staff, stopped all keyword"
        );
        assert_eq!(world.text(events).await, "4", "a bounce is not in the ledger");
    }
    let folder = tempfile::tempdir().unwrap();
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_courtesy"))
        .args(["reconcile", "--json", "--database-url"])
        .arg(world.superuser().to_url_lossy().as_str())
        .arg("--data-dir")
        .arg(folder.path())
        .env_remove("DATABASE_OWNER_URL")
        .env_remove("COURTESY_KEYS")
        .output()
        .unwrap();
    let said: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let of_mail = said
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["compared"])
        .find(|one| one["bounces_theirs"] == 1)
        .unwrap();
    assert_eq!(
        (
            &of_mail["opt_outs_theirs"],
            &of_mail["opt_outs_ours"],
            &of_mail["missed"]
        ),
        (&1.into(), &1.into(), &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn the_engine_compares_a_tenant_once_a_business_day_and_a_sandbox_never() {
    let (world, _provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    world.neighbour().await;
    let engine = world.engine();
    for (at, days_in_all) in [
        (NOON, 1),
        ("2026-03-02T23:59:59Z", 1),
        ("2026-03-03T00:00:00Z", 2),
        ("2026-03-03T20:00:00Z", 2),
    ] {
        world.at(at);
        engine.compare_due().await;
        let account = "select account_says || ' on ' || (account_said_at at time zone 'UTC')::date from tenant_channel_settings
                       where tenant_id = $1 and account_says is not null";
        assert_eq!(world.text(account).await, format!("as scripted on {}", &at[..10]));
        let all = days(&world).await;
        assert_eq!(all.len(), days_in_all, "{at}");
        assert!(
            all.iter()
                .all(|one| one.opt_outs_theirs.is_none() && one.failed.is_none())
        );
    }
    assert_eq!(
        world
            .text("select count(distinct tenant_id) from reconciliations")
            .await,
        "1"
    );
    assert_eq!(world.app.clock.now(), moment("2026-03-03T20:00:00Z"));
}

#[tokio::test]
async fn the_gauges_name_providers_and_channels_and_nobody() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    provider.always(Some(lost()));
    bulk(&world, world.tenant, 3).await;
    run_for(&world, 0).await;
    let gauges = server::reports::gauges::gauges(&world.app).await.unwrap();
    let value = |name: &str, provider: &str, state: &str| {
        let wanted = gauges.iter().filter(|(series, _)| {
            series.name == name
                && series.provider == provider
                && series.channel == "sms"
                && series.further.as_ref().map_or("", |(_, value)| value) == state
        });
        wanted.map(|(_, value)| *value).sum::<f64>()
    };
    assert!((value("courtesy_messages_unknown", "twilio", "") - 3.0).abs() < 0.1);
    assert!((value("courtesy_circuits", "twilio", "failing") - 1.0).abs() < 0.1);
    assert!(value("courtesy_circuits", "twilio", "outage").abs() < 0.1);
    let mut shown = std::collections::BTreeSet::new();
    server::reports::gauges::show(gauges.clone(), &mut shown);
    assert_eq!(shown.len(), gauges.len(), "no series twice");
}
