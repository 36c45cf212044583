//! The embedded server: starts, is shared, survives being killed, and keeps its roles apart.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop; clippy knows only #[test] functions"
)]
use server::db::embedded::{Embedded, Options, Role, start};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const FOLDER: &str = "COURTESY_TEST_FOLDER_TO_HOLD";

fn throw_away() -> Options {
    Options {
        fsync: false,
        ..Options::default()
    }
}

/// A folder that goes at the end of the test.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Run as root, the server's account must be able to pass.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

pub async fn server(folder: &TempDir) -> Embedded {
    start(folder.path(), &throw_away()).await.unwrap()
}

pub async fn text(connection: &mut PgConnection, sql: &str) -> String {
    connection.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0)
}

pub async fn ask(options: &PgConnectOptions, sql: &str) -> String {
    let mut connection = options.connect().await.unwrap();
    let answer = text(&mut connection, sql).await;
    connection.close().await.unwrap();
    answer
}

async fn refusal(options: &PgConnectOptions, sql: &str) -> String {
    let mut connection = options.connect().await.unwrap();
    let error = connection.execute(AssertSqlSafe(sql)).await.unwrap_err();
    error
        .as_database_error()
        .and_then(|it| it.code().map(Into::into))
        .unwrap_or_default()
}

fn is_running(embedded: &Embedded) -> bool {
    embedded.folder().join("postmaster.pid").exists()
}

