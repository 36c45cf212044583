//! `courtesy doctor`: looks for what must not be, and names it.
use super::session::Session;
use clap::{ArgGroup, Args};

pub mod deep;

/// At least one examination is asked for.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("examination").required(true).multiple(true).args(["deep"]))]
pub struct Doctor {
    /// Check what must hold over all rows, and name each that breaks it. Reads everything, changes nothing.
    #[arg(long)]
    deep: bool,
    /// One tenant only; without the checks that concern no tenant alone.
    #[arg(long, value_name = "SLUG", requires = "deep")]
    tenant: Option<String>,
}

impl Doctor {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        if self.deep {
            deep::run(&session, self.tenant.as_deref()).await?;
        }
        Ok(())
    }
}
