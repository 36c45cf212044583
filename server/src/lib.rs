//! Courtesy, the product. Three lists say what there is: `commands` (all that can be called), `engine` (all that runs by
//! itself), `reactions` (what follows from what, in the same transaction).
use clap::Parser;

// the kernel: knows no feature
pub mod app;
pub mod carriers;
pub mod clock;
pub mod dates;
pub mod db;
pub mod failpoints;
pub mod happened;
pub mod ids;
pub mod private_file;
pub mod seal;
pub mod sent_away;
pub mod settings;

// features, each may call those before it
pub mod campaigns;
pub mod connections;
pub mod consents;
pub mod conversations;
pub mod customers;
pub mod doctor;
pub mod imports;
pub mod inbound;
pub mod messages;
pub mod pace;
pub mod reconciliation;
pub mod reports;
pub mod reviews;
pub mod templates;
pub mod tenants;
pub mod work_orders;

// the lists
pub mod commands;
pub mod engine;
pub mod http;
pub mod reactions;

/// Self-hosted customer messaging for people who message on behalf of many businesses.
#[derive(Debug, Parser)]
#[command(name = "courtesy", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: commands::Command,
    #[command(flatten)]
    settings: settings::Settings,
}

/// Runs one command. The exit code is 0 when it did what was asked, 1 when it could not, 2 for a wrong command line.
pub fn run(cli: Cli) -> std::process::ExitCode {
    commands::session::start_logging();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the runtime does not start");
            return std::process::ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli.command.run(commands::session::Session::new(cli.settings))) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            commands::screen::complain(&error);
            std::process::ExitCode::FAILURE
        }
    }
}
