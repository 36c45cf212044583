//! Of somebody whom WhatsApp names by an id alone: what they choose under it holds for their number, whichever is known first.
use super::{ANN, NOBODYS, all_is_sound, hear, ours, told};
use crate::support::people::customer;
use crate::support::{World, world};
use providers::{Event, EventKind, Inbound};
use rules::channel::Channel;
use server::messages::reply::{self, NewReply, ReplyError};

async fn suppressed(world: &World, address: &str) -> String {
    let sql = format!(
        "select coalesce(suppressed_scope, 'open') from recipients
         where tenant_id = $1 and channel = 'whatsapp' and address = '{address}'"
    );
    world.text(&sql).await
}

/// Somebody chose in WhatsApp's settings whether marketing may come.
async fn chose(world: &World, key: &str, name: &str, marketing: bool) {
    let event = Event {
        key: key.to_owned(),
        our_address: ours(world, Channel::Whatsapp).await,
        occurred_at: world.app.clock.now(),
        kind: EventKind::Preference {
            channel: Channel::Whatsapp,
            address: name.to_owned(),
            marketing,
        },
    };
    hear(world, &[event]).await;
}

/// They write, and WhatsApp tells nothing of them but the id.
async fn writes_by_id(world: &World, key: &str, id: &str, body: &str) {
    let to = ours(world, Channel::Whatsapp).await;
    let said = Inbound {
        user_id: Some(id.to_owned()),
        ..Inbound::text(key, Channel::Whatsapp, (id, &to), body)
    };
    hear(world, &[told(world, &said)]).await;
}

/// Each customer: their numbers, and what they allowed by WhatsApp under which address.
async fn customers(world: &World) -> Vec<String> {
    let sql = "select coalesce(string_agg(line, ';' order by line), '') from (
                 select concat_ws(' ', coalesce(first_name, 'nobody'), c.phone, 'wa', coalesce(c.whatsapp_number, '-'), k.address, k.status) as line
                 from customers c left join consents k on k.tenant_id = $1 and k.customer_id = c.id and k.channel = 'whatsapp'
                 where c.tenant_id = $1) as lines";
    let lines = world.text(sql).await;
    lines.split(';').map(str::to_owned).collect()
}

/// The customer of each thread, by their address.
async fn threads(world: &World) -> String {
    let sql = "select string_agg(concat_ws(' ', n.their_address, coalesce(c.first_name, c.whatsapp_number, 'unknown'), n.inbound_count), ';' order by n.their_address)
               from conversations n left join customers c on c.tenant_id = $1 and c.id = n.customer_id where n.tenant_id = $1";
    world.text(sql).await
}

/// They write under their number, and WhatsApp tells the id as well.
async fn writes_as(world: &World, key: &str, number: &str, id: &str) {
    let to = ours(world, Channel::Whatsapp).await;
    let said = Inbound {
        user_id: Some(id.to_owned()),
        ..Inbound::text(key, Channel::Whatsapp, (number, &to), "Hi")
    };
    hear(world, &[told(world, &said)]).await;
}

#[tokio::test]
async fn a_choice_under_an_id_alone_is_that_of_the_number_that_it_is_known_by() {
    let world = world().await;
    writes_as(&world, "1", ANN, "US.abc").await;
    chose(&world, "2", "US.abc", false).await;
    assert_eq!(suppressed(&world, ANN).await, "marketing");
    world.at("2026-03-02T15:01:00Z");
    chose(&world, "3", "US.abc", true).await;
    assert_eq!(suppressed(&world, ANN).await, "open");
    // WhatsApp alone is meant, and nobody else
    let others = "select count(*) from recipients where tenant_id = $1 and suppressed_scope is not null";
    assert_eq!(world.text(others).await, "0");
}

#[tokio::test]
async fn who_stopped_marketing_under_an_id_gets_none_under_the_number_that_becomes_known() {
    let world = world().await;
    chose(&world, "1", "US.xyz", false).await;
    assert_eq!(suppressed(&world, "US.xyz").await, "marketing");
    writes_as(&world, "2", NOBODYS, "US.xyz").await;
    assert_eq!(suppressed(&world, NOBODYS).await, "marketing");
    let scopes = "select string_agg(distinct scope, ',') from consent_events where tenant_id = $1 and kind = 'opted_out'";
    assert_eq!(world.text(scopes).await, "marketing");
    // who took it back under the id is in
    chose(&world, "3", "US.in", false).await;
    world.at("2026-03-02T15:01:00Z");
    chose(&world, "4", "US.in", true).await;
    writes_as(&world, "5", ANN, "US.in").await;
    assert_eq!(suppressed(&world, ANN).await, "open");
}

