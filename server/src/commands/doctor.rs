//! `courtesy doctor`: looks for what must not be, and names it.
use super::session::Session;
use clap::{ArgGroup, Args};
use std::path::PathBuf;

pub mod isolation;

/// At least one examination is asked for.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("examination").required(true).multiple(true).args(["isolation"]))]
pub struct Doctor {
    /// Try whether one tenant can reach another's rows, and read the catalog for anything that would let it. Leaves nothing behind.
    #[arg(long)]
    isolation: bool,
    /// Write the examination of isolation as a page that can be shown and printed.
    #[arg(long, value_name = "FILE", requires = "isolation")]
    page: Option<PathBuf>,
}

impl Doctor {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        if self.isolation {
            isolation::run(&session, self.page.as_deref()).await?;
        }
        Ok(())
    }
}
