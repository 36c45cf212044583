//! Applies stored events, each in a transaction of its own, so that one that can't be applied holds up no other.
use super::store::{self, Waiting};
use super::texts;
use crate::app::App;
use crate::db::{TenantId, TenantTx};
use crate::messages::status::{self, Applied, Report};
use crate::reviews::{self, Kept};
use jiff::Timestamp;
use providers::{Event, EventKind};

/// Tenants that have events to apply.
pub async fn tenants_with_events(app: &App) -> sqlx::Result<Vec<TenantId>> {
    let mut tx = app.db.engine().await?;
    store::tenants_with_events(&mut tx).await
}

/// Applies up to `limit` events of a tenant, the oldest first. Answers how many.
pub async fn apply(app: &App, tenant: TenantId, limit: usize) -> anyhow::Result<usize> {
    for done in 0..limit {
        let mut tx = app.tenant(tenant).await?;
        let Some(waiting) = store::claim(&mut tx).await? else {
            return Ok(done);
        };
        let outcome = one(&mut tx, &waiting).await?;
        store::mark_applied(&mut tx, &waiting, outcome).await?;
        tx.commit().await?;
    }
    Ok(limit)
}

/// Applies one event; answers what came of it, in a word.
async fn one(tx: &mut TenantTx, waiting: &Waiting) -> anyhow::Result<&'static str> {
    let Ok(event) = serde_json::from_value::<Event>(waiting.payload.clone()) else {
        return Ok("unreadable");
    };
    let received_at: Timestamp = tx.now();
    Ok(match &event.kind {
        EventKind::Status {
            message_id,
            external_id,
            status,
            code,
        } => {
            let report = Report {
                message: *message_id,
                external_id,
                status,
                code: code.as_deref(),
            };
            match status::apply(tx, &report).await? {
                Applied::Moved => "applied",
                Applied::NothingNew => "nothing_new",
                Applied::UnknownMessage => "unknown_message",
                Applied::UnknownStatus => "unknown_status",
            }
        }
        EventKind::Inbound {
            external_id,
            channel,
            from,
            to,
            body,
            answered_by_provider,
        } => {
            let text = texts::Text {
                event_key: &waiting.event_key,
                provider: &waiting.provider,
                external_id,
                channel: *channel,
                from,
                to,
                body,
                answered_by_provider: *answered_by_provider,
                received_at,
            };
            texts::receive(tx, &text).await?
        }
        EventKind::Click { message_id } => kept(reviews::clicked(tx, *message_id).await?),
        EventKind::Feedback {
            message_id,
            rating,
            comment,
        } => kept(reviews::feedback(tx, *message_id, *rating, comment.as_deref()).await?),
    })
}

fn kept(kept: Kept) -> &'static str {
    match kept {
        Kept::Kept => "applied",
        Kept::UnknownMessage => "unknown_message",
    }
}
