//! `courtesy doctor --isolation` by its front door: exit codes, the page, JSON.
use crate::support::{World, world};
use sqlx::ConnectOptions;
use std::path::Path;
use std::process::{Command, Output};

/// The program on the world's database, by one login that becomes each role.
fn doctor(world: &World, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_courtesy"))
        .args(["doctor", "--isolation", "--database-url"])
        .arg(world.superuser().to_url_lossy().as_str())
        .args(more)
        .env("NO_COLOR", "1")
        .env_remove("DATABASE_URL")
        .env_remove("DATABASE_OWNER_URL")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn the_command_says_that_a_sound_installation_is_isolated_and_writes_its_page() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("isolation.html");
    let done = doctor(&world, &["--page", page.to_str().unwrap()]);
    let (said, complained) = (text(&done.stdout), text(&done.stderr));
    assert!(done.status.success(), "{said}{complained}");
    assert!(said.contains("No tenant reaches another's rows."), "{said}");
    assert!(said.contains("0 leaks"), "{said}");
    let html = std::fs::read_to_string(Path::new(&page)).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.contains("class=\"verdict good\""));
    assert!(
        !html.contains("<script") && !html.contains("http"),
        "the page needs something from outside"
    );
}

#[tokio::test]
async fn the_command_ends_with_code_one_and_names_what_leaks() {
    let world = world().await;
    world
        .run("alter policy tenant_isolation on customers using (true)")
        .await;
    let done = doctor(&world, &[]);
    assert_eq!(done.status.code(), Some(1));
    let (said, complained) = (text(&done.stdout), text(&done.stderr));
    assert!(said.contains("HOLE policy-not-canonical: customers"), "{said}");
    assert!(said.contains("select customers, as another tenant"), "{said}");
    assert!(complained.contains("isolation does not hold"), "{complained}");
    let done = doctor(&world, &["--json"]);
    assert_eq!(done.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(json["is_isolated"], false);
    assert_eq!(json["holes"][0]["object"], "customers");
    assert!(
        json["not_safe"]
            .as_array()
            .unwrap()
            .iter()
            .all(|probe| { probe["table"] == "customers" && probe["answer"] == "leak" }),
        "{json:#}"
    );
}

#[tokio::test]
async fn the_command_asks_for_migrations_rather_than_examine_half_a_schema() {
    let world = world().await;
    world.app.db.close().await;
    server::db::migrate::down_one(&world.owner).await.unwrap();
    let done = doctor(&world, &[]);
    assert_eq!(done.status.code(), Some(1));
    let complained = text(&done.stderr);
    assert!(complained.contains("courtesy migrate up"), "{complained}");
}
