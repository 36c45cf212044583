//! `courtesy template`.
use super::session::Session;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Template {}

impl Template {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        match self {}
    }
}
