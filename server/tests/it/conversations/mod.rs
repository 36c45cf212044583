//! The inbox: every message is in one conversation, whoever wrote and however often it is told, and its counts are true.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::{customer, job, live, plumbing};
use crate::support::{World, world, world_with};
use providers::sandbox::{Act, Script};
use providers::{Event, EventKind, Inbound};
use rules::channel::Channel;
use server::conversations::{self, Filter, Listed, Status};
use server::doctor::deep;
use server::inbound;
use std::time::Duration;

mod answered;
mod files;
mod inbox;
mod keywords;
mod machines;
mod names;
mod order;
mod replies;
mod spellings;
mod unread;
mod whatsapp;

pub const ANN: &str = "+15045230001";
/// Of somebody whom nobody knows.
pub const NOBODYS: &str = "+15045237777";

/// The address of ours on a channel.
pub async fn ours(world: &World, channel: Channel) -> String {
    let sql = format!(
        "select sender_address from tenant_channel_settings where tenant_id = $1 and channel = '{}' order by created_at limit 1",
        channel.name()
    );
    world.text(&sql).await
}

/// A message of theirs at the world's time, as the provider would tell it. The key is its name at the provider.
pub fn told(world: &World, said: &Inbound) -> Event {
    Event {
        key: said.external_id.clone(),
        our_address: said.to.clone(),
        occurred_at: world.app.clock.now(),
        kind: EventKind::Inbound(said.clone()),
    }
}

/// Hears events and applies them.
pub async fn hear(world: &World, events: &[Event]) {
    inbound::keep(&world.app, "sandbox", events).await.unwrap();
    inbound::apply::apply(&world.app, world.tenant, 100)
        .await
        .unwrap();
}

/// They write a text.
pub async fn writes(world: &World, key: &str, from: &str, body: &str) {
    let to = ours(world, Channel::Sms).await;
    let said = Inbound::text(key, Channel::Sms, (from, &to), body);
    hear(world, &[told(world, &said)]).await;
}

/// All conversations.
pub async fn all(world: &World) -> Vec<Listed> {
    let filter = Filter {
        limit: 100,
        ..Filter::default()
    };
    let mut tx = world.tx().await;
    conversations::list(&mut tx, &filter).await.unwrap().conversations
}

/// The doctor has nothing to say of the threads.
pub async fn threads_are_true(world: &World) {
    let found = deep::tenant(&world.app, world.tenant).await.unwrap();
    let threads = found.into_iter().find(|one| one.check == "threads").unwrap();
    assert!(threads.holds() && threads.looked_at > 0, "{threads:?}");
}

/// Nothing that the doctor checks of a tenant is broken.
pub async fn all_is_sound(world: &World) {
    for found in deep::tenant(&world.app, world.tenant).await.unwrap() {
        assert!(found.holds(), "{found:?}");
    }
}

#[tokio::test]
async fn what_went_and_what_came_is_one_thread_with_true_counts() {
    let reply = Act::Reply {
        after: Duration::from_secs(600),
        body: "Great work!".to_owned(),
    };
    let world = world_with(Script::acts(vec![(ANN.to_owned(), vec![Act::Deliver, reply])])).await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
    live(&world, "2026-03-10T14:00:00Z").await;
    let found = all(&world).await;
    assert_eq!(found.len(), 1);
    let (one, about) = (&found[0], &found[0].conversation);
    assert_eq!(
        (about.inbound_count, about.outbound_count, about.unread),
        (1, 1, 1)
    );
    assert_eq!((about.their_address.as_str(), about.customer), (ANN, Some(ann)));
    assert_eq!(about.our_address, ours(&world, Channel::Sms).await);
    assert_eq!(
        (one.name.as_deref(), one.last_body.as_deref()),
        (Some("Ann"), Some("Great work!"))
    );
    assert_eq!(one.last_message_at, about.last_inbound_at);
    assert_eq!(
        world
            .text("select count(*) from conversations where tenant_id = $1 and campaign_id is not null and message_count = 2")
            .await,
        "1"
    );
    threads_are_true(&world).await;
    let mut tx = world.tx().await;
    let shown = conversations::show(&mut tx, about.id, None, 1).await.unwrap();
    assert_eq!(shown.messages[0].body, "Great work!");
    let before = shown.earlier.unwrap();
    let earlier = conversations::show(&mut tx, about.id, Some(before), 1)
        .await
        .unwrap();
    assert!(!earlier.messages[0].is_theirs && earlier.earlier.is_none());
}

