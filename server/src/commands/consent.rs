//! `courtesy consent`.
use super::session::Session;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Consent {}

impl Consent {
    pub async fn run(self, _session: Session) -> anyhow::Result<()> {
        match self {}
    }
}
