//! `courtesy conversation list`.
use super::{channel, conversation, status};
use crate::commands::screen;
use crate::commands::session::Session;
use crate::conversations::{self, Filter, Status};
use crate::ids::Noun;
use crate::reports::{shortened, words};
use crate::tenants;
use clap::Args;
use rules::channel::Channel;
use uuid::Uuid;

/// As much of the last message is shown in a list.
const SHOWN: usize = 40;

#[derive(Debug, Args)]
pub struct List {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Those that somebody should read.
    #[arg(long)]
    unread: bool,
    /// Those that this person sees to.
    #[arg(long, value_name = "NAME")]
    assigned: Option<String>,
    /// In this status only: active, paused, completed, archived.
    #[arg(long, value_parser = status)]
    status: Option<Status>,
    /// On this channel only: sms, whatsapp, email.
    #[arg(long, value_parser = channel)]
    channel: Option<Channel>,
    /// Those after this one: the next page.
    #[arg(long, value_name = "cnv_…", value_parser = conversation)]
    after: Option<Uuid>,
    /// 1 to 100.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100))]
    limit: i64,
}

impl List {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &self.tenant).await?).await?;
        let filter = Filter {
            unread: self.unread,
            assigned_to: self.assigned.clone(),
            status: self.status,
            channel: self.channel,
            after: self.after,
            limit: self.limit,
        };
        let page = conversations::list(&mut tx, &filter).await?;
        if session.settings.json {
            return screen::json(&page);
        }
        if page.conversations.is_empty() {
            screen::say("No conversations.");
            return Ok(());
        }
        let mut table = screen::table([
            "last (UTC)",
            "with",
            "channel",
            "our address",
            "unread",
            "status",
            "said last",
            "id",
        ]);
        for one in page.conversations {
            let about = &one.conversation;
            let said = one.last_body.as_deref().map(|body| {
                let whose = if one.last_is_theirs == Some(true) {
                    ""
                } else {
                    "us: "
                };
                format!("{whose}{}", shortened(body, SHOWN))
            });
            let status = match &about.opted_out_at {
                Some(_) => format!("{}, opted out", about.status.name()),
                None => about.status.name().to_owned(),
            };
            table.add_row([
                one.last_message_at
                    .map(|at| at.strftime("%Y-%m-%d %H:%M").to_string())
                    .unwrap_or_default(),
                one.name.unwrap_or_else(|| about.their_address.clone()),
                words::channel(about.channel.name()),
                about.our_address.clone(),
                about.unread.to_string(),
                status,
                said.unwrap_or_default(),
                Noun::Conversation.show(about.id),
            ]);
        }
        screen::say(table);
        if let Some(next) = page.next {
            screen::say(format!("more: --after {}", Noun::Conversation.show(next)));
        }
        Ok(())
    }
}
