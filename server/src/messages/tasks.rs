//! What a person should look at: a sentence that may revoke consent, an outcome that nobody knows, what providers and carriers refuse. A
//! person settles it and says why; until then what is said once is not said again.
use super::store::{self, Carried, TaskRow};
use crate::consents::{self, ConsentError};
use crate::conversations;
use crate::db::TenantTx;
use crate::ids::Noun;
use jiff::Timestamp;
use rules::retry::{self, trouble};
use rules::status::MessageStatus;
use serde::Serialize;
use uuid::Uuid;

/// The kind of task about a message of which nobody knows what became of it.
pub(super) const UNKNOWN_OUTCOME: &str = "unknown_outcome";

/// The kind of task about a sentence that was taken for a revocation.
const FREE_TEXT: &str = "free_text_revocation";

/// What tasks are about, as it is stored.
pub const KINDS: [&str; 14] = [
    FREE_TEXT,
    UNKNOWN_OUTCOME,
    "carrier_filtered",
    "registration_missing",
    "sender_refused",
    "account_refused",
    "content_refused",
    "connection_refused",
    "connection_unopened",
    "account_event",
    "event_failed",
    "untold_text",
    "failed_to_render",
    "message_unreadable",
];

const LONGEST_NAME: usize = 200;
const LONGEST_REASON: usize = 2_000;

/// Something that a person should look at, or has settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    #[serde(serialize_with = "crate::ids::json::task")]
    pub id: Uuid,
    /// One of `KINDS`.
    pub kind: String,
    pub opened_at: Timestamp,
    #[serde(serialize_with = "crate::ids::json::next_customer")]
    pub customer: Option<Uuid>,
    /// The customer's name, if there is one.
    pub name: Option<String>,
    #[serde(serialize_with = "crate::ids::json::next_message")]
    pub message: Option<Uuid>,
    /// Where that message stands now.
    pub message_status: Option<String>,
    /// What it is about.
    pub said: String,
    /// None while it is open.
    pub closed: Option<Closed>,
}

/// Who settled a task, when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closed {
    pub at: Timestamp,
    pub by: String,
    pub because: String,
}

/// Which tasks. Everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One of `KINDS`.
    pub kind: Option<String>,
    /// Also those that are closed.
    pub also_closed: bool,
    /// The last task of the page before.
    pub after: Option<Uuid>,
    /// 1 to 100.
    pub limit: i64,
}

/// A page of tasks.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    pub tasks: Vec<Task>,
    /// Give it as `after` for the next page; none: this is the last.
    #[serde(serialize_with = "crate::ids::json::next_task")]
    pub next: Option<Uuid>,
}

/// Why a task can't be found or closed.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    #[error("task: there is none with that id; `courtesy task list --all` shows all")]
    Unknown,
    #[error("{}: {} closed it at {} already: {}", Noun::Task.show(.0.id), .1.by, .1.at, .1.because)]
    Closed(Box<Task>, Closed),
    #[error(
        "nobody knows yet what became of its message: `courtesy message settle {}` says it, and closes this",
        Noun::Message.show(*.0)
    )]
    NotSettled(Uuid),
    #[error("task: it is not about a sentence that was taken for a revocation (free_text_revocation)")]
    NoSentence,
    #[error(transparent)]
    Consent(#[from] ConsentError),
    #[error("{field}: it should have 1 to {most} characters")]
    Length { field: &'static str, most: usize },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Opens a task about a connection, whose name ends what it says, unless one that says the same is open.
pub async fn open_once_of(tx: &mut TenantTx, kind: &str, connection: Uuid, said: &str) -> sqlx::Result<()> {
    store::insert_task_once(tx, kind, connection, said).await
}

/// Opens a task. `kind` is one of the table's kinds; `said` tells a person what it is about.
pub async fn open(
    tx: &mut TenantTx,
    kind: &str,
    customer: Option<Uuid>,
    message: Option<Uuid>,
    said: &str,
) -> sqlx::Result<()> {
    store::insert_task(tx, kind, customer, message, said).await
}

/// Opens a task about a message, unless one that says the same of another of its campaign and connection is open: the first stands for all.
pub(super) async fn open_for_its_like(
    tx: &mut TenantTx,
    kind: &str,
    message: Uuid,
    said: &str,
) -> sqlx::Result<()> {
    store::insert_task_for_its_like(tx, kind, message, said).await
}

/// A task, and whether a person closed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub id: Uuid,
    pub is_open: bool,
}

/// The last task of that kind that begins so.
pub async fn about(tx: &mut TenantTx, kind: &str, beginning: &str) -> sqlx::Result<Option<Standing>> {
    store::task_about(tx, kind, beginning).await
}

/// Opens the task of messages that are refused with a code that asks for a person: of the kind that says what is wrong.
pub(super) async fn refused(tx: &mut TenantTx, carried: &Carried, code: &str) -> sqlx::Result<()> {
    let said = format!("{code}: {}", retry::meaning(code));
    open_for_its_like(tx, trouble::of(code).task(), carried.id, &said).await
}

/// A page of the tasks that the filter asks for, the oldest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> sqlx::Result<Page> {
    let limit = filter.limit.clamp(1, 100);
    let rows = store::tasks(tx, None, filter, limit + 1).await?;
    let shown = usize::try_from(limit).unwrap_or(100);
    let more = rows.len() > shown;
    let tasks: Vec<Task> = rows.into_iter().take(shown).map(task).collect();
    Ok(Page {
        next: tasks.last().filter(|_| more).map(|last| last.id),
        tasks,
    })
}

