//! Ten customers after a fortnight, with everything that may happen: delivered, lost, refused, stopped, held, opted out, in again, still to come.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::{customer, job, live, plumbing, stranger};
use crate::support::{Frozen, World, world_with};
use providers::sandbox::{Act, Script};
use rules::channel::Channel;
use rules::suppression::SuppressionReason;
use server::consents;
use server::conversations::{self, Filter};
use server::customers::{self, Profile};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Who there is; the last digit of the phone is the place in this list.
pub const PEOPLE: [&str; 10] = [
    "Ann", "Ben", "Cat", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jan",
];
/// Nobody's number, whose owner opted out on the phone.
pub const NOBODYS: &str = "+15045230099";
const COMPLETED: &str = "2026-03-02T14:00:00Z";
/// 22:00 in New Orleans.
const END: &str = "2026-03-16T03:00:00Z";

/// The phone of one of them.
pub fn phone(name: &str) -> String {
    let place = PEOPLE.iter().position(|one| *one == name).unwrap();
    format!("+1504523000{place}")
}

fn reply(seconds: u64, body: &str) -> Act {
    Act::Reply {
        after: Duration::from_secs(seconds),
        body: body.to_owned(),
    }
}

/// Ben says STOP; Cat's first text is to be tried again, and she opens its link; of Dan's the answer is lost, and he has had enough; Fay's number is out of service; Hal says STOP, and
/// START half a minute later; Ida opted out at the carrier.
fn script() -> Script {
    let again = Act::RateLimit {
        after: Duration::from_secs(60),
    };
    let click = Act::Click {
        after: Duration::from_secs(600),
    };
    let code = |code: &str| code.to_owned();
    let acts = [
        ("Ben", vec![Act::Deliver, reply(600, "STOP")]),
        ("Cat", vec![again, Act::Deliver, click]),
        (
            "Dan",
            vec![Act::LoseAnswer, reply(600, "please do not text me again")],
        ),
        ("Fay", vec![Act::Fail { code: code("30006") }]),
        ("Hal", vec![Act::Deliver, reply(600, "STOP"), reply(630, "START")]),
        ("Ida", vec![Act::Refuse { code: code("21610") }]),
    ];
    Script::acts(acts.into_iter().map(|(name, acts)| (phone(name), acts)).collect())
}

/// A copy of the world, of which there is one in a run.
pub async fn healthy() -> World {
    static WORLD: OnceCell<Frozen> = OnceCell::const_new();
    WORLD.get_or_init(a_fortnight).await.copy().await
}

async fn a_fortnight() -> Frozen {
    let world = world_with(script()).await;
    plumbing(&world).await;
    spare_connection(&world).await;
    let mut tx = world.tx().await;
    consents::opt_out_address(&mut tx, Channel::Sms, NOBODYS, SuppressionReason::Staff)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for name in PEOPLE {
        let id = match name {
            "Gus" => stranger(&world, name, &phone(name), "gus@example.com").await,
            _ => customer(&world, name, &phone(name)).await,
        };
        if !["Eve", "Jan"].contains(&name) {
            job(&world, id, &format!("{name}-1"), Some(COMPLETED)).await;
        }
    }
    neighbour(&world).await;
    live(&world, "2026-03-14T03:00:00Z").await;
    // Jan's first text is due at 21:00; before Eve's first text goes, another job of hers takes the first one's place
    later_job(&world, "Jan-1", "2026-03-14T02:00:00Z").await;
    later_job(&world, "Eve-1", "2026-03-14T01:00:00Z").await;
    live(&world, "2026-03-15T03:00:00Z").await;
    later_job(&world, "Eve-2", "2026-03-15T02:00:00Z").await;
    live(&world, END).await;
    noted(&world).await;
    world.freeze().await
}

/// Somebody of ours wrote down beside Ben's conversation what it came to.
async fn noted(world: &World) {
    let mut tx = world.tx().await;
    let all = conversations::list(
        &mut tx,
        &Filter {
            limit: 100,
            ..Filter::default()
        },
    )
    .await
    .unwrap();
    let ben = all
        .conversations
        .iter()
        .find(|one| one.conversation.their_address == phone("Ben"))
        .unwrap();
    conversations::note(&mut tx, ben.conversation.id, "office", "He moved.")
        .await
        .unwrap();
    conversations::canned::put(&mut tx, "thanks", Some(Channel::Sms), "Thank you!")
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn later_job(world: &World, number: &str, completed_at: &str) {
    let name = &number[..3];
    let sql = format!("select id from customers where tenant_id = $1 and first_name = '{name}'");
    let id = world.text(&sql).await.parse().unwrap();
    job(world, id, number, Some(completed_at)).await;
}

/// A connection that stands in for another, were it active.
async fn spare_connection(world: &World) {
    world
        .run(
            "insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, stands_in_for, created_at, updated_at)
             select tenant_id, md5('spare')::uuid, 'spare', channel, provider, sender_address, id, created_at, created_at
             from tenant_channel_settings where tenant_id = $1 and channel = 'sms'",
        )
        .await;
}

/// Another tenant, who knows Zoe.
async fn neighbour(world: &World) {
    let neighbour = world.neighbour().await;
    let mut tx = world.app.tenant(neighbour).await.unwrap();
    let profile = Profile {
        first_name: Some("Zoe".to_owned()),
        ..Profile::default()
    };
    customers::create(&mut tx, "test", profile).await.unwrap();
    tx.commit().await.unwrap();
}
