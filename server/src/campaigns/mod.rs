//! Campaigns: touches in order for a service type, and the enrollments on their way through them.
use crate::app::App;
use crate::db::{TenantId, TenantTx, Time};
use crate::messages;
use crate::templates::{self, TemplateError};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::lifecycle::{CampaignStatus, EnrollmentStopReason, ServiceType};
use rules::purpose::Purpose;
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

mod enroll;
pub mod health;
mod outcomes;
mod plan;
pub mod presets;
mod stop;
mod store;

pub use enroll::{FOLLOW_UP_WITHIN_DAYS, enroll};
pub use outcomes::touch_outcomes;
pub use plan::{Planned, plan};
pub use stop::{stop_for_customers, stop_for_message, stop_for_work_orders};
pub use store::progress::{Progress, Upcoming};

/// The most touches a campaign has.
pub const MOST_TOUCHES: usize = 4;
/// A campaign paused for longer ends its enrollments: what would come then is no follow-up any more.
pub const LONGEST_PAUSE_DAYS: i32 = 30;

/// A campaign as its tenant sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Campaign {
    #[serde(serialize_with = "crate::ids::json::campaign")]
    pub id: Uuid,
    pub name: String,
    /// None: the default campaign, for every service type that has none of its own.
    pub service_type: Option<String>,
    pub status: String,
    pub paused_at: Option<Timestamp>,
    /// Why it paused by itself; none when somebody paused it.
    pub paused_because: Option<String>,
    pub deleted_at: Option<Timestamp>,
    pub copied_from: Option<String>,
    pub touches: Vec<Touch>,
}

/// One step of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touch {
    /// 1 to 4.
    pub number: i16,
    pub channel: Channel,
    /// Touch 1: hours after completion; touch n: hours after touch n−1's scheduled time.
    pub delay_hours: i32,
    #[serde(serialize_with = "crate::ids::json::template")]
    pub template: Uuid,
}

/// Why a campaign can't be made or changed so.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    #[error("preset: there is none called `{0}`; `courtesy campaign presets` shows all")]
    UnknownPreset(String),
    #[error("campaign: there is none with that id or name")]
    Unknown,
    #[error("service_type: the tenant has a campaign for {0} already; delete it first, or change it")]
    Taken(String),
    #[error("name: it should have 1 to 200 characters")]
    Name,
    #[error("touches: a campaign has 1 to {MOST_TOUCHES}, numbered from 1 without a gap")]
    Touches,
    #[error("touch {number}: delay_hours should be 1 to 8760, not {hours}")]
    Delay { number: i16, hours: i32 },
    #[error("touch {number}: its template is for another channel")]
    ChannelOfTemplate { number: i16 },
    #[error("touch {number}: its template is for `{}`; a touch takes one for service, marketing or transactional", purpose.name())]
    PurposeOfTemplate { number: i16, purpose: Purpose },
    #[error("the campaign is deleted")]
    Deleted,
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// A campaign to be made.
#[derive(Debug, Clone)]
pub struct NewCampaign {
    pub name: String,
    /// None: the default campaign.
    pub service_type: Option<ServiceType>,
    pub touches: Vec<Touch>,
    pub copied_from: Option<String>,
    pub created_by: String,
}

/// Makes a campaign, active at once: work orders completed from now on are enrolled.
pub async fn create(tx: &mut TenantTx, new: &NewCampaign) -> Result<Uuid, CampaignError> {
    if !(1..=200).contains(&new.name.chars().count()) {
        return Err(CampaignError::Name);
    }
    check_touches(tx, &new.touches).await?;
    let Some(id) = store::campaign::insert(tx, new).await? else {
        return Err(CampaignError::Taken(
            new.service_type
                .map_or("the default", ServiceType::name)
                .to_owned(),
        ));
    };
    store::campaign::replace_touches(tx, id, &new.touches).await?;
    Ok(id)
}

/// Replaces a campaign's touches. What was planned already stays as it was; enrollments go on with the new ones.
pub async fn edit_touches(tx: &mut TenantTx, campaign: Uuid, touches: &[Touch]) -> Result<(), CampaignError> {
    living(tx, campaign).await?;
    check_touches(tx, touches).await?;
    store::campaign::replace_touches(tx, campaign, touches).await?;
    Ok(())
}

async fn check_touches(tx: &mut TenantTx, touches: &[Touch]) -> Result<(), CampaignError> {
    let numbered = touches
        .iter()
        .zip(1..)
        .all(|(touch, number)| touch.number == number);
    if touches.is_empty() || touches.len() > MOST_TOUCHES || !numbered {
        return Err(CampaignError::Touches);
    }
    for touch in touches {
        if !(1..=8760).contains(&touch.delay_hours) {
            return Err(CampaignError::Delay {
                number: touch.number,
                hours: touch.delay_hours,
            });
        }
        let template = templates::get(tx, touch.template).await?;
        if template.channel != touch.channel {
            return Err(CampaignError::ChannelOfTemplate { number: touch.number });
        }
        if !template.purpose.begins_a_conversation() {
            return Err(CampaignError::PurposeOfTemplate {
                number: touch.number,
                purpose: template.purpose,
            });
        }
    }
    Ok(())
}

