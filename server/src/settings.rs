//! Every setting: a flag and an environment variable, each with its default.
use clap::Args;
use providers::http::base_url;
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

    /// The master keys that seal credentials; made when the first connection is added. Back it up apart from the database: without it
    /// no connection opens. By default `keys.json` in the data folder.
    #[arg(long, env = "COURTESY_KEYS", global = true, value_name = "FILE")]
    pub keys_file: Option<PathBuf>,

    /// The address under which providers and readers reach `serve`, e.g. https://messages.example.com: what providers sign, and where
    /// they call back. Empty is none: a setting that is not filled in.
    #[arg(long, env = "COURTESY_PUBLIC_URL", global = true, value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// Let connections reach providers and relays in private networks, also without TLS.
    #[arg(long, env = "COURTESY_ALLOW_PRIVATE_EGRESS", global = true)]
    pub allow_private_egress: bool,

    /// Where `serve` answers webhooks, health checks and metrics.
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

fn public_url(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    base_url(text).map_err(|why| format!("it {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn read(url: &str) -> Result<Option<String>, clap::Error> {
        Line::try_parse_from(["courtesy", "--public-url", url]).map(|line| line.settings.public_url)
    }

    #[test]
    fn a_public_url_is_whole_or_the_command_line_is_wrong() {
        for url in ["messages.example.com", "notaurl", "https://x.example/sub/?q=1"] {
            let refused = read(url).unwrap_err();
            assert_eq!(refused.exit_code(), 2);
            assert!(refused.to_string().contains("--public-url"), "{refused}");
        }
        assert_eq!(
            read("https://messages.example.com/sub/").unwrap().as_deref(),
            Some("https://messages.example.com/sub")
        );
    }
}
