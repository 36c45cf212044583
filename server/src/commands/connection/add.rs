//! `courtesy connection add`.
use super::{Of, secrets, show};
use crate::commands::screen;
use crate::commands::session::Open;
use crate::connections::{self, Carries, NewConnection};
use clap::Args;
use rules::channel::Channel;

#[derive(Debug, Args)]
pub struct Add {
    /// The connection's name, as you want to call it.
    name: String,
    #[command(flatten)]
    of: Of,
    /// Who carries it; `courtesy connection providers` shows all.
    #[arg(long)]
    provider: String,
    /// sms, whatsapp or email; the provider's only one when not given.
    #[arg(long, value_parser = channel)]
    channel: Option<Channel>,
    /// Our address: a phone number such as +13125550142, or an e-mail address.
    #[arg(long, value_name = "ADDRESS")]
    sender: String,
    /// The carrier registration that the sender is under, such as a 10DLC campaign's id: senders under one share its pace.
    #[arg(long, value_name = "ID")]
    registration: Option<String>,
    /// Carry messages of this purpose only: marketing, service, transactional, reply.
    #[arg(long, default_value = "any", value_parser = carries)]
    purpose: Carries,
    /// Carry for that connection while its provider is out, and never else.
    #[arg(long, value_name = "NAME", conflicts_with = "purpose")]
    stands_in_for: Option<String>,
    #[command(flatten)]
    fields: secrets::Fields,
    /// Show the address that is entered at the provider. It holds the hook's token.
    #[arg(long)]
    show_hook_url: bool,
}

fn channel(name: &str) -> Result<Channel, String> {
    Channel::ALL
        .into_iter()
        .find(|channel| channel.name() == name)
        .ok_or_else(|| "it should be sms, whatsapp or email".to_owned())
}

fn carries(name: &str) -> Result<Carries, String> {
    Carries::parse(name).ok_or_else(|| {
        let all: Vec<&str> = Carries::ALL.iter().map(|carries| carries.name()).collect();
        format!("it should be one of {}", all.join(", "))
    })
}

impl Add {
    pub async fn run(self, open: &Open, as_json: bool) -> anyhow::Result<()> {
        let tenant = self.of.id(open).await?;
        let described = connections::described(open, &self.provider)?;
        let only = match described.channels {
            [one] => Some(*one),
            _ => None,
        };
        let channel = self
            .channel
            .or(only)
            .ok_or_else(|| anyhow::anyhow!("channel: say which of sms, whatsapp and email it is to carry"))?;
        let new = NewConnection {
            name: self.name,
            provider: self.provider,
            channel,
            sender: self.sender,
            registration: self.registration,
            carries: self.purpose,
            stands_in_for: self.stands_in_for,
            values: self.fields.values(described.fields)?,
        };
        let mut tx = open.tenant(tenant).await?;
        connections::add(open, &mut tx, &new).await?;
        let shown = connections::show(open, &mut tx, &new.name, self.show_hook_url).await?;
        tx.commit().await?;
        if as_json {
            return screen::json(&shown);
        }
        screen::say(format!("{} is added; it carries nothing yet", new.name));
        if let Some(hook) = &shown.hook {
            screen::say(format!(
                "Its provider has to know where to tell us what happens ({}):",
                hook.entered
            ));
            match &hook.url {
                Some(url) => {
                    screen::say(format!("  {url}"));
                    show::without_public_url(open);
                }
                None => screen::say(format!(
                    "  courtesy connection show {:?} --tenant {} --show-hook-url",
                    new.name, self.of.tenant
                )),
            }
        }
        screen::say(format!(
            "Next: courtesy connection verify {:?} --tenant {}",
            new.name, self.of.tenant
        ));
        Ok(())
    }
}
