//! What a tenant's providers know and we don't, compared once a business day: how the account stands, messages that nobody reported on,
//! and opt-outs; and, more often, what was written to us without a call (`heard.rs`). Safe to be killed and to be run again: what was asked
//! is counted on the message, an opt-out is recorded once, and a day has one row a connection.
use crate::app::App;
use crate::connections;
use crate::db::{TenantId, Time};
use crate::inbound::missed::ON_ITS_WAY;
use crate::messages::rescue;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use providers::{KnownOptOut, Provider};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

mod heard;
mod opt_outs;
mod store;

pub use heard::{Asked, Whom, hear};
pub use opt_outs::{Differing, OnlyOn};

/// A message is asked about when nobody reported on it for so long after it was taken.
const SILENT_FOR: SignedDuration = SignedDuration::from_hours(4);
/// No carrier reports later than this, and providers forget.
const NOT_AFTER: SignedDuration = SignedDuration::from_hours(24 * 7);
/// At most so many look-ups of a connection and day, so many at a time.
const MOST_A_DAY: usize = 2_000;
const AT_A_TIME: i64 = 200;
const NOT_OPENED: &str = "the connection can't be opened";
/// How long a provider may take to list what it has.
const LIST_TIMEOUT: Duration = Duration::from_secs(120);

/// What one comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    pub day: Date,
    pub connection: String,
    /// When it was compared on that day. None: what was written to us was listed, and no more.
    pub compared_at: Option<Timestamp>,
    /// Messages that the provider was asked about. None: it can't be asked.
    pub asked: Option<i32>,
    /// Of these, how many had moved on without our hearing of it.
    pub differed: i32,
    /// Opt-outs and complaints that the provider knew and we did not: recorded now. None: it keeps no list.
    pub opt_outs_theirs: Option<i32>,
    /// Opt-outs and complaints that we know and the provider does not.
    pub opt_outs_ours: Option<i32>,
    /// Addresses that bounce, as the provider knew and we did not: suppressed now. None: it keeps no list.
    pub bounces_theirs: Option<i32>,
    /// What was written to us without our hearing of it. None: the provider can't list it.
    pub missed: Option<i32>,
    /// Until when what was written to us has been listed.
    pub heard_until: Option<Timestamp>,
    /// Why what was written to us could not be listed to its end when it was asked for last.
    pub unheard: Option<String>,
    /// Why the list of opt-outs could not be had.
    pub failed: Option<String>,
    pub finished_at: Timestamp,
}

/// The tenants that were not compared yet on the business day (UTC) of `now`, and have a connection that could be.
pub async fn tenants_to_compare(app: &App, now: Timestamp) -> sqlx::Result<Vec<TenantId>> {
    let mut tx = app.db.operator().await?;
    store::tenants_to_compare(&mut tx, day_of(now), Time(now - NOT_AFTER), false).await
}

/// All tenants that have a connection to a real provider.
pub async fn tenants_with_providers(app: &App) -> sqlx::Result<Vec<TenantId>> {
    let now = app.clock.now();
    let mut tx = app.db.operator().await?;
    store::tenants_to_compare(&mut tx, day_of(now), Time(now - NOT_AFTER), true).await
}

/// Compares all connections of a tenant that were not yet compared on this day; with `again`, all. Answers how many were.
pub async fn compare(app: &App, tenant: TenantId, again: bool) -> anyhow::Result<usize> {
    let due = connections_of(app, tenant, again).await?;
    let compared = due.len();
    for of in due {
        // first: a STOP may be among it
        heard::hear_one(app, tenant, &of, app.clock.now() - ON_ITS_WAY).await?;
        let found = compare_one(app, tenant, &of).await?;
        let mut tx = app.tenant(tenant).await?;
        let day = day_of(tx.now());
        store::write_compared(&mut tx, day, of.id, &found).await?;
        tx.commit().await?;
    }
    Ok(compared)
}

