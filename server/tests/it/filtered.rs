//! A campaign that carriers filter pauses by itself, says why, and goes on when somebody lets it.
use crate::support::people::{customer, job, live, plumbing};
use crate::support::{World, world_with};
use providers::sandbox::{Act, Script};
use server::campaigns;
use sqlx::ConnectOptions;
use std::process::Command;

const COMPLETED: &str = "2026-03-02T14:00:00Z";

fn phone(n: usize) -> String {
    format!("+1504523{n:04}")
}

/// So many customers had a job, and the texts to the first of them are filtered.
async fn filtered(customers: usize, of_them: usize) -> World {
    let filter = || {
        vec![Act::Fail {
            code: "30007".to_owned(),
        }]
    };
    let script = Script::acts((0..of_them).map(|n| (phone(n), filter())).collect());
    let world = world_with(script).await;
    plumbing(&world).await;
    for n in 0..customers {
        let who = customer(&world, &format!("C{n}"), &phone(n)).await;
        job(&world, who, &format!("J-{n}"), Some(COMPLETED)).await;
    }
    live(&world, "2026-03-05T14:00:00Z").await;
    world
}

async fn state(world: &World) -> String {
    world
        .text("select status || ':' || coalesce(paused_because, '-') from campaigns where tenant_id = $1")
        .await
}

async fn told(world: &World) -> String {
    world
        .text("select count(*) from review_tasks where tenant_id = $1 and kind = 'carrier_filtered' and said like '%is paused: carriers filtered%'")
        .await
}

#[tokio::test]
async fn a_campaign_of_which_carriers_filter_too_much_pauses_and_says_why_until_somebody_lets_it_go_on() {
    let world = filtered(6, 5).await;
    let why = state(&world).await;
    assert!(why.starts_with("paused:carriers filtered 5 of "), "{why}");
    assert!(why.ends_with(" messages in 24 hours"), "{why}");
    assert_eq!(told(&world).await, "1");
    let folder = tempfile::tempdir().unwrap();
    let shown = Command::new(env!("CARGO_BIN_EXE_courtesy"))
        .args(["campaign", "list", "--tenant", &world.slug, "--database-url"])
        .arg(world.superuser().to_url_lossy().as_str())
        .arg("--data-dir")
        .arg(folder.path())
        .env_remove("DATABASE_OWNER_URL")
        .env_remove("COURTESY_KEYS")
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).replace(['\n', ' ', '│', '┆'], "");
    assert!(shown.contains("carriersfiltered5of"), "{shown}");
    let mut tx = world.tx().await;
    let campaign = campaigns::list(&mut tx).await.unwrap().remove(0).id;
    assert!(campaigns::resume(&mut tx, campaign).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(state(&world).await, "active:-");
}

#[tokio::test]
async fn fewer_are_an_accident() {
    let world = filtered(6, 4).await;
    assert_eq!(state(&world).await, "active:-");
    assert_eq!(told(&world).await, "0");
}
