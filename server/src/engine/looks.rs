//! What is slow and goes on beside the rounds: gauges, and what is asked of providers without need.
use super::{Engine, logged, report};
use crate::{reconciliation, reports};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often what may wait is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_secs(15);

/// How long an engine that has just been started sends nothing, at the longest, while providers are asked what was missed.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

impl Engine {
    /// What is slow and may wait: gauges, and the day's comparison with providers. It runs beside the rounds, so that they never wait.
    /// Before all else it catches up; when that is done, or takes too long, it says so by `caught_up`.
    pub(super) async fn look_round(&self, stop: &CancellationToken, caught_up: &CancellationToken) {
        let mut shown = BTreeSet::new();
        let too_long = async {
            tokio::time::sleep(LONGEST_SILENCE).await;
            caught_up.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = self.catch_up(caught_up) => {}
            () = too_long => {}
        }
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

    /// Hears what was written to us while nobody listened: providers that call once don't tell it again. When all were asked, it says so by
    /// `caught_up`, and then compares those that were not compared on this day.
    pub async fn catch_up(&self, caught_up: &CancellationToken) {
        let all = match reconciliation::tenants_with_providers(&self.app).await {
            Ok(all) => all,
            Err(error) => {
                tracing::error!(%error, "whose providers to ask can't be read");
                Vec::new()
            }
        };
        let mut asked = Vec::with_capacity(all.len());
        for tenant in all {
            match reconciliation::hear(&self.app, tenant).await {
                Ok(heard) => asked.push((tenant, heard)),
                Err(error) => report(tenant, "catch up", &error),
            }
        }
        caught_up.cancel();
        for (tenant, heard) in asked {
            let compared = reconciliation::compare_heard(&self.app, tenant, heard).await;
            logged(tenant, "reconcile", compared);
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
