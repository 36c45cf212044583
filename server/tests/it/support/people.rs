//! The people of a world: customers with consent, their jobs, the campaigns that ship with the product.
use super::{World, moment, world_with};
use providers::sandbox::journal::{self, Line, Receipt};
use providers::sandbox::{Act, Script};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus};
use rules::lifecycle::{ServiceType, WorkOrderStatus};
use server::campaigns;
use server::consents::{self, NewConsent, Source};
use server::customers::{self, Profile};
use server::work_orders::{self, NewWorkOrder};
use std::time::Duration;
use uuid::Uuid;

/// In New Orleans, without consent.
pub async fn stranger(world: &World, name: &str, phone: &str, email: &str) -> Uuid {
    let mut profile = Profile {
        first_name: Some(name.to_owned()),
        ..Profile::default()
    };
    profile.set_phone(phone, "US").unwrap();
    profile.set_email(email).unwrap();
    profile.set_postal_code("70116", "US");
    let mut tx = world.tx().await;
    let id = customers::create(&mut tx, "test", profile).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// In New Orleans, with consent to texts.
pub async fn customer(world: &World, name: &str, phone: &str) -> Uuid {
    let id = stranger(
        world,
        name,
        phone,
        &format!("{}@example.com", name.to_lowercase()),
    )
    .await;
    let mut tx = world.tx().await;
    let proof = (Source::Staff, ConsentMethod::ServiceAgreement);
    let at = moment("2026-02-01T18:00:00Z");
    let consent = NewConsent::new(id, Channel::Sms, phone, ConsentStatus::OptedIn, at, proof);
    consents::record(&mut tx, consent).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// A plumbing job that was completed at this moment, or is scheduled when there is none. Answers its id.
pub async fn job(world: &World, customer: Uuid, number: &str, completed_at: Option<&str>) -> Uuid {
    let mut tx = world.tx().await;
    let order = NewWorkOrder {
        customer,
        number: Some(number.to_owned()),
        service_type: ServiceType::Plumbing,
        title: None,
        status: if completed_at.is_some() {
            WorkOrderStatus::Completed
        } else {
            WorkOrderStatus::Scheduled
        },
        scheduled_at: None,
        completed_at: completed_at.map(moment),
        amount_cents: None,
    };
    let id = work_orders::create(&mut tx, "test", order).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// The plumbing campaign that ships with the product: text after 48 h, e-mail 48 h later, text 72 h later, e-mail 96 h later.
pub async fn plumbing(world: &World) -> Uuid {
    let mut tx = world.tx().await;
    let id = campaigns::presets::copy(&mut tx, "test", "plumbing")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// Lets the engine live until this moment.
pub async fn live(world: &World, end: &str) {
    let tick = jiff::SignedDuration::from_secs(1);
    world
        .engine()
        .run_until(moment(end), tick, |_, _| {})
        .await
        .unwrap();
}

/// Ann gets her first text at 8:00 in New Orleans and writes back, each so many minutes after it; then time goes by until that moment.
pub async fn ann_writes(replies: &[(u64, &str)], until: &str) -> World {
    const ANN: &str = "+15045230001";
    let mut acts = vec![Act::Deliver];
    acts.extend(replies.iter().map(|(minutes, body)| Act::Reply {
        after: Duration::from_secs(60 * minutes),
        body: (*body).to_owned(),
    }));
    let world = world_with(Script::acts(vec![(ANN.to_owned(), acts)])).await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
    live(&world, until).await;
    world
}

/// What reached the sandbox.
pub fn receipts(world: &World) -> Vec<Receipt> {
    journal::read(&world.journal())
        .unwrap()
        .into_iter()
        .filter_map(|line| match line {
            Line::Receipt(receipt) => Some(receipt),
            Line::NeverReceived { .. } | Line::Event { .. } | Line::Acknowledged { .. } => None,
        })
        .collect()
}
