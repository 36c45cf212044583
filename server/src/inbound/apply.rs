//! Applies stored events, each in a transaction of its own, so that one that can't be applied holds up no other.
use super::store::{self, Waiting};
use super::texts;
use crate::app::App;
use crate::db::{TenantId, TenantTx};
use crate::messages::status::{self, Applied, Report};
use crate::messages::tasks;
use crate::reviews::{self, Kept};
use fail::fail_point;
use jiff::Timestamp;
use providers::{Event, EventKind};

/// Tenants that have events to apply.
pub async fn tenants_with_events(app: &App) -> sqlx::Result<Vec<TenantId>> {
    let mut tx = app.db.engine().await?;
    store::tenants_with_events(&mut tx).await
}

/// How often an event is tried before it is set aside for a person.
const MOST_ATTEMPTS: i16 = 10;

/// Applies up to `limit` events of a tenant, those that never failed first, the oldest first. Answers how many it looked at.
pub async fn apply(app: &App, tenant: TenantId, limit: usize) -> anyhow::Result<usize> {
    for done in 0..limit {
        let mut tx = app.tenant(tenant).await?;
        let Some(waiting) = store::claim(&mut tx).await? else {
            return Ok(done);
        };
        fail_point!("apply.claimed");
        if let Err(error) = apply_one(tx, &waiting).await {
            put_off(app, tenant, &waiting, &error).await?;
        }
    }
    Ok(limit)
}

async fn apply_one(mut tx: TenantTx, waiting: &Waiting) -> anyhow::Result<()> {
    let outcome = one(&mut tx, waiting).await?;
    store::mark_applied(&mut tx, waiting, outcome).await?;
    fail_point!("apply.before_commit", |_| Err(anyhow::anyhow!("a drill says so")));
    tx.commit().await?;
    fail_point!("apply.after_commit");
    Ok(())
}

/// What failed was rolled back; in a transaction of its own it is counted, and after too many times given to a person.
async fn put_off(
    app: &App,
    tenant: TenantId,
    waiting: &Waiting,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    tracing::error!(
        tenant.id = %tenant.as_uuid(),
        event.key = waiting.event_key,
        attempt = waiting.attempts + 1,
        error = format!("{error:#}"),
        "an event can't be applied"
    );
    let mut tx = app.tenant(tenant).await?;
    if waiting.attempts + 1 < MOST_ATTEMPTS {
        store::put_off(&mut tx, waiting).await?;
    } else if store::mark_applied(&mut tx, waiting, "failed").await? {
        tasks::open(&mut tx, "event_failed", None, None, &waiting.event_key).await?;
    }
    tx.commit().await
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
                provider: &waiting.provider,
                external_id,
                status,
                code: code.as_deref(),
            };
            match status::apply(tx, &report).await? {
                Applied::Moved => "applied",
                Applied::NothingNew => "nothing_new",
                Applied::UnknownMessage => "unknown_message",
                Applied::UnknownStatus => "unknown_status",
                Applied::NeverHandedOver => "never_handed_over",
            }
        }
        EventKind::Inbound(said) => {
            let text = texts::Text {
                event_key: &waiting.event_key,
                provider: &waiting.provider,
                said,
                received_at,
            };
            texts::receive(tx, &text).await?
        }
        EventKind::Bounce { .. }
        | EventKind::Complaint { .. }
        | EventKind::Preference { .. }
        | EventKind::Account { .. } => "not_applied",
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
