//! What was written to us and no call told us of: providers that call once lose what nobody took.
use super::NewEvent;
use super::hooks;
use super::store;
use crate::app::App;
use crate::db::TenantId;
use jiff::{SignedDuration, Timestamp};
use providers::Provider;
use serde_json::Value;
use uuid::Uuid;

/// How many are stored in one transaction.
const AT_A_TIME: usize = 200;
/// The call of what is newer may be on its way.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(1);

/// Stores what a provider lists as written to us, each under the key of its call: what was told, or will be, counts once. Answers how many
/// had been missed.
pub async fn keep(
    app: &App,
    tenant: TenantId,
    provider: &dyn Provider,
    connection: Uuid,
    pieces: &[Value],
) -> anyhow::Result<usize> {
    let now = app.clock.now();
    let listed: Vec<NewEvent> = pieces
        .iter()
        .flat_map(|piece| hooks::rows(provider, connection, piece, now))
        .map(|event| NewEvent {
            received_at: Some(event.occurred_at),
            ..event
        })
        .collect();
    let is_missed = |event: &NewEvent| event.occurred_at <= past(now);
    let (missed, newer): (Vec<NewEvent>, Vec<NewEvent>) = listed.into_iter().partition(is_missed);
    let mut found = 0;
    for (events, counts) in [(missed, true), (newer, false)] {
        for some in events.chunks(AT_A_TIME) {
            let mut tx = app.tenant(tenant).await?;
            let new = store::insert(&mut tx, some).await?;
            tx.commit().await?;
            if counts {
                found += usize::try_from(new).unwrap_or(usize::MAX);
            }
        }
    }
    Ok(found)
}

fn past(now: Timestamp) -> Timestamp {
    now.saturating_sub(ON_ITS_WAY).unwrap_or(now)
}
