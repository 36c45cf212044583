//! What providers tell of limits, senders and addresses after they took a message, as their own adapters read their calls.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::side::{Side, side};
use providers::http::{Egress, Http};
use providers::{Event, Values};
use serde_json::{Value, json};

const ANN: &str = "+15045230001";
const BEN: &str = "+15045230002";

/// What the adapter of that name makes of a piece.
fn read(provider: &str, settings: &[(&str, &str)], piece: &Value) -> Vec<Event> {
    let mut values = Values::default();
    for (name, value) in settings {
        values.set(name, *value);
    }
    let described = providers::described(provider).unwrap();
    let adapter = (described.connect)(Http::new(Egress::Anywhere).unwrap(), &values).unwrap();
    adapter.read(piece).unwrap()
}

fn twilio(number: u32, status: &str, code: &str) -> Vec<Event> {
    let settings = [
        ("account_sid", "AC0123456789abcdef0123456789abcdef"),
        ("auth_token", "a token"),
    ];
    let piece = json!({
        "MessageSid": sid(number), "MessageStatus": status, "ErrorCode": code, "From": "+12125550100", "To": ANN,
        "_heard": "2026-03-02T15:00:00Z",
    });
    read("twilio", &settings, &piece)
}

fn bandwidth(id: &str, code: u32) -> Vec<Event> {
    let settings = [
        ("account_id", "5500001"),
        ("username", "u"),
        ("password", "p"),
        ("application_id", "a"),
        ("callback_username", "u"),
        ("callback_password", "p"),
    ];
    let piece = json!({
        "type": "message-failed", "time": "2026-03-02T15:00:00Z", "errorCode": code,
        "message": { "id": id, "owner": "+12125550100" },
    });
    read("bandwidth", &settings, &piece)
}

fn whatsapp(id: &str, code: u32) -> Vec<Event> {
    let settings = [
        ("phone_number_id", "1"),
        ("business_account_id", "2"),
        ("access_token", "t"),
        ("app_secret", "s"),
        ("verify_token", "v"),
    ];
    let status = json!({
        "id": id, "status": "failed", "timestamp": "1772463600", "recipient_id": "15045230001", "errors": [{ "code": code }],
    });
    let piece = json!({
        "field": "messages",
        "value": { "metadata": { "display_phone_number": "12125550100" }, "statuses": [status] },
    });
    read("whatsapp", &settings, &piece)
}

fn sid(number: u32) -> String {
    format!("SM{number:032x}")
}

/// A text through the connection that the provider took under this name.
async fn taken(side: &Side, name: &str, external_id: &str, to: &str) {
    side.world
        .run(&format!(
            "insert into recipients (tenant_id, channel, address, created_at, updated_at)
             values ($1, 'sms', '{to}', '2026-03-01Z', '2026-03-01Z') on conflict do nothing;
             insert into messages (tenant_id, id, direction, channel, purpose, status, our_address, their_address, body, provider,
                                   connection_id, external_id, attempts, sent_at, created_at, updated_at)
             values ($1, md5('{external_id}')::uuid, 'outbound', 'sms', 'service', 'sent', 'ours', '{to}', 'A body', '{name}',
                     $1, '{external_id}', 1, '2026-03-01Z', '2026-03-01Z', '2026-03-01Z');
             insert into message_provider_mappings (tenant_id, provider, external_id, message_id, created_at)
             values ($1, '{name}', '{external_id}', md5('{external_id}')::uuid, '2026-03-01Z')"
        ))
        .await;
}

async fn tell(side: &Side, events: Vec<Event>) {
    side.tell(&events).await;
    side.apply().await;
}

async fn blocks(side: &Side) -> String {
    side.world
        .text(
            "select string_agg(scope || substr(key, 37) || ' ' || to_char(blocked_until at time zone 'UTC', 'DD HH24:MI') || ' ' || reason,
                               ', ' order by scope)
             from pace_buckets where tenant_id = $1 and blocked_until is not null",
        )
        .await
}

