//! What providers answered is recorded, once, although the database fails at that moment; and nobody waits for each other in a circle.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::World;
use crate::support::scripted::{Answers, Scripted, assert_sound, bulk, of_a_pool};
use providers::Outcome;
use rules::circuit::Sign;
use server::connections::{self, circuit};
use server::messages::gate::{self, Passed};
use server::messages::hand_over::{self, Landed};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

const NOON: &str = "2026-03-02T18:00:00Z";
/// Longer than anything here takes, on a machine that is busy too.
const BOUND: Duration = Duration::from_secs(60);

fn refused(code: &str) -> Outcome {
    Outcome::Refused {
        code: code.to_owned(),
        detail: String::new(),
    }
}

fn later(code: &str) -> Outcome {
    Outcome::TryLater {
        code: code.to_owned(),
        after: Some(Duration::from_secs(60)),
    }
}

/// The commit of what is recorded fails so often, as when it can't be put in line with another's (SQLSTATE 40001). A sequence keeps
/// count, since nothing takes back what it gave out.
async fn fails(world: &World, times: u32) {
    world
        .run(&format!(
            "create sequence tries;
             create function out_of_line() returns trigger language plpgsql security definer as
             $body$ begin
                 if nextval('tries') <= {times} then raise exception 'out of line' using errcode = '40001'; end if;
                 return null;
             end $body$;
             create constraint trigger out_of_line after update on messages deferrable initially deferred
             for each row when (old.status = 'sending') execute function out_of_line()"
        ))
        .await;
}

async fn tries(world: &World) -> i64 {
    world.text("select last_value from tries").await.parse().unwrap()
}

async fn statuses(world: &World) -> String {
    world
        .text(
            "select string_agg(number || ' ' || status, ', ' order by status)
             from (select status, count(*) as number from messages where tenant_id = $1 group by status) as told",
        )
        .await
}

/// Everything that recording writes.
async fn written(world: &World) -> String {
    let mut all = String::new();
    for table in [
        "messages",
        "message_provider_mappings",
        "recipients",
        "consents",
        "consent_events",
        "review_tasks",
        "connection_circuits",
        "pace_buckets",
        "customers",
    ] {
        let sql = format!(
            "select coalesce(string_agg(t::text, ';' order by t::text), '') from {table} t where tenant_id = $1"
        );
        all += &format!("{table}: {}\n", world.text(&sql).await);
    }
    all
}

