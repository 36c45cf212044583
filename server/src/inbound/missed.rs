//! What was written to us and no call told us of: providers that call once lose what nobody took.
use super::NewEvent;
use super::hooks;
use super::owners::Owners;
use super::unheard::Unheard;
use super::{store, told, untold};
use crate::app::App;
use crate::db::TenantId;
use jiff::{SignedDuration, Timestamp};
use providers::Provider;
use serde_json::Value;
use uuid::Uuid;

/// How many are stored in one transaction.
const AT_A_TIME: usize = 200;
/// The call of what is newer may be on its way, and says more than a list: what the provider understood and answered. Twilio gives its calls
/// 15 seconds, another try and another address included.
pub const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(1);

/// Stores what a provider lists as written to us until that moment, each under the key of its call: what was told, or will be, counts once.
/// What is listed without its words is stored while no call told it, and waits for that (`untold.rs`).
/// Answers how many had been missed.
pub async fn keep(
    app: &App,
    tenant: TenantId,
    provider: &dyn Provider,
    connection: Uuid,
    pieces: &[Value],
    up_to: Timestamp,
) -> anyhow::Result<usize> {
    let now = app.clock.now();
    let missed: Vec<NewEvent> = pieces
        .iter()
        .flat_map(|piece| hooks::rows(provider, connection, piece, now))
        // what can't be read has no time of its own
        .filter(|event| event.outcome.is_some() || event.occurred_at <= up_to)
        .map(|event| NewEvent {
            received_at: Some(event.occurred_at),
            ..event
        })
        .collect();
    let (missed, theirs) = Owners::default().without_others(app, tenant, missed, now).await?;
    Unheard::default()
        .of_another_tenant(app, (tenant, connection), &theirs)
        .await;
    let missed = untold::without_told(app, tenant, missed).await?;
    let mut found = 0;
    for some in missed.chunks(AT_A_TIME) {
        let mut tx = app.tenant(tenant).await?;
        let new = store::insert(&mut tx, some).await?;
        if new > 0 {
            told::ask_to_read(&mut tx, some).await?;
        }
        tx.commit().await?;
        found += usize::try_from(new).unwrap_or(usize::MAX);
    }
    Ok(found)
}
