//! What an operator may get wrong on the command line is said in words that help, and what is asked for as JSON comes as JSON.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, world};
use serde_json::{Value, json};
use server::tenants::{self, Changes};
use std::process::Output;
use tempfile::TempDir;

/// The program on the world's database, with a data folder of its own, for the world's tenant.
fn courtesy(world: &World, folder: &TempDir, args: &[&str]) -> Output {
    world
        .program(folder.path())
        .args(args)
        .args(["--tenant", &world.slug])
        .output()
        .unwrap()
}

#[tokio::test]
async fn what_is_wrong_says_what_would_be_right() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let sms = "sms by sandbox";
    let cnv = "cnv_00000000000000000000000000000000";
    for (args, said) in [
        (
            &["pace", "set", sms][..],
            "--per-second, --per-minute, --per-day or --by-default",
        ),
        (&["pace", "set", sms, "--per-second", "0"], "is not in 1..="),
        (
            &["pace", "set", sms, "--by-default", "--burst", "4"],
            "cannot be used with",
        ),
        (
            &["pace", "set", "nobody", "--per-second", "2"],
            "`courtesy connection list` shows all",
        ),
        (
            &["pace", "set", sms, "--per-day", "2", "--scope", "carrier_day"],
            "say which takes so much: t-mobile or at&t",
        ),
        (
            &[
                "pace",
                "set",
                sms,
                "--per-day",
                "2",
                "--scope",
                "carrier_day",
                "--carrier",
                " ",
            ],
            "say which takes so much: t-mobile or at&t",
        ),
        (
            &[
                "pace",
                "set",
                sms,
                "--per-second",
                "2",
                "--scope",
                "carrier_day",
                "--carrier",
                "x",
            ],
            "give --per-day",
        ),
        (
            &["pace", "set", sms, "--per-second", "2", "--carrier", "t-mobile"],
            "carrier_minute or carrier_day",
        ),
        (
            &["hooks", "replay", "--provider", "nobody"],
            "`courtesy connection providers` shows all",
        ),
        (
            &["hooks", "replay", "--since", "yesterday"],
            "such as 2026-03-04T17:35:00Z",
        ),
        (
            &[
                "hooks",
                "replay",
                "--since",
                "2026-03-05T00:00:00Z",
                "--until",
                "2026-03-04T00:00:00Z",
            ],
            "later than --since",
        ),
        (
            &["connection", "set", sms],
            "nothing to change is given: --rename",
        ),
        (&["task", "list", "--kind", "odd"], "unknown_outcome"),
        (&["task", "show", "msg_1"], "task_ and 32 hexadecimal digits"),
        (
            &[
                "task",
                "close",
                "task_00000000000000000000000000000000",
                "--by",
                "Sam",
            ],
            "--because <TEXT>",
        ),
        (
            &[
                "message",
                "settle",
                "msg_00000000000000000000000000000000",
                "--as",
                "lost",
            ],
            "it should be sent or failed",
        ),
        (&["reconcile", "--opt-outs", "--now"], "cannot be used with"),
        (&["customer", "add", "--whatsapp", "12"], "whatsapp: `12`"),
        (&["customer", "add"], "--whatsapp, --email"),
        (&["customer", "list", "--limit", "0"], "is not in 1..=100"),
        (&["conversation", "list", "--limit", "0"], "is not in 1..=100"),
        (&["conversation", "reply", cnv], "--canned <NAME>"),
        (
            &["conversation", "reply", cnv, "--text", "hi", "--at", "tomorrow"],
            "such as 2026-03-04T17:35:00Z",
        ),
        (
            &["conversation", "read", cnv],
            "`courtesy conversation list` shows all",
        ),
        (
            &["conversation", "canned", "remove", "none"],
            "`courtesy conversation canned list` shows all",
        ),
        (
            &["connection", "test", sms, "--to", "+15045230001"],
            "say so: --mine \"YOUR NAME\"",
        ),
        (
            &["connection", "test", sms, "--to", "+15045230001", "--mine", " "],
            "mine: it should be the name",
        ),
    ] {
        let done = courtesy(&world, &folder, args);
        let complaint = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success(), "{args:?}");
        assert!(complaint.contains(said), "{args:?}: {complaint}");
    }
    assert_eq!(
        world
            .text("select count(*) from pace_buckets where tenant_id = $1")
            .await,
        "0"
    );
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1")
            .await,
        "0"
    );
    assert_eq!(
        world
            .text("select count(*) from customers where tenant_id = $1")
            .await,
        "0"
    );
}

