//! `courtesy conversation show`. Masks nothing: who answers has to see to whom.
use super::{One, message};
use crate::commands::screen;
use crate::commands::session::Session;
use crate::conversations::{self, Line};
use crate::ids::Noun;
use crate::reports::words;
use crate::tenants;
use clap::Args;
use jiff::Timestamp;
use uuid::Uuid;

#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    one: One,
    /// The messages before this one: the page before.
    #[arg(long, value_name = "msg_…", value_parser = message)]
    before: Option<Uuid>,
    /// 1 to 200 messages.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=200))]
    limit: i64,
}

impl Show {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let mut tx = open
            .tenant(tenants::by_slug(&open, &self.one.tenant).await?)
            .await?;
        let shown = conversations::show(&mut tx, self.one.conversation, self.before, self.limit).await?;
        if session.settings.json {
            return screen::json(&shown);
        }
        let about = &shown.conversation;
        screen::say(format!(
            "{}: {} with {}, from {}; {}, {} unread",
            Noun::Conversation.show(about.id),
            words::channel(about.channel.name()),
            about.their_address,
            about.our_address,
            about.status.name(),
            about.unread,
        ));
        if let Some(who) = &about.assigned_to {
            screen::say(format!("{who} sees to it"));
        }
        if !about.tags.is_empty() {
            screen::say(format!("tags: {}", about.tags.join(", ")));
        }
        if let (Some(at), Some(why)) = (about.opted_out_at, &about.opt_out_reason) {
            screen::say(format!("opted out {}: {}", when(at), words::suppression(why)));
        }
        if let Some(earlier) = shown.earlier {
            screen::say(format!("earlier: --before {}", Noun::Message.show(earlier)));
        }
        for line in &shown.messages {
            say(line);
        }
        for line in &shown.waiting {
            let due = line.due_at.map(when).unwrap_or_default();
            screen::say(format!("waits until {due}:"));
            say(line);
        }
        for note in &shown.notes {
            screen::say(format!("note of {}, {}: {}", note.by, when(note.at), note.body));
        }
        Ok(())
    }
}

fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn say(line: &Line) {
    let whose = if line.is_theirs {
        "they".to_owned()
    } else {
        let why = line
            .error_code
            .as_deref()
            .map(|code| format!(", {}", words::reason(code)))
            .unwrap_or_default();
        format!(
            "we, {} ({}{why})",
            words::plain(&line.purpose),
            words::plain(&line.status)
        )
    };
    screen::say(format!(
        "{}  {whose}  {}",
        when(line.at),
        Noun::Message.show(line.message)
    ));
    if let Some(subject) = &line.subject {
        screen::say(format!("    Subject: {subject}"));
    }
    for text in line.body.lines() {
        screen::say(format!("    {text}"));
    }
    for url in &line.media_urls {
        screen::say(format!("    {url}"));
    }
}
