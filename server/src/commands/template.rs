//! `courtesy template`: list, presets, variables, show, create, edit, approve.
use super::screen;
use super::session::Session;
use crate::db::TenantTx;
use crate::ids::Noun;
use crate::templates::{self, NewTemplate, Template as Found, presets};
use crate::tenants;
use anyhow::Context;
use clap::{Args, Subcommand};
use rules::channel::Channel;
use rules::purpose::Purpose;
use rules::{segments, template};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Template {
    /// Show a tenant's templates.
    List(OfTenant),
    /// Show the templates that ship with the product.
    Presets,
    /// Show the variables that a template may use.
    Variables,
    /// Show one template.
    Show(One),
    /// Make a template; it is refused when it can't be rendered or does not name the sender.
    Create(Create),
    /// Change a template's text. Messages that are queued keep the text they were made with.
    Edit(Edit),
    /// Say what WhatsApp calls a template that it approved. Changing the text takes that back.
    Approve(Approve),
}

#[derive(Debug, Args)]
pub struct OfTenant {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct One {
    /// Its id (tpl_…) or its name.
    template: String,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct Create {
    /// Its name, unique in the tenant.
    name: String,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// sms, whatsapp or email.
    #[arg(long, value_parser = channel)]
    channel: Channel,
    /// marketing, service, transactional or reply.
    #[arg(long, default_value = "service", value_parser = purpose)]
    purpose: Purpose,
    /// For e-mail.
    #[arg(long)]
    subject: Option<String>,
    /// A file with the text.
    #[arg(long, value_name = "FILE")]
    body: PathBuf,
}

#[derive(Debug, Args)]
pub struct Edit {
    #[command(flatten)]
    one: One,
    /// For e-mail; as it was when not given.
    #[arg(long)]
    subject: Option<String>,
    /// A file with the new text.
    #[arg(long, value_name = "FILE")]
    body: PathBuf,
}

#[derive(Debug, Args)]
pub struct Approve {
    #[command(flatten)]
    one: One,
    /// The provider's name for it: Twilio's ContentSid (HX…), Meta's template name.
    #[arg(long = "as", value_name = "NAME")]
    called: String,
    /// As the provider writes it.
    #[arg(long, default_value = "en_US")]
    language: String,
}

fn channel(text: &str) -> Result<Channel, String> {
    Channel::parse(text).ok_or_else(|| "it should be sms, whatsapp or email".to_owned())
}

fn purpose(text: &str) -> Result<Purpose, String> {
    Purpose::parse(text).ok_or_else(|| "it should be marketing, service, transactional or reply".to_owned())
}

fn text_of(file: &PathBuf) -> anyhow::Result<String> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("--body: {} can't be read", file.display()))?;
    Ok(text.trim().to_owned())
}

impl Template {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let as_json = session.settings.json;
        let slug = match &self {
            Self::Presets => return show_presets(as_json),
            Self::Variables => return show_variables(),
            Self::List(of) => &of.tenant,
            Self::Show(one) => &one.tenant,
            Self::Create(new) => &new.tenant,
            Self::Edit(edit) => &edit.one.tenant,
            Self::Approve(approve) => &approve.one.tenant,
        };
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, slug).await?).await?;
        match &self {
            Self::List(_) => return list(&mut tx, as_json, slug).await,
            Self::Show(one) => return show(&find(&mut tx, &one.template).await?, as_json),
            Self::Create(new) => {
                let template = NewTemplate {
                    name: new.name.clone(),
                    channel: new.channel,
                    purpose: new.purpose,
                    service_type: None,
                    subject: new.subject.clone(),
                    body: text_of(&new.body)?,
                    copied_from: None,
                };
                let id = templates::create(&mut tx, &template).await?;
                screen::say(format!("{} is {}", new.name, Noun::Template.show(id)));
            }
            Self::Edit(edit) => {
                let template = find(&mut tx, &edit.one.template).await?;
                templates::edit(
                    &mut tx,
                    template.id,
                    edit.subject.as_deref(),
                    &text_of(&edit.body)?,
                )
                .await?;
                screen::say(format!("{} is changed", template.name));
            }
            Self::Approve(approve) => {
                let template = find(&mut tx, &approve.one.template).await?;
                templates::approve(&mut tx, template.id, &approve.called, &approve.language).await?;
                screen::say(format!("{} is approved as {}", template.name, approve.called));
            }
            Self::Presets | Self::Variables => {}
        }
        tx.commit().await
    }
}

async fn find(tx: &mut TenantTx, named: &str) -> anyhow::Result<Found> {
    let id = Noun::Template.read(named).ok();
    templates::list(tx)
        .await?
        .into_iter()
        .find(|template| Some(template.id) == id || template.name.eq_ignore_ascii_case(named))
        .with_context(|| {
            format!(
                "template: there is none with the id or name `{named}`; `courtesy template list` shows all"
            )
        })
}

async fn list(tx: &mut TenantTx, as_json: bool, slug: &str) -> anyhow::Result<()> {
    let all = templates::list(tx).await?;
    if as_json {
        return screen::json(&all);
    }
    if all.is_empty() {
        screen::say(format!(
            "No templates yet. A copied campaign brings its own: courtesy campaign copy-preset --all --tenant {slug}"
        ));
        return Ok(());
    }
    let mut table = screen::table(["name", "channel", "purpose", "id"]);
    for one in all {
        table.add_row([
            one.name,
            one.channel.name().to_owned(),
            one.purpose.name().to_owned(),
            Noun::Template.show(one.id),
        ]);
    }
    screen::say(table);
    Ok(())
}

fn show(found: &Found, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return screen::json(found);
    }
    screen::say(format!(
        "{} ({}): {}, {}",
        found.name,
        Noun::Template.show(found.id),
        found.channel.name(),
        found.purpose.name()
    ));
    if let (Some(name), Some(language)) = (&found.approved_name, &found.approved_language) {
        screen::say(format!("approved as {name}, {language}"));
    }
    if let Some(subject) = &found.subject {
        screen::say(format!("Subject: {subject}"));
    }
    screen::say(&found.body);
    if found.channel == Channel::Sms {
        let count = segments::count(&found.body);
        screen::say(format!(
            "about {} segments ({}), before its variables are filled in",
            count.count,
            count.encoding.name()
        ));
    }
    Ok(())
}

fn show_presets(as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return screen::json(&presets::all());
    }
    let mut table = screen::table(["key", "name", "channel", "text"]);
    for preset in presets::all() {
        let text: String = preset
            .body
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(60)
            .collect();
        table.add_row([
            preset.key.clone(),
            preset.name.clone(),
            preset.channel.name().to_owned(),
            format!("{text}…"),
        ]);
    }
    screen::say(table);
    Ok(())
}

fn show_variables() -> anyhow::Result<()> {
    let mut table = screen::table(["variable", "is"]);
    for (name, meaning) in template::VARIABLES {
        table.add_row([format!("{{{{ {name} }}}}"), (*meaning).to_owned()]);
    }
    screen::say(table);
    screen::say(
        "A value that may be missing needs another: {{ first_name | default(\"there\") }}. Also: {% if … %}, {% else %}, {% endif %}.",
    );
    Ok(())
}
