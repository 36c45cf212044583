//! What becomes of a message, an address and a consent when providers tell of them, in whatever order.
use super::side::{Side, event, side, status};
use crate::support::moment;
use providers::{BounceClass, Event, EventKind};
use rules::channel::Channel;

fn bounce(key: &str, external_id: &str, address: &str, class: BounceClass) -> Event {
    let kind = EventKind::Bounce {
        message_id: None,
        external_id: external_id.to_owned(),
        address: address.to_owned(),
        class,
        code: Some("4.2.2".to_owned()),
    };
    event(key, kind)
}

async fn of_address(side: &Side, address: &str) -> String {
    side.world
        .text(&format!(
            "select address_status || ':' || coalesce(suppressed_scope || '/' || suppressed_reason, '-') || ':' || unreachable_count
             from recipients where tenant_id = $1 and channel = 'email' and address = '{address}'"
        ))
        .await
}

async fn of_message(side: &Side, external_id: &str) -> String {
    side.world
        .text(&format!(
            "select status from messages where tenant_id = $1 and external_id = '{external_id}'"
        ))
        .await
}

async fn of_event(side: &Side, key: &str) -> String {
    side.world
        .text(&format!(
            "select coalesce(outcome, 'waits') from provider_events where tenant_id = $1 and event_key = '{key}'"
        ))
        .await
}

/// Every order of so many.
fn orders(number: usize) -> Vec<Vec<usize>> {
    if number == 0 {
        return vec![Vec::new()];
    }
    orders(number - 1)
        .into_iter()
        .flat_map(|order| {
            (0..number).map(move |at| {
                let mut longer = order.clone();
                longer.insert(at, number - 1);
                longer
            })
        })
        .collect()
}

#[tokio::test]
async fn in_every_order_and_doubled_the_events_of_a_message_end_alike() {
    let side = side("ses").await;
    let mut ends = Vec::new();
    let orders = orders(4);
    assert_eq!(orders.len(), 24);
    for (number, order) in orders.iter().enumerate() {
        let (name, address) = (format!("m{number}"), format!("a{number}@example.com"));
        side.sent(&name, &address).await;
        let key = |what: &str| format!("{name} {what}");
        let told = [
            status(&key("sent"), &name, "sent"),
            bounce(&key("soft"), &name, &address, BounceClass::Soft),
            status(&key("delivered"), &name, "delivered"),
            status(&key("read"), &name, "read"),
        ];
        for at in order {
            side.tell(&[told[*at].clone(), told[*at].clone()]).await;
            side.apply().await;
            side.tell(&[told[order[0]].clone()]).await;
        }
        side.apply().await;
        ends.push((of_message(&side, &name).await, of_address(&side, &address).await));
    }
    for end in &ends {
        assert_eq!(*end, ("read".to_owned(), "valid:-:0".to_owned()));
    }
    assert_eq!(side.stored().await, "96");
}

#[tokio::test]
async fn a_hard_bounce_ends_the_address_and_an_ignored_one_the_message_only() {
    let side = side("ses").await;
    side.sent("m1", "ann@example.com").await;
    side.sent("m2", "ben@example.com").await;
    side.tell(&[
        bounce("1", "m1", "Ann@Example.com", BounceClass::Hard),
        bounce("2", "m2", "ben@example.com", BounceClass::Ignored),
    ])
    .await;
    side.apply().await;
    assert_eq!(
        of_address(&side, "ann@example.com").await,
        "invalid:all/hard_bounce:0"
    );
    assert_eq!(of_address(&side, "ben@example.com").await, "valid:-:0");
    assert_eq!(of_message(&side, "m1").await, "undelivered");
    assert_eq!(of_message(&side, "m2").await, "undelivered");
    let said = "select count(*) from consent_events where tenant_id = $1";
    assert_eq!(
        side.world.text(said).await,
        "0",
        "a bounce is no word about consent"
    );
}

#[tokio::test]
async fn five_soft_bounces_in_a_row_end_the_address_and_a_delivery_begins_the_row_again() {
    let side = side("ses").await;
    for number in 0..9 {
        let name = format!("m{number}");
        side.sent(&name, "ann@example.com").await;
        if number == 3 {
            side.tell(&[status(&format!("s{number}"), &name, "delivered")])
                .await;
        } else {
            let soft = bounce(&format!("b{number}"), &name, "ann@example.com", BounceClass::Soft);
            side.tell(&[soft]).await;
        }
        side.apply().await;
        let right = match number {
            0..=2 => format!("valid:-:{}", number + 1),
            3 => "valid:-:0".to_owned(),
            4..=7 => format!("valid:-:{}", number - 3),
            _ => "invalid:all/hard_bounce:5".to_owned(),
        };
        assert_eq!(of_address(&side, "ann@example.com").await, right, "{number}");
    }
}

