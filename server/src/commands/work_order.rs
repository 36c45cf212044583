//! `courtesy work-order`.
use super::session::Session;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum WorkOrder {}

impl WorkOrder {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        match self {}
    }
}
