//! Messages that are left out of a batch: one on which the gate fails, because something that is stored of it can't be read or written, waits
//! alone, and a person is told; and those to whoever wrote what is not read yet.
use super::facts::UnknownWord;
use super::gate::Passed;
use super::{store, tasks};
use crate::app::App;
use crate::db::failure::{is_of_what_is_stored, without_data};
use crate::db::{TenantId, TenantTx, Time};
use jiff::SignedDuration;
use rules::verdict::HoldReason;
use std::collections::HashSet;
use uuid::Uuid;

/// How long a message waits whose recipient wrote what is not read yet.
const UNHEARD_FOR: SignedDuration = SignedDuration::from_secs(10);

/// Those of the messages of which the facts say nothing come again in some seconds: what their recipients wrote may take a person to read,
/// and as the oldest they would fill every batch.
pub(super) async fn unheard(tx: &mut TenantTx, ids: &[Uuid], heard: &[store::FactRow]) -> sqlx::Result<()> {
    let heard: HashSet<Uuid> = heard.iter().map(|row| row.id).collect();
    let unheard: Vec<Uuid> = ids.iter().copied().filter(|id| !heard.contains(id)).collect();
    if unheard.is_empty() {
        return Ok(());
    }
    let until = Time(tx.now() + UNHEARD_FOR);
    store::come_again(tx, &unheard, until).await
}

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
