//! What a command runs in: its settings and, once opened, the database brought up to date and the pools.
use crate::app::App;
use crate::settings::Settings;

/// Before the database is opened.
#[derive(Debug, Clone)]
pub struct Session {
    pub settings: Settings,
}

impl Session {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Starts or attaches to the database, brings its schema up to date and checks the roles.
    pub async fn open(&self) -> anyhow::Result<App> {
        anyhow::bail!("not yet")
    }
}

/// Logs go to the error stream, warnings and worse unless RUST_LOG says otherwise.
pub fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
}
