//! A message on which the gate fails, because something that is stored of it can't be read or written: it alone waits, and a person is told.
use super::facts::UnknownWord;
use super::gate::Passed;
use super::{store, tasks};
use crate::app::App;
use crate::db::TenantId;
use crate::db::failure::{is_of_what_is_stored, without_data};
use rules::verdict::HoldReason;
use uuid::Uuid;

/// The kind of its task.
const KIND: &str = "message_unreadable";

/// Is it some message's fault, so that the others of its batch may go?
pub(super) fn is_of_a_message(error: &anyhow::Error) -> bool {
    error.is::<UnknownWord>() || is_of_what_is_stored(error)
}

/// Lets a message wait on which the gate failed. It is never given up: it goes as soon as it can be read.
pub(super) async fn set(
    app: &App,
    tenant: TenantId,
    message: Uuid,
    error: &anyhow::Error,
) -> anyhow::Result<Passed> {
    let said = without_data(error);
    tracing::error!(tenant.id = %tenant.as_uuid(), message.id = %message, error = said, "a message can't be decided");
    let mut tx = app.tenant(tenant).await?;
    if store::set_aside(&mut tx, message, HoldReason::Unreadable.name()).await? {
        tasks::open_for_its_like(&mut tx, KIND, message, &said).await?;
    }
    tx.commit().await?;
    Ok(Passed {
        looked_at: 1,
        ready: Vec::new(),
    })
}
