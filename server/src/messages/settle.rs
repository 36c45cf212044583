//! A person found out what became of a message that nobody knew the outcome of: written as the provider's own answer would be.
use super::book::Book;
use super::store;
use super::tasks::{self, TaskError, UNKNOWN_OUTCOME};
use crate::db::TenantTx;
use rules::status::MessageStatus;
use uuid::Uuid;

/// What a person found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The provider has it.
    Sent,
    /// It did not go.
    Failed,
}

/// Why a message can't be settled by a person.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    #[error(
        "message: there is none with that id; `courtesy task list --kind unknown_outcome` shows those that can be settled"
    )]
    Unknown,
    #[error("message: it is {0}; only one whose outcome nobody knows can be settled")]
    Known(String),
    #[error(
        "message: its provider is still being asked; a task says so when it can't tell, and then a person may"
    )]
    StillAsked,
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<sqlx::Error> for SettleError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

/// Settles a message that was given to a person, and closes its task. It is never sent again because of this; what the provider reports
/// of it later counts, as of any message.
pub async fn settle(
    tx: &mut TenantTx,
    message: Uuid,
    found: Found,
    by: &str,
    because: &str,
) -> Result<(), SettleError> {
    let carried = store::lock(tx, &[message])
        .await?
        .pop()
        .ok_or(SettleError::Unknown)?;
    if carried.status != MessageStatus::Unknown.name() {
        return Err(SettleError::Known(carried.status));
    }
    let task = store::open_task_of(tx, UNKNOWN_OUTCOME, message)
        .await?
        .ok_or(SettleError::StillAsked)?;
    tasks::settled(tx, task, by, because).await?;
    let mut book = Book::default();
    book.told_by_a_person(&carried, found);
    Ok(book.close(tx).await?)
}
