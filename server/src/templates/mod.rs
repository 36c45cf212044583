//! Templates: messages with variables, of a tenant's own or copied from those that ship with the product.
use crate::db::TenantTx;
use rules::channel::Channel;
use rules::lifecycle::ServiceType;
use rules::purpose::Purpose;
use rules::template::{self, VARIABLES};
use serde::Serialize;
use uuid::Uuid;

pub mod presets;
mod store;

/// A template of a tenant.
#[derive(Debug, Clone, Serialize)]
pub struct Template {
    #[serde(serialize_with = "crate::ids::json::template")]
    pub id: Uuid,
    pub name: String,
    pub channel: Channel,
    pub purpose: Purpose,
    pub service_type: Option<String>,
    pub subject: Option<String>,
    pub body: String,
    /// The key of the preset that it was copied from.
    pub copied_from: Option<String>,
    /// What WhatsApp calls it, once it approved it, and its language.
    pub approved_name: Option<String>,
    pub approved_language: Option<String>,
    pub is_active: bool,
}

/// What a template is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTemplate {
    pub name: String,
    pub channel: Channel,
    pub purpose: Purpose,
    pub service_type: Option<ServiceType>,
    pub subject: Option<String>,
    pub body: String,
    pub copied_from: Option<String>,
}

/// Why a template can't be saved or found.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("template: there is none with that id or name")]
    Unknown,
    #[error("preset: there is none called `{0}`; `courtesy template presets` shows all")]
    UnknownPreset(String),
    #[error("name: a template called `{0}` is there already")]
    NameTaken(String),
    #[error("name: it should have 1 to 200 characters")]
    Name,
    #[error(
        "purpose: a template is for marketing, service, transactional or reply; keyword answers are the product's own"
    )]
    Purpose,
    #[error("body: it should say {{{{ sender_name }}}}: every message names its sender")]
    SenderNotNamed,
    #[error("template: WhatsApp approves templates for WhatsApp only")]
    NotForWhatsapp,
    #[error("as, language: they should be the provider's name for it and a code such as en_US")]
    Approval,
    #[error("{0}")]
    Text(#[from] template::TemplateError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Saves a new template, if it can be rendered and names the sender. Answers its id.
pub async fn create(tx: &mut TenantTx, new: &NewTemplate) -> Result<Uuid, TemplateError> {
    check(new)?;
    store::insert(tx, new)
        .await?
        .ok_or_else(|| TemplateError::NameTaken(new.name.clone()))
}

/// Changes the text of a template. Messages that are queued keep the text they were made with. An approval was for the text as it was,
/// and is gone with it.
pub async fn edit(
    tx: &mut TenantTx,
    id: Uuid,
    subject: Option<&str>,
    body: &str,
) -> Result<(), TemplateError> {
    let before = get(tx, id).await?;
    let after = NewTemplate {
        name: before.name,
        channel: before.channel,
        purpose: before.purpose,
        service_type: None,
        subject: subject.map(str::to_owned).or(before.subject),
        body: body.to_owned(),
        copied_from: None,
    };
    check(&after)?;
    store::set_text(tx, id, after.subject.as_deref(), &after.body).await?;
    Ok(())
}

/// WhatsApp approved a template: the provider's name for it (Twilio's ContentSid, Meta's template name) and its language, e.g. `en_US`.
/// Outside 24 hours of the recipient's last message nothing else goes. The sandbox needs no approval.
pub async fn approve(tx: &mut TenantTx, id: Uuid, name: &str, language: &str) -> Result<(), TemplateError> {
    if get(tx, id).await?.channel != Channel::Whatsapp {
        return Err(TemplateError::NotForWhatsapp);
    }
    if !(1..=512).contains(&name.len()) || !(2..=20).contains(&language.len()) {
        return Err(TemplateError::Approval);
    }
    store::approve(tx, id, name, language).await?;
    Ok(())
}

/// The template of that id.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Template, TemplateError> {
    list(tx)
        .await?
        .into_iter()
        .find(|template| template.id == id)
        .ok_or(TemplateError::Unknown)
}

/// Every template of the tenant, by name.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Template>, TemplateError> {
    Ok(store::list(tx).await?)
}

fn check(new: &NewTemplate) -> Result<(), TemplateError> {
    if !(1..=200).contains(&new.name.chars().count()) {
        return Err(TemplateError::Name);
    }
    if new.purpose.answers_a_keyword() {
        return Err(TemplateError::Purpose);
    }
    let known: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
    template::check(new.subject.as_deref(), &new.body, new.channel, &known)?;
    if new.purpose != Purpose::Reply && !new.body.contains("sender_name") {
        return Err(TemplateError::SenderNotNamed);
    }
    Ok(())
}
