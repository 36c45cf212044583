//! The `courtesy` binary.
use clap::Parser;

fn main() -> std::process::ExitCode {
    server::run(server::Cli::parse())
}
