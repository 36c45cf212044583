//! `courtesy conversation canned`: list, put, remove.
use super::channel;
use crate::commands::screen;
use crate::commands::session::Session;
use crate::conversations::canned;
use crate::reports::{shortened, words};
use crate::tenants;
use clap::{Args, Subcommand};
use rules::channel::Channel;

/// As much of a text is shown in a list.
const SHOWN: usize = 60;

#[derive(Debug, Subcommand)]
pub enum Canned {
    /// Show a tenant's canned replies.
    List(OfTenant),
    /// Save a canned reply; one of that name takes the new text.
    Put(Put),
    /// Take a canned reply away.
    Remove(Remove),
}

#[derive(Debug, Args)]
pub struct OfTenant {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct Put {
    /// Its name, unique in the tenant.
    name: String,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// For this channel only: sms, whatsapp, email.
    #[arg(long, value_parser = channel)]
    channel: Option<Channel>,
    /// What it says.
    #[arg(long)]
    text: String,
}

#[derive(Debug, Args)]
pub struct Remove {
    /// Its name.
    name: String,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

impl Canned {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let slug = match self {
            Self::List(of) => &of.tenant,
            Self::Put(put) => &put.tenant,
            Self::Remove(remove) => &remove.tenant,
        };
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, slug).await?).await?;
        let (name, done, said) = match self {
            Self::List(_) => {
                let all = canned::list(&mut tx).await?;
                if session.settings.json {
                    return screen::json(&all);
                }
                if all.is_empty() {
                    screen::say("No canned replies yet.");
                    return Ok(());
                }
                let mut table = screen::table(["name", "channel", "text"]);
                for one in all {
                    let channel = one.channel.map_or("any", Channel::name);
                    table.add_row([one.name, words::channel(channel), shortened(&one.body, SHOWN)]);
                }
                screen::say(table);
                return Ok(());
            }
            Self::Put(put) => {
                canned::put(&mut tx, &put.name, put.channel, &put.text).await?;
                (&put.name, "saved", "is saved")
            }
            Self::Remove(remove) => {
                canned::remove(&mut tx, &remove.name).await?;
                (&remove.name, "removed", "is taken away")
            }
        };
        tx.commit().await?;
        if session.settings.json {
            return screen::json(&serde_json::json!({ "name": name, (done): true }));
        }
        screen::say(format!("{name} {said}"));
        Ok(())
    }
}
