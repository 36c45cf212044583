//! Behind a real PgBouncer in transaction mode, where many clients share few connections: tenants stay apart; and with `set` for a
//! whole session, as people do it wrongly, they don't, which shows that the test would notice.
use super::reuse::customers;
use crate::support::{World, new_tenant, world};
use jiff::Timestamp;
use server::db::{Database, RoleUrls, TenantId};
use server::doctor::isolation::{Seen, seen};
use server::reactions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinSet;

const CLIENTS: usize = 16;
const SERVER_CONNECTIONS: usize = 2;
const READS_OF_A_CLIENT: usize = 250;
const PORT: u16 = 6432;

/// A running PgBouncer; ended when dropped.
struct Bouncer {
    process: Child,
    folder: TempDir,
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    [
        "/usr/sbin/pgbouncer",
        "/usr/bin/pgbouncer",
        "/usr/local/bin/pgbouncer",
    ]
    .map(PathBuf::from)
    .into_iter()
    .find(|path| path.exists())
}

/// PgBouncer in front of the world's database; none where it is not installed.
async fn bouncer(world: &World) -> Option<Bouncer> {
    let Some(program) = program() else {
        eprintln!(
            "LEFT OUT: there is no pgbouncer on this machine, so isolation behind a pooler was not tried (bin/setup installs it)"
        );
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut users = String::new();
    for login in [&world.roles.app, &world.roles.engine, &world.roles.operator] {
        let url = login.to_url_lossy();
        writeln!(
            users,
            "\"{}\" \"{}\"",
            login.get_username(),
            url.password().unwrap()
        )
        .unwrap();
    }
    std::fs::write(path.join("users.txt"), users).unwrap();
    let database = world.roles.app.get_database().unwrap();
    let configuration = format!(
        "[databases]\n{database} = host={} port=5432 dbname={database}\n\
         [pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {}\nauth_type = trust\nauth_file = {}\n\
         pool_mode = transaction\nserver_reset_query = deallocate all\nserver_reset_query_always = 1\n\
         default_pool_size = {SERVER_CONNECTIONS}\nmax_client_conn = 100\n\
         ignore_startup_parameters = extra_float_digits\nlogfile = {}\n",
        world.owner.get_socket().unwrap().display(),
        path.display(),
        path.join("users.txt").display(),
        path.join("log").display(),
    );
    let file = path.join("pgbouncer.ini");
    std::fs::write(&file, configuration).unwrap();
    let process = start(&program, &file, world.owner.get_socket().unwrap());
    let bouncer = Bouncer { process, folder };
    let socket = bouncer.folder.path().join(format!(".s.PGSQL.{PORT}"));
    for _ in 0..200 {
        if socket.exists() {
            return Some(bouncer);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let said = std::fs::read_to_string(bouncer.folder.path().join("log")).unwrap_or_default();
    panic!("pgbouncer did not start: {said}");
}

/// It refuses to run as root, as PostgreSQL does: then it becomes the account that has PostgreSQL's socket.
fn start(program: &Path, configuration: &Path, socket_of_postgres: &Path) -> Child {
    use std::os::unix::fs::MetadataExt;
    let folder = configuration.parent().unwrap();
    let owner = std::fs::metadata(socket_of_postgres).unwrap();
    let me = std::fs::metadata("/proc/self").unwrap();
    let mut command = if me.uid() == 0 {
        for entry in [
            folder.to_path_buf(),
            configuration.to_path_buf(),
            folder.join("users.txt"),
        ] {
            std::os::unix::fs::chown(&entry, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let mut command = Command::new("setpriv");
        command.args([
            &format!("--reuid={}", owner.uid()),
            &format!("--regid={}", owner.gid()),
            "--clear-groups",
            "--pdeathsig=TERM",
            "--",
        ]);
        command.arg(program);
        command
    } else {
        Command::new(program)
    };
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    command
        .arg("-q")
        .arg(configuration)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Bouncer {
    /// The login, through the pooler. A statement that was prepared on one connection is not there on the next, so none are
    /// remembered; the pooler's `deallocate all` forgets them on its side, where a PgBouncer older than 1.21 would not.
    fn through(&self, login: &PgConnectOptions) -> PgConnectOptions {
        login
            .clone()
            .socket(self.folder.path())
            .port(PORT)
            .statement_cache_capacity(0)
    }
}

/// Tenants with one customer, two, three and four.
async fn tenants(world: &World) -> Vec<(TenantId, u64)> {
    let mut all = Vec::new();
    for count in 1..=4_u32 {
        let name = format!("{}-p{count}", world.slug);
        let tenant = server::tenants::create(&world.app, new_tenant(&name))
            .await
            .unwrap();
        customers(world, tenant, count).await;
        all.push((tenant, u64::from(count)));
    }
    all
}

#[tokio::test]
async fn behind_a_pooler_sixteen_clients_on_two_connections_see_no_foreign_row() {
    let world = world().await;
    let Some(bouncer) = bouncer(&world).await else {
        return;
    };
    let tenants = Arc::new(tenants(&world).await);
    // its own connections would be counted with the pooler's
    world.app.db.close().await;
    let roles = RoleUrls {
        app: bouncer.through(&world.roles.app),
        engine: bouncer.through(&world.roles.engine),
        operator: bouncer.through(&world.roles.operator),
    };
    let db = Database::connect(&roles, u32::try_from(CLIENTS).unwrap(), reactions::react);
    db.check_roles().await.unwrap();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(client(
            db.clone(),
            Arc::clone(&tenants),
            number,
            world.app.clock.now(),
        ));
    }
    let (mut reads, mut cancelled) = (0, 0);
    while let Some(done) = clients.join_next().await {
        let (read, gave_up) = done.unwrap();
        reads += read;
        cancelled += gave_up;
    }
    let connections: usize = world
        .text(
            "select count(*) from pg_stat_activity where datname = current_database() and usename = 'courtesy_app'",
        )
        .await
        .parse()
        .unwrap();
    db.close().await;
    eprintln!(
        "pooler: {reads} reads of {CLIENTS} clients on {connections} connections, {cancelled} cancelled, 0 foreign rows"
    );
    assert_eq!(connections, SERVER_CONNECTIONS);
    assert!(reads >= 3000 && cancelled > 0);
}

/// Reads as one tenant after another; answers how many reads there were and how many were given up half-way.
async fn client(
    db: Database,
    tenants: Arc<Vec<(TenantId, u64)>>,
    number: usize,
    now: Timestamp,
) -> (u32, u32) {
    let (mut reads, mut cancelled) = (0, 0);
    for turn in 0..READS_OF_A_CLIENT {
        let (tenant, own) = tenants[(number + turn) % tenants.len()];
        let mut tx = db.tenant(tenant, now, None).await.unwrap();
        if turn % 16 == 15 {
            let given_up = tokio::time::timeout(Duration::from_micros(200), seen(&mut tx)).await;
            cancelled += u32::from(given_up.is_err());
            continue;
        }
        let seen = seen(&mut tx).await.unwrap();
        assert_eq!(seen, Seen { own, foreign: 0 }, "client {number}, turn {turn}");
        reads += 1;
        if turn % 2 == 0 {
            tx.commit().await.unwrap();
        }
    }
    (reads, cancelled)
}

#[tokio::test]
async fn behind_a_pooler_a_tenant_that_is_set_for_a_session_leaks_so_the_test_would_notice() {
    let world = world().await;
    let Some(bouncer) = bouncer(&world).await else {
        return;
    };
    let tenants = tenants(&world).await;
    let login = bouncer.through(&world.roles.app);
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (login, tenant) = (login.clone(), tenants[number % tenants.len()].0.as_uuid());
        clients.spawn(async move {
            let mut connection = login.connect().await.unwrap();
            let enter = format!("set app.current_tenant = '{tenant}'");
            connection.execute(AssertSqlSafe(enter)).await.unwrap();
            let mut leaks = 0;
            for _ in 0..40 {
                let sql =
                    format!("select count(*) from customers where tenant_id is distinct from '{tenant}'");
                let foreign: i64 = connection.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0);
                leaks += u32::from(foreign > 0);
            }
            connection.close().await.unwrap();
            leaks
        });
    }
    let mut leaks = 0;
    while let Some(done) = clients.join_next().await {
        leaks += done.unwrap();
    }
    eprintln!(
        "pooler, a session's `set` as control: {leaks} of {} reads saw another tenant",
        CLIENTS * 40
    );
    assert!(
        leaks > 0,
        "the control did not leak: the test before it proves nothing"
    );
}
