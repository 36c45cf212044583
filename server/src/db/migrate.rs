//! Brings a database's schema up or down: which migrations are due, and runs them, all or none.
//!
//! The files are built in. What is applied stands in sqlx's own table, so `sqlx migrate info` reads it too; the running
//! is ours, because sqlx commits file by file and its errors name neither the file nor the statement.
use super::statements::{Statement, split};
use jiff::Timestamp;
use sqlx::migrate::{AppliedMigration, Migrate, Migration, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgErrorPosition};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::time::Duration;

/// The product's migrations.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// sqlx's table, in the schema where its own tool looks for it whatever a migration does to the search path.
const TABLE: &str = "public._sqlx_migrations";
/// How long to wait for another program that is migrating.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// A migration that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub version: i64,
    pub subject: String,
    pub statements: usize,
}

/// A migration, and what the database knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub version: i64,
    pub subject: String,
    /// When it was applied; none: it is due.
    pub applied_at: Option<Timestamp>,
    /// Is the file the one that was applied (or not applied yet)? False too when this program does not know it.
    pub checksum_ok: bool,
    /// Does this program have it?
    pub is_known: bool,
}

/// Why the schema was left as it was.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("Cannot connect to the database to migrate it: {0}")]
    Connect(#[source] sqlx::Error),
    #[error("Another program has been migrating this database for {} s; wait for it, or end it, and try again", LONGEST_WAIT.as_secs())]
    Busy,
    #[error(
        "The database has migration {version:04} ({subject}), which this program does not know: a newer one has run here. \
         Start that newer program, or let it migrate down to {newest_known} first"
    )]
    Unknown {
        version: i64,
        subject: String,
        newest_known: i64,
    },
    #[error(
        "{file} was changed after it was applied to this database. Put the file back as it was and make the change in a new \
         migration; in development: migrate down below {version}, then up again"
    )]
    Changed { file: String, version: i64 },
    #[error("Migration {version:04} ({subject}) cannot be undone: it has no .down.sql file")]
    NoWayBack { version: i64, subject: String },
    #[error("{file} says `-- no-transaction`, but all migrations run in one transaction; remove that line")]
    NoTransaction { file: String },
    #[error("{0}")]
    Statement(Box<Failed>),
    #[error("The list of applied migrations cannot be read or written: {0}")]
    List(#[from] sqlx::Error),
    #[error("The list of applied migrations cannot be read or written: {0}")]
    Sqlx(#[from] sqlx::migrate::MigrateError),
}

/// The statement that failed.
#[derive(Debug)]
pub struct Failed {
    pub file: String,
    /// Which statement of the file, from 1.
    pub number: usize,
    /// The line of the file where PostgreSQL found the fault, else where the statement begins.
    pub line: usize,
    pub first_words: String,
    /// What PostgreSQL said: message, detail, hint.
    pub said: String,
    pub sqlstate: Option<String>,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            file,
            number,
            line,
            first_words,
            said,
            ..
        } = self;
        write!(
            out,
            "{file}, line {line}, statement {number} (`{first_words}`) failed: {said}. Nothing was changed"
        )
    }
}

/// Applies what is due, in order, in one transaction. Answers with what was applied: nothing, if all was there.
pub async fn up(options: &PgConnectOptions) -> Result<Vec<Applied>, MigrateError> {
    up_with(&MIGRATIONS, options).await
}

/// Undoes the newest migrations down to, but not including, the target version (0 undoes all), in one transaction.
pub async fn down(options: &PgConnectOptions, target_version: i64) -> Result<Vec<Applied>, MigrateError> {
    down_with(&MIGRATIONS, options, target_version).await
}

/// Undoes the newest applied migration.
pub async fn down_one(options: &PgConnectOptions) -> Result<Vec<Applied>, MigrateError> {
    let applied: Vec<i64> = status(options)
        .await?
        .iter()
        .filter(|it| it.applied_at.is_some())
        .map(|it| it.version)
        .collect();
    let target = applied.len().checked_sub(2).map_or(0, |at| applied[at]);
    down(options, target).await
}