#[tokio::test]
async fn a_message_that_is_held_is_in_no_thread_until_it_goes_and_counts_once_however_often_it_is_tried() {
    let again = || Act::RateLimit {
        after: Duration::from_secs(60),
    };
    let world = world_with(Script::acts(vec![(
        ANN.to_owned(),
        vec![again(), again(), Act::Deliver],
    )]))
    .await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some("2026-03-02T08:00:00Z")).await;
    // due at 2 o'clock in New Orleans
    live(&world, "2026-03-04T08:30:00Z").await;
    assert_eq!(all(&world).await.len(), 0);
    live(&world, "2026-03-04T20:00:00Z").await;
    let found = all(&world).await;
    assert_eq!(found[0].conversation.outbound_count, 1);
    assert_eq!(
        world
            .text("select attempts from messages where tenant_id = $1")
            .await,
        "3"
    );
    threads_are_true(&world).await;
}

#[tokio::test]
async fn a_message_that_is_tried_again_from_another_address_moves_to_that_thread() {
    let again = Act::RateLimit {
        after: Duration::from_secs(3600),
    };
    let world = world_with(Script::acts(vec![(ANN.to_owned(), vec![again, Act::Deliver])])).await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some("2026-03-02T16:00:00Z")).await;
    live(&world, "2026-03-04T16:10:00Z").await;
    let first = all(&world).await[0].conversation.clone();
    assert_eq!(first.outbound_count, 1);
    world
        .run("update tenant_channel_settings set sender_address = '+18880009999' where tenant_id = $1 and channel = 'sms'")
        .await;
    live(&world, "2026-03-04T18:00:00Z").await;
    let counts: Vec<(String, i32)> = all(&world)
        .await
        .into_iter()
        .map(|one| (one.conversation.our_address, one.conversation.outbound_count))
        .collect();
    assert!(counts.contains(&("+18880009999".to_owned(), 1)), "{counts:?}");
    assert!(counts.contains(&(first.our_address, 0)), "{counts:?}");
    threads_are_true(&world).await;
}

#[tokio::test]
async fn a_stranger_becomes_a_lead_of_whom_nothing_is_known_once() {
    let world = world().await;
    writes(&world, "1", NOBODYS, "Do you fix taps?").await;
    writes(&world, "2", NOBODYS, "Hello?").await;
    let found = all(&world).await;
    assert_eq!((found.len(), found[0].conversation.inbound_count), (1, 2));
    assert!(found[0].conversation.customer.is_some() && found[0].name.is_none());
    assert_eq!(
        world
            .text("select string_agg(concat_ws(' ', phone, stage, source, first_name, created_by), ',') from customers where tenant_id = $1")
            .await,
        format!("{NOBODYS} lead sms_campaign courtesy")
    );
    assert_eq!(
        world
            .text("select count(*) from consents where tenant_id = $1")
            .await,
        "0"
    );
    threads_are_true(&world).await;
}

#[tokio::test]
async fn who_only_says_stop_is_made_a_customer_once_and_is_opted_out_on_the_ledger() {
    let world = world().await;
    writes(&world, "1", NOBODYS, "STOP").await;
    writes(&world, "2", NOBODYS, "please stop texting me").await;
    let found = all(&world).await;
    assert_eq!((found.len(), found[0].conversation.inbound_count), (1, 2));
    let one = found[0].conversation.clone();
    let on_the_ledger = "select string_agg(concat_ws(' ', c.phone, c.stage, k.channel, k.status), ',')
                         from customers c left join consents k on k.tenant_id = $1 and k.customer_id = c.id where c.tenant_id = $1";
    assert_eq!(
        world.text(on_the_ledger).await,
        format!("{NOBODYS} lead sms opted_out")
    );
    assert!(one.customer.is_some());
    assert_eq!(one.opt_out_reason.as_deref(), Some("keyword"));
    assert_eq!(one.opted_out_at, Some(world.app.clock.now()));
    all_is_sound(&world).await;
}

