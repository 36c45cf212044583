//! `courtesy import`.
use super::session::Session;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Import {}

impl Import {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        match self {}
    }
}
