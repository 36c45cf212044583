//! The first start: the cluster, its roles with a password each, and the product's database. All of it may be repeated.
use super::discover::Installation;
use super::place::{Place, write_private};
use super::supervise::{command, last_lines};
use super::{DATABASE, Role};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use std::collections::BTreeMap;
use std::path::Path;

const SUPERUSER: &str = "postgres";

/// The passwords: 256 random bits each, in hexadecimal.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credentials(BTreeMap<String, String>);

impl Credentials {
    /// Those of an earlier start.
    pub fn read(file: &Path) -> anyhow::Result<Option<Self>> {
        match std::fs::read_to_string(file) {
            Ok(text) => Ok(Some(
                serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))?,
            )),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("Cannot read {}", file.display())),
        }
    }

    /// Those of an earlier start, completed; new ones are on disk before any role has them.
    pub fn read_or_make(place: &Place, exists: bool) -> anyhow::Result<Self> {
        let file = place.credentials();
        let earlier = Self::read(&file)?;
        if exists && earlier.is_none() {
            bail!(
                "The database's passwords are gone: {} is missing, but {} exists. Put that file back from a backup; \
                 or, if the data may go, remove both folders {} and start anew",
                file.display(),
                place.cluster().display(),
                place.home.display()
            );
        }
        let mut all = earlier.unwrap_or(Self(BTreeMap::new()));
        let before = all.0.len();
        for name in Role::ALL.map(Role::name).into_iter().chain([SUPERUSER]) {
            all.0.entry(name.to_owned()).or_insert_with(password);
        }
        if all.0.len() > before {
            write_private(&file, &serde_json::to_string_pretty(&all)?)?;
        }
        Ok(all)
    }

    fn of(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// How a role reaches a database.
    pub fn options(&self, socket: &Path, name: &str, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(socket)
            .port(5432)
            .username(name)
            .password(self.of(name))
            .database(database)
            .ssl_mode(PgSslMode::Disable)
            .application_name("courtesy")
    }

    /// A connection as the superuser. Its statements are not logged: some carry passwords.
    pub async fn superuser(&self, socket: &Path, database: &str) -> Result<PgConnection, sqlx::Error> {
        self.options(socket, SUPERUSER, database)
            .disable_statement_logging()
            .connect()
            .await
    }
}

fn password() -> String {
    let bytes: [u8; 32] = rand::random();
    hex::encode(bytes)
}

/// The major release that made the cluster, if there is one.
pub fn existing_major(cluster: &Path) -> anyhow::Result<Option<u32>> {
    if !cluster.exists() {
        return Ok(None);
    }
    let file = cluster.join("PG_VERSION");
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!(
            "Cannot read {}. If the folder belongs to another account, start Courtesy as that account (or as root); \
             if it is no PostgreSQL cluster, move it away",
            file.display()
        )
    })?;
    Ok(Some(
        text.trim()
            .parse()
            .with_context(|| format!("{} is damaged", file.display()))?,
    ))
}

/// Makes the cluster, whole or not at all: it gets its name last.
pub async fn make_cluster(
    place: &Place,
    with: &Installation,
    credentials: &Credentials,
    fsync: bool,
) -> anyhow::Result<()> {
    let part = place.home.join("postgres.part");
    let passwords = place.home.join("initdb.pw");
    if part.exists() {
        std::fs::remove_dir_all(&part).with_context(|| format!("Cannot remove {}", part.display()))?;
    }
    place.make_private(&part)?;
    // A real file of the account: after the change of account it cannot read a descriptor of ours.
    write_private(&passwords, credentials.of(SUPERUSER))?;
    place.hand_over(&passwords)?;

    let mut initdb = command(&with.program("initdb"), place.account.as_ref(), false);
    initdb.arg("-D").arg(&part).args([
        "-U",
        SUPERUSER,
        "-E",
        "UTF8",
        "-A",
        "scram-sha-256",
        "--data-checksums",
    ]);
    // macOS has no C.UTF-8; both order by code point.
    initdb.args(if cfg!(target_os = "macos") {
        ["--locale=C", "--lc-ctype=UTF-8"].as_slice()
    } else {
        &["--locale=C.UTF-8"]
    });
    if !fsync {
        initdb.arg("--no-sync");
    }
    initdb.arg("--pwfile").arg(&passwords);
    let ended = tokio::process::Command::from(initdb)
        .kill_on_drop(true)
        .output()
        .await;
    std::fs::remove_file(&passwords).with_context(|| format!("Cannot remove {}", passwords.display()))?;
    let ended = ended.with_context(|| format!("Cannot run {}", with.program("initdb").display()))?;
    if !ended.status.success() {
        let said = [ended.stdout, ended.stderr].concat();
        bail!(
            "initdb could not make {} ({}):\n{}",
            part.display(),
            ended.status,
            last_lines(&String::from_utf8_lossy(&said))
        );
    }
    std::fs::rename(&part, place.cluster()).with_context(|| format!("Cannot rename {}", part.display()))
}

/// Makes the roles that are missing, and the database if it is.
pub async fn make_roles_and_database(socket: &Path, credentials: &Credentials) -> anyhow::Result<()> {
    let mut connection = credentials
        .superuser(socket, "postgres")
        .await
        .context("Cannot enter the new database")?;
    let present = names(&mut connection, "select rolname::text from pg_roles").await?;
    for role in Role::ALL
        .into_iter()
        .filter(|role| !present.iter().any(|it| it == role.name()))
    {
        run(
            &mut connection,
            format!(
                "create role {} login nosuperuser nobypassrls nocreaterole nocreatedb noreplication password '{}'",
                role.name(),
                credentials.of(role.name())
            ),
        )
        .await?;
    }
    let databases = names(&mut connection, "select datname::text from pg_database").await?;
    if !databases.iter().any(|it| it == DATABASE) {
        run(
            &mut connection,
            "revoke connect, temporary on database postgres, template1 from public".to_owned(),
        )
        .await?;
        make_database(&mut connection, DATABASE, None).await?;
    }
    // Last, and again at each start: whoever attaches takes a successful login as the sign that all is there.
    grant_connect(&mut connection, DATABASE).await?;
    connection.close().await?;
    Ok(())
}

/// A database of the owner's, open to the other roles and to nobody else.
pub async fn make_database(
    connection: &mut PgConnection,
    name: &str,
    template: Option<&str>,
) -> anyhow::Result<()> {
    let owner = Role::Owner.name();
    let template = template.map(|it| format!(" template {it}")).unwrap_or_default();
    run(
        connection,
        format!("create database {name} owner {owner}{template}"),
    )
    .await?;
    grant_connect(connection, name).await
}

async fn grant_connect(connection: &mut PgConnection, database: &str) -> anyhow::Result<()> {
    let roles = Role::ALL.map(Role::name).join(", ");
    run(
        connection,
        format!("revoke all on database {database} from public"),
    )
    .await?;
    run(
        connection,
        format!("grant connect on database {database} to {roles}"),
    )
    .await
}

/// Runs one statement. Only names and passwords made here are put into its text.
pub async fn run(connection: &mut PgConnection, sql: String) -> anyhow::Result<()> {
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}

async fn names(connection: &mut PgConnection, sql: &'static str) -> anyhow::Result<Vec<String>> {
    let rows = connection.fetch_all(sql).await?;
    rows.iter()
        .map(|row| sqlx::Row::try_get(row, 0).map_err(Into::into))
        .collect()
}