/// Those of a tenant that were not yet compared on this day; with `all`, all.
async fn connections_of(app: &App, tenant: TenantId, all: bool) -> anyhow::Result<Vec<store::Due>> {
    let mut tx = app.tenant(tenant).await?;
    let now = tx.now();
    Ok(store::connections(&mut tx, day_of(now), Time(now - NOT_AFTER), all).await?)
}

/// What the lists of opt-outs of a connection come to, address by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub connection: String,
    pub channel: String,
    /// None: its provider keeps no list. An inner error says why it can't be had now.
    pub differing: Option<Result<Vec<Differing>, String>>,
}

/// Asks a tenant's providers for their lists of opt-outs and bounces, and says who is on one list alone. Records nothing.
pub async fn opt_outs(app: &App, tenant: TenantId) -> anyhow::Result<Vec<Compared>> {
    let all = connections_of(app, tenant, true).await?;
    let mut compared = Vec::with_capacity(all.len());
    for one in all {
        let theirs = match opened(app, tenant, one.id).await? {
            Some(provider) => their_opt_outs(provider.as_ref()).await,
            None => Err(NOT_OPENED.to_owned()),
        };
        let differing = match theirs {
            Ok(None) => None,
            Ok(Some(theirs)) => Some(Ok(opt_outs::differing(app, tenant, &one.channel, &theirs).await?)),
            Err(why) => Some(Err(why)),
        };
        compared.push(Compared {
            connection: one.name,
            channel: one.channel,
            differing,
        });
    }
    Ok(compared)
}

/// The comparisons of the last days, newest first.
pub async fn days(tx: &mut crate::db::TenantTx, most: i64) -> sqlx::Result<Vec<Reconciled>> {
    store::days(tx, most).await
}

fn day_of(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// What a comparison with one provider found.
#[derive(Debug, Default)]
struct Found {
    asked: Option<i32>,
    differed: i32,
    lists: Option<opt_outs::Lists>,
    failed: Option<String>,
}

async fn compare_one(app: &App, tenant: TenantId, one: &store::Due) -> anyhow::Result<Found> {
    let now = app.clock.now();
    let mut found = Found::default();
    let Some(provider) = opened(app, tenant, one.id).await? else {
        found.failed = Some(NOT_OPENED.to_owned());
        return Ok(found);
    };
    connections::ask_account(app, tenant, one.id).await?;
    if provider.can_be_asked() {
        let between = (Time(now - NOT_AFTER), Time(now - SILENT_FOR));
        let mut asked = 0;
        while asked < MOST_A_DAY {
            let (some, moved) = rescue::ask_about_silent(app, tenant, one.id, between, AT_A_TIME).await?;
            if some == 0 {
                break;
            }
            asked += some;
            found.differed += i32::try_from(moved).unwrap_or(i32::MAX);
        }
        found.asked = Some(i32::try_from(asked).unwrap_or(i32::MAX));
    }
    match their_opt_outs(provider.as_ref()).await {
        Ok(None) => {}
        Ok(Some(theirs)) => {
            found.lists = Some(opt_outs::compare(app, tenant, &one.channel, &theirs).await?);
        }
        Err(why) => found.failed = Some(why),
    }
    Ok(found)
}

/// The provider of a connection; none when it can't be opened.
async fn opened(app: &App, tenant: TenantId, connection: Uuid) -> anyhow::Result<Option<Arc<dyn Provider>>> {
    let versions = connections::versions(app, tenant, &[connection]).await?;
    let mut carriers = connections::carriers(app, tenant, &versions).await?;
    Ok(carriers.remove(&connection).map(|opened| opened.provider))
}

/// The provider's list; none where it keeps none. An error says why it can't be had now.
async fn their_opt_outs(provider: &dyn Provider) -> Result<Option<Vec<KnownOptOut>>, String> {
    match tokio::time::timeout(LIST_TIMEOUT, provider.opt_outs()).await {
        Ok(Ok(list)) => Ok(list),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer in time".to_owned()),
    }
}
