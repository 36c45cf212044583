//! What is slow and goes on beside the rounds: gauges, the day's comparison with providers, and once what waited for a public URL.
use super::{Engine, logged};
use crate::messages::unsubscribe;
use crate::{reconciliation, reports};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often gauges are read, and how often it is looked whether a comparison is due.
const BETWEEN_LOOKS: Duration = Duration::from_secs(15);
/// So many tenants are compared at the same time: one whose provider is silent holds up few others.
const SIDE_BY_SIDE: usize = 8;

impl Engine {
    /// Shows what is measured, whatever else takes long: it is what tells of it.
    pub(super) async fn show_gauges(&self, stop: &CancellationToken) {
        let mut shown = BTreeSet::new();
        while !stop.is_cancelled() {
            match reports::gauges::gauges(&self.app).await {
                Ok(now) => reports::gauges::show(now, &mut shown),
                Err(error) => tracing::error!(%error, "the gauges can't be read"),
            }
            rest(stop).await;
        }
    }

    /// Compares with providers as it falls due, from when what was missed is heard; before that, once, wakes what waits for a public URL.
    pub(super) async fn compare_as_due(&self, stop: &CancellationToken, caught_up: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => return,
            () = caught_up.cancelled() => {}
        }
        self.wake_for_links().await;
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.compare_due() => {}
            }
            rest(stop).await;
        }
    }

    /// A public URL is given at a start: what waited for it waits no longer.
    async fn wake_for_links(&self) {
        let tenants = match reconciliation::tenants_with_providers(&self.app).await {
            Ok(tenants) => tenants,
            Err(error) => return tracing::error!(%error, "who waits for a public URL can't be read"),
        };
        for tenant in tenants {
            logged(tenant, "wake", unsubscribe::wake(&self.app, tenant).await);
        }
    }

    /// Compares each tenant once a business day with its providers.
    pub async fn compare_due(&self) {
        let due = match reconciliation::tenants_to_compare(&self.app, self.app.clock.now()).await {
            Ok(due) => due,
            Err(error) => return tracing::error!(%error, "whom to compare can't be read"),
        };
        let mut comparing = JoinSet::new();
        for tenant in due {
            if comparing.len() >= SIDE_BY_SIDE {
                comparing.join_next().await;
            }
            let app = self.app.clone();
            comparing.spawn(async move {
                logged(
                    tenant,
                    "reconcile",
                    reconciliation::compare(&app, tenant, false).await,
                );
            });
        }
        while comparing.join_next().await.is_some() {}
    }
}

async fn rest(stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(BETWEEN_LOOKS) => {}
    }
}
