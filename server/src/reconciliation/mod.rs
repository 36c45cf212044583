//! What a tenant's providers know and we don't, compared once a business day: how the account stands, what was written to us without a
//! call, messages that nobody reported on, and opt-outs. Safe to be killed and to be run again: what was asked is counted on the message,
//! an opt-out is recorded once, and a day has one row a connection.
use crate::app::App;
use crate::connections;
use crate::db::{TenantId, Time};
use crate::inbound::missed;
use crate::messages::rescue;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use providers::{KnownOptOut, Provider};
use rules::channel::Channel;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

mod opt_outs;
mod store;

pub use opt_outs::{Differing, OnlyOn};

/// A message is asked about when nobody reported on it for so long after it was taken.
const SILENT_FOR: SignedDuration = SignedDuration::from_hours(4);
/// No carrier reports later than this, and providers forget.
const NOT_AFTER: SignedDuration = SignedDuration::from_hours(24 * 7);
/// At most so many look-ups of a connection and day, so many at a time.
const MOST_A_DAY: usize = 2_000;
const AT_A_TIME: i64 = 200;
/// What was written shortly before the last list is asked for again: a provider's list may lag.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);
const NOT_OPENED: &str = "the connection can't be opened";
/// How long a provider may take to list what it has.
const LIST_TIMEOUT: Duration = Duration::from_secs(120);

/// What one comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    pub day: Date,
    pub connection: String,
    /// Messages that the provider was asked about.
    pub asked: i32,
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
    /// Why the list of opt-outs could not be had.
    pub failed: Option<String>,
    pub finished_at: Timestamp,
}

/// The tenants that were not compared yet on the business day (UTC) of `now`, and have a connection that could be.
pub async fn tenants_to_compare(app: &App, now: Timestamp) -> sqlx::Result<Vec<TenantId>> {
    let mut tx = app.db.operator().await?;
    store::tenants_to_compare(&mut tx, day_of(now), false).await
}

/// All tenants that have a connection to a real provider.
pub async fn tenants_with_providers(app: &App) -> sqlx::Result<Vec<TenantId>> {
    let mut tx = app.db.operator().await?;
    store::tenants_to_compare(&mut tx, day_of(app.clock.now()), true).await
}

/// A connection whose provider was asked what was missed, and what it said.
pub struct Heard {
    of: store::Due,
    found: Reconciled,
}

/// Asks a tenant's providers what was written to it while nobody listened. What they say is stored as any event; that they were asked is
/// written down by `compare_heard`.
pub async fn hear(app: &App, tenant: TenantId) -> anyhow::Result<Vec<Heard>> {
    let mut tx = app.tenant(tenant).await?;
    let day = day_of(tx.now());
    let all = store::connections(&mut tx, day, true).await?;
    drop(tx);
    let mut heard = Vec::with_capacity(all.len());
    for of in all {
        let mut found = nothing(day, &of, app.clock.now());
        hear_missed(app, tenant, &of, &mut found).await?;
        heard.push(Heard { of, found });
    }
    Ok(heard)
}

/// Compares those of them that were not compared on this day. Answers how many were.
pub async fn compare_heard(app: &App, tenant: TenantId, heard: Vec<Heard>) -> anyhow::Result<usize> {
    let mut compared = 0;
    for Heard { of, mut found } in heard {
        if !of.was_compared {
            compare_one(app, tenant, &of, &mut found).await?;
            compared += 1;
        }
        let mut tx = app.tenant(tenant).await?;
        store::write(&mut tx, of.id, &found).await?;
        tx.commit().await?;
    }
    Ok(compared)
}

