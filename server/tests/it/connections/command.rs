//! `courtesy connection` and `courtesy keys` by their front door.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, world};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const ACCOUNT: &str = "account_sid=AC0123456789abcdef0123456789abcdef";

/// The program on the world's database, with a data folder of its own; what it is told on standard input.
fn courtesy(world: &World, folder: &TempDir, args: &[&str], told: &str) -> Output {
    let mut child = world
        .program(folder.path())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(told.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    for said in [&done.stdout, &done.stderr] {
        assert!(
            !String::from_utf8_lossy(said).contains(TOKEN),
            "it shows a secret"
        );
    }
    done
}

fn complains(done: &Output, what: &str) {
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains(what), "{said}");
}

fn json(done: &Output) -> Value {
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

#[tokio::test]
async fn an_operator_connects_and_never_sees_a_secret_again() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let tenant = ["--tenant", world.slug.as_str()];
    let run = |args: &[&str], told: &str| {
        let all: Vec<&str> = args.iter().chain(&tenant).copied().collect();
        courtesy(&world, &folder, &all, told)
    };
    let add = [
        "connection",
        "add",
        "texts",
        "--provider",
        "twilio",
        "--channel",
        "sms",
        "--set",
        ACCOUNT,
    ];
    let with = |more: &[&'static str]| [&add[..], more].concat();
    complains(
        &run(&with(&["--sender", "+13125550142", "--secret", "auth_token"]), ""),
        "auth_token: standard input has no line for it",
    );
    complains(
        &run(&with(&["--sender", "+13125550142", "--json"]), ""),
        "auth_token: is missing",
    );
    assert!(!folder.path().join("keys.json").exists(), "nothing was sealed");
    let done = run(
        &with(&["--sender", "+13125550142", "--secret", "auth_token", "--json"]),
        &format!("{TOKEN}\n"),
    );
    let added = json(&done);
    assert_eq!(added["is_active"], false);
    assert_eq!(added["hook"]["url"], Value::Null);
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let from_file = format!("auth_token={}", file.display());
    let done = run(
        &[
            "connection",
            "set",
            "texts",
            "--rename",
            "sms",
            "--secret-file",
            &from_file,
        ],
        "",
    );
    assert!(done.status.success());
    let shown = json(&run(
        &[
            "connection",
            "show",
            "sms",
            "--show-hook-url",
            "--json",
            "--public-url",
            "https://m.example.com",
        ],
        "",
    ));
    let url = shown["hook"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://m.example.com/hooks/twilio/"), "{url}");
    let token = shown["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["name"] == "auth_token")
        .unwrap();
    assert_eq!(
        (&token["is_set"], &token["value"]),
        (&Value::Bool(true), &Value::Null)
    );
    complains(&run(&["connection", "activate", "sms"], ""), "was never verified");
    complains(
        &run(&["connection", "test", "sms", "--to", "+15045230001"], ""),
        "was never verified",
    );
    let list = json(&run(&["connection", "list", "--json"], ""));
    assert_eq!(list.as_array().unwrap().len(), 4);
    let keys = |args: &[&str]| courtesy(&world, &folder, args, "");
    assert_eq!(json(&keys(&["keys", "rotate", "--json"]))["resealed"], 1);
    complains(
        &keys(&["keys", "forget", "k2"]),
        "new credentials are sealed under",
    );
    assert_eq!(
        json(&keys(&["keys", "forget", "k1", "--json"]))["forgotten"],
        "k1"
    );
    let status = json(&keys(&["keys", "status", "--json"]));
    assert_eq!(status["keys"].as_array().unwrap().len(), 1);
    assert_eq!(status["keys"][0]["connections"], 1);
    assert_eq!(
        json(&run(&["connection", "remove", "sms", "--json"], ""))["removed"],
        true
    );
}

#[test]
fn the_providers_are_shown_without_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_courtesy"))
        .args(["connection", "providers", "--json", "--data-dir"])
        .arg(folder.path().join("none"))
        .output()
        .unwrap();
    let all = json(&done);
    let twilio = all
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "twilio")
        .unwrap();
    assert!(
        twilio["fields"]
            .as_array()
            .unwrap()
            .iter()
            .any(|field| field["is_secret"] == true)
    );
    assert!(!folder.path().join("none").exists());
}

#[tokio::test]
async fn whoever_takes_mail_into_use_hears_when_it_goes_without_a_link_to_unsubscribe() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    world
        .run("insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, is_active, verified_at, created_at, updated_at)
              values ($1, $1, 'mail', 'email', 'ses', 'hello@river.example', false, '2026-03-01Z', '2026-03-01Z', '2026-03-01Z')")
        .await;
    for (public_url, is_warned) in [
        (&[][..], true),
        (&["--public-url", "http://m.example.com"], true),
        (&["--public-url", "https://m.example.com"], false),
    ] {
        let activate = ["connection", "activate", "mail", "--tenant", world.slug.as_str()];
        let done = courtesy(&world, &folder, &[&activate[..], public_url].concat(), "");
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        assert!(said.contains("mail is in use now"), "{said}");
        assert_eq!(said.contains("carry no List-Unsubscribe"), is_warned, "{said}");
    }
}
