//! The embedded PostgreSQL: found on this machine, run as our child in our own data folder, stopped with us.
//!
//! Whoever holds the lock on the data folder owns the server: it makes the cluster, starts and stops it. Others on the
//! same folder attach. Nothing listens on the network; each role logs in with its own password through a socket.
mod discover;
mod place;
mod setup;
mod supervise;

use anyhow::{Context, bail};
use nix::fcntl::{Flock, FlockArg};
use place::Place;
use setup::Credentials;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use supervise::{Child, Postmaster};
use tokio::time::{Instant, sleep};

/// The product's database.
pub const DATABASE: &str = "courtesy";
/// How long a second program waits for the owner of the data folder to have its server ready.
const LONGEST_ATTACH: Duration = Duration::from_secs(120);

/// Who a connection acts as. The process works as the last three; the owner is for migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Owns the database and its tables.
    Owner,
    /// A tenant's work.
    App,
    /// Finds and claims due work of all tenants.
    Engine,
    /// Reads across tenants for the operator.
    Operator,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::App, Self::Engine, Self::Operator];

    /// The role's name in PostgreSQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "courtesy_owner",
            Self::App => "courtesy_app",
            Self::Engine => "courtesy_engine",
            Self::Operator => "courtesy_operator",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// How to run the server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder with `postgres` and `initdb`; none: look for it.
    pub pg_bin: Option<PathBuf>,
    /// Wait for the disk at each commit. Only a throw-away server may do without.
    pub fsync: bool,
    /// More settings of PostgreSQL, for drills and measurements.
    pub settings: Vec<(&'static str, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pg_bin: None,
            fsync: true,
            settings: Vec::new(),
        }
    }
}

/// A server that runs in a data folder: ours, or another program's to which we are attached.
pub struct Embedded {
    place: Place,
    credentials: Credentials,
    /// Some if we own the server. The lock is let go after the child (fields drop in order).
    owned: Option<(Child, Flock<File>)>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Embedded")
            .field("cluster", &self.folder())
            .field("owned", &self.is_owner())
            .finish()
    }
}

/// Starts the server of a data folder (made if need be), or attaches to it if another program has started it.
/// When it answers, the database and its roles are there and accept logins; migrations are the caller's.
pub async fn start(data_dir: &Path, options: &Options) -> anyhow::Result<Embedded> {
    let data = data_folder(data_dir)?;
    let deadline = Instant::now() + LONGEST_ATTACH;
    loop {
        if let Some(lock) = lock(&data)? {
            return own(&data, options, lock).await;
        }
        let why = match attach(&data).await {
            Ok(embedded) => return Ok(embedded),
            Err(why) => why,
        };
        if Instant::now() > deadline {
            return Err(why.context(format!(
                "Another program has the data folder {}, and its database cannot be reached. Stop that program, \
                 or see postgres.log there",
                data.display()
            )));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

fn data_folder(folder: &Path) -> anyhow::Result<PathBuf> {
    let make = || -> std::io::Result<PathBuf> {
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent)?;
        }
        // `recursive` says only that it may exist already; the mode is not for its parents.
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        folder.canonicalize()
    };
    make().with_context(|| format!("Cannot make the data folder {}", folder.display()))
}

/// The lock that decides who owns the server; the kernel lets it go when its holder dies.
fn lock(data: &Path) -> anyhow::Result<Option<Flock<File>>> {
    let path = data.join("owner.lock");
    let opened = place::open_private(File::options().append(true), &path);
    let file = opened.with_context(|| {
        format!(
            "Cannot write {}: who made that folder? Start as that account",
            path.display()
        )
    })?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, error)) => Err(error).with_context(|| format!("Cannot lock {}", path.display())),
    }
}

async fn own(data: &Path, options: &Options, lock: Flock<File>) -> anyhow::Result<Embedded> {
    let place = Place::settle(data)?;
    let cluster = place.cluster();
    supervise::end_leftover(&cluster).await?;
    let existing = setup::existing_major(&cluster)?;
    let places = discover::Places::on_this_machine(options.pg_bin.as_deref(), data);
    let installation = place.within_reach(discover::find(&places, existing, &cluster)?)?;
    let credentials = Credentials::read_or_make(&place, existing.is_some())?;
    if existing.is_none() {
        tracing::info!(postgres.version = installation.major, database.folder = %cluster.display(), "Making the database");
        setup::make_cluster(&place, &installation, &credentials, options.fsync).await?;
    }
    let postgres = || {
        let mut command = supervise::command(&installation.program("postgres"), place.account.as_ref(), true);
        command.arg("-D").arg(&cluster);
        let all = settings(&place.socket, options.fsync);
        for (name, value) in all.iter().chain(&options.settings) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command
    };
    let child = Child::start(&place, postgres).await?;
    let embedded = Embedded {
        place,
        credentials,
        owned: Some((child, lock)),
    };
    setup::make_roles_and_database(&embedded.place.socket, &embedded.credentials).await?;
    Ok(embedded)
}