#[tokio::test]
async fn a_number_without_a_country_code_is_dialled_where_the_tenant_is_or_where_the_command_says() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let dialled_in = |region: &str| Changes {
        default_region: Some(region.to_owned()),
        ..Changes::default()
    };
    let mut tx = world.tx().await;
    let refused = tenants::edit(&mut tx, &dialled_in("UKX")).await.unwrap_err();
    assert!(refused.to_string().starts_with("default_region: `UKX`"));
    tenants::edit(&mut tx, &dialled_in("gb")).await.unwrap();
    tx.commit().await.unwrap();
    for args in [
        &["customer", "add", "--phone", "020 7946 0958"][..],
        &["customer", "add", "--phone", "(504) 523-0001", "--region", "us"],
        &["customer", "show", "020 7946 0958"],
    ] {
        let done = courtesy(&world, &folder, args);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let found = courtesy(
        &world,
        &folder,
        &["customer", "list", "--search", "020 7946 0958", "--json"],
    );
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(found["customers"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(
        world
            .text("select string_agg(phone, ' ' order by phone) from customers where tenant_id = $1")
            .await,
        "+15045230001 +442079460958"
    );
}

#[tokio::test]
async fn what_is_asked_for_as_json_comes_as_json_and_nothing_is_said_as_such() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let json_of = |args: &[&str]| -> Value {
        let args: Vec<&str> = args.iter().chain(&["--json"]).copied().collect();
        let done = courtesy(&world, &folder, &args);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    };
    let sms = "sms by sandbox";
    let set = json_of(&[
        "pace",
        "set",
        sms,
        "--per-day",
        "5",
        "--scope",
        "carrier_day",
        "--carrier",
        " T-Mobile ",
    ]);
    assert_eq!(set["pace"], json!({ "tokens": 5, "seconds": 86_400, "burst": 5 }));
    assert_eq!(
        json_of(&["pace", "list"])[0]["of"],
        "t-mobile",
        "as reports name it"
    );
    assert_eq!(
        json_of(&["pace", "set", sms, "--by-default"])["pace"],
        Value::Null
    );
    assert_eq!(
        json_of(&["conversation", "canned", "put", "hours", "--text", "8 to 5"]),
        json!({ "name": "hours", "saved": true })
    );
    assert_eq!(
        json_of(&["conversation", "canned", "remove", "hours"]),
        json!({ "name": "hours", "removed": true })
    );
    world
        .run(
            "insert into conversations (tenant_id, id, channel, our_address, their_address, status, created_at, updated_at)
             values ($1, '00000000-0000-7000-8000-000000000001', 'sms', '+13125550142', '+15045230001', 'active', now(), now())",
        )
        .await;
    let cnv = "cnv_00000000000070008000000000000001";
    let tagged = json_of(&["conversation", "tag", cnv, "roof"]);
    assert_eq!(
        tagged,
        json!({ "conversation": cnv, "says": format!("{cnv} is tagged") })
    );
    let say = |args: &[&str]| String::from_utf8(courtesy(&world, &folder, args).stdout).unwrap();
    assert!(say(&["conversation", "tag", cnv]).contains("has no tags any more"));
    assert!(say(&["hooks", "list"]).contains("No provider has told anything yet."));
    assert!(say(&["hooks", "replay"]).contains("Nothing that a provider told"));
}

#[tokio::test]
async fn a_task_is_listed_shown_and_closed_by_the_command_line() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let done = courtesy(&world, &folder, args);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    assert!(run(&["task", "list"]).contains("Nothing waits for a person"));
    world
        .run(
            "insert into review_tasks (tenant_id, id, kind, said, opened_at)
             values ($1, '00000000-0000-7000-8000-000000000002', 'account_event', '63038: the day is used up', '2026-03-02T15:00:00Z')",
        )
        .await;
    let task = "task_00000000000070008000000000000002";
    let list = run(&["task", "list", "--kind", "account_event"]);
    assert!(
        list.contains(task) && list.contains("63038") && list.contains("2026-03-02 15:00"),
        "{list}"
    );
    assert!(
        run(&["task", "show", task]).contains(&format!("courtesy task close {task} --tenant {}", world.slug))
    );
    let closed: Value = serde_json::from_str(&run(&[
        "task",
        "close",
        task,
        "--by",
        "Sam",
        "--because",
        "more bought",
        "--json",
    ]))
    .unwrap();
    assert_eq!(closed["task"]["id"], task);
    assert_eq!(closed["task"]["closed"]["because"], "more bought");
    let again = courtesy(
        &world,
        &folder,
        &["task", "close", task, "--by", "Kim", "--because", "x"],
    );
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("Sam closed it"));
    assert!(run(&["task", "list"]).contains("Nothing waits"));
    assert!(run(&["task", "list", "--all"]).contains("closed by Sam"));
}

