//! Two numbers under one app of Meta's: all calls come to one address.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::neighbours::tasks;
use crate::support::{World, world};
use axum::http::{HeaderMap, HeaderValue};
use providers::Values;
use providers::http::{Egress, Http};
use providers::signed::hmac_sha256_hex;
use rules::channel::Channel;
use serde_json::{Value, json};
use server::app::App;
use server::connections::{self, Carries, NewConnection};
use server::db::TenantId;
use server::inbound::committer::Committer;
use server::inbound::hooks::{Answer, Call, Hooks};
use server::seal::KeyRing;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinSet;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const ACCOUNT: &str = "419561257915477";
const MAIN: &str = "106540352242922";
const SECOND: &str = "106540352242923";

/// A world that hears Meta.
struct Meta {
    world: World,
    app: App,
    hooks: Hooks,
    _running: JoinSet<()>,
    _folder: TempDir,
}

async fn meta() -> Meta {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let mut app = world.app.clone();
    app.catalog = providers::PROVIDERS;
    app.http = Some(Http::new(Egress::Anywhere).unwrap());
    app.public_url = Some("https://messages.example.com".to_owned());
    app.keys = Some(Arc::new(KeyRing::at(&folder.path().join("keys.json")).unwrap()));
    let (committer, committing) = Committer::new(app.clone());
    let mut running = JoinSet::new();
    running.spawn(committing);
    Meta {
        world,
        hooks: Hooks::new(app.clone(), committer),
        app,
        _running: running,
        _folder: folder,
    }
}

impl Meta {
    /// A connection of that number; answers the path of its hook.
    async fn connected(&self, tenant: TenantId, number: &str, sender: &str, secret: &str) -> String {
        let values: Values = [
            ("phone_number_id", number),
            ("business_account_id", ACCOUNT),
            ("access_token", "EAAGm0PX4ZCpsBA"),
            ("app_secret", secret),
            ("verify_token", "a word of our own"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        let new = NewConnection {
            name: format!("of {number}"),
            provider: "whatsapp".to_owned(),
            channel: Channel::Whatsapp,
            sender: sender.to_owned(),
            carries: Carries::Any,
            stands_in_for: None,
            registration: None,
            values,
        };
        let mut tx = self.app.tenant(tenant).await.unwrap();
        connections::add(&self.app, &mut tx, &new).await.unwrap();
        let shown = connections::show(&self.app, &mut tx, &new.name, true)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let url = shown.hook.unwrap().url.unwrap();
        url.strip_prefix("https://messages.example.com")
            .unwrap()
            .to_owned()
    }

    /// What a call to that hook is answered, signed with the app's secret, of a text to each of these numbers.
    async fn told(&self, path: &str, numbers: &[(&str, &str)]) -> Answer {
        let changes: Vec<Value> = numbers
            .iter()
            .map(|(number, sender)| stop(number, sender))
            .collect();
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": ACCOUNT, "changes": changes }] });
        let body = body.to_string();
        let signature = format!("sha256={}", hmac_sha256_hex(SECRET, body.as_bytes()));
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("x-hub-signature-256", HeaderValue::from_str(&signature).unwrap());
        let call = Call {
            provider: "whatsapp",
            token: path.rsplit('/').next().unwrap(),
            method: "POST",
            path_and_query: path,
            headers: &headers,
            body: body.as_bytes(),
        };
        self.hooks.hear(&call).await
    }

    /// The events that are stored, each with its connection.
    async fn stored(&self) -> String {
        self.world
            .text(
                "select coalesce(string_agg((e.payload ->> 'our_address') || ' ' || s.name, ', ' order by e.event_key), '')
                 from provider_events e join tenant_channel_settings s on s.tenant_id = e.tenant_id and s.id = e.connection_id",
            )
            .await
    }
}

fn stop(number: &str, sender: &str) -> Value {
    json!({ "field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": sender.trim_start_matches('+'), "phone_number_id": number },
        "contacts": [{ "wa_id": "15045230001" }],
        "messages": [{ "from": "15045230001", "id": format!("wamid.{number}"), "timestamp": "1772463600", "type": "text",
                       "text": { "body": "STOP" } }],
    }})
}

#[tokio::test]
async fn what_comes_to_one_numbers_hook_for_another_number_of_the_tenant_is_heard_by_that_ones_connection() {
    let meta = meta().await;
    let tenant = meta.world.tenant;
    let hook = meta.connected(tenant, MAIN, "+13125230042", SECRET).await;
    meta.connected(tenant, SECOND, "+13125230043", SECRET).await;
    assert_eq!(meta.told(&hook, &[(SECOND, "+13125230043")]).await, Answer::Taken);
    assert_eq!(meta.stored().await, format!("+13125230043 of {SECOND}"));
    let both = [(MAIN, "+13125230042"), (SECOND, "+13125230043")];
    assert_eq!(meta.told(&hook, &both).await, Answer::Taken);
    assert_eq!(
        meta.stored().await,
        format!("+13125230042 of {MAIN}, +13125230043 of {SECOND}")
    );
    assert_eq!(tasks(&meta.world).await, "");
}

#[tokio::test]
async fn a_number_that_no_connection_of_the_tenant_is_of_is_named_to_a_person_once_and_stored_for_nobody() {
    let meta = meta().await;
    let (tenant, neighbour) = (meta.world.tenant, meta.world.neighbour().await);
    let hook = meta.connected(tenant, MAIN, "+13125230042", SECRET).await;
    // another tenant's, of the same app
    meta.connected(neighbour, SECOND, "+13125230043", SECRET).await;
    let theirs = [(SECOND, "+13125230043")];
    for _ in 0..2 {
        assert_eq!(meta.told(&hook, &theirs).await, Answer::Forbidden);
    }
    assert_eq!(meta.stored().await, "");
    let both = [(MAIN, "+13125230042"), (SECOND, "+13125230043")];
    assert_eq!(meta.told(&hook, &both).await, Answer::Taken);
    assert_eq!(meta.stored().await, format!("+13125230042 of {MAIN}"));
    let asked = tasks(&meta.world).await;
    assert_eq!(asked.matches("account_event").count(), 1, "{asked}");
    for wanted in [
        &format!("phone_number_id {SECOND}"),
        "override_callback_uri",
        &format!("Told to: of {MAIN}"),
    ] {
        assert!(asked.contains(wanted), "{asked}");
    }
    assert!(
        !asked.contains("STOP") && !asked.contains("15045230001"),
        "{asked}"
    );
    // closed, and told once more: it is said again
    meta.world
        .run("update review_tasks set closed_at = now(), closed_by = 'Sam', closed_because = 'done' where tenant_id = $1")
        .await;
    meta.world.at("2026-03-02T16:00:00Z");
    meta.told(&hook, &theirs).await;
    assert_eq!(tasks(&meta.world).await.matches("account_event").count(), 2);
}

#[tokio::test]
async fn a_connection_with_another_apps_secret_hears_nothing_of_a_call_to_its_neighbours_hook() {
    let meta = meta().await;
    let tenant = meta.world.tenant;
    let hook = meta.connected(tenant, MAIN, "+13125230042", SECRET).await;
    meta.connected(tenant, SECOND, "+13125230043", &SECRET.replace('0', "f"))
        .await;
    assert_eq!(
        meta.told(&hook, &[(SECOND, "+13125230043")]).await,
        Answer::Forbidden
    );
    assert_eq!(meta.stored().await, "");
    assert!(tasks(&meta.world).await.contains(SECOND));
}
