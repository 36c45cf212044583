//! The command line: one file per command, each a few lines around a feature's verb.
use clap::Subcommand;

pub mod campaign;
pub mod completions;
pub mod connection;
pub mod consent;
pub mod conversation;
pub mod customer;
pub mod demo;
pub mod doctor;
pub mod dry_run;
pub mod hooks;
pub mod import;
pub mod keys;
pub mod message;
pub mod migrate;
pub mod pace;
pub mod reconcile;
pub mod report;
pub mod screen;
pub mod serve;
pub mod session;
pub mod task;
pub mod template;
pub mod tenant;
pub mod why;
pub mod work_order;

use session::Session;

/// All that can be asked on the command line.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fourteen days of campaign on a virtual clock, with a report and its proof.
    Demo(demo::Demo),
    /// Run the engine, take webhooks, and answer /healthz, /readyz and /metrics.
    Serve(serve::Serve),
    /// Bring the database up to date, take it back, or say where it stands.
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Make, list and change tenants.
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// Connect a tenant to providers: add, verify, try out, activate.
    #[command(subcommand)]
    Connection(connection::Connection),
    /// The master keys that seal credentials: show, rotate, forget.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Find, show, add, tag and archive customers.
    #[command(subcommand)]
    Customer(customer::Customer),
    /// Import customers or work orders from a CSV file.
    #[command(subcommand)]
    Import(import::Import),
    /// Record, revoke, import, verify and show consent.
    #[command(subcommand)]
    Consent(consent::Consent),
    /// The inbox: list, show, reply, cancel, note, assign, read, status, tag, canned replies.
    #[command(subcommand)]
    Conversation(conversation::Conversation),
    /// What a person should look at: list, show, close with a reason.
    #[command(subcommand)]
    Task(task::Task),
    /// Say what became of a message when its provider can't tell.
    #[command(subcommand)]
    Message(message::Message),
    /// List, show, check and edit templates.
    #[command(subcommand)]
    Template(template::Template),
    /// List campaigns, copy a preset, pause, resume, delete.
    #[command(subcommand)]
    Campaign(campaign::Campaign),
    /// List work orders and change their status.
    #[command(subcommand)]
    WorkOrder(work_order::WorkOrder),
    /// What providers told by webhook: count it, read it again.
    #[command(subcommand)]
    Hooks(hooks::Hooks),
    /// Per recipient of a campaign: when, on what channel, or why not. Writes nothing.
    DryRun(dry_run::DryRun),
    /// What was sent, what waits, what was stopped and why.
    Report(report::Report),
    /// The recorded decisions about a message, in plain words.
    Why(why::Why),
    /// How fast each sender may send: list and set.
    #[command(subcommand)]
    Pace(pace::Pace),
    /// Compare with providers what they know and we don't, or show what was compared.
    Reconcile(reconcile::Reconcile),
    /// Look for what must not be in the database, and name it. Exit code 1 when there is any.
    Doctor(doctor::Doctor),
    /// Print completions for a shell.
    Completions(completions::Completions),
}

impl Command {
    /// Runs it. An error is printed by `main`, which then ends with code 1.
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        match self {
            Self::Demo(command) => command.run(session).await,
            Self::Serve(command) => command.run(session).await,
            Self::Migrate(command) => command.run(session).await,
            Self::Tenant(command) => command.run(session).await,
            Self::Connection(command) => command.run(session).await,
            Self::Keys(command) => command.run(session).await,
            Self::Customer(command) => command.run(session).await,
            Self::Import(command) => command.run(session).await,
            Self::Consent(command) => command.run(session).await,
            Self::Conversation(command) => command.run(session).await,
            Self::Task(command) => command.run(session).await,
            Self::Message(command) => command.run(session).await,
            Self::Template(command) => command.run(session).await,
            Self::Campaign(command) => command.run(session).await,
            Self::WorkOrder(command) => command.run(session).await,
            Self::Hooks(command) => command.run(session).await,
            Self::DryRun(command) => command.run(session).await,
            Self::Report(command) => command.run(session).await,
            Self::Why(command) => command.run(session).await,
            Self::Pace(command) => command.run(session).await,
            Self::Reconcile(command) => command.run(session).await,
            Self::Doctor(command) => command.run(session).await,
            Self::Completions(command) => command.run(),
        }
    }
}
