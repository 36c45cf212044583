//! What is slow and goes on beside the rounds: gauges, the day's comparison with providers, and once what waited for a public URL.
use super::{Engine, logged};
use crate::messages::unsubscribe;
use crate::{reconciliation, reports};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often what may wait is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_secs(15);

impl Engine {
    /// What is slow and may wait: gauges, and the day's comparison with providers. It runs beside the rounds, so that they never wait, and
    /// begins once what was missed is heard.
    pub(super) async fn look_round(&self, stop: &CancellationToken, caught_up: &CancellationToken) {
        let mut shown = BTreeSet::new();
        tokio::select! {
            () = stop.cancelled() => return,
            () = caught_up.cancelled() => {}
        }
        self.wake_for_links().await;
        while !stop.is_cancelled() {
            match reports::gauges::gauges(&self.app).await {
                Ok(now) => reports::gauges::show(now, &mut shown),
                Err(error) => tracing::error!(%error, "the gauges can't be read"),
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.compare_due() => {}
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
            }
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
        for tenant in due {
            logged(
                tenant,
                "reconcile",
                reconciliation::compare(&self.app, tenant, false).await,
            );
        }
    }
}
