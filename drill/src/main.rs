//! The drill: the product's engine in several processes that are killed, on a database that is stopped in the middle of anything,
//! with a provider that is slow, refuses, lies and hangs up, while customers write STOP and people pause and edit campaigns.
//! Afterwards everything is counted.
use clap::{Parser, Subcommand};
use std::process::ExitCode;

mod course;
mod crew;
mod disk;
mod jobs;
mod people;
mod provider;
mod proxy;
mod report;
mod run;
mod speakers;
mod stage;
mod talk;
mod twilio;
mod verdict;
mod wire;
mod words;
mod worker;

#[derive(Debug, Parser)]
#[command(name = "drill", version)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run the drill and say what it came to. Exit code 1 when a promise is broken.
    Run(run::Run),
    /// A worker of the drill; its orders stand in its environment.
    #[command(hide = true)]
    Worker,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new("warn,sqlx::query=error"))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            runtime.block_on(async {
                match Cli::parse().what {
                    What::Run(run) => run.run().await,
                    What::Worker => {
                        let orders = std::env::var(crew::ORDERS)?;
                        worker::run(serde_json::from_str(&orders)?).await.map(|()| true)
                    }
                }
            })
        });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::from(2)
        }
    }
}