#[tokio::test]
async fn a_customer_who_is_at_whatsapp_alone_is_added_and_answered_as_json() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let add = [
        "customer",
        "add",
        "--first-name",
        "Ann",
        "--whatsapp",
        "(504) 523-0001",
        "--json",
    ];
    let added: Value = serde_json::from_slice(&courtesy(&world, &folder, &add).stdout).unwrap();
    let id = added["customer"].as_str().unwrap();
    let number = "select whatsapp_number from customers where tenant_id = $1";
    assert_eq!(world.text(number).await, "+15045230001");
    let taken = courtesy(&world, &folder, &add);
    assert!(String::from_utf8_lossy(&taken.stderr).contains("whatsapp: another customer"));
    let tagged = courtesy(
        &world,
        &folder,
        &["customer", "tag", "504-523-0001", "--tags", "roof", "--json"],
    );
    let tagged: Value = serde_json::from_slice(&tagged.stdout).unwrap();
    assert_eq!(
        tagged,
        json!({ "customer": id, "says": format!("{id} is tagged") })
    );
}

#[tokio::test]
async fn opt_outs_that_one_side_lacks_are_shown_in_both_directions() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let say = |args: &[&str]| String::from_utf8(courtesy(&world, &folder, args).stdout).unwrap();
    assert!(say(&["reconcile"]).contains("--now at once"));
    assert!(say(&["reconcile", "--now"]).contains("Nothing to compare"));
    assert!(say(&["reconcile", "--opt-outs"]).contains("Nothing to compare"));
    let done = courtesy(&world, &folder, &["reconcile", "--most", "0"]);
    assert!(String::from_utf8_lossy(&done.stderr).contains("is not in 1..="));
    for (name, theirs, ours) in [
        ("email by sandbox", "12", "7"),
        ("sms by sandbox", "null", "null"),
    ] {
        world
            .run(&format!(
                "insert into reconciliations (tenant_id, day, connection_id, asked, differed, opt_outs_theirs, opt_outs_ours, finished_at, compared_at)
                 select $1, '2026-03-02', id, 3, 1, {theirs}, {ours}, now(), now() from tenant_channel_settings where tenant_id = $1 and name = '{name}'"
            ))
            .await;
    }
    let table = say(&["reconcile"]);
    let cells = |line: &str| -> Vec<String> {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.map(str::to_owned).collect()
    };
    let mut lines = table.lines();
    let heads = cells(lines.next().unwrap());
    for (name, theirs, ours) in [
        ("email by sandbox", "12", "7"),
        ("sms by sandbox", "no list", "no list"),
    ] {
        let row = cells(table.lines().find(|line| line.contains(name)).unwrap());
        let value = |head: &str| &row[heads.iter().position(|one| one == head).unwrap()];
        assert_eq!(
            (
                value("opt-outs we lacked").as_str(),
                value("opt-outs they lack").as_str()
            ),
            (theirs, ours),
            "{table}"
        );
    }
}