#[tokio::test]
async fn a_customer_who_writes_on_another_channel_is_the_same_person() {
    let world = world().await;
    let ann = customer(&world, "Ann", ANN).await;
    let to = ours(&world, Channel::Whatsapp).await;
    let said = Inbound::text("1", Channel::Whatsapp, (ANN, &to), "Hi");
    hear(&world, &[told(&world, &said)]).await;
    let to = ours(&world, Channel::Email).await;
    let said = Inbound::text("2", Channel::Email, ("ANN@Example.com", &to.to_uppercase()), "Hi");
    let mut event = told(&world, &said);
    event.our_address = to;
    hear(&world, &[event]).await;
    let found = all(&world).await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|one| one.conversation.customer == Some(ann)));
    assert!(
        found
            .iter()
            .any(|one| one.conversation.their_address == "ann@example.com")
    );
    threads_are_true(&world).await;
}

#[tokio::test]
async fn two_addresses_of_ours_are_two_threads_with_one_person() {
    let world = world().await;
    let ann = customer(&world, "Ann", ANN).await;
    let other = "+18880001234";
    world
        .run(&format!(
            "insert into number_routes (channel, address, routed_tenant_id) values ('sms', '{other}', $1)"
        ))
        .await;
    writes(&world, "1", ANN, "Hi").await;
    let said = Inbound::text("2", Channel::Sms, (ANN, other), "Hi there");
    hear(&world, &[told(&world, &said)]).await;
    let found = all(&world).await;
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|one| one.conversation.customer == Some(ann) && one.conversation.inbound_count == 1)
    );
    // STOP to the one is STOP to both
    let said = Inbound::text("3", Channel::Sms, (ANN, other), "stop");
    hear(&world, &[told(&world, &said)]).await;
    assert!(
        all(&world)
            .await
            .iter()
            .all(|one| one.conversation.opted_out_at.is_some())
    );
    threads_are_true(&world).await;
}

#[tokio::test]
async fn counts_are_the_same_after_any_order_of_events_told_once_or_twice() {
    let mut outcomes = Vec::new();
    for turn in 0..4usize {
        let world = world().await;
        customer(&world, "Ann", ANN).await;
        let to = ours(&world, Channel::Sms).await;
        let mut events: Vec<Event> = ["Hi", "Are you there?", "HELP", "Thanks"]
            .iter()
            .enumerate()
            .map(|(at, body)| {
                let from = if at == 1 { NOBODYS } else { ANN };
                told(
                    &world,
                    &Inbound::text(&at.to_string(), Channel::Sms, (from, &to), body),
                )
            })
            .collect();
        events.rotate_left(turn);
        if turn % 2 == 1 {
            events.reverse();
        }
        for event in &events {
            hear(&world, std::slice::from_ref(event)).await;
            hear(&world, &events[..turn]).await;
        }
        live(&world, "2026-03-02T16:00:00Z").await;
        let mut counts: Vec<(String, i32, i32, i32)> = all(&world)
            .await
            .into_iter()
            .map(|one| one.conversation)
            .map(|one| {
                (
                    one.their_address,
                    one.inbound_count,
                    one.outbound_count,
                    one.unread,
                )
            })
            .collect();
        counts.sort();
        threads_are_true(&world).await;
        outcomes.push(counts);
    }
    let expected = vec![(ANN.to_owned(), 3, 1, 3), (NOBODYS.to_owned(), 1, 0, 1)];
    assert!(outcomes.iter().all(|counts| *counts == expected), "{outcomes:?}");
}

#[tokio::test]
async fn who_writes_opens_a_conversation_that_was_over_and_not_one_that_is_paused() {
    let world = world().await;
    writes(&world, "0", ANN, "Hi").await;
    let id = all(&world).await[0].conversation.id;
    for (turn, (before, after)) in [
        (Status::Completed, Status::Active),
        (Status::Archived, Status::Active),
        (Status::Paused, Status::Paused),
    ]
    .into_iter()
    .enumerate()
    {
        let mut tx = world.tx().await;
        conversations::set_status(&mut tx, id, before).await.unwrap();
        conversations::read(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        writes(&world, &format!("again {turn}"), ANN, "Hi again").await;
        let one = all(&world).await[0].conversation.clone();
        assert_eq!((one.status, one.unread), (after, 1));
    }
}
