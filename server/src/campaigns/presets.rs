//! The campaigns that ship with the product: read-only, copied by tenants together with their templates.
use super::{CampaignError, NewCampaign, Touch, create, list};
use crate::db::TenantTx;
use crate::templates;
use rules::channel::Channel;
use rules::lifecycle::ServiceType;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use uuid::Uuid;

/// A campaign that ships with the product.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Preset {
    pub key: String,
    pub name: String,
    /// None: the default campaign.
    pub service_type: Option<ServiceType>,
    #[serde(rename = "touch")]
    pub touches: Vec<PresetTouch>,
}

/// One of its touches; the template is named by its key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PresetTouch {
    pub number: i16,
    pub channel: Channel,
    pub delay_hours: i32,
    pub template: String,
}

#[derive(Deserialize)]
struct File {
    campaign: Vec<Preset>,
}

static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| {
    // the file is built in and every one of its rows is copied by a test
    toml::from_str::<File>(include_str!("presets.toml"))
        .map(|file| file.campaign)
        .unwrap_or_default()
});

/// All of them.
pub fn all() -> &'static [Preset] {
    &PRESETS
}

/// Copies a preset to the tenant, with its templates. A second copy of one that lives is the same one. Answers its id.
pub async fn copy(tx: &mut TenantTx, actor: &str, key: &str) -> Result<Uuid, CampaignError> {
    let preset = all()
        .iter()
        .find(|preset| preset.key == key)
        .ok_or_else(|| CampaignError::UnknownPreset(key.to_owned()))?;
    let before = list(tx).await?;
    let living = before
        .iter()
        .find(|one| one.deleted_at.is_none() && one.copied_from.as_deref() == Some(key));
    if let Some(campaign) = living {
        return Ok(campaign.id);
    }
    let mut touches = Vec::with_capacity(preset.touches.len());
    for touch in &preset.touches {
        touches.push(Touch {
            number: touch.number,
            channel: touch.channel,
            delay_hours: touch.delay_hours,
            template: templates::presets::copy(tx, &touch.template).await?,
        });
    }
    let new = NewCampaign {
        name: preset.name.clone(),
        service_type: preset.service_type,
        touches,
        copied_from: Some(key.to_owned()),
        created_by: actor.to_owned(),
    };
    create(tx, &new).await
}
