//! `courtesy reconcile`: compare with providers, or show what was compared.
use super::report::addresses;
use super::screen;
use super::session::{Open, Session};
use crate::reconciliation::{self, OnlyOn, Reconciled};
use crate::reports::words;
use crate::tenants::{self, Tenant};
use clap::Args;
use serde_json::json;

/// So many rows can be shown of a tenant.
const MOST: i64 = 10_000;

/// Compare with providers what they know and we don't: messages that nobody reported on, and opt-outs. `serve` does it once a day (UTC).
#[derive(Debug, Args)]
pub struct Reconcile {
    /// The tenant's slug; all tenants when not given.
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    /// Compare, also what was compared today; without it, what was compared is shown.
    #[arg(long)]
    now: bool,
    /// Ask for the lists of opt-outs now, and show who is on one of them alone: theirs, which --now records, and ours. Changes nothing.
    #[arg(long, conflicts_with_all = ["now", "most"])]
    opt_outs: bool,
    /// Show phone numbers and e-mail addresses whole.
    #[arg(long, requires = "opt_outs")]
    show_addresses: bool,
    /// How many rows are shown of a tenant.
    #[arg(long, value_name = "ROWS", default_value_t = 14, value_parser = clap::value_parser!(i64).range(1..=MOST))]
    most: i64,
}

impl Reconcile {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let wanted: Vec<_> = tenants::list(&open)
            .await?
            .into_iter()
            .filter(|tenant| self.tenant.as_ref().is_none_or(|slug| *slug == tenant.slug))
            .collect();
        if let (Some(slug), true) = (&self.tenant, wanted.is_empty()) {
            return Err(tenants::TenantError::Unknown(slug.clone()).into());
        }
        if self.opt_outs {
            return self.opt_outs(&session, &open, wanted).await;
        }
        let mut all = Vec::new();
        let mut table = screen::table([
            "tenant",
            "day",
            "connection",
            "asked",
            "differed",
            "opt-outs we lacked",
            "opt-outs they lack",
            "bounces we lacked",
            "missed",
            "failed",
        ]);
        let mut failures = 0;
        for tenant in wanted {
            let id = tenants::by_slug(&open, &tenant.slug).await?;
            let started = open.clock.now();
            if self.now {
                reconciliation::compare(&open, id, true).await?;
            }
            let mut tx = open.tenant(id).await?;
            if self.now {
                let all = reconciliation::days(&mut tx, MOST).await?;
                let has_failed = |one: &&Reconciled| {
                    one.finished_at >= started && (one.failed.is_some() || one.unheard.is_some())
                };
                failures += all.iter().filter(has_failed).count();
            }
            for one in reconciliation::days(&mut tx, self.most).await? {
                let count = |number: Option<i32>| number.map_or("no list".to_owned(), |n| n.to_string());
                let of_the_day = |said: String| {
                    one.compared_at
                        .map_or_else(|| "not compared".to_owned(), |_| said)
                };
                let asked = one.asked.map_or("can't be asked".to_owned(), |n| n.to_string());
                let failed: Vec<&str> = [&one.unheard, &one.failed]
                    .into_iter()
                    .filter_map(|why| why.as_deref())
                    .collect();
                table.add_row([
                    tenant.slug.clone(),
                    one.day.to_string(),
                    one.connection.clone(),
                    of_the_day(asked),
                    of_the_day(one.differed.to_string()),
                    of_the_day(count(one.opt_outs_theirs)),
                    of_the_day(count(one.opt_outs_ours)),
                    of_the_day(count(one.bounces_theirs)),
                    count(one.missed),
                    failed.join("; "),
                ]);
                all.push(json!({ "tenant": tenant.slug, "compared": one }));
            }
        }
        if session.settings.json {
            screen::json(&all)?;
        } else if all.is_empty() {
            screen::say(if self.now {
                "Nothing to compare: there is no connection in use to a real provider."
            } else {
                "Nothing was compared yet: `serve` does it once a day, and --now at once, where a real provider is in use."
            });
        } else {
            screen::say(table);
        }
        anyhow::ensure!(
            failures == 0,
            "{failures} of the connections could not be compared, or not wholly: `failed` and `unheard` say why"
        );
        Ok(())
    }

    async fn opt_outs(&self, session: &Session, open: &Open, wanted: Vec<Tenant>) -> anyhow::Result<()> {
        let masked = addresses(self.show_addresses);
        let (mut all, mut rows, mut without) = (Vec::new(), Vec::new(), Vec::new());
        for tenant in wanted {
            let id = tenants::by_slug(open, &tenant.slug).await?;
            for one in reconciliation::opt_outs(open, id).await? {
                let of = format!("{} ({})", one.connection, tenant.slug);
                let (found, failed) = match one.differing {
                    None => {
                        without.push(format!("{of}: its provider keeps no list."));
                        (None, None)
                    }
                    Some(Err(why)) => {
                        without.push(format!("{of}: the list can't be had now: {why}"));
                        (None, Some(why))
                    }
                    Some(Ok(found)) => (Some(found), None),
                };
                let found = found.map(|found| {
                    let shown = found.into_iter().map(|one| {
                        let (address, why) = (masked.show(&one.address), words::suppression(&one.reason));
                        let only_on = match one.only_on {
                            OnlyOn::Theirs => "theirs",
                            OnlyOn::Ours => "ours",
                        };
                        rows.push([of.clone(), only_on.to_owned(), address.clone(), why]);
                        json!({ "only_on": only_on, "address": address, "reason": one.reason })
                    });
                    shown.collect::<Vec<_>>()
                });
                all.push(json!({
                    "tenant": tenant.slug, "connection": one.connection, "channel": one.channel,
                    "differing": found, "failed": failed,
                }));
            }
        }
        if session.settings.json {
            return screen::json(&all);
        }
        if all.is_empty() {
            screen::say("Nothing to compare: there is no connection in use to a real provider.");
        } else if rows.is_empty() && without.len() < all.len() {
            screen::say("The lists agree: nobody is on one of them alone.");
        }
        if !rows.is_empty() {
            let mut table = screen::table(["connection", "only on", "address", "why"]);
            for row in rows {
                table.add_row(row);
            }
            screen::say(table);
        }
        for line in without {
            screen::say(line);
        }
        Ok(())
    }
}