#[tokio::test]
async fn who_said_stop_and_chose_no_marketing_under_an_id_is_out_of_everything() {
    let world = world().await;
    let to = ours(&world, Channel::Whatsapp).await;
    let stop = Inbound::text("1", Channel::Whatsapp, ("US.xyz", &to), "STOP");
    hear(&world, &[told(&world, &stop)]).await;
    world.at("2026-03-02T15:01:00Z");
    chose(&world, "2", "US.xyz", false).await;
    writes_as(&world, "3", NOBODYS, "US.xyz").await;
    assert_eq!(suppressed(&world, NOBODYS).await, "all");
}

#[tokio::test]
async fn a_choice_that_is_told_while_the_number_is_being_learned_reaches_it() {
    for round in 0..4 {
        let world = world().await;
        writes_as(&world, "0", ANN, "US.other").await;
        let learns = async { writes_as(&world, "1", ANN, "US.abc").await };
        let chooses = async { chose(&world, "2", "US.abc", false).await };
        if round % 2 == 0 {
            tokio::join!(learns, chooses);
        } else {
            tokio::join!(chooses, learns);
        }
        assert_eq!(suppressed(&world, ANN).await, "marketing", "{round}");
    }
}

#[tokio::test]
async fn whom_whatsapp_names_by_an_id_alone_is_one_customer_and_has_the_number_once_it_is_told() {
    let world = world().await;
    writes_by_id(&world, "1", "US.xyz", "Do you fix taps?").await;
    writes_by_id(&world, "2", "US.xyz", "STOP").await;
    assert_eq!(customers(&world).await, ["nobody wa - US.xyz opted_out"]);
    assert_eq!(threads(&world).await, "US.xyz unknown 2");
    writes_as(&world, "3", NOBODYS, "US.xyz").await;
    let now = customers(&world).await;
    assert_eq!(now.len(), 1, "{now:?}");
    assert!(now[0].starts_with(&format!("nobody wa {NOBODYS} ")), "{now:?}");
    assert!(now[0].ends_with(" opted_out"), "{now:?}");
    assert_eq!(suppressed(&world, NOBODYS).await, "all");
    assert_eq!(
        threads(&world).await,
        format!("{NOBODYS} {NOBODYS} 1;US.xyz {NOBODYS} 2")
    );
    // from then on the id is another name of the number
    writes_by_id(&world, "4", "US.xyz", "Hello?").await;
    assert_eq!(
        threads(&world).await,
        format!("{NOBODYS} {NOBODYS} 2;US.xyz {NOBODYS} 2")
    );
    assert_eq!(customers(&world).await.len(), 1);
    all_is_sound(&world).await;
}

#[tokio::test]
async fn an_id_that_turns_out_to_be_of_a_customer_is_theirs_and_what_it_opted_out_of_holds_for_them() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    writes_by_id(&world, "1", "US.abc", "STOP").await;
    world.at("2026-03-02T15:01:00Z");
    writes_as(&world, "2", ANN, "US.abc").await;
    assert_eq!(suppressed(&world, ANN).await, "all");
    let said = "select string_agg(distinct to_char(occurred_at at time zone 'UTC', 'HH24:MI'), ',')
                from consent_events where tenant_id = $1 and channel = 'whatsapp'";
    assert_eq!(world.text(said).await, "15:00", "it counts from when it was said");
    assert_eq!(
        customers(&world).await.len(),
        2,
        "what was said as a stranger stays where it was said"
    );
    assert_eq!(threads(&world).await, format!("{ANN} Ann 1;US.abc unknown 1"));
    writes_by_id(&world, "3", "US.abc", "Are you there?").await;
    assert_eq!(threads(&world).await, format!("{ANN} Ann 2;US.abc unknown 1"));
    let old = world
        .text("select id from conversations where tenant_id = $1 and their_address = 'US.abc'")
        .await;
    let answer = NewReply {
        body: "Yes".to_owned(),
        media_urls: Vec::new(),
        at: None,
    };
    let refused = reply::reply(&mut world.tx().await, old.parse().unwrap(), &answer).await;
    assert!(matches!(refused, Err(ReplyError::KnownByNumber)), "{refused:?}");
    all_is_sound(&world).await;
}

#[tokio::test]
async fn what_is_said_under_an_id_is_heard_though_the_number_that_comes_with_it_is_none() {
    let world = world().await;
    writes_by_id(&world, "1", "US.odd", "Hello").await;
    let none = "+15";
    writes_as(&world, "2", none, "US.odd").await;
    writes_by_id(&world, "3", "US.odd", "STOP").await;
    assert_eq!(suppressed(&world, none).await, "all");
    let unheard = "select count(*) from provider_events where tenant_id = $1 and applied_at is null";
    assert_eq!(world.text(unheard).await, "0");
}
