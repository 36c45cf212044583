//! The templates that ship with the product: read-only, copied by tenants.
use super::{NewTemplate, TemplateError, create, store};
use crate::db::TenantTx;
use rules::channel::Channel;
use rules::lifecycle::ServiceType;
use rules::purpose::Purpose;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use uuid::Uuid;

/// A template that ships with the product.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Preset {
    pub key: String,
    pub name: String,
    pub channel: Channel,
    pub purpose: Purpose,
    pub service_type: ServiceType,
    pub subject: Option<String>,
    pub body: String,
}

#[derive(Deserialize)]
struct File {
    template: Vec<Preset>,
}

static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| {
    // the file is built in and every one of its rows is rendered by a test
    toml::from_str::<File>(include_str!("presets.toml"))
        .map(|file| file.template)
        .unwrap_or_default()
});

/// All of them.
pub fn all() -> &'static [Preset] {
    &PRESETS
}

/// Copies a preset to the tenant; one that was copied before is used again, as the tenant has edited it. Answers the copy's id.
pub async fn copy(tx: &mut TenantTx, key: &str) -> Result<Uuid, TemplateError> {
    if let Some(id) = store::copy_of(tx, key).await? {
        return Ok(id);
    }
    let preset = all()
        .iter()
        .find(|preset| preset.key == key)
        .ok_or_else(|| TemplateError::UnknownPreset(key.to_owned()))?;
    let new = NewTemplate {
        name: preset.name.clone(),
        channel: preset.channel,
        purpose: preset.purpose,
        service_type: Some(preset.service_type),
        subject: preset.subject.clone(),
        body: preset.body.trim().to_owned(),
        copied_from: Some(key.to_owned()),
    };
    create(tx, &new).await
}
