//! What a command runs in: its settings and, once opened, the database brought up to date, the pools and the providers.
use crate::app::App;
use crate::clock::Clock;
use crate::db::embedded::{self, Embedded};
use crate::db::{Database, RoleUrls, migrate};
use crate::reactions;
use crate::seal::KeyRing;
use crate::settings::Settings;
use anyhow::Context;
use providers::http::{Egress, Http};
use providers::sandbox::{Sandbox, Script};
use secrecy::ExposeSecret;
use sqlx::postgres::PgConnectOptions;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How many connections do tenants' work.
const CONNECTIONS: u32 = 10;

const LONGEST_CLOSE: Duration = Duration::from_secs(2);

/// Before the database is opened.
#[derive(Debug, Clone)]
pub struct Session {
    pub settings: Settings,
}

/// An installation that is open. Dropping it stops the embedded server if this process started it.
pub struct Open {
    pub app: App,
    embedded: Option<Embedded>,
}

impl Deref for Open {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl Open {
    /// Closes the pools and stops what this process started.
    pub async fn close(mut self) -> anyhow::Result<()> {
        self.app.db.close().await;
        match self.embedded.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    /// Answers with how the embedded server ended, if it ends while we run; else never.
    pub async fn database_ended(&self) -> String {
        match &self.embedded {
            Some(server) => server.ended().await,
            None => std::future::pending().await,
        }
    }
}

/// A command that just returns leaves connections that are being rolled back; the embedded server should not end under them.
impl Drop for Open {
    fn drop(&mut self) {
        if self.embedded.is_some() {
            let db = self.app.db.clone();
            let closed = tokio::time::timeout(LONGEST_CLOSE, async move { db.close().await });
            // too late or not, the server stops next
            let _ = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(closed));
        }
    }
}

/// How to reach the database: as its owner for migrations, as each role for work.
pub struct Reached {
    pub owner: PgConnectOptions,
    pub roles: RoleUrls,
    embedded: Option<Embedded>,
}

impl Session {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Where the sandbox keeps its receipts: a file of its own, outside the database.
    pub fn journal(&self) -> PathBuf {
        self.settings.data_dir.join("sandbox.jsonl")
    }

    /// Where the master keys are.
    pub fn keys_file(&self) -> PathBuf {
        self.settings
            .keys_file
            .clone()
            .unwrap_or_else(|| self.settings.data_dir.join("keys.json"))
    }

    fn egress(&self) -> Egress {
        if self.settings.allow_private_egress {
            Egress::Anywhere
        } else {
            Egress::Public
        }
    }

    /// Opens the installation on the system's clock, for a command that hands nothing over.
    pub async fn open(&self) -> anyhow::Result<Open> {
        self.open_with(Clock::System, None).await
    }

    /// Starts or attaches to the database, brings its schema up to date, and checks the roles. With a script the sandbox is opened, whose
    /// journal is one process's at a time.
    pub async fn open_with(&self, clock: Clock, script: Option<Script>) -> anyhow::Result<Open> {
        let reached = self.reach().await?;
        migrate::up(&reached.owner).await?;
        let db = Database::connect(&reached.roles, CONNECTIONS, reactions::react);
        db.check_roles().await?;
        let journal = self.journal();
        std::fs::create_dir_all(&self.settings.data_dir).with_context(|| {
            format!(
                "data folder {}: it can't be made",
                self.settings.data_dir.display()
            )
        })?;
        let mut app = App::new(db, clock);
        app.http = Some(Http::new(self.egress()).context("TLS can't be set up on this machine")?);
        app.public_url = self.settings.public_url.clone().filter(|url| !url.is_empty());
        app.keys = Some(Arc::new(KeyRing::at(&self.keys_file())?));
        if let Some(script) = script {
            app =
                app.with_sandbox(Sandbox::open(&journal, script).with_context(|| {
                    format!("the sandbox's journal {} can't be opened", journal.display())
                })?);
        }
        Ok(Open {
            app,
            embedded: reached.embedded,
        })
    }

    /// Finds the database: the outside one that is named, or the embedded one, started if need be.
    pub async fn reach(&self) -> anyhow::Result<Reached> {
        let Some(url) = &self.settings.database_url else {
            let options = embedded::Options {
                pg_bin: self.settings.pg_bin.clone(),
                ..embedded::Options::default()
            };
            let server = embedded::start(&self.settings.data_dir, &options).await?;
            let roles = RoleUrls {
                app: server.url(embedded::Role::App),
                engine: server.url(embedded::Role::Engine),
                operator: server.url(embedded::Role::Operator),
            };
            return Ok(Reached {
                owner: server.url(embedded::Role::Owner),
                roles,
                embedded: Some(server),
            });
        };
        let login: PgConnectOptions = url
            .expose_secret()
            .parse()
            .context("--database-url: it should look like postgres://user:password@host/database")?;
        let owner = match &self.settings.database_owner_url {
            Some(owner) => owner.expose_secret().parse().context(
                "--database-owner-url: it should look like postgres://user:password@host/database",
            )?,
            None => login.clone(),
        };
        Ok(Reached {
            owner,
            roles: RoleUrls::of_one_login(&login),
            embedded: None,
        })
    }
}

/// Logs go to the error stream, warnings and worse unless RUST_LOG says otherwise.
pub fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false)
        .init();
}
