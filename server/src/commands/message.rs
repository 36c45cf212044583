//! `courtesy message`: what became of a message, when a person has to say it.
use super::screen;
use super::session::Session;
use crate::ids::Noun;
use crate::messages::settle::{self, Found};
use crate::tenants;
use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub enum Message {
    /// Say what became of a message of which nobody knows it, once its provider could not tell and a task asks a person. It is never sent
    /// again by itself; what the provider reports of it later still counts.
    Settle(Settle),
}

#[derive(Debug, Args)]
pub struct Settle {
    /// Its id, as `courtesy task list` shows it.
    #[arg(value_name = "msg_…", value_parser = message)]
    message: Uuid,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// What became of it: sent (the provider has it) or failed (it did not go).
    #[arg(long = "as", value_name = "sent|failed", value_parser = found)]
    found: Found,
    /// Who found it out.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// How it is known.
    #[arg(long, value_name = "TEXT")]
    because: String,
}

fn message(text: &str) -> Result<Uuid, String> {
    Noun::Message.read(text)
}

fn found(text: &str) -> Result<Found, String> {
    match text {
        "sent" => Ok(Found::Sent),
        "failed" => Ok(Found::Failed),
        _ => Err("it should be sent or failed".to_owned()),
    }
}

impl Message {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let Self::Settle(asked) = self;
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &asked.tenant).await?).await?;
        settle::settle(&mut tx, asked.message, asked.found, &asked.by, &asked.because).await?;
        tx.commit().await?;
        let (shown, status) = (
            Noun::Message.show(asked.message),
            match asked.found {
                Found::Sent => "sent",
                Found::Failed => "failed",
            },
        );
        if session.settings.json {
            return screen::json(&json!({ "message": shown, "status": status }));
        }
        screen::say(format!("{shown} is {status}; its task is closed"));
        Ok(())
    }
}
