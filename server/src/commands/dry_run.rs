//! `courtesy dry-run`.
use super::session::Session;
use clap::Args;

#[derive(Debug, Args)]
pub struct DryRun {}

impl DryRun {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        Ok(())
    }
}
