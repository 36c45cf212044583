//! `courtesy completions`: prints completions for a shell.
use clap::{Args, CommandFactory};

/// Print completions for a shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell to complete for.
    shell: clap_complete::Shell,
}

impl Completions {
    pub fn run(self) -> anyhow::Result<()> {
        clap_complete::generate(
            self.shell,
            &mut crate::Cli::command(),
            "courtesy",
            &mut std::io::stdout(),
        );
        Ok(())
    }
}
