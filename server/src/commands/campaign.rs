//! `courtesy campaign`: list, presets, show, copy, pause, resume, delete.
use super::screen;
use super::session::Session;
use crate::campaigns::{self, Campaign as Found, presets};
use crate::db::TenantTx;
use crate::ids::Noun;
use crate::templates;
use crate::tenants;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use rules::lifecycle::EnrollmentStopReason;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Debug, Subcommand)]
pub enum Campaign {
    /// Show a tenant's campaigns.
    List(OfTenant),
    /// Show the campaigns that ship with the product.
    Presets,
    /// Show one campaign: its touches, and how its follow-ups stand.
    Show(One),
    /// Copy a preset to a tenant, with its templates. Copying it again changes nothing.
    CopyPreset(Copy),
    /// Hold a campaign: what is scheduled or queued waits until it is resumed. After thirty days its follow-ups end.
    Pause(Pause),
    /// Let a paused campaign go on.
    Resume(One),
    /// Delete a campaign: its rows stay, its follow-ups end.
    Delete(Delete),
}

#[derive(Debug, Args)]
pub struct OfTenant {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct One {
    /// Its id (cmp_…) or its name.
    campaign: String,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct Copy {
    /// The preset's key; `courtesy campaign presets` shows all.
    #[arg(value_name = "PRESET", required_unless_present = "all")]
    key: Option<String>,
    /// Copy every preset.
    #[arg(long, conflicts_with = "key")]
    all: bool,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct Pause {
    #[command(flatten)]
    one: One,
    /// End its follow-ups instead of holding them.
    #[arg(long)]
    stop: bool,
}

#[derive(Debug, Args)]
pub struct Delete {
    #[command(flatten)]
    one: One,
    /// Its follow-ups end, and that can't be taken back: say so.
    #[arg(long)]
    yes: bool,
}

impl Campaign {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        if let Self::Presets = self {
            return show_presets(session.settings.json);
        }
        let open = session.open().await?;
        let slug = match &self {
            Self::List(of) => &of.tenant,
            Self::Show(one) | Self::Resume(one) => &one.tenant,
            Self::CopyPreset(copy) => &copy.tenant,
            Self::Pause(pause) => &pause.one.tenant,
            Self::Delete(delete) => &delete.one.tenant,
            Self::Presets => return Ok(()),
        };
        let mut tx = open.tenant(tenants::by_slug(&open, slug).await?).await?;
        let (id, said) = match &self {
            Self::List(_) => return list(&mut tx, session.settings.json, slug).await,
            Self::Show(one) => return show(&mut tx, session.settings.json, &one.campaign).await,
            Self::Presets => return Ok(()),
            Self::CopyPreset(copy) => {
                let keys: Vec<&str> = match &copy.key {
                    Some(key) => vec![key],
                    None => presets::all().iter().map(|preset| preset.key.as_str()).collect(),
                };
                let mut copied = BTreeMap::new();
                for key in keys {
                    copied.insert(
                        key,
                        Noun::Campaign.show(presets::copy(&mut tx, "operator", key).await?),
                    );
                }
                let has_page = tenants::business_info(&mut tx).await?.review_url.is_some();
                tx.commit().await?;
                if session.settings.json {
                    return screen::json(&json!({ "campaigns": copied, "has_review_url": has_page }));
                }
                for (key, id) in copied {
                    screen::say(format!("{key}: {id}"));
                }
                if !has_page {
                    screen::say(format!(
                        "The texts ask for a review, and the tenant has no page for it: courtesy tenant edit {slug} --review-url URL"
                    ));
                }
                return Ok(());
            }
            Self::Pause(pause) => {
                let campaign = find(&mut tx, &pause.one.campaign).await?;
                let was_active = campaigns::pause(&mut tx, campaign.id).await?;
                let ended = if pause.stop {
                    campaigns::stop_all(&mut tx, campaign.id, EnrollmentStopReason::CampaignPaused).await?
                } else {
                    0
                };
                let said = if was_active {
                    "is paused"
                } else {
                    "was paused already"
                };
                let and = if pause.stop {
                    format!("; {ended} follow-ups ended")
                } else {
                    String::new()
                };
                (campaign.id, format!("{} {said}{and}", campaign.name))
            }
            Self::Resume(one) => {
                let campaign = find(&mut tx, &one.campaign).await?;
                let was_paused = campaigns::resume(&mut tx, campaign.id).await?;
                let said = if was_paused { "goes on" } else { "was not paused" };
                (campaign.id, format!("{} {said}", campaign.name))
            }
            Self::Delete(delete) => {
                let campaign = find(&mut tx, &delete.one.campaign).await?;
                if !delete.yes {
                    bail!(
                        "--yes: deleting {} ends its follow-ups; say --yes to do it",
                        campaign.name
                    );
                }
                let ended = campaigns::delete(&mut tx, campaign.id).await?;
                let said = format!("{} is deleted; {ended} follow-ups ended", campaign.name);
                (campaign.id, said)
            }
        };
        tx.commit().await?;
        if session.settings.json {
            return screen::json(&json!({ "campaign": Noun::Campaign.show(id), "says": said }));
        }
        screen::say(said);
        Ok(())
    }
}

/// The campaign of that id or name; of several of one name the one that lives.
pub(super) async fn find(tx: &mut TenantTx, named: &str) -> anyhow::Result<Found> {
    let id = Noun::Campaign.read(named).ok();
    campaigns::list(tx)
        .await?
        .into_iter()
        .find(|campaign| Some(campaign.id) == id || campaign.name.eq_ignore_ascii_case(named))
        .with_context(|| {
            format!(
                "campaign: there is none with the id or name `{named}`; `courtesy campaign list` shows all"
            )
        })
}

fn state(campaign: &Found) -> String {
    match (campaign.deleted_at, campaign.paused_at) {
        (Some(at), _) => format!("deleted {}", at.strftime("%Y-%m-%d")),
        (None, Some(at)) => match &campaign.paused_because {
            Some(why) => format!("paused since {}: {why}", at.strftime("%Y-%m-%d")),
            None => format!("paused since {}", at.strftime("%Y-%m-%d")),
        },
        (None, None) => campaign.status.clone(),
    }
}

async fn list(tx: &mut TenantTx, as_json: bool, slug: &str) -> anyhow::Result<()> {
    let all = campaigns::list(tx).await?;
    if as_json {
        return screen::json(&all);
    }
    if all.is_empty() {
        screen::say(format!(
            "No campaigns yet. Copy those that ship with the product: courtesy campaign copy-preset --all --tenant {slug}"
        ));
        return Ok(());
    }
    let mut table = screen::table(["name", "for", "state", "touches", "id"]);
    for campaign in all {
        table.add_row([
            campaign.name.clone(),
            campaign
                .service_type
                .clone()
                .unwrap_or_else(|| "every other service".to_owned()),
            state(&campaign),
            campaign
                .touches
                .iter()
                .map(|touch| format!("{} +{} h", touch.channel.name(), touch.delay_hours))
                .collect::<Vec<_>>()
                .join(", "),
            Noun::Campaign.show(campaign.id),
        ]);
    }
    screen::say(table);
    Ok(())
}

fn show_presets(as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return screen::json(&presets::all());
    }
    let mut table = screen::table(["key", "name", "touches"]);
    for preset in presets::all() {
        let touches: Vec<String> = preset
            .touches
            .iter()
            .map(|touch| format!("{} +{} h", touch.channel.name(), touch.delay_hours))
            .collect();
        table.add_row([preset.key.clone(), preset.name.clone(), touches.join(", ")]);
    }
    screen::say(table);
    Ok(())
}

async fn show(tx: &mut TenantTx, as_json: bool, named: &str) -> anyhow::Result<()> {
    let campaign = find(tx, named).await?;
    let progress = campaigns::progress(tx, campaign.id).await?;
    if as_json {
        return screen::json(&json!({ "campaign": campaign, "progress": progress }));
    }
    screen::say(format!(
        "{} ({}), {}",
        campaign.name,
        Noun::Campaign.show(campaign.id),
        state(&campaign)
    ));
    let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
    let mut table = screen::table(["touch", "channel", "after", "template", "follow-ups"]);
    for touch in &campaign.touches {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for one in progress
            .iter()
            .flat_map(|one| &one.touches)
            .filter(|one| one.number == touch.number)
        {
            *counts.entry(&one.status).or_default() += 1;
        }
        table.add_row([
            touch.number.to_string(),
            touch.channel.name().to_owned(),
            format!("{} h", touch.delay_hours),
            templates::get(tx, touch.template).await?.name,
            counts
                .iter()
                .map(|(status, count)| format!("{count} {status}"))
                .collect::<Vec<_>>()
                .join(", "),
        ]);
    }
    screen::say(table);
    for one in &progress {
        let why = one
            .stop_reason
            .as_deref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        *statuses.entry(format!("{}{why}", one.status)).or_default() += 1;
    }
    for (status, count) in statuses {
        screen::say(format!("  {count:>6} follow-ups {status}"));
    }
    Ok(())
}