/// Every migration that this program or the database knows, by version. Changes nothing.
pub async fn status(options: &PgConnectOptions) -> Result<Vec<Status>, MigrateError> {
    status_with(&MIGRATIONS, options).await
}

/// `up` with other migrations than the product's.
pub async fn up_with(migrator: &Migrator, options: &PgConnectOptions) -> Result<Vec<Applied>, MigrateError> {
    let mut connection = connect(options).await?;
    let done = apply_due(migrator, &mut connection).await;
    close(connection).await;
    done
}

/// `down` with other migrations than the product's.
pub async fn down_with(
    migrator: &Migrator,
    options: &PgConnectOptions,
    target_version: i64,
) -> Result<Vec<Applied>, MigrateError> {
    let mut connection = connect(options).await?;
    let done = undo_above(migrator, &mut connection, target_version).await;
    close(connection).await;
    done
}

/// `status` with other migrations than the product's.
pub async fn status_with(
    migrator: &Migrator,
    options: &PgConnectOptions,
) -> Result<Vec<Status>, MigrateError> {
    let mut connection = connect(options).await?;
    let listed = list(migrator, &mut connection).await;
    close(connection).await;
    listed
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, MigrateError> {
    options.connect().await.map_err(MigrateError::Connect)
}

/// Ends the session and with it its advisory lock and whatever transaction is open.
async fn close(connection: PgConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!("The connection that migrated did not close well: {error}");
    }
}

async fn apply_due(migrator: &Migrator, connection: &mut PgConnection) -> Result<Vec<Applied>, MigrateError> {
    begin(connection).await?;
    let applied = connection.list_applied_migrations(TABLE).await?;
    refuse_unknown(migrator, connection, &applied).await?;
    let mut done = Vec::new();
    for migration in migrator.iter().filter(|it| it.migration_type.is_up_migration()) {
        if let Some(earlier) = applied.iter().find(|it| it.version == migration.version) {
            if earlier.checksum != migration.checksum {
                return Err(MigrateError::Changed {
                    file: file_name(migration),
                    version: migration.version,
                });
            }
            continue;
        }
        done.push(run(migration, connection).await?);
        connection.skip(TABLE, migration).await?;
    }
    connection.execute("commit").await?;
    Ok(done)
}

async fn undo_above(
    migrator: &Migrator,
    connection: &mut PgConnection,
    target_version: i64,
) -> Result<Vec<Applied>, MigrateError> {
    begin(connection).await?;
    let applied = connection.list_applied_migrations(TABLE).await?;
    refuse_unknown(migrator, connection, &applied).await?;
    let mut done = Vec::new();
    for version in applied
        .iter()
        .rev()
        .map(|it| it.version)
        .filter(|version| *version > target_version)
    {
        let of_version = || migrator.iter().filter(move |it| it.version == version);
        let Some(way_back) = of_version().find(|it| it.migration_type.is_down_migration()) else {
            let subject = of_version()
                .next()
                .map(|it| it.description.to_string())
                .unwrap_or_default();
            return Err(MigrateError::NoWayBack { version, subject });
        };
        done.push(run(way_back, connection).await?);
        // A number is all that is put into the text.
        connection
            .execute(AssertSqlSafe(format!(
                "delete from {TABLE} where version = {version}"
            )))
            .await?;
    }
    connection.execute("commit").await?;
    Ok(done)
}

/// Takes sqlx's lock, so that of two starters one waits for the other, and opens the transaction.
async fn begin(connection: &mut PgConnection) -> Result<(), MigrateError> {
    tokio::time::timeout(LONGEST_WAIT, connection.lock())
        .await
        .map_err(|_| MigrateError::Busy)??;
    // A statement that waits for a lock makes everybody behind it wait: rather fail soon and be tried again.
    connection
        .execute("begin; set local lock_timeout = '2s'; set local client_min_messages = warning; set local search_path = public")
        .await?;
    connection.ensure_migrations_table(TABLE).await?;
    Ok(())
}

