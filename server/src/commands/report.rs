//! `courtesy report`: what was sent, what waits, what was stopped and why; one customer's story; the proof.
use super::screen;
use super::session::{Open, Session};
use crate::db::TenantId;
use crate::ids::Noun;
use crate::reports::mask::Addresses;
use crate::reports::{self, Overview, Proof, Timeline};
use crate::tenants::{self, Tenant};
use anyhow::{Context, bail};
use clap::Args;
use jiff::tz::TimeZone;
use page::Page;
use providers::sandbox::journal;
use serde::Serialize;
use std::path::Path;
use uuid::Uuid;

pub mod page;
mod people;
mod proof;
mod sending;
mod story;

#[derive(Debug, Args)]
pub struct Report {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// One campaign only: its id (cmp_…) or its name.
    #[arg(long, value_name = "ID|NAME")]
    campaign: Option<String>,
    /// The story of one customer instead of the counts.
    #[arg(long, value_name = "cus_…", conflicts_with_all = ["campaign", "story", "proof"])]
    customer: Option<String>,
    /// Add the story of a customer who shows most: held at night, reached, and then STOP or a click.
    #[arg(long)]
    story: bool,
    /// Add what the sandbox's own journal proves, of all tenants.
    #[arg(long)]
    proof: bool,
    /// Show phone numbers and e-mail addresses whole.
    #[arg(long)]
    show_addresses: bool,
}

/// Everything that one report prints, for `--json`.
#[derive(Serialize)]
struct Printed {
    tenant: Tenant,
    #[serde(flatten)]
    overview: Overview,
    story: Option<Timeline>,
    proof: Option<Proof>,
}

impl Report {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let tenant = tenants::by_slug(&open, &self.tenant).await?;
        let addresses = addresses(self.show_addresses);
        if let Some(customer) = &self.customer {
            let story = story_of(&open, tenant, customer, addresses).await?;
            return print(session.settings.json, &story, |page| story::show(page, &story));
        }
        let printed = self.gather(&session, &open, tenant, addresses).await?;
        let zone = zone_of(&printed.tenant);
        print(session.settings.json, &printed, |page| {
            page.title(&format!("{} ({})", printed.tenant.name, printed.tenant.slug));
            show(page, &printed.overview, &zone, &printed.tenant.slug);
            if let Some(story) = &printed.story {
                story::show(page, story);
            } else if self.story {
                page.line("Nobody's story shows a hold, a touch that arrived and an answer yet.");
            }
            if let Some(proof) = &printed.proof {
                proof::show(page, proof);
            }
        })
    }

    async fn gather(
        &self,
        session: &Session,
        open: &Open,
        id: TenantId,
        addresses: Addresses,
    ) -> anyhow::Result<Printed> {
        let tenant = tenants::list(open)
            .await?
            .into_iter()
            .find(|tenant| tenant.tenant_id == id.as_uuid())
            .context("the tenant is gone")?;
        let mut tx = open.tenant(id).await?;
        let campaign = match &self.campaign {
            Some(named) => Some(campaign(&reports::touches(&mut tx, None).await?, named)?),
            None => None,
        };
        let overview = reports::overview(&mut tx, campaign).await?;
        let story = match (self.story, reports::interesting_customer(&mut tx).await?) {
            (true, Some(customer)) => reports::timeline(&mut tx, customer, addresses).await?,
            _ => None,
        };
        let proof = if self.proof {
            Some(prove(open, &session.journal()).await?)
        } else {
            None
        };
        Ok(Printed {
            tenant,
            overview,
            story,
            proof,
        })
    }
}

fn print(as_json: bool, data: &impl Serialize, show: impl FnOnce(&mut Page)) -> anyhow::Result<()> {
    if as_json {
        return screen::json(data);
    }
    let mut page = Page::default();
    show(&mut page);
    screen::page(&page);
    Ok(())
}

/// Masked, unless they were asked for.
pub(super) fn addresses(whole: bool) -> Addresses {
    if whole {
        Addresses::Whole
    } else {
        Addresses::Masked
    }
}

/// The zone in which a tenant's people read times; UTC when the tenant never said.
pub fn zone_of(tenant: &Tenant) -> TimeZone {
    tenant
        .zone
        .as_deref()
        .and_then(|zone| TimeZone::get(zone).ok())
        .unwrap_or(TimeZone::UTC)
}

/// Puts a whole report on the page; times are in `zone`.
pub fn show(page: &mut Page, overview: &Overview, zone: &TimeZone, slug: &str) {
    sending::touches(page, overview, slug);
    sending::reasons(page, &overview.reasons);
    people::funnel(page, &overview.funnel);
    people::hours(page, &overview.sends_by_local_hour, &overview.holds_by_local_hour);
    sending::waiting(page, &overview.waiting, zone);
    if let Some(consent) = &overview.consent {
        people::consent(page, consent, zone, slug);
    }
    sending::checks(page, &overview.checks);
}

/// Puts a customer's story on the page.
pub fn show_story(page: &mut Page, story: &Timeline) {
    story::show(page, story);
}

/// Puts a proof on the page.
pub fn show_proof(page: &mut Page, proof: &Proof) {
    proof::show(page, proof);
}

/// What the sandbox's journal proves, with everybody's zones from the database.
pub async fn prove(open: &Open, journal: &Path) -> anyhow::Result<Proof> {
    let lines = journal::read(journal).with_context(|| {
        format!(
            "the sandbox's journal {}: it can't be read; --data-dir says where it is",
            journal.display()
        )
    })?;
    let zones = reports::zones(open).await?;
    Ok(Proof::from_journal(&lines, |ours, theirs, channel| {
        zones.of(ours, theirs, channel)
    }))
}

async fn story_of(
    open: &Open,
    tenant: TenantId,
    shown: &str,
    addresses: Addresses,
) -> anyhow::Result<Timeline> {
    let customer = Noun::Customer
        .read(shown)
        .map_err(|error| anyhow::anyhow!("--customer: {error}"))?;
    let mut tx = open.tenant(tenant).await?;
    reports::timeline(&mut tx, customer, addresses)
        .await?
        .with_context(|| format!("--customer: this tenant has no customer {shown}"))
}

/// The campaign of that id or name, among those that planned something.
fn campaign(touches: &[reports::TouchRow], named: &str) -> anyhow::Result<Uuid> {
    if let Ok(id) = Noun::Campaign.read(named) {
        return Ok(id);
    }
    if let Some(row) = touches
        .iter()
        .find(|row| row.campaign.eq_ignore_ascii_case(named))
    {
        return Ok(row.campaign_id);
    }
    let mut names: Vec<&str> = touches.iter().map(|row| row.campaign.as_str()).collect();
    names.dedup();
    if names.is_empty() {
        bail!("--campaign: no campaign of this tenant has planned anything yet");
    }
    bail!(
        "--campaign: nothing is planned by `{named}`; campaigns with touches are: {}",
        names.join(", ")
    )
}
