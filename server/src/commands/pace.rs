//! `courtesy pace`: how fast each sender may send.
use super::screen;
use super::session::Session;
use crate::{pace, tenants};
use clap::{Args, Subcommand};
use rules::pacing::{self, PaceScope};
use serde_json::json;

/// No sender is faster; more is a slip of the finger.
const MOST: i64 = 1_000_000_000;

#[derive(Debug, Subcommand)]
pub enum Pace {
    /// Show the paces of a tenant's connections, and how full their buckets are.
    List {
        /// The tenant's slug.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Set the pace of a connection. It counts from the next message on.
    Set(Set),
}

#[derive(Debug, Args)]
pub struct Set {
    /// The connection's name.
    connection: String,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Segments of texts, or messages, in a second.
    #[arg(long, conflicts_with_all = ["per_minute", "per_day", "by_default"], value_parser = clap::value_parser!(u32).range(1..=MOST))]
    per_second: Option<u32>,
    /// The same in a minute.
    #[arg(long, conflicts_with_all = ["per_day", "by_default"], value_parser = clap::value_parser!(u32).range(1..=MOST))]
    per_minute: Option<u32>,
    /// The same in a day.
    #[arg(long, conflicts_with = "by_default", value_parser = clap::value_parser!(u32).range(1..=MOST))]
    per_day: Option<u32>,
    /// How many may go at once after a rest; ten seconds' worth when not given. A quarter is kept for replies.
    #[arg(long, conflicts_with = "by_default", value_parser = clap::value_parser!(u32).range(1..=MOST))]
    burst: Option<u32>,
    /// Back to what the provider publishes.
    #[arg(long)]
    by_default: bool,
    /// What the pace is of.
    #[arg(long, default_value = "connection", value_parser = ["connection", "number", "registration", "carrier_minute", "carrier_day"])]
    scope: String,
    /// Of a carrier's pace: which, t-mobile or at&t.
    #[arg(long, value_name = "NAME")]
    carrier: Option<String>,
}

impl Set {
    fn pace(&self) -> anyhow::Result<Option<pacing::Pace>> {
        let is_of_a_day = self.scope == PaceScope::CarrierDay.name();
        anyhow::ensure!(
            !is_of_a_day || self.per_day.is_some() || self.by_default,
            "a carrier's day is counted by the day: give --per-day"
        );
        let (tokens, seconds) = match (self.per_second, self.per_minute, self.per_day) {
            (Some(tokens), _, _) => (tokens, 1),
            (_, Some(tokens), _) => (tokens, 60),
            (_, _, Some(tokens)) => (tokens, 86_400),
            (None, None, None) if self.by_default => return Ok(None),
            (None, None, None) => anyhow::bail!("give --per-second, --per-minute, --per-day or --by-default"),
        };
        let ten_seconds = u64::from(tokens) * 10 / u64::from(seconds);
        let burst = if is_of_a_day {
            tokens
        } else {
            u32::try_from(ten_seconds).unwrap_or(u32::MAX).max(2)
        };
        Ok(Some(pacing::Pace {
            tokens,
            seconds,
            burst: self.burst.unwrap_or(burst),
        }))
    }
}

impl Pace {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        match self {
            Self::List { tenant } => {
                let mut tx = open.tenant(tenants::by_slug(&open, &tenant).await?).await?;
                let all = pace::list(&mut tx).await?;
                drop(tx);
                if session.settings.json {
                    return screen::json(&all);
                }
                if all.is_empty() {
                    screen::say("No connection has a pace: the sandbox takes everything at once.");
                    return Ok(());
                }
                let mut table = screen::table(["connection", "of", "pace", "burst", "now", "because"]);
                for one in all {
                    let pace = one.pace.map_or("no limit".to_owned(), |pace| match pace.seconds {
                        1 => format!("{} a second", pace.tokens),
                        60 => format!("{} a minute", pace.tokens),
                        86_400 => format!("{} a day", pace.tokens),
                        other => format!("{} in {other} s", pace.tokens),
                    });
                    let now = match (one.blocked_until, one.tokens) {
                        (Some(until), _) => format!(
                            "blocked until {until} ({})",
                            one.reason.as_deref().unwrap_or("not said")
                        ),
                        (None, Some(tokens)) => tokens.to_string(),
                        (None, None) => "open".to_owned(),
                    };
                    table.add_row([
                        one.connection,
                        format!("{} {}", one.scope.name(), one.of).trim_end().to_owned(),
                        pace,
                        one.pace.map_or(String::new(), |pace| pace.burst.to_string()),
                        now,
                        one.because,
                    ]);
                }
                screen::say(table);
            }
            Self::Set(wanted) => {
                let new = wanted.pace()?;
                let scope = PaceScope::parse(&wanted.scope).unwrap_or(PaceScope::Connection);
                let tenant = tenants::by_slug(&open, &wanted.tenant).await?;
                let mut tx = open.tenant(tenant).await?;
                pace::set(&mut tx, &wanted.connection, scope, wanted.carrier.as_deref(), new).await?;
                tx.commit().await?;
                let name = wanted.connection;
                if session.settings.json {
                    return screen::json(&json!({ "connection": name, "scope": scope, "pace": new }));
                }
                screen::say(match new {
                    Some(_) => format!("the pace of {name} is set"),
                    None => format!("the pace of {name} is what its provider publishes again"),
                });
            }
        }
        Ok(())
    }
}