#[tokio::test]
async fn an_empty_folder_is_enough_and_what_is_stored_is_there_after_a_restart() {
    let folder = folder();
    let first = server(&folder).await;
    assert!(first.is_owner());
    for role in Role::ALL {
        assert_eq!(
            ask(&first.url(role), "select current_user::text").await,
            role.name()
        );
    }
    let settings = "select concat_ws(' ', current_setting('data_checksums'), current_setting('server_encoding'), \
                    '[' || current_setting('listen_addresses') || ']', current_setting('password_encryption'))";
    assert_eq!(
        ask(&first.url(Role::Owner), settings).await,
        "on UTF8 [] scram-sha-256"
    );
    ask(
        &first.url(Role::Owner),
        "create table kept as select 'kept' as word; select ''",
    )
    .await;
    let cluster = first.folder();
    first.stop().await.unwrap();
    assert!(!cluster.join("postmaster.pid").exists());

    let second = server(&folder).await;
    assert_eq!(
        ask(&second.url(Role::Owner), "select word from kept").await,
        "kept"
    );
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_program_attaches_and_only_the_owner_stops_the_server() {
    let folder = folder();
    let (one, other) = tokio::join!(server(&folder), server(&folder));
    let (owner, guest) = if one.is_owner() {
        (one, other)
    } else {
        (other, one)
    };
    assert!(!guest.is_owner());
    assert_eq!(
        ask(&guest.url(Role::App), "select current_user::text").await,
        "courtesy_app"
    );
    guest.stop().await.unwrap();
    assert!(is_running(&owner));
    assert_eq!(
        ask(&owner.url(Role::App), "select current_user::text").await,
        "courtesy_app"
    );
    owner.stop().await.unwrap();
}

/// Not a test: what the child of the next one does.
#[tokio::test]
#[ignore = "run by killing_the_program_… as its child"]
async fn hold_a_server() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let embedded = start(Path::new(&folder), &throw_away()).await.unwrap();
    ask(
        &embedded.url(Role::Owner),
        "create table if not exists acknowledged (n int); select ''",
    )
    .await;
    ask(
        &embedded.url(Role::Owner),
        "insert into acknowledged values (1) returning ''",
    )
    .await;
    std::fs::write(Path::new(&folder).join("held"), "").unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// A program of its own that holds the folder's server.
fn holder(folder: &Path) -> Child {
    let held = folder.join("held");
    let _ = std::fs::remove_file(&held);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["hold_a_server", "--ignored", "--quiet"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !held.exists() {
        let is_in_time = Instant::now() < deadline && child.try_wait().unwrap().is_none();
        assert!(is_in_time, "the child did not start the server");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_the_program_loses_nothing_and_the_next_start_works() {
    let folder = folder();
    for killed in 1..=3 {
        let mut program = holder(folder.path());
        program.kill().unwrap();
        program.wait().unwrap();
        let embedded = server(&folder).await;
        assert!(embedded.is_owner());
        let count = ask(
            &embedded.url(Role::Owner),
            "select count(*)::text from acknowledged",
        )
        .await;
        assert_eq!(count, killed.to_string());
        embedded.stop().await.unwrap();
    }
}

#[test]
fn a_killed_program_takes_its_server_along() {
    if !Path::new("/usr/bin/setpriv").exists() {
        return; // The kernel's parent-death signal is asked for by setpriv; elsewhere the next start ends the server.
    }
    let folder = folder();
    let mut program = holder(folder.path());
    program.kill().unwrap();
    program.wait().unwrap();
    let file = folder.path().join("postgres/postmaster.pid");
    let deadline = Instant::now() + Duration::from_secs(20);
    while file.exists() {
        assert!(
            Instant::now() < deadline,
            "the server goes on without its program"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn below_a_folder_that_only_root_can_enter_the_database_goes_where_its_account_can() {
    if !nix::unistd::Uid::effective().is_root() {
        return; // Only root has to become somebody else.
    }
    let closed = tempfile::tempdir().unwrap();
    std::fs::set_permissions(closed.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let data = closed.path().join("data");
    let first = start(&data, &throw_away()).await.unwrap();
    let home = first.folder().parent().unwrap().to_path_buf();
    assert!(home.starts_with("/var/lib/courtesy"), "{}", home.display());
    assert_ne!(std::fs::metadata(first.folder()).unwrap().uid(), 0);
    first.stop().await.unwrap();
    let second = start(&data, &throw_away()).await.unwrap();
    assert_eq!(second.folder().parent(), Some(home.as_path()));
    second.stop().await.unwrap();

    let copy = closed.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(data.join("place.json"), copy.join("place.json")).unwrap();
    let error = start(&copy, &throw_away()).await.unwrap_err().to_string();
    assert!(error.contains("belongs to"), "{error}");
    std::fs::remove_dir_all(home).unwrap();
}

#[tokio::test]
async fn a_server_that_is_killed_itself_is_noticed_and_starts_again() {
    let folder = folder();
    let embedded = server(&folder).await;
    let file = std::fs::read_to_string(embedded.folder().join("postmaster.pid")).unwrap();
    let pid: i32 = file.lines().next().unwrap().parse().unwrap();
    let mut session = embedded.url(Role::App).connect().await.unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
    let end = tokio::time::timeout(Duration::from_secs(10), embedded.ended())
        .await
        .unwrap();
    assert!(end.contains("signal"), "{end}");
    drop(embedded);
    let again = server(&folder).await;
    assert!(session.ping().await.is_err());
    assert_eq!(ask(&again.url(Role::App), "select 'up'").await, "up");
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_the_right_ones_are_for_us_alone() {
    let folder = folder();
    let embedded = server(&folder).await;
    for role in Role::ALL {
        let error = embedded.url(role).password("guess").connect().await.unwrap_err();
        assert_eq!(
            error.as_database_error().and_then(DatabaseError::code).as_deref(),
            Some("28P01")
        );
    }
    let error = embedded
        .url(Role::App)
        .username("postgres")
        .connect()
        .await
        .unwrap_err();
    assert_eq!(
        error.as_database_error().and_then(DatabaseError::code).as_deref(),
        Some("28P01")
    );
    let mode = std::fs::metadata(folder.path().join("credentials.json"))
        .unwrap()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn the_working_roles_are_no_superusers_and_cannot_become_another() {
    let folder = folder();
    let embedded = server(&folder).await;
    let powers = "select count(*)::text from pg_roles where rolname like 'courtesy_%' and \
                  (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)";
    assert_eq!(ask(&embedded.url(Role::App), powers).await, "0");
    for role in [Role::App, Role::Engine, Role::Operator] {
        let options = embedded.url(role);
        for other in Role::ALL
            .map(Role::name)
            .into_iter()
            .chain(["postgres"])
            .filter(|it| *it != role.name())
        {
            assert_eq!(
                refusal(&options, &format!("set role {other}")).await,
                "42501",
                "{role:?} → {other}"
            );
        }
        assert_eq!(refusal(&options, "create table mine (n int)").await, "42501");
        assert_eq!(
            refusal(&options, "create temporary table mine (n int)").await,
            "42501"
        );
        assert_eq!(refusal(&options, "create schema mine").await, "42501");
    }
    let error = embedded
        .url(Role::App)
        .database("postgres")
        .connect()
        .await
        .unwrap_err();
    assert_eq!(
        error.as_database_error().and_then(DatabaseError::code).as_deref(),
        Some("42501")
    );
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn databases_for_tests_are_the_owner_s_and_can_be_copied() {
    let folder = folder();
    let embedded = server(&folder).await;
    embedded.database("pattern", None).await.unwrap();
    ask(
        &embedded.url(Role::Owner).database("pattern"),
        "create table t as select 'copied' as word; select ''",
    )
    .await;
    embedded.database("copy_1", Some("pattern")).await.unwrap();
    assert_eq!(
        ask(
            &embedded.url(Role::Owner).database("copy_1"),
            "select word from t"
        )
        .await,
        "copied"
    );
    assert_eq!(
        ask(
            &embedded.url(Role::App).database("copy_1"),
            "select current_user::text"
        )
        .await,
        "courtesy_app"
    );
    embedded.drop_database("copy_1").await.unwrap();
    assert!(
        embedded
            .url(Role::App)
            .database("copy_1")
            .connect()
            .await
            .is_err()
    );
    assert!(
        embedded
            .database("x; drop database courtesy", None)
            .await
            .is_err()
    );
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_with_a_long_path_gets_a_short_one_for_its_socket_and_keeps_it() {
    let folder = folder();
    let long = folder.path().join("a".repeat(120));
    let first = start(&long, &throw_away()).await.unwrap();
    let socket = first.url(Role::App).get_socket().unwrap().clone();
    assert!(socket.starts_with("/tmp"), "{}", socket.display());
    assert_eq!(ask(&first.url(Role::App), "select 'up'").await, "up");
    first.stop().await.unwrap();
    let second = start(&long, &throw_away()).await.unwrap();
    assert_eq!(second.url(Role::App).get_socket(), Some(&socket));
    second.stop().await.unwrap();
    std::fs::remove_dir_all(socket).unwrap();
}

#[tokio::test]
async fn a_cluster_whose_passwords_are_gone_is_not_touched() {
    let folder = folder();
    server(&folder).await.stop().await.unwrap();
    std::fs::remove_file(folder.path().join("credentials.json")).unwrap();
    let error = start(folder.path(), &throw_away()).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("credentials.json is missing"),
        "{error:#}"
    );
}
