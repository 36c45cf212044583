//! Hands messages to their providers, with no transaction open, and records what became of each.
use super::book::{Book, seconds};
use super::counted;
use super::ready::Ready;
use super::store::{self, Carried};
use super::ways::Ways;
use crate::app::App;
use crate::connections::{self, Carrier};
use crate::db::TenantId;
use crate::db::failure::{is_of_the_database, without_data};
use fail::fail_point;
use providers::Outcome;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

/// How long a provider may take to answer before its answer counts as lost.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(30);
/// How many hand-overs run side by side.
const CONCURRENCY: usize = 16;

/// Our own word for a message whose turn did not come in time, or whose connection went out before it: nobody was spoken to.
const NOT_BEGUN: &str = "not_begun";
/// And for one whose connection we can't open: nobody was spoken to, and until we can nobody will be.
pub(super) const NOT_OPENED: &str = "not_opened";
/// And for one that has no connection, which the rules stop before.
pub(super) const NO_PROVIDER: &str = "no_provider";
/// How long a message waits whose connection can't be opened. What goes sooner is what tries whether it can.
const UNTIL_OPENED: Duration = Duration::from_secs(180);
/// How long a batch waits when the database could not be asked how its connections are opened.
const UNTIL_ASKED: Duration = Duration::from_secs(10);

/// How long one waits before outcomes are recorded once more that the database did not take; each time twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// For so long outcomes are offered to the database at least, also when the lease ended while the last provider answered: it starts again.
const RECORDED_WITHIN: Duration = Duration::from_secs(10);

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
    let mut flying: JoinSet<Flown> = JoinSet::new();
    let mut landing = Landing::default();
    for one in ready {
        if flying.len() >= CONCURRENCY
            && let Some(ended) = flying.join_next().await
        {
            landing.take(app, ended);
        }
        while let Some(ended) = flying.try_join_next() {
            landing.take(app, ended);
        }
        let is_out = one
            .carrier
            .as_ref()
            .is_some_and(|carrier| landing.ways.is_out(carrier));
        if is_out || Instant::now() >= one.begin_by {
            landing.done.push(one.landed(try_later(NOT_BEGUN, None)));
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
            let landed = Landed {
                message,
                attempt,
                outcome,
            };
            (one.carrier, landed)
        });
    }
    while let Some(ended) = flying.join_next().await {
        landing.take(app, ended);
    }
    landing.done
}

/// What came of a message, and through which connection it went.
type Flown = (Option<Carrier>, Landed);

/// What has ended of a batch, in that order, and what it says of the ways.
#[derive(Default)]
struct Landing {
    ways: Ways,
    done: Vec<Landed>,
}

impl Landing {
    /// A hand-over that panicked is left `sending`: its lease expires and the provider is asked.
    fn take(&mut self, app: &App, ended: Result<Flown, JoinError>) {
        let Ok((carrier, landed)) = ended else { return };
        if let Some(carrier) = carrier {
            self.ways.see(&carrier, &landed.outcome, app.clock.now());
        }
        self.done.push(landed);
    }
}

/// Nobody was spoken to.
fn try_later(code: &str, after: Option<Duration>) -> Outcome {
    Outcome::TryLater {
        code: code.to_owned(),
        after,
    }
}

/// Records outcomes of hand-overs, and tries again while the database can't: it restarts, a stand-by takes over, somebody else was in the way.
/// Many an outcome is told once and can't be asked for. It gives up when the lease has ended: others take the messages for lost then. A try
/// whose commit took place although its answer was lost does nothing when it is repeated: nothing waits for those outcomes any more.
pub async fn record_until(
    app: &App,
    tenant: TenantId,
    landed: &[Landed],
    lease_ends: Instant,
) -> anyhow::Result<()> {
    let until = lease_ends.max(Instant::now() + RECORDED_WITHIN);
    let mut pause = FIRST_PAUSE;
    let Err(mut error) = record(app, tenant, landed.to_vec()).await else {
        return Ok(());
    };
    while is_of_the_database(&error) && Instant::now() + pause < until {
        tracing::warn!(tenant.id = %tenant.as_uuid(), error = without_data(&error), "outcomes can't be recorded; it is tried again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        // a row may be held by what is left of an earlier try
        match tokio::time::timeout_at(until.into(), record(app, tenant, landed.to_vec())).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(again)) => error = again,
            Err(_) => break,
        }
    }
    Err(error)
}

/// Records outcomes of hand-overs once, of each message that still waits for that one: a process that was held up for minutes may find its
/// message offered anew by another.
pub async fn record(app: &App, tenant: TenantId, landed: Vec<Landed>) -> anyhow::Result<()> {
    let mut tx = app.tenant(tenant).await?;
    let ids: Vec<Uuid> = landed.iter().map(|one| one.message).collect();
    let mut by_id: HashMap<Uuid, (usize, Landed)> = landed
        .into_iter()
        .enumerate()
        .map(|(place, one)| (one.message, (place, one)))
        .collect();
    let mut answered: Vec<(usize, Carried, Outcome)> = Vec::with_capacity(by_id.len());
    for carried in store::lock(&mut tx, &ids).await? {
        if let Some((place, landed)) = by_id.remove(&carried.id)
            && landed.attempt == carried.attempts
        {
            answered.push((place, carried, landed.outcome));
        }
    }
    // failures in a row are counted as they came
    answered.sort_by_key(|(place, ..)| *place);
    let mut book = Book::default();
    let mut entered = Vec::new();
    for (_, carried, outcome) in answered {
        match (carried.status.as_str(), outcome) {
            // also when the lease ran out meanwhile: it is certain that nobody was spoken to
            ("sending" | "unknown", Outcome::TryLater { code, after }) if code == NOT_BEGUN => {
                book.once_more(&tx, &carried, code, seconds(after, 0));
            }
            ("sending", outcome) => {
                let word = counted::word(&outcome);
                book.enter(&tx, &carried, outcome);
                entered.push((carried, word));
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
    for (carried, word) in &entered {
        counted::outcome(carried, word);
    }
    fail_point!("record.after_commit");
    Ok(())
}
