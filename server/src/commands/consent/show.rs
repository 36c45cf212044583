//! `courtesy consent verify`, `evidence` and `status`: what the ledger says, and whether it can be believed.
use crate::commands::screen;
use crate::commands::session::Session;
use crate::consents::{self, Verification};
use crate::customers;
use crate::private_file;
use crate::tenants;
use anyhow::Context;
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Verify {
    /// The tenant's slug.
    #[arg(
        long,
        value_name = "SLUG",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    tenant: Option<String>,
    /// Every tenant of the installation.
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
pub struct Evidence {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// The customer's id, e-mail address or phone number.
    #[arg(long)]
    customer: String,
    /// Write a page that can be read and printed; otherwise JSON goes to the screen.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Status {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// The customer's id, e-mail address or phone number.
    #[arg(long)]
    customer: String,
}

impl Verify {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let slugs: Vec<String> = match self.tenant {
            Some(slug) => vec![slug],
            None => tenants::list(&open)
                .await?
                .into_iter()
                .map(|tenant| tenant.slug)
                .collect(),
        };
        let mut found: BTreeMap<String, Verification> = BTreeMap::new();
        for slug in slugs {
            let tenant = tenants::by_slug(&open, &slug).await?;
            let mut tx = open.app.tenant(tenant).await?;
            let verified = consents::verify(&mut tx).await?;
            tx.commit().await?;
            found.insert(slug, verified);
        }
        if session.settings.json {
            screen::json(&found)?;
        } else {
            found.iter().for_each(|(slug, verified)| tell(slug, verified));
        }
        let broken: Vec<&str> = found
            .iter()
            .filter(|(_, verified)| !verified.is_whole())
            .map(|(slug, _)| slug.as_str())
            .collect();
        anyhow::ensure!(
            broken.is_empty(),
            "the consent ledger of {} is broken",
            broken.join(", ")
        );
        Ok(())
    }
}

fn tell(slug: &str, verified: &Verification) {
    let erased = match verified.details_missing {
        0 => String::new(),
        count => format!(", the personal part of {count} erased"),
    };
    if verified.is_whole() {
        screen::say(format!(
            "{slug}: whole; {} events{erased}, {} consents in force follow from them; head {}",
            verified.events, verified.states, verified.head
        ));
        return;
    }
    screen::say(format!("{slug}: BROKEN; {} events{erased}", verified.events));
    if let Some(fault) = &verified.first_bad {
        screen::say(format!("  event {}: {}", fault.seq, fault.what));
    }
    if !verified.head_ok {
        screen::say(format!(
            "  the chain does not end where its head says: {}",
            verified.head
        ));
    }
    for bad in &verified.states_bad {
        screen::say(format!(
            "  consent of customer {} on {}: {}",
            bad.customer,
            bad.channel.name(),
            bad.what
        ));
    }
}

impl Evidence {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let tenant = tenants::by_slug(&open, &self.tenant).await?;
        let mut tx = open.app.tenant(tenant).await?;
        let customer = customers::find(&mut tx, &self.customer).await?;
        let evidence = consents::evidence(&mut tx, customer.id)
            .await?
            .context("customer: it was deleted just now")?;
        tx.commit().await?;
        let Some(path) = self.html else {
            return screen::json(&evidence);
        };
        private_file::create(&path)
            .and_then(|mut file| file.write_all(evidence.page().as_bytes()))
            .with_context(|| format!("html: {} can't be written", path.display()))?;
        if session.settings.json {
            return screen::json(&json!({ "html": path }));
        }
        screen::say(format!(
            "{}: {} events; open it in a browser, or print it",
            path.display(),
            evidence.events.len()
        ));
        Ok(())
    }
}

impl Status {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let tenant = tenants::by_slug(&open, &self.tenant).await?;
        let mut tx = open.app.tenant(tenant).await?;
        let customer = customers::find(&mut tx, &self.customer).await?;
        let (current, reached) = consents::status(&mut tx, customer.id).await?;
        if session.settings.json {
            return screen::json(&json!({ "consents": current, "addresses": reached }));
        }
        if current.is_empty() {
            screen::say("No consent was ever recorded for this customer.");
        } else {
            let mut table = screen::table([
                "channel", "address", "status", "scope", "at (UTC)", "source", "method", "notes",
            ]);
            for one in current {
                table.add_row([
                    one.channel,
                    one.address.unwrap_or_default(),
                    one.status,
                    one.scope,
                    one.at
                        .map(|at| at.strftime("%Y-%m-%d %H:%M").to_string())
                        .unwrap_or_default(),
                    one.source.unwrap_or_default(),
                    one.method.unwrap_or_default(),
                    one.notes.unwrap_or_default(),
                ]);
            }
            screen::say(table);
        }
        for one in reached {
            if let (Some(scope), Some(reason)) = (one.suppressed_scope, one.suppressed_reason) {
                screen::say(format!("{} is suppressed for {scope}: {reason}", one.address));
            }
        }
        Ok(())
    }
}
