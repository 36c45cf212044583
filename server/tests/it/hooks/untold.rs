//! A text of which a provider's list tells without its words: it may be a STOP, so nothing goes to whom it is from until somebody knows.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::missed::{ANN, known, listing, missed, started, written};
use super::side::{Side, event};
use crate::support::moment;
use crate::support::people::{customer, job, plumbing};
use providers::event::UNTOLD;
use providers::{Event, EventKind, Inbound};
use rules::channel::Channel;
use server::doctor::deep;
use server::engine::Engine;
use server::ids::Noun;
use server::messages::reply::{self, NewReply, ReplyError};
use server::messages::tasks;
use std::collections::BTreeSet;

const BEN: &str = "+15045230002";

/// A text of Ann's, as a list without words has it.
fn untold(id: &str, at: &str) -> Event {
    let text = Inbound {
        is_untold: true,
        ..Inbound::text(id, Channel::Sms, (ANN, "ours"), "")
    };
    Event {
        our_address: "ours".to_owned(),
        occurred_at: moment(at),
        ..event(&format!("{id}:received{UNTOLD}"), EventKind::Inbound(text))
    }
}

/// Its call.
fn call(id: &str, body: &str, at: &str) -> Event {
    let mut call = written(id, body, at);
    call.key = format!("{id}:received");
    call.our_address = "ours".to_owned();
    call
}

/// Ann and Ben, whose follow-ups are due at three in the afternoon of the fourth.
async fn with_due(events: &[Event]) -> Side {
    let side = listing(events).await;
    plumbing(&side.world).await;
    for (name, phone) in [("Ann", ANN), ("Ben", BEN)] {
        let person = customer(&side.world, name, phone).await;
        job(&side.world, person, name, Some("2026-03-02T15:00:00Z")).await;
    }
    side.world.at("2026-03-04T15:00:00Z");
    side
}

/// To whom something went, in turn.
fn went(side: &Side) -> Vec<String> {
    let sent = side.provider.sent.lock().unwrap();
    sent.iter().map(|request| request.to.clone()).collect()
}

async fn rounds(engine: &Engine) {
    for _ in 0..3 {
        engine.round().await.unwrap();
    }
}

async fn open_tasks(side: &Side) -> Vec<tasks::Task> {
    let filter = tasks::Filter {
        kind: Some("untold_text".to_owned()),
        limit: 10,
        ..tasks::Filter::default()
    };
    let mut tx = side.world.tx().await;
    tasks::list(&mut tx, &filter).await.unwrap().tasks
}

async fn outcomes(side: &Side) -> String {
    let sql = "select string_agg(event_key || ' ' || coalesce(outcome, 'waits'), ', ' order by event_key) from provider_events
               where tenant_id = $1";
    side.world.text(sql).await
}

async fn is_sound(side: &Side) {
    for found in deep::tenant(&side.app, side.world.tenant).await.unwrap() {
        // this one's connection is a test's
        assert!(found.holds() || found.check == "connections", "{found:#?}");
    }
}

#[tokio::test]
async fn nothing_goes_to_whom_an_untold_text_is_from_until_a_person_has_looked() {
    let side = with_due(&[untold("m1", "2026-03-04T14:00:00Z")]).await;
    let engine = Engine::new(side.app.clone());
    started(&engine).await;
    rounds(&engine).await;
    assert_eq!(missed(&side).await, Some(1));
    assert_eq!(went(&side), [BEN], "of others nothing is held back");
    let comes_again = "select to_char(due_at at time zone 'UTC', 'HH24:MI:SS') from messages where tenant_id = $1 and status = 'queued'";
    assert_eq!(
        side.world.text(comes_again).await,
        "15:00:10",
        "it is not among the oldest that are looked at first"
    );
    let open = open_tasks(&side).await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].name.as_deref(), Some("Ann"));
    assert!(
        open[0]
            .said
            .starts_with("m1: a text that twilio lists as received at 2026-03-04 14:00 UTC"),
        "{}",
        open[0].said
    );
    assert!(
        !open[0].said.contains("cnv_") && !open[0].said.contains(ANN),
        "{}",
        open[0].said
    );
    is_sound(&side).await;

    // an hour later it is the same, and no second task is opened
    side.world.at("2026-03-04T16:00:00Z");
    started(&engine).await;
    rounds(&engine).await;
    assert_eq!(went(&side), [BEN]);
    assert_eq!(open_tasks(&side).await.len(), 1);

    let mut tx = side.world.tx().await;
    tasks::close(&mut tx, open[0].id, "Sam", "She asked for another day.")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    side.world.at("2026-03-04T16:10:00Z");
    rounds(&engine).await;
    assert_eq!(outcomes(&side).await, "m1:received:untold looked_into");
    assert_eq!(went(&side), [BEN, ANN]);
    is_sound(&side).await;
}

