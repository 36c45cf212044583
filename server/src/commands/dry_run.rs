//! `courtesy dry-run`: for each recipient of a campaign when, on what channel, or why not. Writes nothing.
use super::campaign;
use super::report::addresses;
use super::screen;
use super::session::Session;
use crate::campaigns;
use crate::customers;
use crate::messages::{self, foretell::foretell};
use crate::reports::words;
use crate::tenants;
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rules::verdict::Verdict;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Per recipient of a campaign: the next touch, when and on what channel, or why not. Writes nothing.
#[derive(Debug, Args)]
pub struct DryRun {
    /// Its id (cmp_…) or its name.
    campaign: String,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Show phone numbers and e-mail addresses whole.
    #[arg(long)]
    show_addresses: bool,
}

/// What would become of one recipient's next touch.
#[derive(Debug, Serialize)]
struct Line {
    customer: String,
    to: String,
    channel: String,
    touch: i16,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    local: String,
    becomes: String,
}

impl DryRun {
    /// Everything happens in one transaction that is dropped: the very same planning and the very same gate, and nothing is kept.
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &self.tenant).await?).await?;
        let now = tx.now();
        let found = campaign::find(&mut tx, &self.campaign).await?;
        let upcoming = campaigns::upcoming(&mut tx, found.id).await?;
        let masked = addresses(self.show_addresses);
        let moments: HashMap<Uuid, Timestamp> = upcoming
            .iter()
            .map(|touch| (touch.enrollment, touch.scheduled_at.0.max(now)))
            .collect();
        let latest = moments.values().copied().max().unwrap_or(now);
        tx.move_to(latest);
        // planned anew until every touch that was pending has its message; what a planning schedules next is due at once here, and is left
        let mut left = upcoming.iter().filter(|touch| touch.status == "pending").count();
        while left > 0 {
            let planned = campaigns::plan(&mut tx, 1000).await?.touches;
            left = left.saturating_sub(planned.max(1));
        }
        tx.move_to(now);
        let ends = campaigns::why_not_planned(&mut tx, found.id).await?;
        let planned = messages::queued_of_campaign(&mut tx, found.id).await?;
        let told = foretell(&mut tx, &planned, &moments).await?;
        let mut lines = Vec::new();
        for touch in &upcoming {
            let profile = customers::get(&mut tx, touch.customer).await?.profile;
            let zone = profile
                .zone()
                .0
                .and_then(|zone| TimeZone::get(&zone).ok())
                .unwrap_or(TimeZone::UTC);
            let said = told
                .iter()
                .find(|one| one.enrollment == Some(touch.enrollment) && one.touch == Some(touch.number));
            let (at, becomes) = match (said, &touch.address) {
                (_, None) => (None, words::reason("address_missing")),
                (None, Some(_)) if touch.status == "paused" => {
                    (None, "waits: the campaign is paused".to_owned())
                }
                (None, Some(_)) => {
                    let why = ends
                        .get(&(touch.enrollment, touch.number))
                        .map_or("it changed meanwhile", String::as_str);
                    (None, format!("no message can be made: {why}"))
                }
                (Some(one), Some(_)) => {
                    let goes = matches!(one.decision.verdict, Verdict::Send { .. });
                    (goes.then_some(one.at), becomes(&one.decision.verdict))
                }
            };
            lines.push(Line {
                customer: profile.name(),
                to: touch
                    .address
                    .as_deref()
                    .map(|address| masked.show(address))
                    .unwrap_or_default(),
                channel: touch.channel.clone(),
                touch: touch.number,
                at,
                local: at
                    .map(|at| at.to_zoned(zone).strftime("%a %-d %b %H:%M %Z").to_string())
                    .unwrap_or_default(),
                becomes,
            });
        }
        // messages that are made already and wait, for the night to pass or for the provider
        for one in told.iter().filter(|one| {
            !upcoming
                .iter()
                .any(|touch| Some(touch.enrollment) == one.enrollment && Some(touch.number) == one.touch)
        }) {
            let Some(customer) = one.customer else { continue };
            let profile = customers::get(&mut tx, customer).await?.profile;
            let zone = profile
                .zone()
                .0
                .and_then(|zone| TimeZone::get(&zone).ok())
                .unwrap_or(TimeZone::UTC);
            let goes = matches!(one.decision.verdict, Verdict::Send { .. });
            lines.push(Line {
                customer: profile.name(),
                to: masked.show(&one.to),
                channel: one.channel.clone(),
                touch: one.touch.unwrap_or_default(),
                at: goes.then_some(one.at),
                local: if goes {
                    one.at.to_zoned(zone).strftime("%a %-d %b %H:%M %Z").to_string()
                } else {
                    String::new()
                },
                becomes: becomes(&one.decision.verdict),
            });
        }
        drop(tx);
        if session.settings.json {
            return screen::json(&lines);
        }
        if lines.is_empty() {
            screen::say(format!(
                "{}: nobody is waiting for a touch. Complete a work order, or import some.",
                found.name
            ));
            return Ok(());
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut table = screen::table(["customer", "to", "touch", "when, local", "becomes"]);
        for line in lines {
            *counts.entry(line.becomes.clone()).or_default() += 1;
            table.add_row([
                line.customer,
                line.to,
                format!("{} {}", line.touch, line.channel),
                line.local,
                line.becomes,
            ]);
        }
        screen::say(table);
        for (becomes, count) in counts {
            screen::say(format!("  {count:>6}  {becomes}"));
        }
        screen::say("Each recipient's next touch, as things stand now. Nothing was written.");
        Ok(())
    }
}

fn becomes(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Send { .. } => "goes".to_owned(),
        Verdict::Stop { why } => words::reason(why.name()),
        Verdict::Hold { why, .. } => format!("waits: {}", words::reason(why.name())),
    }
}
