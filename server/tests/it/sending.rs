//! A touch on its way: planned, decided, handed over once, recorded; and whatever may come between.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::{customer, job, live, plumbing, receipts, stranger};
use crate::support::{World, moment, world};
use server::messages::gate;

const ANN: &str = "+15045230001";
const COMPLETED: &str = "2026-03-02T14:00:00Z";

#[tokio::test]
async fn a_completed_job_is_followed_up_by_four_touches_each_once() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    live(&world, "2026-03-16T14:00:00Z").await;
    let sent = receipts(&world);
    let times: Vec<String> = sent.iter().map(|receipt| receipt.at.to_string()).collect();
    // 48 h, +48 h, +72 h, +96 h; the clocks go forward on the 8th; the office opens at 8
    assert_eq!(
        times,
        [
            "2026-03-04T14:00:00Z",
            "2026-03-06T14:00:00Z",
            "2026-03-09T14:00:00Z",
            "2026-03-13T14:00:00Z"
        ]
    );
    assert!(
        sent[0].body.contains("Ann")
            && sent[0].body.contains("Test Plumbing")
            && sent[0].body.ends_with("Reply STOP to opt out.")
    );
    assert!(
        !sent[2].body.contains("Reply STOP"),
        "the wording is due once in thirty days"
    );
    assert_eq!(
        world
            .text("select status from campaign_enrollments where tenant_id = $1")
            .await,
        "completed"
    );
    assert_eq!(world.text("select string_agg(status, ',' order by touch_number) from enrollment_touches where tenant_id = $1").await, "sent,sent,sent,sent");
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1 and status = 'delivered'")
            .await,
        "4"
    );
    assert_eq!(
        world
            .text("select stage || orders_total || orders_completed from customers where tenant_id = $1")
            .await,
        "active11"
    );
}

#[tokio::test]
async fn a_touch_due_at_night_waits_for_the_morning_and_does_not_push_the_next() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    // 22:00 in New Orleans
    world.at("2026-03-03T05:00:00Z");
    job(&world, ann, "J-1", Some("2026-03-03T04:00:00Z")).await;
    live(&world, "2026-03-07T20:00:00Z").await;
    let times: Vec<String> = receipts(&world)
        .iter()
        .map(|receipt| receipt.at.to_string())
        .collect();
    assert_eq!(
        times,
        ["2026-03-05T14:00:00Z", "2026-03-07T14:00:00Z"],
        "8:00 in New Orleans, and the e-mail two days after 22:00"
    );
    let logs = world.text("select string_agg(verdict || coalesce(':' || reason, ''), ' ' order by at) from send_logs where tenant_id = $1").await;
    assert_eq!(logs, "hold:quiet_hours send hold:quiet_hours send");
}

#[tokio::test]
async fn without_consent_no_text_goes_but_the_e_mail_does() {
    let world = world().await;
    plumbing(&world).await;
    let gus = stranger(&world, "Gus", ANN, "gus@example.com").await;
    job(&world, gus, "J-1", Some(COMPLETED)).await;
    live(&world, "2026-03-16T14:00:00Z").await;
    let channels: Vec<&str> = receipts(&world)
        .iter()
        .map(|receipt| receipt.channel.name())
        .collect();
    assert_eq!(channels, ["email", "email"]);
    assert_eq!(world.text("select string_agg(coalesce(why, '-'), ',' order by touch_number) from enrollment_touches where tenant_id = $1").await, "consent_unknown,-,consent_unknown,-");
}

#[tokio::test]
async fn a_consent_for_another_number_is_none() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    world
        .run("update customers set phone = '+15045230099', phone_raw = '+15045230099' where tenant_id = $1")
        .await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    live(&world, "2026-03-05T00:00:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
}

