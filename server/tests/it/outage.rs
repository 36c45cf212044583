//! A provider goes out in the middle of a batch: what is left of the batch is not handed to it, and goes once when it is back.
use crate::support::World;
use crate::support::scripted::{Answers, assert_sound, bulk, of_a_pool, of_provider_for, run_for};
use crate::support::world_with;
use providers::Outcome;
use providers::sandbox::{Act, Script};
use rules::channel::Channel;
use rules::circuit::FAILURES;
use server::connections::Carrier;
use server::db::Time;
use server::messages::gate;
use server::messages::hand_over::{self, Landed};
use std::collections::BTreeSet;

const NOON: &str = "2026-03-02T18:00:00Z";
/// Before the first answers of a batch are read, so many are on their way.
const TOGETHER: usize = 16;
/// More than failures in a row and what was on its way with them never reaches a provider that is out.
const MOST: usize = TOGETHER + FAILURES as usize;

fn no_answer() -> Outcome {
    Outcome::Unknown {
        detail: "503".to_owned(),
    }
}

fn taken() -> Outcome {
    Outcome::Accepted {
        external_id: "taken".to_owned(),
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

fn is_not_begun(landed: &Landed) -> bool {
    matches!(&landed.outcome, Outcome::TryLater { code, .. } if code == "not_begun")
}

#[tokio::test]
async fn a_provider_that_is_out_costs_a_batch_a_few_messages_and_the_others_go_once_when_it_is_back() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    provider.always(Some(no_answer()));
    bulk(&world, world.tenant, 60).await;
    world.engine().round().await.unwrap();
    let lost = provider.sent().len();
    assert!((5..=MOST).contains(&lost), "{lost} reached it");
    assert_eq!(
        stand(&world).await,
        format!("{} queued, {lost} unknown", 60 - lost)
    );
    let is_out =
        "select unavailable_reason from tenant_channel_settings where tenant_id = $1 and channel = 'sms'";
    assert_eq!(world.text(is_out).await, "outage");
    run_for(&world, 29).await;
    assert_eq!(provider.sent().len(), lost, "nothing goes before the first probe");

    provider.always(None);
    run_for(&world, 900).await;
    assert_eq!(stand(&world).await, format!("{} sent, {lost} unknown", 60 - lost));
    let reached: BTreeSet<String> = provider.sent().into_iter().map(|(_, to)| to).collect();
    assert_eq!((provider.sent().len(), reached.len()), (60, 60), "each once");
    let tries = "select max(attempts - put_off) from messages where tenant_id = $1 and status = 'sent'";
    assert_eq!(world.text(tries).await, "1", "it was no try of theirs");
    let told = "select count(*) from review_tasks where tenant_id = $1";
    assert_eq!(world.text(told).await, "0");
    assert_sound(&world).await;
}

#[tokio::test]
async fn a_connection_that_goes_out_holds_up_no_other_of_the_same_batch() {
    let (world, out) = of_a_pool("twilio", Answers::calm(), NOON).await;
    let (world, sound) = of_provider_for(world, "vonage", Channel::Whatsapp, Answers::calm()).await;
    out.always(Some(no_answer()));
    bulk(&world, world.tenant, 60).await;
    let mut passed = gate::decide(&world.app, world.tenant, 100, 30.0).await.unwrap();
    let id = "select id from tenant_channel_settings where tenant_id = $1 and channel = 'whatsapp'";
    let other = Carrier {
        connection: world.text(id).await.parse().unwrap(),
        provider: "vonage".to_owned(),
        version: Time(world.app.clock.now()),
    };
    for one in passed.ready.iter_mut().step_by(2) {
        one.carrier = Some(other.clone());
    }
    let landed = hand_over::hand_over(&world.app, world.tenant, passed.ready).await;
    assert_eq!((landed.len(), sound.sent().len()), (60, 30));
    let lost = out.sent().len();
    assert!((5..=MOST).contains(&lost), "{lost} reached the one that is out");
    let left = landed.iter().filter(|one| is_not_begun(one)).count();
    assert_eq!(left, 30 - lost);
}

#[tokio::test]
async fn an_answer_between_failures_lets_a_batch_go_on() {
    let failures = || std::iter::repeat_with(no_answer).take(4);
    let answers: Vec<Outcome> = (0..12).flat_map(|_| failures().chain([taken()])).collect();
    let (world, provider) = of_a_pool("twilio", Answers::first(answers), NOON).await;
    bulk(&world, world.tenant, 60).await;
    let passed = gate::decide(&world.app, world.tenant, 100, 30.0).await.unwrap();
    let landed = hand_over::hand_over(&world.app, world.tenant, passed.ready).await;
    assert_eq!(
        (
            provider.sent().len(),
            landed.iter().filter(|one| is_not_begun(one)).count()
        ),
        (60, 0)
    );
}

#[tokio::test]
async fn a_refused_account_is_offered_no_more_of_the_batch() {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    provider.always(Some(Outcome::Refused {
        code: "20003".to_owned(),
        detail: String::new(),
    }));
    bulk(&world, world.tenant, 60).await;
    world.engine().round().await.unwrap();
    let tried = provider.sent().len();
    assert!((1..=TOGETHER).contains(&tried), "{tried} tried");
    assert_eq!(stand(&world).await, "60 queued");
}

#[tokio::test]
async fn the_sandbox_never_goes_out() {
    let lose = |n: usize| (format!("+1504523{n:04}"), vec![Act::NeverReceive]);
    let world = world_with(Script::acts((0..60).map(lose).collect())).await;
    world.at(NOON);
    bulk(&world, world.tenant, 60).await;
    let passed = gate::decide(&world.app, world.tenant, 100, 30.0).await.unwrap();
    let landed = hand_over::hand_over(&world.app, world.tenant, passed.ready).await;
    let lost = landed
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::Unknown { .. }));
    assert_eq!(lost.count(), 60);
}

#[tokio::test]
async fn failures_in_a_row_are_counted_in_the_order_of_the_answers() {
    let (world, _) = of_a_pool("twilio", Answers::calm(), NOON).await;
    bulk(&world, world.tenant, 10).await;
    let mut ready = gate::decide(&world.app, world.tenant, 100, 30.0)
        .await
        .unwrap()
        .ready;
    ready.sort_by_key(|one| one.request.message_id);
    // by their ids one that was taken stands between any two that were not
    let answered = ready.iter().step_by(2).enumerate().map(|(n, one)| {
        one.landed(Outcome::Accepted {
            external_id: format!("x-{n}"),
        })
    });
    let failed = ready.iter().skip(1).step_by(2).map(|one| one.landed(no_answer()));
    let landed: Vec<Landed> = answered.chain(failed).collect();
    hand_over::record(&world.app, world.tenant, landed).await.unwrap();
    let is_out =
        "select unavailable_reason from tenant_channel_settings where tenant_id = $1 and channel = 'sms'";
    assert_eq!(world.text(is_out).await, "outage");
}
