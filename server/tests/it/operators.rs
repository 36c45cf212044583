//! What operators are shown steers nothing and hides nothing, and what they type is taken as it was meant, or refused with the reason.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::conversations::{all, writes};
use crate::support::people::customer;
use crate::support::{World, world};
use serde_json::Value;
use server::ids::Noun;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Where it is day: the program's clock is the machine's.
#[path = "../serve/day.rs"]
mod day;

const ANN: &str = "+15045230001";

/// The program on the world's database, with the world's journal beside it, for the world's tenant.
fn program(world: &World, args: &[&str]) -> Command {
    let mut command = world.program(world.journal().parent().unwrap());
    command
        .args(args)
        .args(["--tenant", &world.slug])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// It ends with that code; what it says, and what it complains of.
fn ends(world: &World, code: i32, args: &[&str]) -> (String, String) {
    told(code, args, &program(world, args).output().unwrap())
}

fn told(code: i32, args: &[&str], done: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (said, complaint) = (text(&done.stdout), text(&done.stderr));
    assert_eq!(done.status.code(), Some(code), "{args:?}: {said}{complaint}");
    (said, complaint)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_file_with_peoples_addresses_is_for_its_owner_alone() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("ann.html");
    std::fs::write(&page, "older").unwrap();
    std::fs::set_permissions(&page, std::fs::Permissions::from_mode(0o644)).unwrap();
    ends(
        &world,
        0,
        &[
            "consent",
            "evidence",
            "--customer",
            ANN,
            "--html",
            page.to_str().unwrap(),
        ],
    );
    assert_eq!(mode(&page), 0o600);
    assert!(std::fs::read_to_string(&page).unwrap().contains("Ann"));
    for (import, rows) in [
        ("consent", "phone,reason\nnobody,asked\n"),
        ("customers", "name,phone\nAnn,nobody\n"),
    ] {
        let list = folder.path().join(format!("{import}.csv"));
        std::fs::write(&list, rows).unwrap();
        let list = list.to_str().unwrap();
        let args = match import {
            "consent" => ["consent", "import", list],
            _ => ["import", import, list],
        };
        program(&world, &args).output().unwrap();
        assert_eq!(
            mode(&folder.path().join(format!("{import}.refused.csv"))),
            0o600,
            "{import}"
        );
    }
}

#[tokio::test]
async fn who_writes_to_us_steers_no_terminal_and_json_has_what_they_wrote() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let wrote = "Friday?\u{1b}[2J\u{1b}]0;owned\u{7} \u{202e}txt.exe\u{9b}31m";
    writes(&world, "1", ANN, wrote).await;
    let cnv = Noun::Conversation.show(all(&world).await[0].conversation.id);
    let message = world
        .text("select 'msg_' || replace(id::text, '-', '') from messages where tenant_id = $1 and direction = 'inbound'")
        .await;
    for args in [
        &["conversation", "list"][..],
        &["conversation", "show", &cnv],
        &["why", &message],
    ] {
        let (said, _) = ends(&world, 0, args);
        assert!(said.contains("Friday?\u{fffd}[2J"), "{args:?}: {said}");
        let steers = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!said.contains(steers), "{args:?}: {said:?}");
    }
    let (said, _) = ends(&world, 0, &["conversation", "show", &cnv, "--json"]);
    let shown: Value = serde_json::from_str(&said).unwrap();
    assert!(shown["messages"].to_string().contains("txt.exe"), "{shown}");
    assert!(said.contains("\u{202e}txt.exe\u{9b}31m") && said.contains("\\u001b[2J"));
}

#[tokio::test]
async fn what_failed_ends_with_code_1_and_says_the_same() {
    let world = world().await;
    let sam = "sam@example.com";
    ends(
        &world,
        0,
        &["customer", "add", "--email", sam, "--zone", day::zone()],
    );
    let args = ["connection", "test", "email by sandbox", "--to", sam, "--json"];
    let mut child = program(&world, &args).spawn().unwrap();
    let queued = "select count(*) from messages where tenant_id = $1 and status = 'queued'";
    while world.text(queued).await == "0" {
        assert_eq!(child.try_wait().unwrap(), None, "it waits for `serve`");
    }
    world
        .run("update messages set status = 'failed', error_code = 'no_provider' where tenant_id = $1")
        .await;
    let (said, complaint) = told(1, &args, &child.wait_with_output().unwrap());
    let outcome: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(outcome["status"], "failed");
    assert!(complaint.contains("did not arrive"), "{complaint}");

    ends(&world, 0, &["reconcile", "--now"]);
    world
        .run(
            "insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, purpose, verified_at, created_at, updated_at)
             values ($1, md5('texts')::uuid, 'texts', 'sms', 'twilio', '+13125550143', 'marketing', now(), now(), now())",
        )
        .await;
    let (said, complaint) = ends(&world, 1, &["reconcile", "--now"]);
    assert!(said.contains("the connection can't be opened"), "{said}");
    assert!(complaint.contains("1 of the connections"), "{complaint}");
    ends(&world, 0, &["reconcile"]);
}