async fn carriers(side: &Side) -> String {
    side.world
        .text("select string_agg(address || ' ' || carrier, ', ') from recipients where tenant_id = $1 and carrier is not null")
        .await
}

async fn tasks(side: &Side) -> String {
    side.world
        .text("select coalesce(string_agg(kind, ' '), '') from review_tasks where tenant_id = $1")
        .await
}

#[tokio::test]
async fn a_carriers_day_that_is_used_up_is_told_afterwards_and_holds_its_numbers_until_midnight_in_california()
 {
    let side = side("twilio").await;
    taken(&side, "twilio", &sid(1), ANN).await;
    tell(&side, twilio(1, "undelivered", "30023")).await;
    assert_eq!(carriers(&side).await, format!("{ANN} t-mobile"));
    assert_eq!(
        blocks(&side).await,
        "carrier_day t-mobile 03 08:00 30023, connection 02 15:01 30023"
    );
    assert_eq!(tasks(&side).await, "");
}

#[tokio::test]
async fn a_limit_of_yesterday_that_is_told_today_teaches_the_number_and_holds_nobody() {
    let side = side("twilio").await;
    taken(&side, "twilio", &sid(1), ANN).await;
    side.world.at("2026-03-03T15:00:00Z");
    tell(&side, twilio(1, "undelivered", "30023")).await;
    assert_eq!(carriers(&side).await, format!("{ANN} t-mobile"));
    assert_eq!(blocks(&side).await, "");
}

#[tokio::test]
async fn a_carriers_minute_that_is_used_up_teaches_its_number_and_holds_it_for_a_minute() {
    let side = side("bandwidth").await;
    taken(&side, "bandwidth", "b1", ANN).await;
    taken(&side, "bandwidth", "b2", BEN).await;
    tell(&side, bandwidth("b1", 4781)).await;
    assert_eq!(carriers(&side).await, format!("{ANN} at&t"));
    assert_eq!(
        blocks(&side).await,
        "carrier_minute at&t 02 15:01 4781, connection 02 15:01 4781"
    );
    tell(&side, bandwidth("b2", 4780)).await;
    assert_eq!(carriers(&side).await, format!("{ANN} at&t, {BEN} t-mobile"));
}

#[tokio::test]
async fn a_campaigns_rate_names_no_carrier_and_slows_the_connection() {
    let side = side("twilio").await;
    taken(&side, "twilio", &sid(1), ANN).await;
    tell(&side, twilio(1, "undelivered", "30022")).await;
    assert_eq!(carriers(&side).await, "");
    assert_eq!(blocks(&side).await, "connection 02 15:01 30022");
}

#[tokio::test]
async fn a_day_of_the_account_that_is_used_up_is_told_once_and_waited_for() {
    let side = side("twilio").await;
    for number in 1..4 {
        taken(&side, "twilio", &sid(number), ANN).await;
        tell(&side, twilio(number, "failed", "63038")).await;
    }
    assert_eq!(blocks(&side).await, "connection 02 16:00 63038");
    assert_eq!(tasks(&side).await, "account_event");
}

#[tokio::test]
async fn a_sender_that_is_not_registered_is_told_of_afterwards_and_shuts_its_connection_once() {
    for code in ["30032", "30034"] {
        let side = side("twilio").await;
        for number in 1..4 {
            taken(&side, "twilio", &sid(number), ANN).await;
            tell(&side, twilio(number, "undelivered", code)).await;
        }
        let state = "select unavailable_reason from tenant_channel_settings where tenant_id = $1 and name = 'signing'";
        assert_eq!(side.world.text(state).await, "account", "{code}");
        assert_eq!(tasks(&side).await, "connection_refused");
    }
}

