//! `courtesy hooks`: what providers told us is counted, and read again.
use super::screen;
use super::session::Session;
use crate::app::App;
use crate::dates;
use crate::inbound::replay::{Replayed, Wanted, replay};
use crate::inbound::{self, Told};
use crate::tenants;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub enum Hooks {
    /// How many events are stored, by provider, kind and what came of them. `waits`: not applied yet; `fails`: ten times in vain or more, and
    /// tried on.
    List {
        /// One tenant only, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
    /// Show events as they are stored: what was read of them, and what the provider said in its own fields. It holds addresses and texts.
    Show {
        /// The event's key, as a task names it, or how it begins: `unreadable` shows those that could not be read.
        key: String,
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// So many at most, the newest first.
        #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=100))]
        limit: u8,
    },
    /// Read what providers said once more, and apply again what came to nothing. Any number of times: what is applied stays as it is. The
    /// sandbox calls nobody, so there is nothing of it to read again.
    Replay(Replay),
}

#[derive(Debug, Args)]
pub struct Replay {
    /// One tenant only, by its slug.
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    /// One provider only, e.g. twilio.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Only what was received at this moment or later, e.g. 2026-03-02T15:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = dates::moment)]
    since: Option<Timestamp>,
    /// Only what was received before this moment.
    #[arg(long, value_name = "TIME", value_parser = dates::moment)]
    until: Option<Timestamp>,
    /// Say what would be, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// A line of the list.
#[derive(Serialize)]
struct Line {
    tenant: String,
    #[serde(flatten)]
    count: inbound::Count,
}

impl Hooks {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        match self {
            Self::List { tenant } => list(&open, tenant, session.settings.json).await?,
            Self::Show { key, tenant, limit } => {
                let id = tenants::by_slug(&open, &tenant).await?;
                let found = inbound::told(&open, id, &key, limit.into()).await?;
                show(&found, session.settings.json)?;
            }
            Self::Replay(command) => command.run(&open, session.settings.json).await?,
        }
        open.close().await
    }
}

async fn list(app: &App, tenant: Option<String>, is_json: bool) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for slug in slugs(app, tenant).await? {
        let id = tenants::by_slug(app, &slug).await?;
        lines.extend(inbound::counts(app, id).await?.into_iter().map(|count| Line {
            tenant: slug.clone(),
            count,
        }));
    }
    if is_json {
        return screen::json(&lines);
    }
    if lines.is_empty() {
        screen::say("No provider has told anything yet.");
        return Ok(());
    }
    let mut table = screen::table(["tenant", "provider", "kind", "outcome", "events"]);
    for Line { tenant, count } in lines {
        table.add_row([
            tenant,
            count.provider,
            count.kind,
            count.outcome,
            count.events.to_string(),
        ]);
    }
    screen::say(table);
    Ok(())
}

fn show(found: &[Told], is_json: bool) -> anyhow::Result<()> {
    if is_json {
        return screen::json(&found);
    }
    if found.is_empty() {
        screen::say("No event has a key that begins so.");
    }
    for one in found {
        let came_of_it = match (&one.outcome, one.wait_until) {
            (Some(outcome), _) => outcome.clone(),
            (None, Some(until)) => format!("tried {} times, again at {until}", one.attempts),
            (None, None) => "waits".to_owned(),
        };
        screen::say(format!(
            "{} {}\n{}, of {}, received {}: {came_of_it}",
            one.provider, one.event_key, one.kind, one.occurred_at, one.received_at
        ));
        for (of, what) in [("read", Some(&one.payload)), ("said", one.raw.as_ref())] {
            if let Some(what) = what.filter(|what| !what.is_null()) {
                screen::say(format!("{of}: {}", serde_json::to_string_pretty(what)?));
            }
        }
    }
    Ok(())
}

impl Replay {
    async fn run(self, app: &App, is_json: bool) -> anyhow::Result<()> {
        if let Some(named) = &self.provider {
            anyhow::ensure!(
                app.catalog.iter().any(|one| one.name == named),
                "provider: there is none named `{named}`; `courtesy connection providers` shows all"
            );
        }
        anyhow::ensure!(
            self.since
                .zip(self.until)
                .is_none_or(|(since, until)| since < until),
            "until: it should be later than --since"
        );
        let wanted = Wanted {
            provider: self.provider,
            since: self.since,
            until: self.until,
            is_dry_run: self.dry_run,
        };
        let mut done = Replayed::default();
        for slug in slugs(app, self.tenant).await? {
            let id = tenants::by_slug(app, &slug).await?;
            done += replay(app, id, &wanted).await?;
        }
        if is_json {
            return screen::json(&done);
        }
        if done.looked_at == 0 {
            screen::say("Nothing that a provider told is there to be read again.");
            return Ok(());
        }
        let would = if wanted.is_dry_run { "would be " } else { "" };
        screen::say(format!(
            "{} looked at; {would}found and stored: {}; {would}applied with another outcome: {}; as before: {}; not read, since their \
             connection can't be opened: {}",
            done.looked_at, done.found, done.changed, done.same, done.without_connection
        ));
        if done.found > 0 && !wanted.is_dry_run {
            screen::say("What was found is applied by `courtesy serve`.");
        }
        Ok(())
    }
}

/// The one that is named, or all.
async fn slugs(app: &App, named: Option<String>) -> anyhow::Result<Vec<String>> {
    Ok(match named {
        Some(slug) => vec![slug],
        None => tenants::list(app)
            .await?
            .into_iter()
            .map(|tenant| tenant.slug)
            .collect(),
    })
}
