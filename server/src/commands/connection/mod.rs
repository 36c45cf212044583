//! `courtesy connection`: which provider carries a tenant's channel, from which address, with which credentials.
use super::screen;
use super::session::{Open, Session};
use crate::connections::{self, Changes};
use crate::db::TenantId;
use crate::tenants;
use clap::{Args, Subcommand};
use rules::channel::Channel;
use serde_json::json;

mod add;
mod secrets;
mod show;
mod test;

#[derive(Debug, Subcommand)]
pub enum Connection {
    /// Show the providers that can be connected to, with what each has to be told.
    Providers,
    /// Add a connection. It carries nothing until it is verified and activated.
    Add(Box<add::Add>),
    /// Show a tenant's connections.
    List(Of),
    /// Show one connection. Secrets are never shown.
    Show(Show),
    /// Change a connection: its fields, name, sender, or whom it stands in for. One in use has to work with what it is given; any other has
    /// to be verified again after its fields or its sender changed.
    Set(Box<Set>),
    /// Ask the provider whether the connection works. Sends nothing to anybody.
    Verify(One),
    /// Send a test through a connection, by the way of all messages.
    Test(test::Test),
    /// Take a verified connection into use, in place of the one that carried the same.
    Activate(One),
    /// Take a connection out of use.
    Deactivate(One),
    /// Take a connection away, with its credentials, its address and its hook.
    Remove(One),
    /// Give a connection's hook another address.
    Hook(Hook),
}

#[derive(Debug, Args)]
pub struct Of {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct One {
    /// The connection's name.
    name: String,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    one: One,
    /// Show the address that is entered at the provider. It holds the hook's token: whoever has it can call in the provider's place where the
    /// provider signs nothing.
    #[arg(long)]
    show_hook_url: bool,
}

#[derive(Debug, Args)]
pub struct Set {
    #[command(flatten)]
    one: One,
    /// Another name.
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    /// Another address of ours.
    #[arg(long, value_name = "ADDRESS")]
    sender: Option<String>,
    /// The carrier registration that the sender is under; empty: none any more.
    #[arg(long, value_name = "ID")]
    registration: Option<String>,
    #[command(flatten)]
    fields: secrets::Fields,
    /// Carry for that connection while its provider is out, and never else. Only of a connection that is not in use.
    #[arg(long, value_name = "NAME", conflicts_with = "stands_in_for_none")]
    stands_in_for: Option<String>,
    /// Stand in for none any more.
    #[arg(long)]
    stands_in_for_none: bool,
}

#[derive(Debug, Args)]
pub struct Hook {
    #[command(flatten)]
    one: One,
    /// Go on answering at the old address until the next new one, so that the provider can be told meanwhile.
    #[arg(long)]
    keep_old: bool,
}

impl Connection {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let as_json = session.settings.json;
        if let Self::Providers = self {
            return show::providers(as_json);
        }
        let open = session.open().await?;
        match self {
            Self::Providers => Ok(()),
            Self::Add(add) => add.run(&open, as_json).await,
            Self::List(of) => show::list(&open, of, as_json).await,
            Self::Show(show) => show::one(&open, show, as_json).await,
            Self::Set(set) => set.run(&open, as_json).await,
            Self::Verify(one) => one.verify(&open, as_json).await,
            Self::Test(test) => test.run(&open, as_json).await,
            Self::Activate(one) => one.activate(&open, as_json).await,
            Self::Deactivate(one) => one.deactivate(&open, as_json).await,
            Self::Remove(one) => one.remove(&open, as_json).await,
            Self::Hook(hook) => hook.run(&open, as_json).await,
        }
    }
}

impl Of {
    async fn id(&self, open: &Open) -> anyhow::Result<TenantId> {
        Ok(tenants::by_slug(open, &self.tenant).await?)
    }
}

