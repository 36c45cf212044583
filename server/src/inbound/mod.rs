//! What providers tell us: stored first, acknowledged after, applied once.
use crate::app::App;
use crate::connections;
use crate::db::TenantId;
use fail::fail_point;
use providers::Event;
use std::collections::BTreeMap;

pub mod apply;
mod store;
pub mod texts;
mod who;

/// Stores events of the sandbox and answers the keys of those that are safe on disk: only these may be acknowledged. An event that
/// was told before is stored once. One that belongs to no tenant is acknowledged too: nobody here waits for it.
pub async fn keep(app: &App, provider: &str, events: &[Event]) -> anyhow::Result<Vec<String>> {
    let mut by_tenant: BTreeMap<TenantId, Vec<&Event>> = BTreeMap::new();
    let mut kept = Vec::with_capacity(events.len());
    for event in events {
        match connections::whose(app, event.channel(), &event.our_address).await? {
            Some(tenant) => by_tenant.entry(tenant).or_default().push(event),
            None => {
                tracing::warn!(event.key, "an event for an address of nobody");
                kept.push(event.key.clone());
            }
        }
    }
    for (tenant, events) in by_tenant {
        let mut tx = app.tenant(tenant).await?;
        store::insert(&mut tx, provider, &events).await?;
        fail_point!("keep.before_commit", |_| Err(anyhow::anyhow!("a drill says so")));
        tx.commit().await?;
        fail_point!("keep.after_commit");
        kept.extend(events.iter().map(|event| event.key.clone()));
    }
    Ok(kept)
}
