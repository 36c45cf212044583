//! `courtesy migrate`: up, down, status.
use super::screen;
use super::session::Session;
use crate::db::migrate;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Migrate {
    /// Bring the schema up to date. All or nothing: a failing migration leaves everything as it was.
    Up,
    /// Take the newest migration back, or all down to a version.
    Down {
        /// Take back everything newer than this version; 0 takes back all. Data in the tables that go is lost.
        #[arg(long, value_name = "VERSION")]
        to: Option<i64>,
    },
    /// Say which migrations are applied, due, changed or unknown.
    Status,
}

impl Migrate {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let reached = session.reach().await?;
        match self {
            Self::Up => done("applied", &migrate::up(&reached.owner).await?),
            Self::Down { to: Some(version) } => {
                done("taken back", &migrate::down(&reached.owner, version).await?)
            }
            Self::Down { to: None } => done("taken back", &migrate::down_one(&reached.owner).await?),
            Self::Status => {
                let mut table = screen::table(["version", "subject", "state"]);
                for migration in migrate::status(&reached.owner).await? {
                    let state = match (migration.applied_at, migration.is_known, migration.checksum_ok) {
                        (_, false, _) => "unknown to this version of Courtesy".to_owned(),
                        (Some(_), true, false) => "applied, but its file has changed since".to_owned(),
                        (Some(at), true, true) => format!("applied {at}"),
                        (None, true, _) => "due".to_owned(),
                    };
                    table.add_row([format!("{:04}", migration.version), migration.subject, state]);
                }
                screen::say(table);
            }
        }
        Ok(())
    }
}

fn done(what: &str, migrations: &[migrate::Applied]) {
    if migrations.is_empty() {
        screen::say("Nothing to do.");
    }
    for migration in migrations {
        screen::say(format!(
            "{what}: {:04} {} ({} statements)",
            migration.version, migration.subject, migration.statements
        ));
    }
}