#[tokio::test]
async fn what_is_told_of_messages_from_before_a_connection_was_verified_again_does_not_shut_it() {
    let side = side("twilio").await;
    let state = "select coalesce(unavailable_reason, 'open') from tenant_channel_settings where tenant_id = $1 and name = 'signing'";
    let verified_at = async |at: &str| {
        let again = format!(
            "update tenant_channel_settings set verified_at = '{at}', unavailable_reason = null, unavailable_since = null
             where tenant_id = $1 and name = 'signing';
             delete from connection_circuits where tenant_id = $1;
             update messages set let_go_at = '2026-03-02T14:00:00Z' where tenant_id = $1"
        );
        side.world.run(&again).await;
    };
    for number in 1..4 {
        taken(&side, "twilio", &sid(number), ANN).await;
    }
    verified_at("2026-03-02T14:00:00Z").await;
    tell(&side, twilio(1, "undelivered", "30034")).await;
    assert_eq!(side.world.text(state).await, "account");
    verified_at("2026-03-02T14:30:00Z").await;
    tell(&side, twilio(2, "undelivered", "30034")).await;
    assert_eq!(side.world.text(state).await, "open");
    assert_eq!(tasks(&side).await, "connection_refused", "of the first alone");
    let lost = "select string_agg(status, ' ' order by external_id) from messages where tenant_id = $1";
    assert_eq!(side.world.text(lost).await, "undelivered undelivered sent");
}

#[tokio::test]
async fn what_would_refuse_every_message_is_told_of_afterwards_and_shuts_the_connection_too() {
    for (provider, code) in [
        ("bandwidth", 4403),
        ("bandwidth", 4452),
        ("whatsapp", 131_042),
        ("whatsapp", 133_010),
    ] {
        let side = side(provider).await;
        for id in ["x1", "x2"] {
            taken(&side, provider, id, ANN).await;
            let told = match provider {
                "bandwidth" => bandwidth(id, code),
                _ => whatsapp(id, code),
            };
            tell(&side, told).await;
        }
        let state = "select unavailable_reason from tenant_channel_settings where tenant_id = $1 and name = 'signing'";
        assert_eq!(side.world.text(state).await, "account", "{provider} {code}");
        assert_eq!(tasks(&side).await, "connection_refused", "{provider} {code}");
    }
}

#[tokio::test]
async fn a_limit_of_one_recipient_that_is_told_afterwards_holds_nobody() {
    let side = side("whatsapp").await;
    taken(&side, "whatsapp", "w1", ANN).await;
    tell(&side, whatsapp("w1", 131_056)).await;
    assert_eq!(
        side.world
            .text("select status || ' ' || error_code from messages where tenant_id = $1")
            .await,
        "failed 131056"
    );
    let blocked = "select count(*) from pace_buckets where tenant_id = $1 and blocked_until is not null";
    assert_eq!(side.world.text(blocked).await, "0");
    assert_eq!(tasks(&side).await, "");
}

#[tokio::test]
async fn a_number_that_is_unknown_twice_without_a_delivery_between_is_invalid() {
    let side = side("twilio").await;
    let of = async |side: &Side, address: &str| {
        side.world
            .text(&format!(
                "select address_status || ' ' || unreachable_count from recipients where tenant_id = $1 and address = '{address}'"
            ))
            .await
    };
    for (number, to, status, code, becomes) in [
        (1, ANN, "undelivered", "30005", "valid 1"),
        (2, ANN, "delivered", "", "valid 0"),
        (3, ANN, "undelivered", "30005", "valid 1"),
        // out of reach is no sign that nobody has the number
        (4, ANN, "undelivered", "30003", "valid 1"),
        (5, BEN, "undelivered", "30005", "valid 1"),
        (6, ANN, "undelivered", "30005", "invalid 2"),
    ] {
        taken(&side, "twilio", &sid(number), to).await;
        let told = twilio(number, status, code);
        tell(&side, told.clone()).await;
        tell(&side, told).await;
        assert_eq!(of(&side, to).await, becomes, "{number}");
    }
    assert_eq!(of(&side, BEN).await, "valid 1");
}
