//! `courtesy demo`.
use super::session::Session;
use clap::Args;

#[derive(Debug, Args)]
pub struct Demo {}

impl Demo {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        Ok(())
    }
}
