//! `courtesy consent`: record, revoke and import consent; check the ledger; show the evidence.
use super::session::Session;
use clap::Subcommand;

mod import;
mod record;
mod show;

#[derive(Debug, Subcommand)]
pub enum Consent {
    /// Record what a customer allowed, as staff.
    Record(record::Record),
    /// Record that a customer, or whoever has an address, wants no more messages.
    Revoke(record::Revoke),
    /// Import a list of opt-outs from another tool (CSV: phone, email, channel, date, reason).
    Import(import::Import),
    /// Check the ledger's hash chain and that what is in force follows from it. Exit code 1 when it does not.
    Verify(show::Verify),
    /// Everything that proves a customer's consent, as JSON or as a page to print.
    Evidence(show::Evidence),
    /// What a customer's consent is now, per channel.
    Status(show::Status),
}

impl Consent {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        match self {
            Self::Record(command) => command.run(session).await,
            Self::Revoke(command) => command.run(session).await,
            Self::Import(command) => command.run(session).await,
            Self::Verify(command) => command.run(session).await,
            Self::Evidence(command) => command.run(session).await,
            Self::Status(command) => command.run(session).await,
        }
    }
}