impl One {
    async fn verify(self, open: &Open, as_json: bool) -> anyhow::Result<()> {
        let checked = connections::verify(open, self.of.id(open).await?, &self.name).await?;
        if as_json {
            return screen::json(&json!({ "name": self.name, "verified": true, "says": checked.summary }));
        }
        screen::say(format!("{} works: {}", self.name, checked.summary));
        Ok(())
    }

    async fn activate(self, open: &Open, as_json: bool) -> anyhow::Result<()> {
        let mut tx = open.tenant(self.of.id(open).await?).await?;
        let activated = connections::activate(&mut tx, &self.name).await?;
        let channel = connections::find(&mut tx, &self.name).await?.channel;
        tx.commit().await?;
        if as_json {
            return screen::json(
                &json!({ "name": self.name, "active": true, "instead_of": activated.instead_of }),
            );
        }
        if channel == Channel::Email.name() {
            show::without_unsubscribing(open);
        }
        screen::say(match activated.instead_of {
            Some(before) => format!(
                "{} is in use now, and {before} is not; what is queued goes through {}",
                self.name, self.name
            ),
            None => format!("{} is in use now", self.name),
        });
        Ok(())
    }

    async fn deactivate(self, open: &Open, as_json: bool) -> anyhow::Result<()> {
        let mut tx = open.tenant(self.of.id(open).await?).await?;
        let is_carried = connections::deactivate(&mut tx, &self.name).await?;
        tx.commit().await?;
        if as_json {
            return screen::json(
                &json!({ "name": self.name, "active": false, "channel_is_carried": is_carried }),
            );
        }
        screen::say(format!("{} is out of use", self.name));
        if !is_carried {
            screen::say(
                "Nothing carries its channel now: what is due there is stopped until another is activated.",
            );
        }
        Ok(())
    }

    async fn remove(self, open: &Open, as_json: bool) -> anyhow::Result<()> {
        let mut tx = open.tenant(self.of.id(open).await?).await?;
        connections::remove(&mut tx, &self.name).await?;
        tx.commit().await?;
        if as_json {
            return screen::json(&json!({ "name": self.name, "removed": true }));
        }
        screen::say(format!(
            "{} is removed, with its credentials, its address and its hook",
            self.name
        ));
        Ok(())
    }
}

impl Set {
    async fn run(self, open: &Open, as_json: bool) -> anyhow::Result<()> {
        let tenant = self.one.of.id(open).await?;
        let mut name = self.one.name;
        let mut tx = open.tenant(tenant).await?;
        let provider = connections::find(&mut tx, &name).await?.provider;
        drop(tx);
        let changes = Changes {
            name: self.rename,
            sender: self.sender,
            registration: self.registration,
            values: self.fields.values(
                open.described(&provider)
                    .map_or(&[], |described| described.fields),
            )?,
            stands_in_for: match self.stands_in_for {
                None if !self.stands_in_for_none => None,
                other => Some(other),
            },
        };
        let is_verified = connections::change(open, tenant, &name, &changes).await?;
        if let Some(renamed) = changes.name {
            name = renamed;
        }
        if as_json {
            return screen::json(&json!({ "name": name, "verified": is_verified }));
        }
        screen::say(format!("{name} is changed"));
        if !is_verified {
            screen::say(format!(
                "Next: courtesy connection verify {name:?} --tenant {}",
                self.one.of.tenant
            ));
        }
        Ok(())
    }
}

impl Hook {
    async fn run(self, open: &Open, as_json: bool) -> anyhow::Result<()> {
        let mut tx = open.tenant(self.one.of.id(open).await?).await?;
        let url = connections::new_hook_token(open, &mut tx, &self.one.name, self.keep_old).await?;
        tx.commit().await?;
        if as_json {
            return screen::json(
                &json!({ "name": self.one.name, "hook_url": url, "old_is_answered": self.keep_old }),
            );
        }
        screen::say(url);
        show::without_public_url(open);
        screen::say(if self.keep_old {
            "Enter it at the provider. The old address is answered until the next new one."
        } else {
            "Enter it at the provider. The old address is not answered any more."
        });
        Ok(())
    }
}