/// Compares all connections of a tenant that were not yet compared on this day; with `again`, all. Answers how many were.
pub async fn compare(app: &App, tenant: TenantId, again: bool) -> anyhow::Result<usize> {
    let mut tx = app.tenant(tenant).await?;
    let day = day_of(tx.now());
    let due = store::connections(&mut tx, day, again).await?;
    drop(tx);
    let compared = due.len();
    for of in due {
        let mut found = nothing(day, &of, app.clock.now());
        // first: a STOP may be among it
        hear_missed(app, tenant, &of, &mut found).await?;
        compare_one(app, tenant, &of, &mut found).await?;
        let mut tx = app.tenant(tenant).await?;
        store::write(&mut tx, of.id, &found).await?;
        tx.commit().await?;
    }
    Ok(compared)
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
    let mut tx = app.tenant(tenant).await?;
    let day = day_of(tx.now());
    let all = store::connections(&mut tx, day, true).await?;
    drop(tx);
    let mut compared = Vec::with_capacity(all.len());
    for one in all {
        let differing = match their_opt_outs(app, tenant, one.id).await? {
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

fn nothing(day: Date, one: &store::Due, now: Timestamp) -> Reconciled {
    Reconciled {
        day,
        connection: one.name.clone(),
        asked: 0,
        differed: 0,
        opt_outs_theirs: None,
        opt_outs_ours: None,
        bounces_theirs: None,
        missed: None,
        heard_until: None,
        failed: None,
        finished_at: now,
    }
}

/// What was written to a connection's address since it was last listed, as far as its provider can say.
async fn hear_missed(
    app: &App,
    tenant: TenantId,
    one: &store::Due,
    found: &mut Reconciled,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    let Some(channel) = Channel::parse(&one.channel) else {
        return Ok(());
    };
    let since = (one.heard_until.0 - OVERLAP).max(now - NOT_AFTER);
    let Some(provider) = opened(app, tenant, one.id).await? else {
        found.failed = Some(NOT_OPENED.to_owned());
        return Ok(());
    };
    let listed = tokio::time::timeout(
        LIST_TIMEOUT,
        provider.received(channel, &one.sender_address, since),
    );
    match listed.await {
        Ok(Ok(None)) => {}
        Ok(Ok(Some(pieces))) => {
            let missed = missed::keep(app, tenant, provider.as_ref(), one.id, &pieces).await?;
            found.missed = Some(i32::try_from(missed).unwrap_or(i32::MAX));
            found.heard_until = Some(now);
            if missed > 0 {
                tracing::warn!(connection.id = %one.id, missed, "the provider lists texts of which no call told us");
            }
        }
        Ok(Err(error)) => found.failed = Some(error.to_string()),
        Err(_) => found.failed = Some("no answer in time".to_owned()),
    }
    Ok(())
}

async fn compare_one(
    app: &App,
    tenant: TenantId,
    one: &store::Due,
    found: &mut Reconciled,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    connections::ask_account(app, tenant, one.id).await?;
    let reports = app
        .described(&one.provider)
        .is_none_or(|described| described.hooks.is_some());
    if reports {
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
        found.asked = i32::try_from(asked).unwrap_or(i32::MAX);
    }
    match their_opt_outs(app, tenant, one.id).await? {
        Ok(None) => {}
        Ok(Some(theirs)) => {
            let lists = opt_outs::compare(app, tenant, &one.channel, &theirs).await?;
            found.opt_outs_theirs = Some(lists.opt_outs_theirs);
            found.opt_outs_ours = Some(lists.opt_outs_ours);
            found.bounces_theirs = Some(lists.bounces_theirs);
        }
        Err(why) => found.failed = Some(why),
    }
    Ok(())
}

/// The provider of a connection; none when it can't be opened.
async fn opened(app: &App, tenant: TenantId, connection: Uuid) -> anyhow::Result<Option<Arc<dyn Provider>>> {
    let versions = connections::versions(app, tenant, &[connection]).await?;
    let mut carriers = connections::carriers(app, tenant, &versions).await?;
    Ok(carriers.remove(&connection).map(|opened| opened.provider))
}

/// The provider's list; none where it keeps none. An inner error says why it can't be had now.
async fn their_opt_outs(
    app: &App,
    tenant: TenantId,
    connection: Uuid,
) -> anyhow::Result<Result<Option<Vec<KnownOptOut>>, String>> {
    let Some(provider) = opened(app, tenant, connection).await? else {
        return Ok(Err(NOT_OPENED.to_owned()));
    };
    Ok(
        match tokio::time::timeout(LIST_TIMEOUT, provider.opt_outs()).await {
            Ok(Ok(list)) => Ok(list),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        },
    )
}
