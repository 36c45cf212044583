//! What a person is asked to look at, and how they settle it: with a name and a reason, once.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::{customer, job, plumbing};
use crate::support::scripted::{Answers, Scripted, assert_sound, bulk, of_provider, run_for};
use crate::support::{World, moment, world};
use jiff::SignedDuration;
use providers::Outcome;
use server::doctor::deep;
use server::ids::Noun;
use server::messages::settle::{self, Found};
use server::messages::status::{self, Applied, Report};
use server::messages::tasks::{self, Filter, KINDS, Task};
use server::reports::mask::Addresses;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

const ANN: &str = "+15045230001";

async fn tasks_of(world: &World, filter: &Filter) -> Vec<Task> {
    let mut tx = world.tx().await;
    tasks::list(&mut tx, filter).await.unwrap().tasks
}

fn open() -> Filter {
    Filter {
        limit: 100,
        ..Filter::default()
    }
}

#[tokio::test]
async fn what_is_said_once_is_said_again_after_a_person_closed_the_task() {
    let world = world().await;
    let sms = world
        .text("select id from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
        .await;
    let say = async || {
        let mut tx = world.tx().await;
        let said = "63038: the account's day is used up: ";
        tasks::open_once_of(&mut tx, "account_event", sms.parse().unwrap(), said)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    say().await;
    say().await;
    let first = tasks_of(&world, &open()).await;
    assert_eq!(first.len(), 1);
    let mut tx = world.tx().await;
    let closed = tasks::close(&mut tx, first[0].id, " Sam ", "more was bought")
        .await
        .unwrap();
    assert_eq!(closed.closed.unwrap().by, "Sam");
    tx.commit().await.unwrap();
    assert_eq!(tasks_of(&world, &open()).await, []);
    world.at("2026-03-03T15:00:00Z");
    say().await;
    let again = tasks_of(&world, &open()).await;
    assert_eq!(again.len(), 1);
    assert_ne!(again[0].id, first[0].id);
    let all = Filter {
        also_closed: true,
        ..open()
    };
    assert_eq!(tasks_of(&world, &all).await.len(), 2);
    assert_sound(&world).await;
}

#[tokio::test]
async fn a_task_is_closed_once_and_who_comes_second_learns_by_whom() {
    let world = world().await;
    let mut tx = world.tx().await;
    for said in ["one", "two", "three"] {
        tasks::open(&mut tx, "event_failed", None, None, said)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    // page by page
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let mut tx = world.tx().await;
        let filter = Filter {
            after,
            limit: 2,
            kind: Some("event_failed".to_owned()),
            ..Filter::default()
        };
        let page = tasks::list(&mut tx, &filter).await.unwrap();
        seen.extend(page.tasks.into_iter().map(|task| (task.said, task.id)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    seen.sort();
    let said: Vec<&str> = seen.iter().map(|(said, _)| said.as_str()).collect();
    assert_eq!(said, ["one", "three", "two"]);
    let id = seen[0].1;
    let close = async |id: Uuid, by: &str, because: &str| {
        let mut tx = world.tx().await;
        let closed = tasks::close(&mut tx, id, by, because).await;
        if closed.is_ok() {
            tx.commit().await.unwrap();
        }
        closed.map(|_| ()).map_err(|error| error.to_string())
    };
    assert!(close(id, " ", "because").await.unwrap_err().starts_with("by: "));
    assert!(close(id, "Sam", "").await.unwrap_err().starts_with("because: "));
    close(id, "Sam", "read it").await.unwrap();
    let twice = close(id, "Kim", "read it too").await.unwrap_err();
    assert!(
        twice.contains("Sam closed it at 2026-03-02T15:00:00Z already: read it"),
        "{twice}"
    );
    assert!(
        close(Uuid::nil(), "Sam", "x")
            .await
            .unwrap_err()
            .contains("courtesy task list")
    );
    let kept = "select closed_by || ' ' || closed_because from review_tasks where tenant_id = $1 and closed_at is not null";
    assert_eq!(world.text(kept).await, "Sam read it");
}

#[tokio::test]
async fn the_kinds_of_tasks_are_those_that_the_table_takes() {
    let world = world().await;
    let check = "select pg_get_constraintdef(oid) from pg_constraint where conname = 'task_kind_is_known' and $1::uuid is not null";
    let stored = world.text(check).await;
    let mut known: Vec<&str> = stored.split('\'').skip(1).step_by(2).collect();
    let mut all = KINDS.to_vec();
    known.sort_unstable();
    all.sort_unstable();
    assert_eq!(all, known);
}

/// Ann's first text, of whose answer nobody knows; a day and a half later its provider could not tell either.
async fn lost() -> (World, Arc<Scripted>, Uuid) {
    let unknown = Outcome::Unknown {
        detail: "no answer".to_owned(),
    };
    let (world, provider) = of_provider(world().await, "twilio", Answers::first(vec![unknown])).await;
    world
        .run("update tenant_channel_settings set sender_address = 'MG0123' where tenant_id = $1 and channel = 'sms'")
        .await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
    run_until(&world, "2026-03-04T17:00:00Z").await;
    let message = "select id from messages where tenant_id = $1 and status = 'unknown'";
    let message = world.text(message).await.parse().unwrap();
    (world, provider, message)
}

async fn run_until(world: &World, end: &str) {
    world
        .engine()
        .run_until(moment(end), SignedDuration::from_secs(1), |_, _| {})
        .await
        .unwrap();
}

async fn state(world: &World) -> String {
    world
        .text(
            "select m.status || ' ' || t.status from messages m
             join enrollment_touches t on t.tenant_id = $1 and t.enrollment_id = m.enrollment_id and t.touch_number = m.touch_number
             where m.tenant_id = $1 and m.touch_number = 1",
        )
        .await
}

/// How many messages the doctor finds of which nobody knows what became, and that wait for nobody.
async fn unknown_with_nobody(world: &World) -> usize {
    let found = deep::tenant(&world.app, world.tenant).await.unwrap();
    let of_it = found.iter().filter(|one| one.check == "unknown_with_a_person");
    of_it.map(|one| one.rows.len()).sum()
}

async fn settle_as(world: &World, message: Uuid, found: Found) -> Result<(), String> {
    let mut tx = world.tx().await;
    let done = settle::settle(&mut tx, message, found, "Sam", "seen in Twilio's console").await;
    if done.is_ok() {
        tx.commit().await.unwrap();
    }
    done.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_person_says_what_became_of_a_message_that_nobody_knows_and_it_is_never_sent_again() {
    for (found, settled) in [(Found::Sent, "sent sent"), (Found::Failed, "failed failed")] {
        let (world, provider, message) = lost().await;
        let early = settle_as(&world, message, found).await.unwrap_err();
        assert!(early.contains("still being asked"), "{early}");
        run_until(&world, "2026-03-05T17:00:00Z").await;
        assert_eq!(state(&world).await, "unknown failed");
        let waiting = tasks_of(&world, &open()).await;
        assert_eq!((waiting.len(), waiting[0].kind.as_str()), (1, "unknown_outcome"));
        assert_eq!(waiting[0].name.as_deref(), Some("Ann"));
        let mut tx = world.tx().await;
        let refused = tasks::close(&mut tx, waiting[0].id, "Sam", "no idea")
            .await
            .unwrap_err();
        drop(tx);
        assert!(
            refused.to_string().contains("courtesy message settle msg_"),
            "{refused}"
        );

        let by = "update review_tasks set closed_at = {0}, closed_by = {1}, closed_because = {1} where tenant_id = $1";
        world
            .run(&by.replace("{0}", "now()").replace("{1}", "'a hand'"))
            .await;
        assert_eq!(unknown_with_nobody(&world).await, 1, "a closed task asks nobody");
        world.run(&by.replace("{0}", "null").replace("{1}", "null")).await;
        assert_eq!(unknown_with_nobody(&world).await, 0);
        let circuits = "select string_agg(c::text, ' ') from connection_circuits c where c.tenant_id = $1";
        let before = world.text(circuits).await;
        settle_as(&world, message, found).await.unwrap();
        assert_eq!(state(&world).await, settled);
        assert_eq!(tasks_of(&world, &open()).await, []);
        let twice = settle_as(&world, message, found).await.unwrap_err();
        assert!(twice.contains("only one whose outcome nobody knows"), "{twice}");
        assert_eq!(world.text(circuits).await, before, "that says nothing of the way");
        let mut tx = world.tx().await;
        let why = server::reports::why(&mut tx, message, Addresses::Masked)
            .await
            .unwrap()
            .unwrap();
        drop(tx);
        let by = why.settled.unwrap();
        assert_eq!(
            (by.by.as_str(), by.because.as_str()),
            ("Sam", "seen in Twilio's console")
        );
        let sent = provider.sent().len();
        run_until(&world, "2026-03-06T10:00:00Z").await;
        assert_eq!(provider.sent().len(), sent, "the next touch is an e-mail");
        assert_sound(&world).await;

        // what the provider reports later counts as of any message
        let mut tx = world.tx().await;
        let report = |status| Report {
            message: Some(message),
            provider: "twilio",
            external_id: "SM1",
            status,
            code: None,
            at: Some(world.app.clock.now()),
        };
        assert_eq!(
            status::apply(&mut tx, &report("sent")).await.unwrap(),
            Applied::NothingNew
        );
        assert_eq!(
            status::apply(&mut tx, &report("delivered")).await.unwrap(),
            Applied::Moved
        );
        tx.commit().await.unwrap();
        assert!(state(&world).await.starts_with("delivered "));
        assert_sound(&world).await;
    }
}

#[tokio::test]
async fn only_what_nobody_knows_can_be_settled() {
    let (world, _, message) = lost().await;
    world
        .run("update messages set status = 'sent', due_at = null, sent_at = now() where tenant_id = $1 and touch_number = 1")
        .await;
    let known = settle_as(&world, message, Found::Failed).await.unwrap_err();
    assert!(known.starts_with("message: it is sent"), "{known}");
    let none = settle_as(&world, Uuid::nil(), Found::Sent).await.unwrap_err();
    assert!(none.contains("there is none"), "{none}");
    assert_eq!(Noun::Task.read(&Noun::Task.show(message)), Ok(message));
}

#[tokio::test]
async fn what_refuses_many_messages_of_a_campaign_is_one_task_until_a_person_closes_it() {
    let world = world().await;
    let (world, _) = of_provider(world, "twilio", Answers::calm()).await;
    world.at("2026-03-02T18:00:00Z");
    bulk(&world, world.tenant, 6).await;
    run_for(&world, 60).await;
    let ids = world
        .text("select string_agg(id::text, ' ' order by their_address) from messages where tenant_id = $1 and status = 'sent'")
        .await;
    let ids: Vec<Uuid> = ids.split(' ').map(|id| id.parse().unwrap()).collect();
    let another =
        "update messages set campaign_id = id where tenant_id = $1 and their_address = '+15045230003'";
    world.run(another).await;
    let is_told = async |message: Uuid, code: &str| {
        let mut tx = world.tx().await;
        let report = Report {
            message: Some(message),
            provider: "twilio",
            external_id: &format!("x-{message}"),
            status: "undelivered",
            code: Some(code),
            at: Some(world.app.clock.now()),
        };
        let applied = status::apply(&mut tx, &report).await.unwrap();
        assert_eq!(applied, Applied::Moved);
        tx.commit().await.unwrap();
    };
    for message in &ids[..3] {
        is_told(*message, "30007").await;
    }
    let first = tasks_of(&world, &open()).await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(first[0].message, Some(ids[0]));
    is_told(ids[3], "30007").await;
    is_told(ids[4], "21408").await;
    let about = async || {
        let tasks = tasks_of(&world, &open()).await;
        let about = tasks.into_iter().filter_map(|task| task.message);
        about.collect::<BTreeSet<Uuid>>()
    };
    let also = BTreeSet::from([ids[0], ids[3], ids[4]]);
    assert_eq!(about().await, also, "another campaign, another code");
    let mut tx = world.tx().await;
    tasks::close(&mut tx, first[0].id, "Sam", "the words were changed")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    is_told(ids[5], "30007").await;
    assert_eq!(about().await, BTreeSet::from([ids[3], ids[4], ids[5]]));
}
