//! `courtesy campaign`.
use super::session::Session;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Campaign {}

impl Campaign {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        match self {}
    }
}
