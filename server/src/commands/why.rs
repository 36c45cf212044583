//! `courtesy why`.
use super::session::Session;
use clap::Args;

#[derive(Debug, Args)]
pub struct Why {}

impl Why {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        Ok(())
    }
}
