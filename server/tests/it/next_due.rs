//! When anything is due next, over all tenants: what the engine sleeps until.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::{customer, job, plumbing};
use crate::support::{World, moment, world};
use server::{campaigns, messages};

async fn message(world: &World, tenant: uuid::Uuid, status: &str, due_at: &str) {
    world
        .run(&format!(
            "insert into messages (tenant_id, id, direction, channel, purpose, status, our_address, their_address, body, due_at, created_at, updated_at)
             values ('{tenant}', gen_random_uuid(), 'outbound', 'sms', 'service', '{status}', '+13125550142', '+13125550143', 'x', {due_at}, now(), now())"
        ))
        .await;
}

async fn next_message(world: &World, after: &str) -> Option<String> {
    let next = messages::next_due(&world.app, moment(after)).await.unwrap();
    next.map(|at| at.to_string())
}

#[tokio::test]
async fn the_next_message_is_the_soonest_of_all_tenants_queued_or_unknown() {
    let world = world().await;
    let (own, other) = (world.tenant.as_uuid(), world.neighbour().await.as_uuid());
    assert_eq!(next_message(&world, "2026-03-01T00:00:00Z").await, None);
    // waits for an event, not for a time
    message(&world, own, "queued", "null").await;
    assert_eq!(next_message(&world, "2026-03-01T00:00:00Z").await, None);
    message(&world, own, "queued", "'2026-03-09T00:00:00Z'").await;
    message(&world, other, "queued", "'2026-03-07T00:00:00Z'").await;
    message(&world, own, "unknown", "'2026-03-05T00:00:00Z'").await;
    message(&world, other, "unknown", "'2026-03-08T00:00:00Z'").await;
    message(&world, other, "cancelled", "'2026-03-02T00:00:00Z'").await;
    for (after, next) in [
        ("2026-03-01T00:00:00Z", Some("2026-03-05T00:00:00Z")),
        ("2026-03-05T00:00:00Z", Some("2026-03-07T00:00:00Z")),
        ("2026-03-07T00:00:00Z", Some("2026-03-08T00:00:00Z")),
        ("2026-03-08T00:00:00Z", Some("2026-03-09T00:00:00Z")),
        ("2026-03-09T00:00:00Z", None),
    ] {
        assert_eq!(
            next_message(&world, after).await.as_deref(),
            next,
            "after {after}"
        );
    }
}

#[tokio::test]
async fn the_next_touch_is_the_soonest_that_is_pending_of_all_tenants() {
    let world = world().await;
    let next = async |after: &str| campaigns::next_due(&world.app, moment(after)).await.unwrap();
    assert_eq!(next("2026-01-01T00:00:00Z").await, None);
    plumbing(&world).await;
    let ann = customer(&world, "Ann", "+15045230001").await;
    let bob = customer(&world, "Bob", "+15045230002").await;
    job(&world, ann, "1", Some("2026-03-01T12:00:00Z")).await;
    job(&world, bob, "2", Some("2026-03-02T12:00:00Z")).await;
    let (first, second) = (moment("2026-03-03T12:00:00Z"), moment("2026-03-04T12:00:00Z"));
    assert_eq!(next("2026-03-02T15:00:00Z").await, Some(first));
    assert_eq!(next("2026-03-03T12:00:00Z").await, Some(second));
    assert_eq!(next("2026-03-04T12:00:00Z").await, None);
    world
        .run("update enrollment_touches set status = 'queued' where tenant_id = $1")
        .await;
    assert_eq!(next("2026-03-02T15:00:00Z").await, None);
}
