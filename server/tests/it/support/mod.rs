//! A world for a test: a database of its own (an engine works for every tenant it finds), a tenant, a clock that is moved by hand, a sandbox with a script.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
pub mod people;
pub mod scripted;

use jiff::Timestamp;
use providers::sandbox::{Sandbox, Script};
use server::app::App;
use server::clock::Clock;
use server::db::embedded::{self, Embedded, Options};
use server::db::{Database, RoleUrls, TenantId, TenantTx, migrate};
use server::engine::Engine;
use server::reactions;
use server::tenants::{self, NewTenant};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// The run's server. Its thread lives as long as the process, and PostgreSQL with it. Nobody connects to the product's database on it:
/// that is the template of every world's.
fn server() -> &'static Embedded {
    static SERVER: OnceLock<Arc<Embedded>> = OnceLock::new();
    SERVER.get_or_init(|| {
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let folder = tempfile::tempdir().unwrap();
                std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
                let options = Options {
                    fsync: false,
                    ..Options::default()
                };
                let server = Arc::new(embedded::start(folder.path(), &options).await.unwrap());
                migrate::up(&server.url(embedded::Role::Owner)).await.unwrap();
                tell.send(Arc::clone(&server)).unwrap();
                server.ended().await;
            });
        });
        told.recv().unwrap()
    })
}

/// Monday, 2 March 2026, 10:00 in New York: every window in the mainland is open or opens soon.
pub const START: &str = "2026-03-02T15:00:00Z";

/// One tenant in a database of its own, with everything that a running Courtesy has.
pub struct World {
    pub app: App,
    pub tenant: TenantId,
    pub slug: String,
    pub owner: PgConnectOptions,
    pub roles: RoleUrls,
    folder: TempDir,
}

/// A world in which the sandbox delivers everything and nobody answers.
pub async fn world() -> World {
    world_with(Script::calm()).await
}

/// Copies a database to which nobody is connected. Answers the copy's number, its owner and its roles.
async fn copy_of(template: &str) -> (u32, PgConnectOptions, RoleUrls) {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let database = format!("world_{number}");
    let server = server();
    let _copying = ONE_AT_A_TIME.lock().await;
    server.database(&database, Some(template)).await.unwrap();
    let url = |role| server.url(role).database(&database);
    let roles = RoleUrls {
        app: url(embedded::Role::App),
        engine: url(embedded::Role::Engine),
        operator: url(embedded::Role::Operator),
    };
    (number, url(embedded::Role::Owner), roles)
}

/// A world with a script for the sandbox.
pub async fn world_with(script: Script) -> World {
    let (number, owner, roles) = copy_of(embedded::DATABASE).await;
    let slug = format!("test-{number}");
    let folder = tempfile::tempdir().unwrap();
    let app = App::new(
        Database::connect(&roles, 4, reactions::react),
        Clock::starting_at(START.parse().unwrap()),
    )
    .with_sandbox(Sandbox::open(&folder.path().join("sandbox.jsonl"), script).unwrap());
    let tenant = tenants::create(&app, new_tenant(&slug)).await.unwrap();
    World {
        app,
        tenant,
        slug,
        owner,
        roles,
        folder,
    }
}

/// A world at a moment: copies of it are made in the time that a database takes to be copied.
pub struct Frozen {
    database: String,
    tenant: TenantId,
    at: Timestamp,
    journal: Vec<u8>,
}

impl Frozen {
    /// The same world again, for whoever wants to change it.
    pub async fn copy(&self) -> World {
        let (_, owner, roles) = copy_of(&self.database).await;
        let world = World::again(owner, roles, self.tenant);
        world.app.clock.move_to(self.at);
        std::fs::write(world.journal(), &self.journal).unwrap();
        world
    }
}

/// A plumber in Chicago.
pub fn new_tenant(slug: &str) -> NewTenant {
    NewTenant {
        slug: slug.to_owned(),
        name: "Test Plumbing".to_owned(),
        sender_name: "Test Plumbing".to_owned(),
        phone: Some("+13125550142".to_owned()),
        email: Some("office@test-plumbing.example".to_owned()),
        website: None,
        postal_address: Some("1 Pipe Street, Chicago, IL 60601".to_owned()),
        review_url: Some("https://test-plumbing.example/review".to_owned()),
        default_region: None,
        zone: Some("America/Chicago".to_owned()),
        monthly_message_quota: None,
        demo_created_by: None,
    }
}

impl World {
    /// The world of a database that is there, with pools of the present runtime.
    pub fn again(owner: PgConnectOptions, roles: RoleUrls, tenant: TenantId) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::new(
            Database::connect(&roles, 2, reactions::react),
            Clock::starting_at(START.parse().unwrap()),
        )
        .with_sandbox(Sandbox::open(&folder.path().join("sandbox.jsonl"), Script::calm()).unwrap());
        Self {
            app,
            tenant,
            slug: String::new(),
            owner,
            roles,
            folder,
        }
    }

    /// Ends the world, and keeps it as it is.
    pub async fn freeze(self) -> Frozen {
        let frozen = Frozen {
            database: self.owner.get_database().unwrap().to_owned(),
            tenant: self.tenant,
            at: self.app.clock.now(),
            journal: std::fs::read(self.journal()).unwrap(),
        };
        self.app.db.close().await;
        frozen
    }

    /// A transaction of the world's tenant at the clock's time.
    pub async fn tx(&self) -> TenantTx {
        self.app.tenant(self.tenant).await.unwrap()
    }

    /// The engine of this world, with small batches.
    pub fn engine(&self) -> Engine {
        Engine {
            batch: 100,
            lease_seconds: 30.0,
            ..Engine::new(self.app.clone())
        }
    }

    /// Moves the clock to this moment.
    pub fn at(&self, moment: &str) {
        self.app.clock.move_to(moment.parse().unwrap());
    }

    /// Another tenant in the same database.
    pub async fn neighbour(&self) -> TenantId {
        tenants::create(&self.app, new_tenant(&format!("{}-n", self.slug)))
            .await
            .unwrap()
    }

    /// The sandbox's journal.
    pub fn journal(&self) -> std::path::PathBuf {
        self.folder.path().join("sandbox.jsonl")
    }

    /// The program on the world's database, with this data folder, no settings of the environment and nobody who types.
    pub fn program(&self, data: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_courtesy"));
        command
            .arg("--database-url")
            .arg(self.superuser().to_url_lossy().as_str())
            .arg("--data-dir")
            .arg(data)
            .env_remove("DATABASE_OWNER_URL")
            .env_remove("COURTESY_KEYS")
            .env_remove("COURTESY_PUBLIC_URL")
            .env_remove("COURTESY_ALLOW_PRIVATE_EGRESS")
            .stdin(Stdio::null());
        command
    }

    /// One value as the database's owner, whom row security does not bind; `$1` is the tenant.
    pub async fn text(&self, sql: &str) -> String {
        let mut connection = self.owner.connect().await.unwrap();
        let sql = sql.replace("$1", &format!("'{}'", self.tenant.as_uuid()));
        let row = connection
            .fetch_one(AssertSqlSafe(format!("select ({sql})::text")))
            .await
            .unwrap();
        connection.close().await.unwrap();
        row.get::<Option<String>, _>(0).unwrap_or_default()
    }

    /// Runs statements as the database's owner; `$1` is the tenant.
    pub async fn run(&self, sql: &str) {
        let mut connection = self.owner.connect().await.unwrap();
        let sql = sql.replace("$1", &format!("'{}'", self.tenant.as_uuid()));
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// The moment of that text.
pub fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}
