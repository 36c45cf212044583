//! A message of which something stored can't be read waits alone, with one task for all of its like; the others of its batch go.
use crate::support::scripted::{Answers, Scripted, assert_sound, bulk, of_a_pool, run_for};
use crate::support::{World, moment};
use jiff::SignedDuration;
use std::sync::Arc;

const NOON: &str = "2026-03-02T18:00:00Z";
/// Whose messages can't be read: a word that nobody knows, and a moment that is none.
const STRANGE: [&str; 2] = ["+15045230003", "+15045230004"];

/// Ten messages, of which two can't be read.
async fn ten() -> (World, Arc<Scripted>) {
    let (world, provider) = of_a_pool("twilio", Answers::calm(), NOON).await;
    bulk(&world, world.tenant, 10).await;
    world
        .run(&format!(
            "alter table recipients drop constraint recipient_scope_is_known;
             update recipients set suppressed_scope = 'galaxy', suppressed_reason = 'keyword', suppressed_at = '{NOON}'
             where tenant_id = $1 and address = '{}';
             update messages set in_answer_to_at = 'infinity' where tenant_id = $1 and their_address = '{}'",
            STRANGE[0], STRANGE[1],
        ))
        .await;
    (world, provider)
}

/// When each of the two is looked at again, in minutes from noon.
async fn looked_at_again(world: &World) -> String {
    world
        .text(&format!(
            "select string_agg(status || ' ' || error_code || ' ' || extract(epoch from due_at - '{NOON}')::int / 60, ', ' order by their_address)
             from messages where tenant_id = $1 and status = 'queued'"
        ))
        .await
}

#[tokio::test]
async fn a_message_that_cannot_be_read_waits_alone_and_a_person_is_told_once() {
    let (world, provider) = ten().await;
    run_for(&world, 5).await;
    let went: Vec<String> = provider.sent().into_iter().map(|(_, to)| to).collect();
    assert_eq!(went.len(), 8, "{went:?}");
    assert!(STRANGE.iter().all(|strange| !went.iter().any(|to| to == strange)));
    assert_eq!(
        looked_at_again(&world).await,
        "queued unreadable 10, queued unreadable 10"
    );
    run_for(&world, 3_600).await;
    assert_eq!(
        looked_at_again(&world).await,
        "queued unreadable 70, queued unreadable 70",
        "after ten minutes, twenty more, forty more"
    );
    assert_eq!(
        world
            .text("select string_agg(verdict || ' ' || reason || ' ' || n, ', ') from (select verdict, reason, count(*) as n from send_logs
                   where tenant_id = $1 and verdict <> 'send' group by 1, 2) as looks")
            .await,
        "hold unreadable 6"
    );
    assert_eq!(
        world
            .text("select string_agg(kind || ' ' || regexp_replace(said, '[0-9]+', 'N'), ', ' order by said desc) from review_tasks where tenant_id = $1")
            .await,
        "message_unreadable the stored scope `galaxy` is not known to this version, \
         message_unreadable the column N can't be read"
    );
}

#[tokio::test]
async fn what_can_be_read_again_goes_by_itself() {
    let (world, provider) = ten().await;
    run_for(&world, 5).await;
    world
        .run(
            "update recipients set suppressed_scope = null, suppressed_reason = null, suppressed_at = null where tenant_id = $1;
             update messages set in_answer_to_at = null where tenant_id = $1",
        )
        .await;
    run_for(&world, 700).await;
    let went = provider.sent();
    assert_eq!(went.len(), 10);
    let late = moment(NOON) + SignedDuration::from_mins(10);
    assert!(went[8..].iter().all(|(at, _)| *at >= late), "{went:?}");
    assert_sound(&world).await;
}