#[tokio::test]
async fn a_complaint_stops_marketing_once_however_often_it_is_told() {
    let side = side("ses").await;
    side.sent("m1", "ann@example.com").await;
    for key in ["1", "2", "3"] {
        let kind = EventKind::Complaint {
            message_id: None,
            external_id: "m1".to_owned(),
            address: "ann@example.com".to_owned(),
        };
        side.tell(&[event(key, kind)]).await;
    }
    side.apply().await;
    assert_eq!(
        of_address(&side, "ann@example.com").await,
        "valid:marketing/complaint:0"
    );
    let said = "select string_agg(kind || ':' || scope || ':' || source, ' ') from consent_events where tenant_id = $1";
    assert_eq!(side.world.text(said).await, "opted_out:marketing:carrier");
}

#[tokio::test]
async fn the_newest_choice_in_the_channels_settings_is_in_force_whichever_came_first() {
    for order in [[0, 1], [1, 0]] {
        let side = side("whatsapp").await;
        let choice = |key: &str, marketing: bool, at: &str| Event {
            occurred_at: moment(at),
            ..event(
                key,
                EventKind::Preference {
                    channel: Channel::Whatsapp,
                    address: "+15045230001".to_owned(),
                    marketing,
                },
            )
        };
        let told = [
            choice("granted", true, "2026-03-02T14:00:00Z"),
            choice("revoked", false, "2026-03-02T14:30:00Z"),
        ];
        for at in order {
            side.tell(&[told[at].clone()]).await;
            side.apply().await;
        }
        let suppressed = "select suppressed_scope || '/' || suppressed_reason from recipients where tenant_id = $1 and channel = 'whatsapp'";
        assert_eq!(
            side.world.text(suppressed).await,
            "marketing/keyword",
            "{order:?}"
        );
        side.tell(&[choice("again", true, "2026-03-02T14:45:00Z")]).await;
        side.apply().await;
        assert_eq!(side.world.text(suppressed).await, "", "{order:?}");
    }
}

#[tokio::test]
async fn what_is_said_of_the_account_becomes_one_task_however_often_it_is_told() {
    let side = side("whatsapp").await;
    let kind = EventKind::Account {
        code: "quality".to_owned(),
        detail: "RED".to_owned(),
    };
    side.tell(&[event("1", kind.clone()), event("2", kind)]).await;
    side.apply().await;
    let task = "select string_agg(kind || ' ' || said, ';') from review_tasks where tenant_id = $1";
    assert_eq!(
        side.world.text(task).await,
        "account_event quality: RED; told by signing"
    );
}

#[tokio::test]
async fn a_report_that_comes_before_its_message_is_known_waits_for_it_and_holds_up_nobody() {
    let side = side("ses").await;
    side.tell(&[
        status("early", "m1", "delivered"),
        bounce("of nobody", "m2", "ann@example.com", BounceClass::Hard),
    ])
    .await;
    side.apply().await;
    assert_eq!(of_event(&side, "early").await, "waits");
    let waiting = server::inbound::apply::tenants_with_events(&side.app, None)
        .await
        .unwrap();
    assert!(waiting.is_empty(), "a tenant that waits may send");
    side.sent("m1", "ben@example.com").await;
    let next = server::inbound::apply::next_wait(&side.app, side.app.clock.now())
        .await
        .unwrap();
    side.app.clock.move_to(next.unwrap());
    side.apply().await;
    assert_eq!(of_event(&side, "early").await, "applied");
    assert_eq!(of_message(&side, "m1").await, "delivered");
    // nobody ever hears of the other: it is put off a few times, then what it says of the address counts
    let mut waits = 1;
    while let Some(next) = server::inbound::apply::next_wait(&side.app, side.app.clock.now())
        .await
        .unwrap()
    {
        waits += 1;
        side.app.clock.move_to(next);
        side.apply().await;
    }
    assert_eq!(waits, 6);
    assert!(side.app.clock.now() < moment("2026-03-02T15:10:00Z"));
    assert_eq!(of_event(&side, "of nobody").await, "unknown_message");
    assert_eq!(
        of_address(&side, "ann@example.com").await,
        "invalid:all/hard_bounce:0"
    );
}
