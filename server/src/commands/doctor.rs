//! `courtesy doctor`: looks for what must not be, and names it.
use super::session::Session;
use clap::{ArgGroup, Args};
use std::path::PathBuf;

pub mod deep;
pub mod isolation;

/// At least one examination is asked for.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("examination").required(true).multiple(true).args(["deep", "isolation"]))]
pub struct Doctor {
    /// Check what must hold over all rows, and name each that breaks it. Reads everything, changes nothing.
    #[arg(long)]
    deep: bool,
    /// One tenant only; without the checks that concern no tenant alone.
    #[arg(long, value_name = "SLUG", requires = "deep")]
    tenant: Option<String>,
    /// Try whether one tenant can reach another's rows, and read the catalog for anything that would let it. Leaves nothing behind.
    #[arg(long)]
    isolation: bool,
    /// Write the examination of isolation as a page that can be shown and printed.
    #[arg(long, value_name = "FILE", requires = "isolation")]
    page: Option<PathBuf>,
}

impl Doctor {
    /// Runs each examination that was asked for; fails after all of them if any found something.
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let mut found = Ok(());
        if self.isolation {
            found = isolation::run(&session, self.page.as_deref()).await;
        }
        if self.deep {
            found = found.and(deep::run(&session, self.tenant.as_deref()).await);
        }
        found
    }
}
