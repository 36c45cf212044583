//! The bench: measures the product against hand-made SQL and other queues on one PostgreSQL, in the same minutes.
//!
//! Every figure is a ratio of two things measured in turn (A B A B), or has an absolute limit that says what for. It never runs as
//! a test: a busy machine would make it lie. The exit code is 1 when a limit is missed or a peer could not be measured.
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

mod carrier;
mod end_to_end;
mod figures;
mod finding;
mod importing;
mod instant;
mod million;
mod peers;
mod pinned;
mod process;
mod round_trips;
mod searching;
mod touches;
mod world;

use figures::Figures;

/// The parts, in the order in which they run.
const PARTS: [&str; 7] = [
    "touches",
    "end-to-end",
    "pinned",
    "import",
    "finding",
    "search",
    "process",
];

/// Measures Courtesy and prints ratios with their limits.
#[derive(Debug, Parser)]
pub struct Options {
    /// Small runs: minutes instead of half an hour, and figures that move more.
    #[arg(long)]
    quick: bool,
    /// These parts only: touches, end-to-end, pinned, import, finding, search, process.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Where the figures are written as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The folder of the other queues (package.json, node_modules).
    #[arg(long, value_name = "FOLDER", default_value = "bench/peers")]
    peers: PathBuf,
    /// The program that is measured as a process.
    #[arg(long, value_name = "FILE", default_value = "target/release/courtesy")]
    courtesy: PathBuf,
}

impl Options {
    fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|one| one == part)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            figures::say(format!("bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<bool> {
    if let Some(unknown) = options.only.iter().find(|one| !PARTS.contains(&one.as_str())) {
        anyhow::bail!("--only: `{unknown}` should be one of {}", PARTS.join(", "));
    }
    let mut figures = Figures::default();
    let server = world::Server::start().await?;
    let done = parts(&options, &server, &mut figures).await;
    figures.print(options.json.as_deref(), options.quick)?;
    server.stop().await?;
    done?;
    Ok(figures.all_met())
}

async fn parts(options: &Options, server: &world::Server, figures: &mut Figures) -> anyhow::Result<()> {
    if options.wants("touches") {
        touches::measure(options, server, figures).await?;
    }
    if options.wants("end-to-end") {
        end_to_end::measure(options, server, figures).await?;
    }
    if options.wants("pinned") {
        pinned::measure(options, server, figures).await?;
    }
    if options.wants("import") {
        importing::measure(options, server, figures).await?;
    }
    if ["finding", "search", "process"]
        .iter()
        .any(|part| options.wants(part))
    {
        million::measure(options, server, figures).await?;
    }
    Ok(())
}