/// Waits until somebody in this world's database waits for a lock. Answers whose backend it is.
async fn who_waits(world: &World) -> i32 {
    let waits = "select coalesce((select min(l.pid) from pg_locks l join pg_stat_activity a using (pid)
                                  where not l.granted and a.datname = current_database()), 0)";
    let found = tokio::time::timeout(BOUND, async {
        loop {
            let pid: i32 = world.text(waits).await.parse().unwrap();
            if pid != 0 {
                return pid;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    found.await.unwrap()
}

/// Hands over, holds the messages, and ends the backend that waits for them to record what became of them. They are held as long as the
/// connection lives that is answered.
async fn held_up_and_ended(
    world: &World,
    passed: Passed,
    lease_ends: Instant,
) -> (PgConnection, JoinSet<anyhow::Result<()>>) {
    let landed = hand_over::hand_over(&world.app, world.tenant, passed.ready).await;
    let mut other = world.owner.connect().await.unwrap();
    other
        .execute("begin; select from messages for update")
        .await
        .unwrap();
    let (app, tenant) = (world.app.clone(), world.tenant);
    let mut recording = JoinSet::new();
    recording.spawn(async move { hand_over::record_until(&app, tenant, &landed, lease_ends).await });
    let pid = who_waits(world).await;
    // its own role may end it, the owner may not
    let mut same_role = world.roles.app.connect().await.unwrap();
    let ended = format!("select pg_terminate_backend({pid})");
    same_role.execute(AssertSqlSafe(ended)).await.unwrap();
    same_role.close().await.unwrap();
    (other, recording)
}

/// How the only one of these ended, which is waited for.
async fn ended(mut one: JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    let joined = tokio::time::timeout(BOUND, one.join_next()).await;
    joined.unwrap().unwrap().unwrap()
}

async fn handed_over(count: usize, answers: Answers) -> (World, Arc<Scripted>, Passed) {
    let (world, provider) = of_a_pool("twilio", answers, NOON).await;
    bulk(&world, world.tenant, count).await;
    let passed = gate::decide(&world.app, world.tenant, 100, 30.0).await.unwrap();
    assert_eq!(passed.ready.len(), count);
    (world, provider, passed)
}

#[tokio::test]
async fn outcomes_that_the_database_could_not_take_are_recorded_at_the_next_try() {
    let answers = Answers::first(vec![refused("21610"), refused("21211"), later("429")]);
    let (world, provider) = of_a_pool("twilio", answers, NOON).await;
    bulk(&world, world.tenant, 5).await;
    fails(&world, 2).await;
    tokio::time::timeout(BOUND, world.engine().round())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(statuses(&world).await, "2 failed, 1 queued, 2 sent");
    assert_eq!(provider.sent().len(), 5, "each was handed over once");
    let revoked = "select count(*) from recipients where tenant_id = $1 and suppressed_reason = 'carrier'";
    assert_eq!(world.text(revoked).await, "1");
    assert_sound(&world).await;
}

#[tokio::test]
async fn outcomes_are_recorded_when_the_backend_that_writes_them_is_ended() {
    let (world, _, passed) = handed_over(3, Answers::calm()).await;
    let (other, recording) = held_up_and_ended(&world, passed, Instant::now() + BOUND).await;
    other.close().await.unwrap();
    ended(recording).await.unwrap();
    assert_eq!(statuses(&world).await, "3 sent");
}

#[tokio::test]
async fn a_try_that_is_held_up_is_given_up_when_the_lease_has_ended() {
    let (world, _, passed) = handed_over(1, Answers::calm()).await;
    let (other, recording) = held_up_and_ended(&world, passed, Instant::now()).await;
    assert!(ended(recording).await.is_err());
    other.close().await.unwrap();
    assert_eq!(
        statuses(&world).await,
        "1 sending",
        "its lease says what comes next"
    );
}

#[tokio::test]
async fn outcomes_whose_commit_was_not_answered_do_nothing_when_they_are_recorded_again() {
    let (world, _, passed) = handed_over(10, Answers::calm()).await;
    let outcomes = [
        Outcome::Accepted {
            external_id: "x".to_owned(),
        },
        Outcome::Unknown {
            detail: "500".to_owned(),
        },
        refused("21610"),
        refused("21211"),
        refused("30006"),
        refused("30007"),
        refused("21408"),
        later("429"),
        later("no_connection"),
        later("not_begun"),
    ];
    let landed: Vec<Landed> = passed
        .ready
        .iter()
        .zip(outcomes)
        .map(|(one, outcome)| one.landed(outcome))
        .collect();
    hand_over::record_until(&world.app, world.tenant, &landed, Instant::now())
        .await
        .unwrap();
    let before = written(&world).await;
    assert!(
        before.contains("review_tasks: (") && before.contains("consent_events: ("),
        "{before}"
    );
    hand_over::record_until(&world.app, world.tenant, &landed, Instant::now())
        .await
        .unwrap();
    assert_eq!(before, written(&world).await);
    assert_sound(&world).await;
}

#[tokio::test]
async fn a_database_that_stays_in_trouble_is_given_up_when_the_lease_has_ended() {
    let (world, _, passed) = handed_over(1, Answers::calm()).await;
    fails(&world, 1_000_000).await;
    let landed = hand_over::hand_over(&world.app, world.tenant, passed.ready).await;
    let recording = hand_over::record_until(&world.app, world.tenant, &landed, Instant::now());
    let failed = tokio::time::timeout(BOUND, recording).await.unwrap();
    assert!(failed.is_err());
    assert!(tries(&world).await > 2, "it was tried again and again until then");
    assert_eq!(
        statuses(&world).await,
        "1 sending",
        "its lease says what comes next"
    );
}

#[tokio::test]
async fn what_the_database_never_takes_is_not_tried_again() {
    let (world, _, passed) = handed_over(1, Answers::calm()).await;
    world
        .run("create sequence tries; create function never() returns trigger language plpgsql security definer as
              $body$ begin perform nextval('tries'); raise exception 'never' using errcode = '23514'; end $body$;
              create trigger never before update on messages for each row execute function never()")
        .await;
    let landed = hand_over::hand_over(&world.app, world.tenant, passed.ready).await;
    let failed = hand_over::record_until(&world.app, world.tenant, &landed, Instant::now() + BOUND).await;
    assert!(failed.is_err());
    assert_eq!(tries(&world).await, 1);
}

#[tokio::test]
async fn who_verifies_a_connection_while_its_outage_ends_waits_and_neither_fails() {
    let (world, _) = of_a_pool("twilio", Answers::calm(), NOON).await;
    let own = "select id from tenant_channel_settings where tenant_id = $1 and channel = 'sms'";
    let connection: Uuid = world.text(own).await.parse().unwrap();
    let signs = |sign, times| BTreeMap::from([(connection, vec![sign; times])]);
    let mut tx = world.tx().await;
    circuit::feed(&mut tx, &signs(Sign::Outage, 5)).await.unwrap();
    tx.commit().await.unwrap();
    // as `verify` does: the connections first, and what it found last
    let mut verifying = world.tx().await;
    connections::activate(&mut verifying, "sms by sandbox")
        .await
        .unwrap();
    let mut recording = world.tx().await;
    let answered = signs(Sign::Answered, 1);
    let mut recorded = JoinSet::new();
    recorded.spawn(async move {
        circuit::feed(&mut recording, &answered).await?;
        recording.commit().await
    });
    who_waits(&world).await;
    circuit::close(&mut verifying, connection).await.unwrap();
    verifying.commit().await.unwrap();
    ended(recorded).await.unwrap();
    let state = "select count(*) from connection_circuits where tenant_id = $1";
    assert_eq!(world.text(state).await, "0");
}
