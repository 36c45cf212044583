//! Numbers that WhatsApp spells in another way than we do are the same person's.
use super::{all, hear, ours, threads_are_true, told};
use crate::support::people::stranger;
use crate::support::scripted::{assert_sound, becomes, queued};
use crate::support::{World, moment, world};
use providers::Inbound;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus};
use server::consents::{self, NewConsent, Source};
use server::messages::NewMessage;
use uuid::Uuid;

/// Each number as a customer has it, and as WhatsApp spells it.
const TWINS: [(&str, &str); 4] = [
    ("+525512345678", "+5215512345678"),
    ("+5531987654321", "+553187654321"),
    ("+541123456789", "+5491123456789"),
    ("+5491123456789", "+541123456789"),
];

/// Has this number, also for WhatsApp, and agreed to be written to there.
async fn customer(world: &World, name: &str, number: &str) -> Uuid {
    let id = stranger(world, name, number, &format!("{name}@example.com")).await;
    world
        .run(&format!(
            "update customers set whatsapp_number = phone where tenant_id = $1 and id = '{id}'"
        ))
        .await;
    let proof = (Source::Staff, ConsentMethod::ServiceAgreement);
    let at = moment("2026-02-01T18:00:00Z");
    let consent = NewConsent::new(id, Channel::Whatsapp, number, ConsentStatus::OptedIn, at, proof);
    let mut tx = world.tx().await;
    consents::record(&mut tx, consent).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn writes(world: &World, key: &str, from: &str, body: &str) {
    let to = ours(world, Channel::Whatsapp).await;
    let said = Inbound::text(key, Channel::Whatsapp, (from, &to), body);
    hear(world, &[told(world, &said)]).await;
}

/// What becomes of a follow-up to this number.
async fn follow_up(world: &World, customer: Uuid, number: &str) -> String {
    becomes(world, |tx| NewMessage {
        channel: Channel::Whatsapp,
        customer: Some(customer),
        ..queued(tx, number, tx.now())
    })
    .await
}

#[tokio::test]
async fn a_stop_from_the_other_spelling_closes_the_number_that_we_send_to() {
    for (ours, theirs) in TWINS {
        let world = world().await;
        // it is day wherever they may be
        world.at("2026-03-02T18:00:00Z");
        let ann = customer(&world, "Ann", ours).await;
        // the window is that of the person, and so is the thread
        writes(&world, "1", theirs, "Hi").await;
        assert_eq!(follow_up(&world, ann, ours).await, "sent", "{ours}");
        world.at("2026-03-02T18:10:00Z");
        writes(&world, "2", theirs, "STOP").await;
        assert_eq!(follow_up(&world, ann, ours).await, "stopped opted_out", "{ours}");
        let found = all(&world).await;
        assert_eq!(found.len(), 1, "{ours}");
        let one = &found[0].conversation;
        assert_eq!((one.their_address.as_str(), one.customer), (ours, Some(ann)));
        let people = "select count(*) from customers where tenant_id = $1";
        assert_eq!(world.text(people).await, "1", "{ours}");
        world.at("2026-03-02T18:20:00Z");
        writes(&world, "3", theirs, "START").await;
        assert_eq!(follow_up(&world, ann, ours).await, "sent", "{ours}");
        assert_sound(&world).await;
        threads_are_true(&world).await;
    }
}

#[tokio::test]
async fn a_stop_closes_both_spellings_whoever_has_or_gets_them() {
    let world = world().await;
    let (short, long) = TWINS[2];
    let ann = customer(&world, "Ann", short).await;
    let ben = customer(&world, "Ben", long).await;
    writes(&world, "1", long, "STOP").await;
    for (who, number) in [(ann, short), (ben, long)] {
        assert_eq!(
            follow_up(&world, who, number).await,
            "stopped opted_out",
            "{number}"
        );
    }
    // who is a customer only later said it before
    let (later, told) = ("+525587654321", "+5215587654321");
    writes(&world, "2", told, "STOP").await;
    let known = "select string_agg(their_address, ',') from conversations where tenant_id = $1 and their_address like '+52%'";
    assert_eq!(
        world.text(known).await,
        later,
        "one number is kept, the one in use"
    );
    let open = format!(
        "select count(*) from recipients where tenant_id = $1 and address in ('{later}', '{told}') and suppressed_scope is null"
    );
    assert_eq!(world.text(&open).await, "0");
    assert_sound(&world).await;
}