#[tokio::test]
async fn nobody_types_into_the_ledger_what_is_no_consent_of_a_customer_no_address_or_too_long() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let events = "select count(*) from consent_events where tenant_id = $1";
    let before = world.text(events).await;
    let of_ann = |more: &[&str]| -> Vec<String> {
        let args = ["consent", "record", "--customer", ANN, "--channel", "sms"];
        args.iter().chain(more).map(|arg| (*arg).to_owned()).collect()
    };
    let (fits, too_long) = ("x".repeat(2_000), "x".repeat(2_001));
    for (code, more, complaint) in [
        (2, &["--method", "own_address"][..], "connection test"),
        (2, &["--method", "Own-Address"], "--mine"),
        (
            1,
            &["--method", "website_form", "--ip", "999.1.1.1"],
            "ip: it should be",
        ),
        (
            1,
            &["--method", "other", "--notes", &too_long],
            "notes: 2001 characters; at most 2000",
        ),
        (
            1,
            &["--method", "other", "--source", "import", "--notes", &too_long],
            "at most 2000",
        ),
    ] {
        let args = of_ann(more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (_, complained) = ends(&world, code, &args);
        assert!(complained.contains(complaint), "{complained}");
    }
    assert_eq!(world.text(events).await, before);
    let args = of_ann(&[
        "--method",
        "website_form",
        "--ip",
        " 2001:DB8::7 ",
        "--notes",
        &fits,
    ]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    ends(&world, 0, &args);
    let (evidence, _) = ends(&world, 0, &["consent", "evidence", "--customer", ANN]);
    assert!(evidence.contains("\"2001:db8::7\""), "{evidence}");
    // a list is taken all the same
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("out.csv");
    std::fs::write(&list, format!("phone,reason\n{ANN},{too_long}\n")).unwrap();
    ends(&world, 0, &["consent", "import", list.to_str().unwrap()]);
    let (evidence, _) = ends(&world, 0, &["consent", "evidence", "--customer", ANN]);
    assert!(evidence.contains("opted_out") && !evidence.contains(&too_long));
}

#[tokio::test]
async fn an_address_of_an_api_that_is_none_or_may_not_be_reached_is_named_when_it_is_typed() {
    let world = world().await;
    let mut args = vec![
        "connection",
        "add",
        "texts",
        "--provider",
        "bandwidth",
        "--sender",
        "+13125550143",
        "--set",
        "account_id=5500123",
        "--set",
        "username=api",
        "--set",
        "application_id=app",
        "--set",
        "callback_username=hook",
        "--secret-env",
        "password=PATH",
        "--secret-env",
        "callback_password=PATH",
        "--set",
    ];
    for (url, complaint) in [
        ("api_url=messaging.bandwidth.com", "is not a whole URL"),
        ("api_url=https://api.example/?q=1", "no ? and no #"),
        (
            "api_url=http://api.example/v2",
            "only https is spoken; --allow-private-egress",
        ),
        (
            "api_url=https://10.0.0.1/v2",
            "not a public one; --allow-private-egress",
        ),
    ] {
        args.push(url);
        let (_, complained) = ends(&world, 1, &args);
        assert!(
            complained.contains("api_url: ") && complained.contains(complaint),
            "{complained}"
        );
        args.pop();
    }
    args.extend(["api_url=http://127.0.0.1:8480/v2/", "--allow-private-egress"]);
    ends(&world, 0, &args);
}

#[tokio::test]
async fn a_reply_says_through_which_connection_it_goes_and_from_which_address() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    writes(&world, "1", ANN, "Can you come on Friday?").await;
    let one = all(&world).await[0].conversation.clone();
    let cnv = Noun::Conversation.show(one.id);
    let args = ["conversation", "reply", &cnv, "--text", "Yes, at nine."];
    let (said, _) = ends(&world, 0, &args);
    let ours = &one.our_address;
    assert!(
        said.contains(&format!(
            "by \"sms by sandbox\" from {ours}, the sandbox: nothing leaves this machine"
        )),
        "{said}"
    );
    world
        .run("update conversations set our_address = '+13125550199' where tenant_id = $1")
        .await;
    let (said, _) = ends(&world, 0, &args);
    assert!(
        said.contains(&format!(
            "from {ours}, not from +13125550199, to which they wrote"
        )),
        "{said}"
    );
    let (said, _) = ends(&world, 0, &[&args[..], &["--json"]].concat());
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["way"]["connection"], "sms by sandbox", "{said}");
    assert_eq!(said["way"]["instead_of"], "+13125550199");
    assert!(
        said["says"]
            .as_str()
            .unwrap()
            .contains("nothing leaves this machine")
    );
}

