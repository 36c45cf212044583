//! A pool of numbers is one address of ours.
use super::side::side;
use providers::{Event, EventKind, Inbound};
use rules::channel::Channel;
use server::engine::Engine;

const POOL: &str = "MG0123456789abcdef0123456789abcdef";
const ANN: &str = "+15045230001";

#[tokio::test]
async fn what_comes_to_any_number_of_a_pool_is_one_thread_and_is_answered_by_the_pool() {
    let side = side("twilio").await;
    side.world
        .run(&format!(
            "update tenant_channel_settings set is_active = false where tenant_id = $1 and channel = 'sms';
             update tenant_channel_settings set is_active = true, sender_address = '{POOL}' where tenant_id = $1 and id = $1"
        ))
        .await;
    for (key, number, words) in [("1", "+15045230098", "HELP"), ("2", "+15045230099", "Thanks")] {
        let said = Inbound::text(key, Channel::Sms, (ANN, number), words);
        side.tell(&[Event {
            key: key.to_owned(),
            our_address: number.to_owned(),
            occurred_at: side.app.clock.now(),
            kind: EventKind::Inbound(said),
        }])
        .await;
    }
    Engine::new(side.app.clone()).round().await.unwrap();
    let sent: Vec<(String, String)> = side
        .provider
        .sent
        .lock()
        .unwrap()
        .iter()
        .map(|sent| (sent.from.clone(), sent.to.clone()))
        .collect();
    assert_eq!(sent, [(POOL.to_owned(), ANN.to_owned())]);
    assert_eq!(
        side.world
            .text("select string_agg(our_address || ' ' || inbound_count || ' ' || outbound_count, ',') from conversations where tenant_id = $1")
            .await,
        format!("{POOL} 2 1")
    );
}
