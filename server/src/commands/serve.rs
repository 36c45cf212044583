//! `courtesy serve`.
use super::session::Session;
use clap::Args;

#[derive(Debug, Args)]
pub struct Serve {}

impl Serve {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        Ok(())
    }
}
