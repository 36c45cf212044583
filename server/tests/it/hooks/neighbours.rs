//! One account or topic at a provider that is entered for two tenants.
use super::side::side;
use axum::http::StatusCode;
use providers::{Event, EventKind, Inbound};
use rules::channel::Channel;
use serde_json::json;

const ANN: &str = "+15045230001";
const NEIGHBOURS: &str = "+15045239999";

#[tokio::test]
async fn what_a_provider_tells_of_another_tenants_number_is_not_stored() {
    let side = side("bandwidth").await;
    let neighbour = side.world.neighbour().await;
    side.world
        .run(&format!(
            "insert into number_routes (channel, address, routed_tenant_id) values ('sms', '{NEIGHBOURS}', '{}')",
            neighbour.as_uuid()
        ))
        .await;
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
    let both = json!({"account": "A1", "pieces": [[theirs], [ours]]});
    assert_eq!(side.call(side.request(&both)).await.0, StatusCode::OK);
    let kept = "select string_agg(event_key, ',') from provider_events where tenant_id in ($1, $2)";
    let kept = kept.replace("$2", &format!("'{}'", neighbour.as_uuid()));
    assert_eq!(side.world.text(&kept).await, "2");
}
