//! What several opt-ins allow together, asked of the gate: a later one takes nothing from an earlier one.
use super::{ANN, assert_whole, opt_in, record};
use crate::support::people::stranger;
use crate::support::scripted::{assert_sound, becomes, queued};
use crate::support::{World, moment, world};
use providers::{Event, EventKind, Inbound};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, Scope};
use rules::purpose::Purpose;
use server::consents::{NewConsent, Recorded, Source};
use server::inbound;
use server::messages::NewMessage;
use uuid::Uuid;

/// Of somebody whom marketing may reach by WhatsApp.
const ABROAD: &str = "+442079460018";

/// A customer who agreed in writing, some time ago, to this on that channel.
async fn agreed(world: &World, channel: Channel, number: &str, scope: Scope) -> Uuid {
    let id = stranger(world, "Ann", number, "ann@example.com").await;
    if channel == Channel::Whatsapp {
        world
            .run("update customers set whatsapp_number = phone where tenant_id = $1")
            .await;
    }
    let given = NewConsent {
        channel,
        scope,
        address: number.to_owned(),
        method: ConsentMethod::WebsiteForm,
        disclosure_text: Some("I agree that Test Plumbing writes to me".to_owned()),
        affirmative_act: Some(true),
        ..opt_in(id, moment("2026-02-01T18:00:00Z"), Source::Consumer)
    };
    assert_eq!(record(world, given).await, Recorded::Applied { seq: 1 });
    id
}

async fn hears(world: &World, channel: Channel, kind: impl FnOnce(&str) -> EventKind) {
    let to = format!(
        "select sender_address from tenant_channel_settings where tenant_id = $1 and channel = '{}'",
        channel.name()
    );
    let our_address = world.text(&to).await;
    let now = world.app.clock.now();
    let event = Event {
        key: now.to_string(),
        occurred_at: now,
        kind: kind(&our_address),
        our_address,
    };
    inbound::keep(&world.app, "sandbox", &[event]).await.unwrap();
    inbound::apply::apply(&world.app, world.tenant, 10).await.unwrap();
}

async fn writes(world: &World, at: &str, (channel, from): (Channel, &str), body: &str) {
    world.at(at);
    let said = |to: &str| EventKind::Inbound(Inbound::text(at, channel, (from, to), body));
    hears(world, channel, said).await;
}

/// Turns marketing on or off in WhatsApp's settings.
async fn turns(world: &World, at: &str, marketing: bool) {
    world.at(at);
    hears(world, Channel::Whatsapp, |_| EventKind::Preference {
        channel: Channel::Whatsapp,
        address: ABROAD.to_owned(),
        marketing,
    })
    .await;
}

/// What becomes of a follow-up and of marketing now.
async fn goes(world: &World, customer: Uuid, channel: Channel, number: &str) -> [String; 2] {
    let mut became = [String::new(), String::new()];
    for (purpose, became) in [Purpose::Service, Purpose::Marketing]
        .into_iter()
        .zip(&mut became)
    {
        *became = becomes(world, |tx| NewMessage {
            channel,
            purpose,
            customer: Some(customer),
            ..queued(tx, number, tx.now())
        })
        .await;
    }
    became
}

#[tokio::test]
async fn who_turns_marketing_off_and_on_again_in_whatsapp_is_where_they_were() {
    for is_turned_off in [true, false] {
        let world = world().await;
        let ann = agreed(&world, Channel::Whatsapp, ABROAD, Scope::All).await;
        writes(&world, "2026-03-02T15:01:00Z", (Channel::Whatsapp, ABROAD), "Hi").await;
        if is_turned_off {
            turns(&world, "2026-03-02T15:02:00Z", false).await;
        }
        turns(&world, "2026-03-02T15:03:00Z", true).await;
        let went = goes(&world, ann, Channel::Whatsapp, ABROAD).await;
        assert_eq!(went, ["sent", "sent"], "{is_turned_off}");
        assert_sound(&world).await;
        assert_whole(&world).await;
    }
}

#[tokio::test]
async fn a_start_of_who_is_in_takes_no_written_consent_away_and_one_after_a_stop_brings_none_back() {
    let from = (Channel::Sms, ANN);
    let world = world().await;
    let ann = agreed(&world, Channel::Sms, ANN, Scope::Marketing).await;
    assert_eq!(
        goes(&world, ann, Channel::Sms, ANN).await,
        ["stopped consent_unknown", "sent"]
    );
    writes(&world, "2026-03-02T15:02:00Z", from, "START").await;
    assert_eq!(goes(&world, ann, Channel::Sms, ANN).await, ["sent", "sent"]);
    assert_whole(&world).await;
    // what was revoked is revoked: START is consent to follow-ups, and none in writing
    writes(&world, "2026-03-04T15:00:00Z", from, "STOP").await;
    writes(&world, "2026-03-04T15:01:00Z", from, "START").await;
    assert_eq!(
        goes(&world, ann, Channel::Sms, ANN).await,
        ["sent", "stopped consent_not_written"]
    );
    assert_whole(&world).await;
}

#[tokio::test]
async fn a_consent_for_another_number_adds_nothing_to_that_for_the_new_one() {
    let world = world().await;
    let ann = agreed(&world, Channel::Sms, "+15045230099", Scope::All).await;
    world
        .run(&format!(
            "update customers set phone = '{ANN}' where tenant_id = $1"
        ))
        .await;
    let new = NewConsent {
        scope: Scope::Transactional,
        ..opt_in(ann, world.app.clock.now(), Source::Staff)
    };
    assert_eq!(record(&world, new).await, Recorded::Applied { seq: 2 });
    assert_eq!(
        goes(&world, ann, Channel::Sms, ANN).await,
        ["sent", "stopped consent_unknown"]
    );
    assert_whole(&world).await;
    // the ledger holds though nobody can say any more which was in force
    world
        .run(
            "delete from consent_event_details d using consent_events e
             where d.tenant_id = $1 and e.tenant_id = $1 and e.id = d.event_id and e.seq = 2",
        )
        .await;
    assert_whole(&world).await;
}
