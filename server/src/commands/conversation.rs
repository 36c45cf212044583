//! `courtesy conversation`: list, show, reply, cancel, note, assign, read, status, tag, canned replies.
mod canned;
mod list;
mod reply;
mod show;

use super::screen;
use super::session::Session;
use crate::conversations::{self, Status};
use crate::ids::Noun;
use crate::tenants;
use clap::{Args, Subcommand};
use rules::channel::Channel;
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub enum Conversation {
    /// Show conversations, those with the newest message first.
    List(list::List),
    /// Show one conversation: its messages, the newest last, what waits in it, its notes.
    Show(show::Show),
    /// Answer. Says when it goes, or what holds it until when; refused when the gate would stop it.
    Reply(reply::Reply),
    /// Cancel a reply that has not gone yet.
    Cancel(reply::Cancel),
    /// Write something down beside a conversation; the other side never sees it.
    Note(Note),
    /// Say who sees to a conversation.
    Assign(Assign),
    /// Mark a conversation as read: nothing of it is unread any more.
    Read(One),
    /// Move a conversation to active, paused, completed or archived.
    Status(SetStatus),
    /// Set a conversation's tags; those that were there go.
    Tag(Tag),
    /// Texts that are sent again and again.
    #[command(subcommand)]
    Canned(canned::Canned),
}

#[derive(Debug, Args)]
pub struct One {
    /// Its id (cnv_…).
    #[arg(value_parser = conversation)]
    conversation: Uuid,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct Note {
    #[command(flatten)]
    one: One,
    /// What to write down.
    #[arg(long)]
    text: String,
    /// Whose note it is.
    #[arg(long, value_name = "NAME", default_value = "command line")]
    by: String,
}

#[derive(Debug, Args)]
pub struct Assign {
    #[command(flatten)]
    one: One,
    /// Who; nobody when not given.
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
}

#[derive(Debug, Args)]
pub struct SetStatus {
    #[command(flatten)]
    one: One,
    /// active, paused, completed or archived.
    #[arg(value_parser = status)]
    status: Status,
}

#[derive(Debug, Args)]
pub struct Tag {
    #[command(flatten)]
    one: One,
    /// Five at most; none takes all away.
    tags: Vec<String>,
}

fn conversation(text: &str) -> Result<Uuid, String> {
    Noun::Conversation.read(text)
}

fn message(text: &str) -> Result<Uuid, String> {
    Noun::Message.read(text)
}

fn status(text: &str) -> Result<Status, String> {
    Status::parse(text).ok_or_else(|| "it should be active, paused, completed or archived".to_owned())
}

fn channel(text: &str) -> Result<Channel, String> {
    Channel::parse(text).ok_or_else(|| "it should be sms, whatsapp or email".to_owned())
}

impl Conversation {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let one = match &self {
            Self::List(list) => return list.run(&session).await,
            Self::Show(show) => return show.run(&session).await,
            Self::Reply(reply) => return reply.run(&session).await,
            Self::Cancel(cancel) => return cancel.run(&session).await,
            Self::Canned(canned) => return canned.run(&session).await,
            Self::Read(one) => one,
            Self::Note(note) => &note.one,
            Self::Assign(assign) => &assign.one,
            Self::Status(status) => &status.one,
            Self::Tag(tag) => &tag.one,
        };
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &one.tenant).await?).await?;
        let (id, shown) = (one.conversation, Noun::Conversation.show(one.conversation));
        let said = match &self {
            Self::Note(note) => {
                conversations::note(&mut tx, id, &note.by, &note.text).await?;
                format!("{shown} has a note")
            }
            Self::Assign(assign) => {
                conversations::assign(&mut tx, id, assign.to.as_deref()).await?;
                match &assign.to {
                    Some(to) => format!("{to} sees to {shown}"),
                    None => format!("nobody sees to {shown}"),
                }
            }
            Self::Status(to) => {
                conversations::set_status(&mut tx, id, to.status).await?;
                format!("{shown} is {}", to.status.name())
            }
            Self::Tag(tag) => {
                conversations::tag(&mut tx, id, &tag.tags).await?;
                if tag.tags.is_empty() {
                    format!("{shown} has no tags any more")
                } else {
                    format!("{shown} is tagged")
                }
            }
            Self::Read(_) => {
                conversations::read(&mut tx, id).await?;
                format!("{shown} is read")
            }
            Self::List(_) | Self::Show(_) | Self::Reply(_) | Self::Cancel(_) | Self::Canned(_) => {
                return Ok(());
            }
        };
        tx.commit().await?;
        if session.settings.json {
            return screen::json(&json!({ "conversation": shown, "says": said }));
        }
        screen::say(said);
        Ok(())
    }
}