/// The task of that id.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Task, TaskError> {
    let any = Filter {
        also_closed: true,
        ..Filter::default()
    };
    let found = store::tasks(tx, Some(id), &any, 1).await?.pop();
    found.map(task).ok_or(TaskError::Unknown)
}

/// A person settled a task: who, and why. Of a message that nobody knows the outcome of they say that instead, which closes its task.
pub async fn close(tx: &mut TenantTx, id: Uuid, by: &str, because: &str) -> Result<Task, TaskError> {
    let own = get(tx, id).await?;
    match own.message {
        Some(message) if own.closed.is_none() && asks_what_became(&own) => {
            Err(TaskError::NotSettled(message))
        }
        Some(_) | None => settled(tx, id, by, because).await,
    }
}

/// A person read the sentence of this task, and it revokes nothing: what it closed is as it was before, with who said so and why in the
/// ledger, and the task is closed. Answers whether the address is open again: it stays closed where something else closed it too. What the
/// opt-out ended or cancelled stays so.
pub async fn take_back(
    tx: &mut TenantTx,
    id: Uuid,
    by: &str,
    because: &str,
) -> Result<(Task, bool), TaskError> {
    let own = get(tx, id).await?;
    if let Some(closed) = &own.closed {
        return Err(TaskError::Closed(Box::new(own.clone()), closed.clone()));
    }
    let Some(message) = own.message.filter(|_| own.kind == FREE_TEXT) else {
        return Err(TaskError::NoSentence);
    };
    let by = within("by", by, LONGEST_NAME)?;
    let because = within("because", because, LONGEST_REASON)?;
    let opened = consents::take_back(tx, message, by, because).await?;
    for (channel, address) in opened.keys() {
        conversations::opt_in(tx, *channel, address).await?;
    }
    let closed = settled(tx, id, by, because).await?;
    Ok((closed, opened.into_values().all(|is_open| is_open)))
}

/// Does it ask what became of a message of which still nobody knows it?
pub fn asks_what_became(task: &Task) -> bool {
    task.kind == UNKNOWN_OUTCOME && task.message_status.as_deref() == Some(MessageStatus::Unknown.name())
}

/// The same without a look at its message.
pub(super) async fn settled(tx: &mut TenantTx, id: Uuid, by: &str, because: &str) -> Result<Task, TaskError> {
    let by = within("by", by, LONGEST_NAME)?;
    let because = within("because", because, LONGEST_REASON)?;
    let was_open = store::close_task(tx, id, by, because).await?;
    let own = get(tx, id).await?;
    match &own.closed {
        Some(closed) if !was_open => Err(TaskError::Closed(Box::new(own.clone()), closed.clone())),
        Some(_) | None => Ok(own),
    }
}

fn within<'a>(field: &'static str, text: &'a str, most: usize) -> Result<&'a str, TaskError> {
    let text = text.trim();
    (1..=most)
        .contains(&text.chars().count())
        .then_some(text)
        .ok_or(TaskError::Length { field, most })
}

fn task(row: TaskRow) -> Task {
    let person = [row.first_name, row.last_name];
    let person = person.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = Some(person).filter(|name| !name.is_empty()).or(row.company_name);
    let closed = match (row.closed_at, row.closed_by, row.closed_because) {
        (Some(at), Some(by), Some(because)) => Some(Closed {
            at: at.0,
            by,
            because,
        }),
        _ => None,
    };
    Task {
        id: row.id,
        kind: row.kind,
        opened_at: row.opened_at.0,
        customer: row.customer,
        name,
        message: row.message,
        message_status: row.message_status,
        said: row.said,
        closed,
    }
}
