//! `courtesy migrate`.
use super::session::Session;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Migrate {}

impl Migrate {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        match self {}
    }
}