#[tokio::test]
async fn an_untold_text_whose_call_comes_after_all_is_what_it_says_and_its_task_is_closed() {
    let side = with_due(&[untold("m1", "2026-03-04T14:00:00Z")]).await;
    let engine = Engine::new(side.app.clone());
    started(&engine).await;
    rounds(&engine).await;
    assert_eq!(open_tasks(&side).await.len(), 1);
    side.tell(&[call("m1", "STOP", "2026-03-04T15:00:00Z")]).await;
    side.world.at("2026-03-04T15:10:00Z");
    rounds(&engine).await;
    assert_eq!(
        outcomes(&side).await,
        "m1:received opted_out, m1:received:untold told_after_all"
    );
    assert_eq!(known(&side).await, "3 all keyword 2 1");
    assert_eq!(open_tasks(&side).await, []);
    let closed = "select closed_by || ': ' || closed_because from review_tasks where tenant_id = $1";
    assert_eq!(
        side.world.text(closed).await,
        "courtesy: Its call came after all."
    );
    is_sound(&side).await;
}

#[tokio::test]
async fn a_late_call_asks_nobody_and_one_that_was_heard_is_not_missed() {
    let listed = [
        untold("m1", "2026-03-04T14:58:00Z"),
        untold("m2", "2026-03-04T14:00:00Z"),
    ];
    let side = with_due(&listed).await;
    side.tell(&[call("m2", "Thanks!", "2026-03-04T14:00:01Z")]).await;
    let engine = Engine::new(side.app.clone());
    started(&engine).await;
    rounds(&engine).await;
    assert_eq!(missed(&side).await, Some(1));
    assert_eq!(
        outcomes(&side).await,
        "m1:received:untold waits, m2:received replied"
    );
    assert_eq!(open_tasks(&side).await, [], "two minutes are no reason to ask");
    side.tell(&[call("m1", "See you", "2026-03-04T14:58:01Z")]).await;
    side.world.at("2026-03-04T15:09:00Z");
    rounds(&engine).await;
    assert_eq!(
        outcomes(&side).await,
        "m1:received replied, m1:received:untold told_after_all, m2:received replied"
    );
    let asked = "select count(*) from review_tasks where tenant_id = $1";
    assert_eq!(side.world.text(asked).await, "0");
    is_sound(&side).await;
}

#[tokio::test]
async fn a_list_that_names_texts_otherwise_than_calls_do_asks_about_none_of_those_that_were_told() {
    let listed = [
        untold("l1", "2026-03-04T14:00:00Z"),
        untold("l2", "2026-03-04T14:10:00Z"),
        // of the same minute as one that is listed under the name of its call
        untold("m3", "2026-03-04T14:20:00Z"),
        untold("l3", "2026-03-04T14:20:01Z"),
    ];
    let side = with_due(&listed).await;
    side.tell(&[
        call("m1", "Thanks!", "2026-03-04T14:01:59Z"),
        call("m2", "Thanks!", "2026-03-04T14:12:01Z"),
        call("m3", "Thanks!", "2026-03-04T14:20:01Z"),
    ])
    .await;
    let engine = Engine::new(side.app.clone());
    started(&engine).await;
    rounds(&engine).await;
    let open = open_tasks(&side).await;
    let about: BTreeSet<&str> = open
        .iter()
        .filter_map(|task| task.said.split(':').next())
        .collect();
    assert_eq!(
        about,
        BTreeSet::from(["l2", "l3"]),
        "two minutes apart, or listed twice"
    );
}

#[tokio::test]
async fn the_task_of_an_untold_text_names_its_conversation_in_which_nobody_is_answered_until_it_is_closed() {
    let side = with_due(&[]).await;
    side.tell(&[call("m0", "Hello", "2026-03-04T13:00:00Z")]).await;
    side.apply().await;
    *side.provider.received.lock().unwrap() =
        Some(vec![serde_json::json!([untold("m1", "2026-03-04T14:00:00Z")])]);
    let engine = Engine::new(side.app.clone());
    started(&engine).await;
    side.apply().await;
    let id = side
        .world
        .text("select 'cnv_' || replace(id::text, '-', '') from conversations where tenant_id = $1")
        .await;
    let named = format!("Their conversation: {id}.");
    let open = open_tasks(&side).await;
    assert!(open[0].said.ends_with(&named), "{}", open[0].said);
    let answer = NewReply {
        body: "What did you write?".to_owned(),
        media_urls: Vec::new(),
        at: None,
    };
    let id = Noun::Conversation.read(&id).unwrap();
    let refused = reply::reply(&mut side.world.tx().await, id, &answer).await;
    assert!(matches!(refused, Err(ReplyError::Unheard)), "{refused:?}");
    let mut tx = side.world.tx().await;
    tasks::close(&mut tx, open[0].id, "Sam", "Nobody knows.")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    side.world.at("2026-03-04T15:10:00Z");
    side.apply().await;
    reply::reply(&mut side.world.tx().await, id, &answer)
        .await
        .unwrap();
}
