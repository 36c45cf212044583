//! Hands messages to their providers, with no transaction open, and records what became of each.
use super::book::{Book, seconds};
use super::counted;
use super::ready::Ready;
use super::store;
use crate::app::App;
use crate::connections::{self, Carrier};
use crate::db::TenantId;
use fail::fail_point;
use providers::Outcome;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

/// How long a provider may take to answer before its answer counts as lost.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(30);
/// How many hand-overs run side by side.
const CONCURRENCY: usize = 16;

/// Our own word for a message whose turn did not come in time: nobody was spoken to.
const NOT_BEGUN: &str = "not_begun";
/// And for one whose connection we can't open: nobody was spoken to, and until we can nobody will be.
pub(super) const NOT_OPENED: &str = "not_opened";
/// And for one that has no connection, which the rules stop before.
pub(super) const NO_PROVIDER: &str = "no_provider";
/// How long a message waits whose connection can't be opened. What goes sooner is what tries whether it can.
const UNTIL_OPENED: Duration = Duration::from_secs(180);
/// How long a batch waits when the database could not be asked how its connections are opened.
const UNTIL_ASKED: Duration = Duration::from_secs(10);

/// Within what time of its decision a message may be handed over, so that the provider's answer comes within the lease. A slow provider
/// would else get a batch's last messages long after they were decided: when others took them for lost, after a STOP, or at night.
pub(super) fn begins_within(lease_seconds: f64) -> Duration {
    let lease = Duration::try_from_secs_f64(lease_seconds).unwrap_or_default();
    lease.saturating_sub(PROVIDER_TIMEOUT).max(lease / 2)
}

/// What came of handing a message over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    pub message: Uuid,
    /// Which time it was offered: an answer to an earlier one says nothing of a later one.
    pub attempt: i16,
    pub outcome: Outcome,
}

/// Hands over, in the order given, some at a time. What has not begun in time is not begun: it goes before the gate again.
pub async fn hand_over(app: &App, tenant: TenantId, ready: Vec<Ready>) -> Vec<Landed> {
    let wanted: BTreeMap<Uuid, Carrier> = ready
        .iter()
        .filter_map(|one| one.carrier.clone())
        .map(|carrier| (carrier.connection, carrier))
        .collect();
    let wanted: Vec<Carrier> = wanted.into_values().collect();
    let carriers = match connections::carriers(app, tenant, &wanted).await {
        Ok(carriers) => carriers,
        Err(error) => {
            tracing::error!(tenant.id = %tenant.as_uuid(), %error, "connections can't be looked up; their messages go before the gate again");
            let later = |one: Ready| one.landed(try_later(NOT_BEGUN, Some(UNTIL_ASKED)));
            return ready.into_iter().map(later).collect();
        }
    };
    let mut flying: JoinSet<Landed> = JoinSet::new();
    let mut done = Vec::with_capacity(ready.len());
    for one in ready {
        if flying.len() >= CONCURRENCY
            && let Some(Ok(landed)) = flying.join_next().await
        {
            done.push(landed);
        }
        if Instant::now() >= one.begin_by {
            done.push(one.landed(try_later(NOT_BEGUN, None)));
            continue;
        }
        let opened = one
            .carrier
            .as_ref()
            .map(|carrier| carriers.get(&carrier.connection).cloned());
        let (message, attempt) = (one.request.message_id, one.attempt);
        flying.spawn(async move {
            fail_point!("hand_over.before_send");
            let outcome = match opened {
                None => Outcome::Refused {
                    code: NO_PROVIDER.to_owned(),
                    detail: "there is no connection".to_owned(),
                },
                Some(None) => try_later(NOT_OPENED, Some(UNTIL_OPENED)),
                Some(Some(carrier)) => tokio::time::timeout(PROVIDER_TIMEOUT, carrier.send(one.request))
                    .await
                    .unwrap_or_else(|_| Outcome::Unknown {
                        detail: "no answer in time".to_owned(),
                    }),
            };
            fail_point!("hand_over.after_answer");
            Landed {
                message,
                attempt,
                outcome,
            }
        });
    }
    while let Some(landed) = flying.join_next().await {
        // a hand-over that panicked is left `sending`: its lease expires and the provider is asked
        done.extend(landed);
    }
    done
}

/// Nobody was spoken to.
fn try_later(code: &str, after: Option<Duration>) -> Outcome {
    Outcome::TryLater {
        code: code.to_owned(),
        after,
    }
}

/// Records outcomes of hand-overs, of each message that still waits for that one: a process that was held up for minutes may find its message
/// offered anew by another.
pub async fn record(app: &App, tenant: TenantId, landed: Vec<Landed>) -> anyhow::Result<()> {
    let mut tx = app.tenant(tenant).await?;
    let ids: Vec<Uuid> = landed.iter().map(|one| one.message).collect();
    let mut by_id: HashMap<Uuid, Landed> = landed.into_iter().map(|one| (one.message, one)).collect();
    let mut book = Book::default();
    for carried in store::lock(&mut tx, &ids).await? {
        let Some(landed) = by_id
            .remove(&carried.id)
            .filter(|landed| landed.attempt == carried.attempts)
        else {
            continue;
        };
        match (carried.status.as_str(), landed.outcome) {
            // also when the lease ran out meanwhile: it is certain that nobody was spoken to
            ("sending" | "unknown", Outcome::TryLater { code, after }) if code == NOT_BEGUN => {
                book.once_more(&tx, &carried, code, seconds(after, 0));
            }
            ("sending", outcome) => {
                counted::outcome(&carried, counted::word(&outcome));
                book.enter(&tx, &carried, outcome);
            }
            // the lease ran out while the provider was answering
            ("unknown", Outcome::Accepted { external_id }) => book.sent(&carried, external_id),
            _ => {}
        }
    }
    book.close(&mut tx).await?;
    fail_point!("record.before_commit", |_| Err(anyhow::anyhow!(
        "a drill says so"
    )));
    tx.commit().await?;
    fail_point!("record.after_commit");
    Ok(())
}
