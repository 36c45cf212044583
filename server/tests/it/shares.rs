//! The campaigns of one tenant share alike: one's long list holds up nobody else's few, in planning, at the gate and before a bucket.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::{customer, plumbing};
use crate::support::scripted::{Answers, of_provider};
use crate::support::{World, moment, world};
use jiff::SignedDuration;
use rules::lifecycle::{ServiceType, WorkOrderStatus};
use rules::pacing::{Pace, PaceScope};
use server::work_orders::{self, NewWorkOrder};
use server::{campaigns, pace};

const NOON: &str = "2026-03-02T18:00:00Z";

/// A day before anything is due.
async fn two_campaigns() -> World {
    let world = world().await;
    world.at("2026-03-01T18:00:00Z");
    plumbing(&world).await;
    let mut tx = world.tx().await;
    campaigns::presets::copy(&mut tx, "test", "hvac").await.unwrap();
    tx.commit().await.unwrap();
    world
}

/// So many people whose job of that kind was completed at that moment.
async fn jobs(world: &World, service_type: ServiceType, exchange: u32, count: u32, completed_at: &str) {
    for index in 0..count {
        let phone = format!("+1504{exchange}{index:04}");
        let customer = customer(world, &format!("P{exchange}n{index}"), &phone).await;
        let mut tx = world.tx().await;
        let order = NewWorkOrder {
            customer,
            number: None,
            service_type,
            title: None,
            status: WorkOrderStatus::Completed,
            scheduled_at: None,
            completed_at: Some(moment(completed_at)),
            amount_cents: None,
        };
        work_orders::create(&mut tx, "test", order).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn plan(world: &World, limit: i64) -> String {
    let mut tx = world.tx().await;
    campaigns::plan(&mut tx, limit).await.unwrap();
    tx.commit().await.unwrap();
    world
        .text(
            "select string_agg(service_type || ' ' || queued, ', ' order by service_type) from (
                 select g.service_type, count(*) as queued
                 from messages m join campaigns g on g.tenant_id = m.tenant_id and g.id = m.campaign_id
                 where m.tenant_id = $1 group by g.service_type) as counted",
        )
        .await
}

#[tokio::test]
async fn a_batch_of_due_touches_is_shared_among_the_campaigns_that_have_any() {
    let world = two_campaigns().await;
    jobs(&world, ServiceType::Plumbing, 523, 30, "2026-02-27T10:00:00Z").await;
    jobs(&world, ServiceType::Hvac, 524, 3, "2026-02-27T18:00:00Z").await;
    world.at("2026-03-03T18:00:00Z");
    assert_eq!(plan(&world, 8).await, "hvac 3, plumbing 4");
    assert_eq!(
        plan(&world, 8).await,
        "hvac 3, plumbing 12",
        "one alone has all of the batch"
    );
    assert_eq!(plan(&world, 1).await, "hvac 3, plumbing 13", "none has nothing");
    assert_eq!(plan(&world, 500).await, "hvac 3, plumbing 30");
}

/// How many messages of the campaign for these jobs were taken by the provider.
async fn sent(world: &World, service_type: &str) -> i64 {
    world
        .text(&format!(
            "select count(*) from messages m join campaigns g on g.tenant_id = m.tenant_id and g.id = m.campaign_id
             where m.tenant_id = $1 and g.service_type = '{service_type}' and m.status in ('sent', 'delivered')"
        ))
        .await
        .parse()
        .unwrap()
}

#[tokio::test]
async fn the_few_messages_of_one_campaign_go_in_the_first_batch_beside_the_many_of_another() {
    let world = two_campaigns().await;
    jobs(&world, ServiceType::Plumbing, 523, 90, "2026-02-28T17:00:00Z").await;
    jobs(&world, ServiceType::Hvac, 524, 5, "2026-03-01T17:30:00Z").await;
    world.at(NOON);
    assert_eq!(plan(&world, 500).await, "hvac 5, plumbing 90");
    let mut engine = world.engine();
    engine.batch = 20;
    engine.round().await.unwrap();
    assert_eq!(
        (sent(&world, "hvac").await, sent(&world, "plumbing").await),
        (5, 10)
    );
    engine.round().await.unwrap();
    assert_eq!(sent(&world, "plumbing").await, 30, "all of the next batch");
}

#[tokio::test]
async fn a_line_of_minutes_delays_another_campaigns_few_by_seconds() {
    let (world, provider) = of_provider(two_campaigns().await, "twilio", Answers::calm()).await;
    jobs(&world, ServiceType::Plumbing, 523, 200, "2026-02-28T17:59:50Z").await;
    jobs(&world, ServiceType::Hvac, 524, 10, "2026-03-01T18:00:00Z").await;
    let mut tx = world.tx().await;
    let slow = Some(Pace::per_second(2, 8));
    pace::set(&mut tx, "sms by sandbox", PaceScope::Connection, None, slow)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.at("2026-03-02T17:59:50Z");
    let engine = world.engine();
    let run_until = async |end: &str| {
        let tick = SignedDuration::from_millis(1);
        engine.run_until(moment(end), tick, |_, _| {}).await.unwrap();
    };
    run_until("2026-03-02T17:59:59Z").await;
    let before = provider.sent().len();
    assert!(
        before < 30,
        "{before}: the rest waits in a line of more than a minute"
    );
    run_until("2026-03-02T18:00:30Z").await;
    assert_eq!(sent(&world, "hvac").await, 10);
    let segments: i64 = world
        .text("select sum(segments) from messages where tenant_id = $1 and status = 'sent'")
        .await
        .parse()
        .unwrap();
    assert!(
        (78..=88).contains(&segments),
        "{segments} segments in 40 s at two a second: nothing of the pace is lost, or exceeded"
    );
    let tries: i64 = world
        .text("select max(tries) from (select count(*) as tries from send_logs where tenant_id = $1 group by message_id) as looked")
        .await
        .parse()
        .unwrap();
    assert!(tries <= 4, "nobody is looked at again and again: {tries} times");
}