#[tokio::test]
async fn a_time_in_a_list_says_whose_it_is() {
    let world = world().await;
    let ann = Noun::Customer.show(customer(&world, "Ann", ANN).await);
    writes(&world, "1", ANN, "Can you come on Friday?").await;
    world
        .run(
            "insert into review_tasks (tenant_id, id, kind, said, opened_at)
             values ($1, md5('task')::uuid, 'account_event', 'the day is used up', '2026-03-02T15:00:00Z')",
        )
        .await;
    let (list, _) = ends(&world, 0, &["conversation", "list"]);
    assert!(list.lines().next().unwrap().contains("last (UTC)"), "{list}");
    let (list, _) = ends(&world, 0, &["task", "list"]);
    assert!(list.lines().next().unwrap().contains("since (UTC)"), "{list}");
    let (shown, _) = ends(&world, 0, &["customer", "show", &ann]);
    assert!(shown.contains("2026-03-02 15:00 UTC"), "{shown}");
}

#[tokio::test]
async fn what_says_nothing_is_refused_and_what_is_wrong_is_named() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    writes(&world, "1", ANN, "Can you come on Friday?").await;
    let one = all(&world).await[0].conversation.clone();
    let cnv = Noun::Conversation.show(one.id);
    let long = "x".repeat(201);
    let nobody = "task_00000000000000000000000000000000";
    let add = [
        "connection",
        "add",
        "texts",
        "--sender",
        "+13125550143",
        "--provider",
    ];
    let rename = ["connection", "set", "sms by sandbox", "--rename", " lead"];
    for (args, complaint) in [
        (
            &["conversation", "note", &cnv, "--text", "hi", "--by", ""][..],
            "by: it should have 1 to 200 characters",
        ),
        (
            &["conversation", "note", &cnv, "--text", "hi", "--by", &long],
            "by: it should have 1 to 200",
        ),
        (
            &["conversation", "tag", &cnv, ""],
            "tags: each should have 1 to 50",
        ),
        (
            &["conversation", "tag", &cnv, "roof", " "],
            "tags: each should have 1 to 50",
        ),
        (&[&add[..], &["nope"]].concat(), "provider: `nope` is not known"),
        (&rename, "no space before or behind it"),
        (
            &["task", "list", "--after", nobody],
            "after: task: there is none with that id",
        ),
    ] {
        let (_, complained) = ends(&world, 1, args);
        assert!(complained.contains(complaint), "{args:?}: {complained}");
    }
    world
        .run(
            "insert into review_tasks (tenant_id, id, kind, said, opened_at)
             values ($1, md5('task')::uuid, 'account_event', 'the day is used up', '2026-03-02T15:00:00Z')",
        )
        .await;
    let task = world
        .text("select 'task_' || replace(id::text, '-', '') from review_tasks where tenant_id = $1")
        .await;
    let (list, _) = ends(&world, 0, &["task", "list"]);
    assert!(list.contains("account_event"), "as --kind takes it: {list}");
    let (list, _) = ends(&world, 0, &["task", "list", "--after", &task]);
    assert_eq!(list, "That was the last.\n");
    let (list, _) = ends(&world, 0, &["conversation", "list"]);
    assert!(list.contains(&one.our_address), "{list}");
}
