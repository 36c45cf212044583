//! Applies stored events, each in a transaction of its own, so that one that can't be applied holds up no other.
use super::addresses::{self, Bounce};
use super::store::{self, Waiting};
use super::{in_logs, texts, untold};
use crate::app::App;
use crate::connections;
use crate::consents::ConsentError;
use crate::db::failure::{is_of_the_database, without_data};
use crate::db::{TenantId, TenantTx, Time};
use crate::messages::status::{self, Applied, Report};
use crate::messages::tasks;
use crate::reviews::{self, Kept};
use fail::fail_point;
use jiff::{SignedDuration, Timestamp};
use providers::{Event, EventKind};

/// Tenants that have events to apply, whenever they came, or by that moment.
pub async fn tenants_with_events(app: &App, until: Option<Timestamp>) -> sqlx::Result<Vec<TenantId>> {
    let mut tx = app.db.engine().await?;
    store::tenants_with_events(&mut tx, Time(app.clock.now()), until.map(Time)).await
}

/// When an event that waits for its message is looked at again, over all tenants.
pub async fn next_wait(app: &App, now: Timestamp) -> sqlx::Result<Option<Timestamp>> {
    let mut tx = app.db.engine().await?;
    Ok(store::next_wait(&mut tx, Time(now)).await?.map(|time| time.0))
}

/// After how many failures of an event a person is told of it: about an hour and a half.
pub(super) const TELL_AFTER: i16 = 10;
/// The longest between two tries of an event that fails.
const LONGEST_WAIT_SECONDS: i64 = 3600;
/// How often an event waits for a message that nobody knows yet, each time twice as long: five minutes in all. A provider may call
/// before we have written down by which name it knows the message.
const MOST_WAITS: i16 = 6;