/// Every campaign of the tenant, deleted ones last.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Campaign>, CampaignError> {
    Ok(store::campaign::list(tx).await?)
}

/// The campaign of that id.
pub async fn get(tx: &mut TenantTx, campaign: Uuid) -> Result<Campaign, CampaignError> {
    list(tx)
        .await?
        .into_iter()
        .find(|one| one.id == campaign)
        .ok_or(CampaignError::Unknown)
}

async fn living(tx: &mut TenantTx, campaign: Uuid) -> Result<Campaign, CampaignError> {
    let found = get(tx, campaign).await?;
    if found.deleted_at.is_some() {
        Err(CampaignError::Deleted)
    } else {
        Ok(found)
    }
}

/// Holds a campaign: what is scheduled or queued waits until it is resumed. Answers whether it was active.
pub async fn pause(tx: &mut TenantTx, campaign: Uuid) -> Result<bool, CampaignError> {
    pause_because(tx, campaign, None).await
}

async fn pause_because(tx: &mut TenantTx, campaign: Uuid, why: Option<&str>) -> Result<bool, CampaignError> {
    living(tx, campaign).await?;
    if !store::campaign::set_status(tx, campaign, CampaignStatus::Paused, why).await? {
        return Ok(false);
    }
    messages::wait_for_campaign(tx, campaign).await?;
    store::touch::pause(tx, campaign).await?;
    Ok(true)
}

/// Lets a campaign go on: what waited goes before the gate again, never earlier than it was scheduled. Answers whether it was paused.
pub async fn resume(tx: &mut TenantTx, campaign: Uuid) -> Result<bool, CampaignError> {
    living(tx, campaign).await?;
    if !store::campaign::set_status(tx, campaign, CampaignStatus::Active, None).await? {
        return Ok(false);
    }
    messages::release_for_campaign(tx, campaign).await?;
    store::touch::resume(tx, campaign).await?;
    Ok(true)
}

/// Ends every enrollment of a campaign. Answers how many.
pub async fn stop_all(
    tx: &mut TenantTx,
    campaign: Uuid,
    why: EnrollmentStopReason,
) -> Result<usize, CampaignError> {
    let enrollments = store::enrollment::active_of_campaign(tx, campaign).await?;
    Ok(stop::stop(tx, &enrollments, why).await?)
}

/// Deletes a campaign softly: its rows stay, its enrollments end with campaign_deleted. Answers how many ended.
pub async fn delete(tx: &mut TenantTx, campaign: Uuid) -> Result<usize, CampaignError> {
    living(tx, campaign).await?;
    store::campaign::mark_deleted(tx, campaign).await?;
    stop_all(tx, campaign, EnrollmentStopReason::CampaignDeleted).await
}

/// Ends the enrollments of campaigns that have been paused for over thirty days. Answers how many.
pub async fn end_long_pauses(tx: &mut TenantTx) -> Result<usize, CampaignError> {
    let mut ended = 0;
    for campaign in store::campaign::paused_for_long(tx, LONGEST_PAUSE_DAYS).await? {
        ended += stop_all(tx, campaign, EnrollmentStopReason::CampaignPaused).await?;
    }
    Ok(ended)
}

/// How each enrollment of a campaign stands: the view `campaign_enrollment_progress`.
pub async fn progress(tx: &mut TenantTx, campaign: Uuid) -> Result<Vec<Progress>, CampaignError> {
    Ok(store::progress::of_campaign(tx, campaign).await?)
}

/// The touches of a campaign that are still to come, with what is needed to foretell them.
pub async fn upcoming(tx: &mut TenantTx, campaign: Uuid) -> Result<Vec<Upcoming>, CampaignError> {
    Ok(store::progress::upcoming(tx, campaign).await?)
}

/// Touches of active enrollments of a campaign for which no message could be made, with why: by enrollment and number.
pub async fn why_not_planned(
    tx: &mut TenantTx,
    campaign: Uuid,
) -> Result<HashMap<(Uuid, i16), String>, CampaignError> {
    Ok(store::progress::why_not_planned(tx, campaign).await?)
}

/// Tenants with campaigns that have been paused for over thirty days.
pub async fn tenants_with_long_pauses(app: &App, now: Timestamp) -> sqlx::Result<Vec<TenantId>> {
    let mut tx = app.db.engine().await?;
    store::probe::tenants_with_long_pauses(&mut tx, Time(now), LONGEST_PAUSE_DAYS).await
}

/// Tenants with touches that are due.
pub async fn tenants_with_due_touches(app: &App, now: Timestamp) -> sqlx::Result<Vec<TenantId>> {
    let mut tx = app.db.engine().await?;
    store::probe::tenants_with_due(&mut tx, Time(now)).await
}

/// When the next touch is due after `now`, over all tenants.
pub async fn next_due(app: &App, now: Timestamp) -> sqlx::Result<Option<Timestamp>> {
    let mut tx = app.db.engine().await?;
    Ok(store::probe::next_due(&mut tx, Time(now))
        .await?
        .map(|time| time.0))
}
