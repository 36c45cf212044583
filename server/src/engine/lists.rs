//! Whose list of what was written to us is asked for, and when: everybody's at a start, soon after it, and every ten minutes, since some
//! providers call once and not again; sooner where a call of theirs was sent away; and where a list could not be had, until it can.
use super::{Engine, report};
use crate::app::App;
use crate::db::TenantId;
use crate::inbound::missed::ON_ITS_WAY;
use crate::reconciliation::{self, Asked, Whom};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often it is looked whether a list is due.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);
/// How often all are asked for.
const EVERY: SignedDuration = SignedDuration::from_mins(10);
/// After a start: what came before its first call could be taken is old enough then.
const FIRST: SignedDuration = SignedDuration::from_mins(2);
/// So far apart may a provider's clock be from ours.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(10);
/// After how long one that could not be had is asked for again; the last holds from then on.
const AGAIN_AFTER: [SignedDuration; 3] = [
    SignedDuration::from_secs(10),
    SignedDuration::from_secs(30),
    SignedDuration::from_secs(60),
];
/// Of how many tenants lists are asked for at the same time: one whose provider is silent holds up few others.
const SIDE_BY_SIDE: usize = 8;
/// How long an engine that has just been started sends nothing, at the longest, while providers are asked what was missed.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// When whose list is asked for. Not on disk: a start asks everybody.
#[derive(Debug)]
pub struct Lists {
    started: Timestamp,
    asked_at: Timestamp,
    all_at: Timestamp,
    failed: BTreeMap<Key, Failed>,
}

/// A connection, or a tenant of which nothing could be read.
type Key = (TenantId, Option<Uuid>);

#[derive(Debug, Clone, Copy)]
struct Failed {
    times: usize,
    again_at: Timestamp,
}

impl Lists {
    /// Of an engine that starts now.
    pub fn new(app: &App) -> Self {
        let now = app.clock.now();
        Self {
            started: now,
            asked_at: now,
            all_at: now,
            failed: BTreeMap::new(),
        }
    }

    /// Were all asked, and is nothing of them missing?
    pub fn are_heard(&self) -> bool {
        self.all_at > self.started && self.failed.is_empty()
    }

    /// Until when what is listed is taken. The rest is left to its call; what came before the start has none.
    fn up_to(&self, now: Timestamp) -> Timestamp {
        self.started.max(now - ON_ITS_WAY)
    }

    fn failed(&mut self, key: Key, before: Option<Failed>, now: Timestamp) {
        let times = before.map_or(0, |before| before.times);
        let last = AGAIN_AFTER.len() - 1;
        let again_at = now + AGAIN_AFTER[times.min(last)];
        self.failed.insert(
            key,
            Failed {
                times: times + 1,
                again_at,
            },
        );
    }
}

impl Engine {
    /// Asks for lists as they become due, the first time at once. When all are heard, or that takes too long, it says so by `caught_up`.
    pub(super) async fn ask_for_lists(&self, stop: &CancellationToken, caught_up: &CancellationToken) {
        let mut lists = Lists::new(&self.app);
        let asking = async {
            loop {
                self.ask_due(&mut lists).await;
                if lists.are_heard() {
                    caught_up.cancel();
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        let silence = async {
            tokio::time::sleep(LONGEST_SILENCE).await;
            caught_up.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = asking => {}
            () = silence => {}
        }
    }

    /// Asks for those lists that are due now.
    pub async fn ask_due(&self, lists: &mut Lists) {
        let now = self.app.clock.now();
        let (up_to, arrived) = (lists.up_to(now), now - ON_ITS_WAY - CLOCKS_APART);
        // a clock that was put back holds up nobody
        let all = now >= lists.all_at || now < lists.asked_at;
        let of = self.app.sent_away.until(arrived);
        let mut whom: BTreeMap<TenantId, Whom> = BTreeMap::new();
        if all || !of.is_empty() {
            let tenants = match reconciliation::tenants_with_providers(&self.app).await {
                Ok(tenants) => tenants,
                Err(error) => return tracing::error!(%error, "whose lists to ask for can't be read"),
            };
            let asked = Whom {
                all,
                of,
                ..Whom::default()
            };
            whom.extend(tenants.into_iter().map(|tenant| (tenant, asked.clone())));
        }
        let due = |failed: &Failed| all || failed.again_at <= now;
        let before: BTreeMap<Key, Failed> = lists.failed.extract_if(.., |_, failed| due(failed)).collect();
        for (tenant, connection) in before.keys() {
            let whom = whom.entry(*tenant).or_default();
            whom.all |= connection.is_none();
            whom.connections.extend(connection);
        }
        for (tenant, asked) in self.ask_side_by_side(whom, up_to).await {
            match asked {
                Ok(asked) => {
                    for Asked { connection, is_heard } in asked {
                        let key = (tenant, Some(connection));
                        let last = lists.failed.remove(&key).or(before.get(&key).copied());
                        if !is_heard {
                            lists.failed(key, last, now);
                        }
                    }
                }
                Err(error) => {
                    report(tenant, "catch up", &error);
                    let key = (tenant, None);
                    lists.failed(key, before.get(&key).copied(), now);
                }
            }
        }
        self.app.sent_away.asked(arrived);
        if all {
            let is_first = lists.all_at == lists.started;
            lists.asked_at = now;
            lists.all_at = now + if is_first { FIRST } else { EVERY };
        }
    }

    async fn ask_side_by_side(
        &self,
        whom: BTreeMap<TenantId, Whom>,
        up_to: Timestamp,
    ) -> Vec<(TenantId, anyhow::Result<Vec<Asked>>)> {
        let mut asking = JoinSet::new();
        let mut asked = Vec::with_capacity(whom.len());
        for (tenant, whom) in whom {
            if asking.len() >= SIDE_BY_SIDE {
                asked.extend(asking.join_next().await.into_iter().flatten());
            }
            let app = self.app.clone();
            asking.spawn(async move { (tenant, reconciliation::hear(&app, tenant, &whom, up_to).await) });
        }
        while let Some(one) = asking.join_next().await {
            asked.extend(one);
        }
        asked
    }
}