/// What came of an event, in a word that is stored; or that it is to be looked at again later.
pub(super) enum Came {
    Of(&'static str),
    Later,
    /// It waits for somebody, and nothing is wrong with it.
    Waits(Timestamp),
}

/// Applies up to `limit` events of a tenant, those that never failed first, the oldest first. Answers how many it looked at.
pub async fn apply(app: &App, tenant: TenantId, limit: usize) -> anyhow::Result<usize> {
    for done in 0..limit {
        let mut tx = app.tenant(tenant).await?;
        let Some(waiting) = store::claim(&mut tx).await? else {
            return Ok(done);
        };
        fail_point!("apply.claimed");
        match apply_one(tx, &waiting).await.map_err(beneath) {
            Ok(()) => {}
            // it would fail the others as well: the next round begins with it again
            Err(error) if is_of_the_database(&error) => return Err(error),
            Err(error) => put_off(app, tenant, &waiting, &error).await?,
        }
    }
    Ok(limit)
}

/// An error of the database that came by the ledger is known as such.
fn beneath(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<ConsentError>() {
        Ok(error) => error.beneath(),
        Err(error) => error,
    }
}

async fn apply_one(mut tx: TenantTx, waiting: &Waiting) -> anyhow::Result<()> {
    match one(&mut tx, waiting, waiting.attempts < MOST_WAITS).await? {
        Came::Of(outcome) => {
            store::mark_applied(&mut tx, waiting, outcome).await?;
        }
        Came::Later => {
            let until = next_try(&tx, waiting);
            store::put_off(&mut tx, waiting, tried_again(waiting), until).await?;
        }
        Came::Waits(until) => store::put_off(&mut tx, waiting, waiting.attempts.max(1), Time(until)).await?,
    }
    fail_point!("apply.before_commit", |_| Err(anyhow::anyhow!("a drill says so")));
    tx.commit().await?;
    fail_point!("apply.after_commit");
    Ok(())
}

/// How often an event was tried in vain, after once more: as far as anybody counts.
fn tried_again(waiting: &Waiting) -> i16 {
    (waiting.attempts + 1).min(1000)
}

/// When an event that was tried in vain is tried again: each time after twice as long, from five seconds to an hour.
fn next_try(tx: &TenantTx, waiting: &Waiting) -> Time {
    let doubled = u32::try_from(waiting.attempts.clamp(0, TELL_AFTER)).unwrap_or(0);
    let seconds = (5_i64 << doubled).min(LONGEST_WAIT_SECONDS);
    Time(tx.now() + SignedDuration::from_secs(seconds))
}

/// What failed was rolled back; in a transaction of its own it is counted, and after too many times a person is told. It is never given
/// up: it may be an opt-out, and until it is applied the gate lets nothing go to whom it came from.
async fn put_off(
    app: &App,
    tenant: TenantId,
    waiting: &Waiting,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    tracing::error!(
        tenant.id = %tenant.as_uuid(),
        event.key = in_logs(&waiting.event_key),
        attempt = waiting.attempts + 1,
        error = without_data(error),
        "an event can't be applied"
    );
    let mut tx = app.tenant(tenant).await?;
    let until = next_try(&tx, waiting);
    store::put_off(&mut tx, waiting, tried_again(waiting), until).await?;
    if waiting.attempts + 1 == TELL_AFTER {
        tasks::open(&mut tx, "event_failed", None, None, &waiting.event_key).await?;
    }
    tx.commit().await
}

/// Applies one event; answers what came of it. An event about a message that we don't know under the provider's name `may_wait`.
pub(super) async fn one(tx: &mut TenantTx, waiting: &Waiting, may_wait: bool) -> anyhow::Result<Came> {
    let Ok(event) = serde_json::from_value::<Event>(waiting.payload.clone()) else {
        return Ok(Came::Of(super::UNREADABLE));
    };
    let received_at = waiting.received_at.0;
    let at = event.occurred_at.min(received_at);
    let of_a_report = |applied: Applied, message: Option<uuid::Uuid>| match applied {
        Applied::Moved => Came::Of("applied"),
        Applied::NothingNew => Came::Of("nothing_new"),
        // our own id was committed before anything was handed over: who names one that is not there will never be right
        Applied::UnknownMessage if may_wait && message.is_none() => Came::Later,
        Applied::UnknownMessage => Came::Of("unknown_message"),
        Applied::UnknownStatus => Came::Of("unknown_status"),
        Applied::NeverHandedOver => Came::Of("never_handed_over"),
    };
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
                at: Some(at),
            };
            of_a_report(status::apply(tx, &report).await?, *message_id)
        }
        EventKind::Inbound(said) if said.is_untold => untold::look(tx, waiting, said, at).await?,
        EventKind::Inbound(said) => {
            let text = texts::Text {
                event_key: &waiting.event_key,
                provider: &waiting.provider,
                said,
                connection: waiting.connection_id,
                wrote_at: at,
                received_at,
            };
            Came::Of(texts::receive(tx, &text).await?)
        }
        EventKind::Bounce {
            message_id,
            external_id,
            address,
            class,
            code,
        } => {
            let bounce = Bounce {
                message: *message_id,
                provider: &waiting.provider,
                external_id,
                address,
                class: *class,
                code: code.as_deref(),
                at,
            };
            let acts_alone = message_id.is_none() && !may_wait;
            of_a_report(addresses::bounced(tx, &bounce, acts_alone).await?, *message_id)
        }
        EventKind::Complaint { address, .. } => {
            addresses::complained(tx, address, at).await?;
            Came::Of("applied")
        }
        EventKind::Preference {
            channel,
            address,
            marketing,
        } => {
            addresses::preferred(tx, *channel, address, *marketing, event.occurred_at).await?;
            Came::Of("applied")
        }
        EventKind::Account { code, detail } => {
            if let Some(connection) = waiting.connection_id
                && code == providers::ses::TOPIC_IS_SILENT
            {
                connections::went_silent(tx, connection).await?;
            }
            let said = format!("{code}: {detail}");
            // a provider may tell the same of each message
            match waiting.connection_id {
                Some(connection) => {
                    tasks::open_once_of(tx, "account_event", connection, &format!("{said}; told by "))
                        .await?;
                }
                None => tasks::open(tx, "account_event", None, None, &said).await?,
            }
            Came::Of("applied")
        }
        EventKind::Click { message_id } => kept(reviews::clicked(tx, *message_id).await?),
        EventKind::Feedback {
            message_id,
            rating,
            comment,
        } => kept(reviews::feedback(tx, *message_id, *rating, comment.as_deref()).await?),
    })
}

fn kept(kept: Kept) -> Came {
    Came::Of(match kept {
        Kept::Kept => "applied",
        Kept::UnknownMessage => "unknown_message",
    })
}