/// Ann, whose job is done and whose first text is queued, not decided.
async fn planned(world: &World) {
    plumbing(world).await;
    let ann = customer(world, "Ann", ANN).await;
    job(world, ann, "J-1", Some(COMPLETED)).await;
    world.at("2026-03-04T15:00:00Z");
    let mut tx = world.tx().await;
    assert_eq!(server::campaigns::plan(&mut tx, 10).await.unwrap().messages, 1);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_text_that_waits_does_not_go_to_a_number_that_its_customer_has_no_more() {
    let world = world().await;
    planned(&world).await;
    // a list of the tenant's says that she has another by now
    world
        .run("update customers set phone = '+15045230099', phone_raw = '+15045230099' where tenant_id = $1")
        .await;
    live(&world, "2026-03-04T16:00:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
    assert_eq!(
        world
            .text("select status || ':' || error_code from messages where tenant_id = $1")
            .await,
        "stopped:address_missing"
    );
    assert_eq!(
        world
            .text("select status from campaign_enrollments where tenant_id = $1")
            .await,
        "active",
        "a later touch may go another way"
    );
}

#[tokio::test]
async fn an_opt_out_between_the_planning_and_the_gate_stops_the_message() {
    let world = world().await;
    planned(&world).await;
    let mut tx = world.tx().await;
    server::consents::opt_out_address(
        &mut tx,
        rules::channel::Channel::Sms,
        ANN,
        rules::suppression::SuppressionReason::Staff,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    live(&world, "2026-03-10T15:00:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
    assert_eq!(
        world
            .text("select status || ':' || error_code from messages where tenant_id = $1")
            .await,
        "cancelled:opted_out"
    );
    assert_eq!(
        world
            .text("select stop_reason from campaign_enrollments where tenant_id = $1")
            .await,
        "opted_out_sms"
    );
}

#[tokio::test]
async fn a_gate_passes_over_a_recipient_that_an_opt_out_holds_and_sees_it_when_it_is_done() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    world.at("2026-03-04T15:00:00Z");
    let mut tx = world.tx().await;
    server::campaigns::plan(&mut tx, 10).await.unwrap();
    tx.commit().await.unwrap();
    // the opt-out has the recipient's lock and has not committed
    let mut opt_out = world.tx().await;
    server::consents::opt_out_address(
        &mut opt_out,
        rules::channel::Channel::Sms,
        ANN,
        rules::suppression::SuppressionReason::Staff,
    )
    .await
    .unwrap();
    let meanwhile = gate::decide(&world.app, world.tenant, 10, 30.0).await.unwrap();
    assert_eq!(
        (meanwhile.looked_at, meanwhile.ready.len()),
        (0, 0),
        "the gate went past a lock"
    );
    opt_out.commit().await.unwrap();
    let after = gate::decide(&world.app, world.tenant, 10, 30.0).await.unwrap();
    assert_eq!(after.ready.len(), 0);
    assert_eq!(receipts(&world).len(), 0);
}

#[tokio::test]
async fn two_gates_at_once_let_a_message_through_once() {
    let world = world().await;
    plumbing(&world).await;
    for number in 0..40 {
        let id = customer(&world, &format!("C{number}"), &format!("+150452310{number:02}")).await;
        job(&world, id, &format!("J-{number}"), Some(COMPLETED)).await;
    }
    world.at("2026-03-04T15:00:00Z");
    let mut tx = world.tx().await;
    server::campaigns::plan(&mut tx, 100).await.unwrap();
    tx.commit().await.unwrap();
    let (one, other) = tokio::join!(
        gate::decide(&world.app, world.tenant, 100, 30.0),
        gate::decide(&world.app, world.tenant, 100, 30.0)
    );
    let mut ready: Vec<_> = one
        .unwrap()
        .ready
        .into_iter()
        .chain(other.unwrap().ready)
        .map(|ready| ready.request.message_id)
        .collect();
    ready.sort_unstable();
    let all = ready.len();
    ready.dedup();
    assert_eq!((all, ready.len()), (40, 40));
}

#[tokio::test]
async fn a_quota_is_not_overrun_and_the_rest_waits_for_the_month() {
    let world = world().await;
    plumbing(&world).await;
    world
        .run("update tenants set monthly_message_quota = 3 where tenant_id = $1")
        .await;
    for number in 0..5 {
        let id = customer(&world, &format!("C{number}"), &format!("+1504523200{number}")).await;
        job(&world, id, &format!("J-{number}"), Some(COMPLETED)).await;
    }
    live(&world, "2026-03-04T20:00:00Z").await;
    assert_eq!(receipts(&world).len(), 3);
    assert_eq!(
        world
            .text("select messages from usage_counters where tenant_id = $1")
            .await,
        "3"
    );
    assert_eq!(world.text("select count(*) from messages where tenant_id = $1 and status = 'queued' and due_at = '2026-04-01T00:00:00Z'").await, "2");
}

#[tokio::test]
async fn a_fourth_follow_up_within_a_day_waits() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    world.at("2026-03-04T14:00:00Z");
    world
        .run("insert into recipients (tenant_id, channel, address, recent_sends, created_at, updated_at)
              values ($1, 'sms', '+15045230001', array['2026-03-04T13:00Z', '2026-03-04T12:00Z', '2026-03-03T20:00Z']::timestamptz[], now(), now())
              on conflict (tenant_id, channel, address) do update set recent_sends = excluded.recent_sends")
        .await;
    live(&world, "2026-03-05T14:00:00Z").await;
    assert_eq!(receipts(&world)[0].at, moment("2026-03-04T20:00:00Z"));
}

#[tokio::test]
async fn the_gate_writes_down_its_facts_and_every_rule_it_looked_at() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    live(&world, "2026-03-04T20:00:00Z").await;
    let rules = world.text("select string_agg(f ->> 'rule', ',' order by f ->> 'rule') from send_logs, jsonb_array_elements(findings) f where tenant_id = $1").await;
    assert_eq!(rules, "C2,H3,H4,H5,H7,H8,K10,Q2,Q6,T2,T3,W2");
    let facts = world
        .text("select facts::text from send_logs where tenant_id = $1")
        .await;
    assert!(
        facts.contains("America/Chicago") && !facts.contains(ANN),
        "the facts are there, the address is not: {facts}"
    );
}
