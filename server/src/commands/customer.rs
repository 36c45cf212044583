//! `courtesy customer`.
use super::session::Session;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Customer {}

impl Customer {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        match self {}
    }
}
