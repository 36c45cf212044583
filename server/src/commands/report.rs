//! `courtesy report`.
use super::session::Session;
use clap::Args;

#[derive(Debug, Args)]
pub struct Report {}

impl Report {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        Ok(())
    }
}
