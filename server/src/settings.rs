//! Every setting: a flag and an environment variable, each with its default.
use clap::Args;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What every command knows.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// Where the embedded database, its credentials and the sandbox's journal live.
    #[arg(
        long,
        env = "COURTESY_DATA",
        default_value = "data",
        global = true,
        value_name = "FOLDER"
    )]
    pub data_dir: PathBuf,

    /// An outside PostgreSQL (15 or newer) instead of the embedded one.
    #[arg(
        long,
        env = "DATABASE_URL",
        global = true,
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<SecretString>,

    /// The login that owns the tables and runs migrations, when it is not that of --database-url.
    #[arg(
        long,
        env = "DATABASE_OWNER_URL",
        global = true,
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_owner_url: Option<SecretString>,

    /// The folder with PostgreSQL's `postgres` and `initdb`, when they are not found by themselves.
    #[arg(long, env = "COURTESY_PG_BIN", global = true, value_name = "FOLDER")]
    pub pg_bin: Option<PathBuf>,

    /// Where `serve` answers health checks and metrics.
    #[arg(
        long,
        env = "COURTESY_LISTEN",
        default_value = "127.0.0.1:8480",
        global = true,
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,

    /// Print JSON for machines instead of text for people.
    #[arg(long, global = true)]
    pub json: bool,
}
