//! A sentence that was taken for a revocation and is none: a person who read it says so, and what it closed is as it was.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::World;
use crate::support::people::{ann_writes, job, live};
use crate::support::scripted::assert_sound;
use server::messages::tasks::{self, Filter};

const UNTIL: &str = "2026-03-05T14:00:00Z";

/// A person takes back what the first task is about. Is the address open again?
async fn take_back(world: &World) -> Result<bool, String> {
    let mut tx = world.tx().await;
    let filter = Filter {
        also_closed: true,
        limit: 1,
        ..Filter::default()
    };
    let task = tasks::list(&mut tx, &filter).await.unwrap().tasks.remove(0);
    let (closed, is_open) = tasks::take_back(&mut tx, task.id, "Sam", "she spoke of her dog")
        .await
        .map_err(|error| error.to_string())?;
    assert_eq!(closed.closed.unwrap().because, "she spoke of her dog");
    tx.commit().await.unwrap();
    Ok(is_open)
}

async fn stands(world: &World) -> String {
    world
        .text(
            "select k.status || ' ' || coalesce(r.suppressed_reason, 'open') || ' ' || coalesce(c.opt_out_reason, 'in')
             from consents k
             join recipients r on r.tenant_id = $1 and r.channel = 'sms' and r.address = k.address
             join conversations c on c.tenant_id = $1 and c.channel = 'sms' and c.their_address = k.address
             where k.tenant_id = $1 and k.channel = 'sms'",
        )
        .await
}

#[tokio::test]
async fn a_sentence_that_a_person_finds_to_be_no_revocation_counts_no_more() {
    let world = ann_writes(&[(10, "please stop texting me")], UNTIL).await;
    assert_eq!(stands(&world).await, "opted_out free_text free_text");
    assert_eq!(take_back(&world).await, Ok(true));
    assert_eq!(stands(&world).await, "opted_in open in", "as it was before");
    let read = "select source || ' ' || (d.detail ->> 'captured_by') || ': ' || (d.detail ->> 'notes')
                from consent_events e join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
                where e.tenant_id = $1 and e.kind = 'unknown'";
    assert_eq!(world.text(read).await, "review Sam: she spoke of her dog");
    assert_sound(&world).await;
    assert!(take_back(&world).await.unwrap_err().contains("Sam closed it"));
    // what is sent again is no offence, and what she says later counts
    let ann: uuid::Uuid = world
        .text("select id from customers where tenant_id = $1")
        .await
        .parse()
        .unwrap();
    job(&world, ann, "J-2", Some("2026-03-05T14:00:00Z")).await;
    live(&world, "2026-03-09T14:00:00Z").await;
    let sent = "select count(*) from messages where tenant_id = $1 and channel = 'sms' and direction = 'outbound' and purpose = 'service'
                and status = 'delivered'";
    assert_eq!(world.text(sent).await, "2");
    assert_sound(&world).await;
}

#[tokio::test]
async fn what_else_they_said_stands_when_a_sentence_is_taken_back() {
    for then in ["STOP", "take me off your list"] {
        let world = ann_writes(&[(10, "please stop texting me"), (20, then)], UNTIL).await;
        assert_eq!(take_back(&world).await, Ok(false), "{then}");
        assert!(stands(&world).await.starts_with("opted_out "), "{then}");
        assert!(!stands(&world).await.contains("open"), "{then}");
        assert_sound(&world).await;
    }
}

#[tokio::test]
async fn only_a_sentence_that_was_taken_for_a_revocation_can_be_taken_back() {
    let world = ann_writes(&[], UNTIL).await;
    let mut tx = world.tx().await;
    tasks::open(&mut tx, "event_failed", None, None, "x")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(
        take_back(&world)
            .await
            .unwrap_err()
            .contains("not about a sentence")
    );
}