async fn refuse_unknown(
    migrator: &Migrator,
    connection: &mut PgConnection,
    applied: &[AppliedMigration],
) -> Result<(), MigrateError> {
    let Some(unknown) = applied.iter().find(|it| !migrator.version_exists(it.version)) else {
        return Ok(());
    };
    let version = unknown.version;
    let sql = format!("select description from {TABLE} where version = {version}");
    let subject = connection.fetch_one(AssertSqlSafe(sql)).await?.try_get(0)?;
    let newest_known = migrator.iter().map(|it| it.version).max().unwrap_or(0);
    Err(MigrateError::Unknown {
        version,
        subject,
        newest_known,
    })
}

async fn run(migration: &Migration, connection: &mut PgConnection) -> Result<Applied, MigrateError> {
    if migration.no_tx {
        return Err(MigrateError::NoTransaction {
            file: file_name(migration),
        });
    }
    let statements = split(migration.sql.as_str());
    for (index, statement) in statements.iter().enumerate() {
        connection
            .execute(AssertSqlSafe(statement.text))
            .await
            .map_err(|error| {
                MigrateError::Statement(Box::new(failed(migration, index + 1, statement, &error)))
            })?;
    }
    // What a file sets for itself must not reach the next.
    connection.execute("set local search_path = public").await?;
    Ok(Applied {
        version: migration.version,
        subject: migration.description.to_string(),
        statements: statements.len(),
    })
}

fn failed(migration: &Migration, number: usize, statement: &Statement<'_>, error: &sqlx::Error) -> Failed {
    let mut line = statement.line;
    let mut said = error.to_string();
    let mut sqlstate = None;
    let database = error
        .as_database_error()
        .and_then(|it| it.try_downcast_ref::<PgDatabaseError>());
    if let Some(database) = database {
        said = database.message().to_owned();
        for (name, more) in [
            ("detail", database.detail()),
            ("hint", database.hint()),
            ("where", database.r#where()),
        ] {
            said.extend(more.map(|more| format!("; {name}: {more}")));
        }
        sqlstate = Some(database.code().to_owned());
        if let Some(PgErrorPosition::Original(characters)) = database.position() {
            line += statement
                .text
                .chars()
                .take(characters.saturating_sub(1))
                .filter(|c| *c == '\n')
                .count();
        }
        if database.code() == "55P03" {
            said.push_str("; somebody else is using that table: try again when it is quieter");
        }
    }
    Failed {
        file: file_name(migration),
        number,
        line,
        first_words: statement.first_words(),
        said,
        sqlstate,
    }
}

/// The name of the file that a migration was read from.
fn file_name(migration: &Migration) -> String {
    let subject = migration.description.replace(' ', "_");
    format!(
        "migrations/{:04}_{subject}{}",
        migration.version,
        migration.migration_type.suffix()
    )
}

async fn list(migrator: &Migrator, connection: &mut PgConnection) -> Result<Vec<Status>, MigrateError> {
    let ours = migrator.iter().filter(|it| it.migration_type.is_up_migration());
    let mut all: Vec<Status> = ours
        .clone()
        .map(|it| Status {
            version: it.version,
            subject: it.description.to_string(),
            applied_at: None,
            checksum_ok: true,
            is_known: true,
        })
        .collect();
    let exists = connection
        .fetch_one(AssertSqlSafe(format!(
            "select to_regclass('{TABLE}') is not null"
        )))
        .await?;
    if exists.try_get(0)? {
        let sql = format!(
            "select version, description, (extract(epoch from installed_on) * 1000000)::bigint, checksum from {TABLE}"
        );
        for row in connection.fetch_all(AssertSqlSafe(sql)).await? {
            let (version, checksum): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(3)?);
            let applied_at = Timestamp::from_microsecond(row.try_get(2)?).ok();
            match all.iter_mut().find(|it| it.version == version) {
                Some(status) => {
                    status.applied_at = applied_at;
                    status.checksum_ok = ours
                        .clone()
                        .any(|it| it.version == version && *it.checksum == checksum);
                }
                None => {
                    let subject = row.try_get(1)?;
                    all.push(Status {
                        version,
                        subject,
                        applied_at,
                        checksum_ok: false,
                        is_known: false,
                    });
                }
            }
        }
    }
    all.sort_by_key(|it| it.version);
    Ok(all)
}
