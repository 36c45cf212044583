//! A campaign that carriers filter is paused by itself, and a person is told.
use super::{CampaignError, pause_because, store};
use crate::db::{TenantTx, Time};
use crate::messages::tasks;
use jiff::SignedDuration;
use rules::filtering::{self, WINDOW_HOURS};
use uuid::Uuid;

/// A carrier filtered a message of this enrollment: its campaign is paused when that was too much.
pub async fn filtered(tx: &mut TenantTx, enrollment: Uuid) -> Result<(), CampaignError> {
    let Some(campaign) = store::health::active_campaign_of(tx, enrollment).await? else {
        return Ok(());
    };
    let codes: Vec<String> = filtering::CODES
        .iter()
        .map(|(provider, code)| format!("{provider} {code}"))
        .collect();
    let since = Time(tx.now() - SignedDuration::from_hours(WINDOW_HOURS));
    let counted = store::health::filtered_since(tx, campaign.id, &codes, since).await?;
    if !filtering::is_too_much(counted.filtered, counted.sent) {
        return Ok(());
    }
    let why = format!(
        "carriers filtered {} of {} messages in {WINDOW_HOURS} hours",
        counted.filtered, counted.sent
    );
    if pause_because(tx, campaign.id, Some(&why)).await? {
        let said = format!(
            "the campaign {} is paused: {why}. Change its words or ask the provider before it goes on",
            campaign.name
        );
        tasks::open(tx, "carrier_filtered", None, None, &said).await?;
    }
    Ok(())
}
