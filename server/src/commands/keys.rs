//! `courtesy keys`: the master keys under which credentials are sealed.
use super::screen;
use super::session::Session;
use crate::connections::keys;
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Show the master keys by name, and how many connections are sealed under each. Never a key itself.
    Status,
    /// Make a new master key and seal every connection anew under it. May be interrupted and repeated, also while `serve` runs.
    Rotate,
    /// Forget a master key that seals nothing any more. Backups of the database from before the rotation need it.
    Forget {
        /// The key's name, as `courtesy keys status` shows it.
        name: String,
    },
}

impl Keys {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let as_json = session.settings.json;
        let open = session.open().await?;
        let file = session.keys_file();
        match self {
            Self::Status => {
                let all = keys::status(&open).await?;
                if as_json {
                    return screen::json(&json!({ "file": file, "keys": all }));
                }
                if all.is_empty() {
                    screen::say(format!(
                        "No keys yet: the first connection that is added makes {}",
                        file.display()
                    ));
                    return Ok(());
                }
                let mut table = screen::table(["key", "connections", "state"]);
                for key in all {
                    let state = match (key.is_in_file, key.is_current) {
                        (false, _) => "not in the key file: what it sealed does not open",
                        (true, true) => "seals what is new",
                        (true, false) if key.connections == 0 => "seals nothing: it may be forgotten",
                        (true, false) => "older",
                    };
                    table.add_row([key.name, key.connections.to_string(), state.to_owned()]);
                }
                screen::say(table);
            }
            Self::Rotate => {
                let rotated = keys::rotate(&open).await?;
                if as_json {
                    screen::json(&rotated)?;
                } else {
                    let what = if rotated.is_new {
                        format!("`{}` is the new key", rotated.key)
                    } else {
                        format!(
                            "The rotation to `{}` that was interrupted is finished",
                            rotated.key
                        )
                    };
                    screen::say(format!(
                        "{what}; {} connections were sealed anew",
                        rotated.resealed
                    ));
                    screen::say(format!("Back up {} now.", file.display()));
                }
                anyhow::ensure!(
                    rotated.not_opened.is_empty(),
                    "these connections could not be opened, and stay as they are: {}",
                    rotated.not_opened.join(", ")
                );
            }
            Self::Forget { name } => {
                keys::forget(&open, &name).await?;
                if as_json {
                    return screen::json(&json!({ "forgotten": name }));
                }
                screen::say(format!(
                    "`{name}` is forgotten; backups of the database in which it sealed something no longer open without a backup of it"
                ));
            }
        }
        Ok(())
    }
}
