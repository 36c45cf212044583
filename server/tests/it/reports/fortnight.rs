//! Six customers whose jobs were done, and the two weeks that followed.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, moment, world_with};
use jiff::SignedDuration;
use providers::sandbox::{Act, Script};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus};
use server::campaigns;
use server::consents::{self, NewConsent, Source};
use server::customers::{self, Profile};
use std::time::Duration;
use uuid::Uuid;

pub const ANN: &str = "+15045230001";
pub const BEN: &str = "+15045230002";
pub const CAT: &str = "+15045230003";
pub const DAN: &str = "+15045230004";
pub const EVE: &str = "+15045230005";
/// Never asked.
pub const GUS: &str = "+15045230006";

/// 20:30 in New Orleans: an hour later it is night.
const COMPLETED: &str = "2026-03-03T02:30:00Z";

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

fn reply(after: Duration, body: &str) -> Act {
    Act::Reply {
        after,
        body: body.to_owned(),
    }
}

/// Ann says STOP, then START; Ben opens the link; Cat's number is out of service; Dan opted out at the carrier; Eve says nothing.
fn script() -> Script {
    Script::acts(vec![
        (
            ANN.to_owned(),
            vec![
                Act::Deliver,
                reply(minutes(10), "STOP"),
                reply(minutes(60), "START"),
            ],
        ),
        (
            BEN.to_owned(),
            vec![
                Act::Deliver,
                Act::Click { after: minutes(30) },
                Act::DoubledCallbacks,
            ],
        ),
        (
            CAT.to_owned(),
            vec![Act::Fail {
                code: "30006".to_owned(),
            }],
        ),
        (
            DAN.to_owned(),
            vec![Act::Refuse {
                code: "21610".to_owned(),
            }],
        ),
    ])
}

/// A campaign of two touches by SMS, an hour and three days after completion.
pub async fn campaign(world: &World) {
    world
        .run(
            "insert into message_templates (tenant_id, id, name, channel, purpose, body, created_at, updated_at)
             values ($1, md5($1::text || '1')::uuid, 'first', 'sms', 'service', 'Test Plumbing: how was it?', now(), now()),
                    ($1, md5($1::text || '2')::uuid, 'second', 'sms', 'service', 'Test Plumbing: one last question.', now(), now());
             insert into campaigns (tenant_id, id, name, service_type, created_by, created_at, updated_at)
             values ($1, md5($1::text || 'c')::uuid, 'After the job', 'plumbing', 'test', now(), now());
             insert into campaign_touches (tenant_id, campaign_id, touch_number, channel, delay_hours, template_id)
             values ($1, md5($1::text || 'c')::uuid, 1, 'sms', 1, md5($1::text || '1')::uuid),
                    ($1, md5($1::text || 'c')::uuid, 2, 'sms', 72, md5($1::text || '2')::uuid)",
        )
        .await;
}

pub async fn customer(world: &World, name: &str, phone: &str) -> Uuid {
    let mut tx = world.tx().await;
    let mut profile = Profile {
        first_name: Some(name.to_owned()),
        ..Profile::default()
    };
    profile.set_phone(phone, "US").unwrap();
    let id = customers::create(&mut tx, "test", profile).await.unwrap();
    if phone != GUS {
        let consent = NewConsent::new(
            id,
            Channel::Sms,
            phone,
            ConsentStatus::OptedIn,
            moment("2026-03-01T18:00:00Z"),
            (Source::Staff, ConsentMethod::ServiceAgreement),
        );
        consents::record(&mut tx, consent).await.unwrap();
    }
    tx.commit().await.unwrap();
    id
}

/// A completed job of each customer, enrolled.
pub async fn complete_jobs(world: &World) {
    world.at(COMPLETED);
    world
        .run(&format!(
            "insert into work_orders (tenant_id, id, customer_id, number, service_type, status, completed_at, created_by,
                                      created_at, updated_at)
             select $1, md5(id::text)::uuid, id, right(phone, 4), 'plumbing', 'completed', '{COMPLETED}', 'test', '{COMPLETED}',
                    '{COMPLETED}'
             from customers where tenant_id = $1"
        ))
        .await;
    let orders = world
        .text("select string_agg(id::text, ',') from work_orders where tenant_id = $1")
        .await;
    let orders: Vec<Uuid> = orders.split(',').map(|id| id.parse().unwrap()).collect();
    let mut tx = world.tx().await;
    let enrolled = campaigns::enroll(&mut tx, &orders).await.unwrap();
    assert_eq!(enrolled, orders.len());
    tx.commit().await.unwrap();
}

pub async fn run_until(world: &World, end: &str) {
    world
        .engine()
        .run_until(moment(end), SignedDuration::from_secs(1), |_, _| {})
        .await
        .unwrap();
}

/// A world in which everybody's job was done and two weeks went by.
pub struct Fortnight {
    pub world: World,
    pub ann: Uuid,
    pub ben: Uuid,
}

pub async fn fortnight() -> Fortnight {
    let world = world_with(script()).await;
    campaign(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    let ben = customer(&world, "Ben", BEN).await;
    for (name, phone) in [("Cat", CAT), ("Dan", DAN), ("Eve", EVE), ("Gus", GUS)] {
        customer(&world, name, phone).await;
    }
    complete_jobs(&world).await;
    run_until(&world, "2026-03-17T12:00:00Z").await;
    Fortnight { world, ann, ben }
}
