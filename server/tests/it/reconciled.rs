//! Whom a comparison asks: providers that can be asked, and connections that sent something, in use or not.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::scripted::{Answers, Scripted, bulk, of_provider};
use crate::support::{World, world};
use jiff::SignedDuration;
use providers::LookUp;
use server::reconciliation::{self, Reconciled};
use sqlx::ConnectOptions;
use std::sync::Arc;

/// Three messages were sent five hours ago, and nobody reported on them.
async fn silent(provider: &'static str) -> (World, Arc<Scripted>) {
    let (world, scripted) = of_provider(world().await, provider, Answers::calm()).await;
    world.at("2026-03-02T18:00:00Z");
    bulk(&world, world.tenant, 3).await;
    let end = world.app.clock.now() + SignedDuration::from_hours(5);
    world
        .engine()
        .run_until(end, SignedDuration::from_secs(1), |_, _| {})
        .await
        .unwrap();
    assert_eq!(scripted.sent().len(), 3);
    (world, scripted)
}

async fn days(world: &World) -> Vec<Reconciled> {
    let mut tx = world.tx().await;
    reconciliation::days(&mut tx, 10).await.unwrap()
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_is_not_said_to_be() {
    let (world, provider) = silent("vonage").await;
    provider.cannot_be_asked();
    world.engine().compare_due().await;
    assert_eq!(provider.asked(), 0);
    let found = days(&world).await;
    assert_eq!((found.len(), found[0].asked), (1, None));
    assert_eq!(
        world
            .text("select sum(lookups) from messages where tenant_id = $1")
            .await,
        "0"
    );
    let folder = tempfile::tempdir().unwrap();
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_courtesy"))
        .args(["reconcile", "--database-url"])
        .arg(world.superuser().to_url_lossy().as_str())
        .arg("--data-dir")
        .arg(folder.path())
        .env_remove("DATABASE_OWNER_URL")
        .env_remove("COURTESY_KEYS")
        .env("COLUMNS", "300")
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let words: Vec<&str> = shown.split_whitespace().collect();
    assert!(words.join(" ").contains("can't be asked"), "{shown}");
}

#[tokio::test]
async fn what_went_through_a_connection_that_is_not_in_use_any_more_is_asked_about() {
    let (world, provider) = silent("twilio").await;
    world
        .run("update tenant_channel_settings set is_active = false where tenant_id = $1 and channel = 'sms'")
        .await;
    provider.tells(vec![LookUp::Accepted {
        external_id: "x".to_owned(),
        status: "delivered".to_owned(),
        code: None,
    }]);
    world.engine().compare_due().await;
    assert_eq!(provider.asked(), 3);
    let found = days(&world).await;
    assert_eq!((found[0].asked, found[0].differed), (Some(3), 1));
    // of what is more than a week old nothing is expected any more
    world.at("2026-03-10T18:00:00Z");
    world.engine().compare_due().await;
    assert_eq!(provider.asked(), 3);
    assert_eq!(days(&world).await.len(), 1);
}