/// What differs from PostgreSQL's defaults. Given at each start, so that an upgrade of ours brings its own.
fn settings(socket: &Path, fsync: bool) -> Vec<(&'static str, String)> {
    let quoted = format!("\"{}\"", socket.display());
    let mut settings: Vec<(&'static str, String)> = [
        ("listen_addresses", ""),
        ("unix_socket_directories", quoted.as_str()),
        ("unix_socket_permissions", "0700"),
        ("port", "5432"),
        ("password_encryption", "scram-sha-256"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        // The details of an error quote rows, and so customers' addresses.
        ("log_error_verbosity", "terse"),
        ("log_min_error_statement", "panic"),
        // Each connection that comes back is rolled back, which is a warning each time when there was nothing to.
        ("log_min_messages", "error"),
        ("max_connections", "60"),
        ("shared_buffers", "256MB"),
        ("work_mem", "8MB"),
        ("maintenance_work_mem", "64MB"),
        ("max_wal_size", "2GB"),
        ("wal_compression", "on"),
        ("random_page_cost", "1.1"),
        // Our statements are short: compiling them costs more than it saves.
        ("jit", "off"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into();
    if !fsync {
        let off = ["fsync", "synchronous_commit", "full_page_writes"].map(|name| (name, "off".to_owned()));
        settings.extend(off);
    }
    settings
}

/// Joins the server that another program owns; the operator's login, granted last, is the sign that all is ready.
async fn attach(data: &Path) -> anyhow::Result<Embedded> {
    let (Some(place), Some(credentials)) = (
        Place::remembered(data)?,
        Credentials::read(&data.join("credentials.json"))?,
    ) else {
        bail!("It has not made its database yet");
    };
    if !Postmaster::of(&place.cluster()).is_some_and(|it| it.is_ready) {
        bail!("Its database is not ready");
    }
    let embedded = Embedded {
        place,
        credentials,
        owned: None,
    };
    embedded.url(Role::Operator).connect().await?.close().await?;
    Ok(embedded)
}

impl Embedded {
    /// How to connect to the product's database as a role; `.database(name)` on it leads to another.
    pub fn url(&self, role: Role) -> PgConnectOptions {
        self.credentials
            .options(&self.place.socket, role.name(), DATABASE)
    }

    /// Makes another database (for tests), which the owner owns and the other roles may enter; a copy of `template`
    /// if one is named, which nobody may be connected to then. Names: small letters, digits and `_`.
    pub async fn database(&self, name: &str, template: Option<&str>) -> anyhow::Result<()> {
        for given in [Some(name), template].into_iter().flatten() {
            check_name(given)?;
        }
        let mut connection = self.credentials.superuser(&self.place.socket, "postgres").await?;
        let made = setup::make_database(&mut connection, name, template).await;
        connection.close().await?;
        made.with_context(|| format!("Cannot make the database {name}"))
    }

    /// Removes such a database and ends the connections to it.
    pub async fn drop_database(&self, name: &str) -> anyhow::Result<()> {
        check_name(name)?;
        anyhow::ensure!(name != DATABASE, "The product's database is not dropped");
        let mut connection = self.credentials.superuser(&self.place.socket, "postgres").await?;
        let dropped = setup::run(
            &mut connection,
            format!("drop database if exists {name} with (force)"),
        )
        .await;
        connection.close().await?;
        dropped.with_context(|| format!("Cannot drop the database {name}"))
    }

    /// The cluster's folder.
    pub fn folder(&self) -> PathBuf {
        self.place.cluster()
    }

    /// The file that PostgreSQL writes its messages to.
    pub fn log(&self) -> PathBuf {
        self.place.log()
    }

    /// Did we start the server (and so will stop it), or are we attached to another program's?
    pub fn is_owner(&self) -> bool {
        self.owned.is_some()
    }

    /// Answers with how the server ended, if it ends while we own it; else never. For a program that should end then too.
    pub async fn ended(&self) -> String {
        match &self.owned {
            Some((child, _)) => child.ended().await,
            None => std::future::pending().await,
        }
    }

    /// Stops the server if we own it and waits until it is gone; ends its sessions, attached programs' too.
    pub async fn stop(self) -> anyhow::Result<()> {
        match &self.owned {
            Some((child, _)) => child.stop().await,
            None => Ok(()),
        }
    }
}

/// Without `stop`: asks the server to stop and does not wait; a start that follows waits for its end.
impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some((child, _)) = &self.owned {
            child.interrupt();
        }
    }
}

/// Names go into statements as they are.
fn check_name(name: &str) -> anyhow::Result<()> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let ok =
        name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_plain);
    anyhow::ensure!(
        ok,
        "{name:?} is no name for a database: small letters, digits and _ only"
    );
    Ok(())
}
