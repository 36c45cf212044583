//! `courtesy task`: what a person should look at.
use super::screen;
use super::session::Session;
use crate::ids::Noun;
use crate::messages::tasks::{self, Filter, KINDS};
use crate::reports::shortened;
use crate::tenants;
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

/// As much of what a task is about is shown in a list.
const SHOWN: usize = 60;

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Show what waits for a person, the oldest first.
    List(List),
    /// Show one task whole: what it is about, and who closed it.
    Show(One),
    /// Close a task that was seen to: who says so, and why. What it said once may be said again then.
    Close(Close),
}

#[derive(Debug, Args)]
pub struct List {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Of this kind only, such as free_text_revocation, unknown_outcome or account_event.
    #[arg(long, value_parser = KINDS, hide_possible_values = true)]
    kind: Option<String>,
    /// Also those that are closed.
    #[arg(long)]
    all: bool,
    /// Those after this one: the next page.
    #[arg(long, value_name = "task_…", value_parser = task)]
    after: Option<Uuid>,
    /// 1 to 100.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100))]
    limit: i64,
}

#[derive(Debug, Args)]
pub struct One {
    /// Its id, as `courtesy task list` shows it.
    #[arg(value_name = "task_…", value_parser = task)]
    task: Uuid,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct Close {
    #[command(flatten)]
    one: One,
    /// Who saw to it.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// What was done, or why nothing had to be.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Of a free_text_revocation: the sentence was misread and revokes nothing. What it closed is as it was before; what else they said stands.
    /// Who meant it stays out: then only their own START re-opens.
    #[arg(long)]
    no_revocation: bool,
}

fn task(text: &str) -> Result<Uuid, String> {
    Noun::Task.read(text)
}

impl Task {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let as_json = session.settings.json;
        let open = session.open().await?;
        let slug = match &self {
            Self::List(list) => &list.tenant,
            Self::Show(one) => &one.tenant,
            Self::Close(close) => &close.one.tenant,
        };
        let mut tx = open.tenant(tenants::by_slug(&open, slug).await?).await?;
        match &self {
            Self::List(list) => {
                if let Some(after) = list.after {
                    tasks::get(&mut tx, after).await.context("after")?;
                }
                let page = tasks::list(&mut tx, &list.filter()).await?;
                if as_json {
                    return screen::json(&page);
                }
                list.show(page);
            }
            Self::Show(one) => {
                let task = tasks::get(&mut tx, one.task).await?;
                if as_json {
                    return screen::json(&task);
                }
                show(&task, slug);
            }
            Self::Close(close) => {
                let (id, by, because) = (close.one.task, &close.by, &close.because);
                let (closed, reopened) = if close.no_revocation {
                    let (closed, is_open) = tasks::take_back(&mut tx, id, by, because).await?;
                    (closed, Some(is_open))
                } else {
                    (tasks::close(&mut tx, id, by, because).await?, None)
                };
                tx.commit().await?;
                if as_json {
                    return screen::json(&json!({ "task": closed, "reopened": reopened }));
                }
                screen::say(format!("{} is closed", Noun::Task.show(closed.id)));
                screen::say(match reopened {
                    None => return Ok(()),
                    Some(true) => {
                        "What the sentence closed is open again. What it ended or cancelled stays so."
                    }
                    Some(false) => {
                        "The sentence counts no more, but the address stays closed for another reason."
                    }
                });
            }
        }
        Ok(())
    }
}

impl List {
    fn filter(&self) -> Filter {
        Filter {
            kind: self.kind.clone(),
            also_closed: self.all,
            after: self.after,
            limit: self.limit,
        }
    }

    fn show(&self, page: tasks::Page) {
        if page.tasks.is_empty() {
            screen::say(match (self.after, self.all) {
                (Some(_), _) => "That was the last.",
                (None, true) => "No tasks.",
                (None, false) => "Nothing waits for a person. --all shows what did.",
            });
            return;
        }
        let mut table = screen::table(["since (UTC)", "kind", "customer", "about", "message", "id"]);
        for one in page.tasks {
            let about = shortened(&one.said, SHOWN);
            table.add_row([
                one.opened_at.strftime("%Y-%m-%d %H:%M").to_string(),
                one.kind,
                one.name.unwrap_or_default(),
                match one.closed {
                    Some(closed) => format!("{about} (closed by {})", closed.by),
                    None => about,
                },
                one.message.map(|id| Noun::Message.show(id)).unwrap_or_default(),
                Noun::Task.show(one.id),
            ]);
        }
        screen::say(table);
        if let Some(next) = page.next {
            screen::say(format!("more: --after {}", Noun::Task.show(next)));
        }
    }
}

fn show(task: &tasks::Task, slug: &str) {
    let id = Noun::Task.show(task.id);
    let message = task.message.map(|id| Noun::Message.show(id));
    let customer = task.customer.map(|id| Noun::Customer.show(id));
    let mut table = screen::table(["field", "is"]);
    for (field, value) in [
        ("id", Some(id.clone())),
        ("kind", Some(task.kind.clone())),
        ("since", Some(task.opened_at.to_string())),
        ("about", Some(task.said.clone())),
        ("customer", task.name.clone()),
        ("customer's id", customer),
        ("message", message.clone()),
        ("message is", task.message_status.clone()),
        ("closed", task.closed.as_ref().map(|closed| closed.at.to_string())),
        ("by", task.closed.as_ref().map(|closed| closed.by.clone())),
        (
            "because",
            task.closed.as_ref().map(|closed| closed.because.clone()),
        ),
    ] {
        if let Some(value) = value {
            table.add_row([field.to_owned(), value]);
        }
    }
    screen::say(table);
    if let Some(message) = &message {
        screen::say(format!("The message: courtesy why {message}"));
    }
    if task.closed.is_some() {
        return;
    }
    screen::say(match (&message, tasks::asks_what_became(task)) {
        (Some(message), true) => format!(
            "Say what became of it: courtesy message settle {message} --tenant {slug} --as sent|failed --by NAME --because TEXT"
        ),
        (Some(_) | None, _) => {
            format!("When it is seen to: courtesy task close {id} --tenant {slug} --by NAME --because TEXT")
        }
    });
}
