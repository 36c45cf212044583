//! One account or topic at a provider that is entered for two tenants.
use super::side::side;
use crate::support::World;
use axum::http::StatusCode;
use providers::{Event, EventKind, Inbound};
use rules::channel::Channel;
use serde_json::json;
use server::db::TenantId;

const ANN: &str = "+15045230001";
const NEIGHBOURS: &str = "+15045239999";

/// A connection of that tenant with this number of ours, verified then.
pub async fn entered(world: &World, tenant: TenantId, number: &str, verified_at: &str) {
    let tenant = tenant.as_uuid();
    world
        .run(&format!(
            "insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, is_active, verified_at,
                                                  created_at, updated_at)
             values ('{tenant}', gen_random_uuid(), 'theirs', 'sms', 'twilio', '{number}', false, {verified_at}, now(), now());
             insert into number_routes (channel, address, routed_tenant_id) values ('sms', '{number}', '{tenant}')"
        ))
        .await;
}

/// What a person is asked.
pub async fn tasks(world: &World) -> String {
    world
        .text(
            "select coalesce(string_agg(kind || ': ' || said, E'\\n' order by said), '') from review_tasks where tenant_id = $1",
        )
        .await
}

#[tokio::test]
async fn what_a_provider_tells_of_another_tenants_number_is_not_stored() {
    let side = side("bandwidth").await;
    let neighbour = side.world.neighbour().await;
    entered(&side.world, neighbour, NEIGHBOURS, "now()").await;
    let stop = |key: &str, number: &str| Event {
        key: key.to_owned(),
        our_address: number.to_owned(),
        occurred_at: side.app.clock.now(),
        kind: EventKind::Inbound(Inbound::text(key, Channel::Sms, (ANN, number), "STOP")),
    };
    let (theirs, ours) = (stop("1", NEIGHBOURS), stop("2", "ours"));
    let before = side.counted("account");
    let alone = json!({"account": "A1", "pieces": [[theirs]]});
    let refused = side.call(side.request(&alone)).await;
    assert_eq!((refused.0, refused.2.as_str()), (StatusCode::FORBIDDEN, ""));
    assert!(side.counted("account") > before);
    assert_eq!(side.stored().await, "0");
    assert_eq!(side.call(side.request(&alone)).await.0, StatusCode::FORBIDDEN);
    let both = json!({"account": "A1", "pieces": [[theirs], [ours]]});
    assert_eq!(side.call(side.request(&both)).await.0, StatusCode::OK);
    let kept = "select string_agg(event_key, ',') from provider_events where tenant_id in ($1, $2)";
    let kept = kept.replace("$2", &format!("'{}'", neighbour.as_uuid()));
    assert_eq!(side.world.text(&kept).await, "2");
    // a person is told once, of the number and not of whose it is
    let tasks = tasks(&side.world).await;
    assert_eq!(tasks.matches("account_event").count(), 1, "{tasks}");
    assert!(
        tasks.contains(NEIGHBOURS) && tasks.contains("Told to: signing"),
        "{tasks}"
    );
    for secret in [ANN, &side.world.slug, "river"] {
        assert!(!tasks.contains(secret), "{tasks}");
    }
    let of_the_neighbour = "select count(*) from review_tasks where tenant_id = $2";
    let of_the_neighbour = of_the_neighbour.replace("$2", &format!("'{}'", neighbour.as_uuid()));
    assert_eq!(side.world.text(&of_the_neighbour).await, "0");
}

#[tokio::test]
async fn a_number_that_another_tenant_entered_and_never_proved_keeps_no_stop_away() {
    let side = side("twilio").await;
    let neighbour = side.world.neighbour().await;
    entered(&side.world, neighbour, NEIGHBOURS, "null").await;
    let stop = Event {
        key: "1".to_owned(),
        our_address: NEIGHBOURS.to_owned(),
        occurred_at: side.app.clock.now(),
        kind: EventKind::Inbound(Inbound::text("1", Channel::Sms, (ANN, NEIGHBOURS), "STOP")),
    };
    side.tell(&[stop]).await;
    side.apply().await;
    let out =
        "select string_agg(address || ' ' || suppressed_scope, ',') from recipients where tenant_id = $1";
    assert_eq!(side.world.text(out).await, format!("{ANN} all"));
    assert_eq!(tasks(&side.world).await, "");
}
