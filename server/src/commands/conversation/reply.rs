//! `courtesy conversation reply` and `cancel`.
use super::{One, message};
use crate::commands::screen;
use crate::commands::session::Session;
use crate::conversations::{self, canned};
use crate::customers;
use crate::dates;
use crate::db::TenantTx;
use crate::ids::Noun;
use crate::messages::reply::{self, NewReply, Replied, Way};
use crate::reports::words;
use crate::tenants;
use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rules::verdict::Verdict;
use uuid::Uuid;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["text", "canned"]))]
pub struct Reply {
    #[command(flatten)]
    one: One,
    /// What to say.
    #[arg(long)]
    text: Option<String>,
    /// The name of a canned reply.
    #[arg(long, value_name = "NAME")]
    canned: Option<String>,
    /// Not before this moment, e.g. 2026-03-04T17:35:00Z.
    #[arg(long, value_name = "TIME", value_parser = dates::moment)]
    at: Option<Timestamp>,
    /// A picture or the like, by https; may be given several times.
    #[arg(long, value_name = "URL")]
    media: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Cancel {
    /// The reply's id (msg_…).
    #[arg(value_parser = message)]
    message: Uuid,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

impl Reply {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let mut tx = open
            .tenant(tenants::by_slug(&open, &self.one.tenant).await?)
            .await?;
        let body = match (&self.text, &self.canned) {
            (Some(text), _) => text.clone(),
            (None, name) => {
                let to = conversations::get(&mut tx, self.one.conversation).await?;
                let name = name
                    .as_deref()
                    .context("--text, --canned: one of them is needed")?;
                canned::get(&mut tx, name, to.channel).await?.body
            }
        };
        let new = NewReply {
            body,
            media_urls: self.media.clone(),
            at: self.at,
        };
        let replied = reply::reply(&mut tx, self.one.conversation, &new).await?;
        let zone = zone(&mut tx, replied.foretold.customer).await?;
        tx.commit().await?;
        if session.settings.json {
            let first = replied.foretold.first_hold.as_ref();
            return screen::json(&serde_json::json!({
                "message": Noun::Message.show(replied.message),
                "goes_at": goes(&replied).then_some(replied.foretold.at),
                "held": first.map(|decision| &decision.verdict),
                "way": replied.way,
                "says": replied.way.as_ref().map(by),
            }));
        }
        screen::say(said(&replied, &zone));
        if let Some(way) = &replied.way {
            screen::say(by(way));
        }
        Ok(())
    }
}

fn goes(replied: &Replied) -> bool {
    matches!(replied.foretold.decision.verdict, Verdict::Send { .. })
}

/// What becomes of it, as things stand now.
fn said(replied: &Replied, zone: &TimeZone) -> String {
    let shown = Noun::Message.show(replied.message);
    let told = &replied.foretold;
    let at = told
        .at
        .to_zoned(zone.clone())
        .strftime("%a %-d %b %H:%M %Z")
        .to_string();
    let why = told
        .first_hold
        .as_ref()
        .and_then(|decision| match &decision.verdict {
            Verdict::Hold { why, .. } => Some(words::reason(why.name())),
            Verdict::Send { .. } | Verdict::Stop { .. } => None,
        });
    match why {
        Some(why) if goes(replied) => format!("{shown} is held until {at}: {why}"),
        Some(why) => format!("{shown} waits, nobody knows until when: {why}"),
        None => format!("{shown} is queued and goes at {at}"),
    }
}

/// Through which connection it goes and from where, as things stand now.
fn by(way: &Way) -> String {
    let Way {
        connection, sender, ..
    } = way;
    let nowhere = if way.provider == "sandbox" {
        ", the sandbox: nothing leaves this machine"
    } else {
        ""
    };
    let instead = match &way.instead_of {
        Some(theirs) => format!(", not from {theirs}, to which they wrote"),
        None => String::new(),
    };
    format!("by {connection:?} from {sender}{instead}{nowhere}")
}

async fn zone(tx: &mut TenantTx, customer: Option<Uuid>) -> anyhow::Result<TimeZone> {
    let Some(customer) = customer else {
        return Ok(TimeZone::UTC);
    };
    let zone = customers::get(tx, customer).await?.profile.zone().0;
    Ok(zone
        .and_then(|zone| TimeZone::get(&zone).ok())
        .unwrap_or(TimeZone::UTC))
}

impl Cancel {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &self.tenant).await?).await?;
        reply::cancel(&mut tx, self.message).await?;
        tx.commit().await?;
        let shown = Noun::Message.show(self.message);
        if session.settings.json {
            return screen::json(&serde_json::json!({ "message": shown, "cancelled": true }));
        }
        screen::say(format!("{shown} is cancelled"));
        Ok(())
    }
}
