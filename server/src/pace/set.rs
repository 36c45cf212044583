//! What paces there are, and setting them.
use super::{Key, PaceScope, carrier_key, number_key, store};
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::pacing::{self, Bucket, CAPPED_CARRIERS, CarrierCap, Pace};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A bucket, or the pace that a connection has by itself.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    pub connection: String,
    pub scope: PaceScope,
    /// The number, or the carrier.
    pub of: String,
    pub pace: Option<Pace>,
    /// Who says so: `set`, the provider, or the source of the rules' figure.
    pub because: String,
    /// Whole tokens at this moment; none where there is no limit.
    pub tokens: Option<i64>,
    pub blocked_until: Option<Timestamp>,
    pub reason: Option<String>,
    /// When the last of those that wait would go.
    pub line_until: Option<Timestamp>,
}

/// Why a pace can't be set.
#[derive(Debug, thiserror::Error)]
pub enum NotSet {
    #[error("there is no connection named `{0}`; `courtesy connection list` shows all")]
    NoConnection(String),
    #[error("a carrier's pace is of a minute or of a day: give --scope carrier_minute or carrier_day")]
    Carrier,
    #[error("carrier: say which takes so much: {}", CAPPED_CARRIERS.join(" or "))]
    WhichCarrier,
    #[error(
        "registration: the connection names none; `courtesy connection set {0:?} --registration ID` does"
    )]
    Registration(String),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Sets the pace of a connection, of its number, or of what a carrier takes of it; without one the rules' figure counts again.
pub async fn set(
    tx: &mut TenantTx,
    connection: &str,
    scope: PaceScope,
    carrier: Option<&str>,
    pace: Option<Pace>,
) -> Result<(), NotSet> {
    let named = store::connections(tx).await?;
    let Some(named) = named.into_iter().find(|one| one.name == connection) else {
        return Err(NotSet::NoConnection(connection.to_owned()));
    };
    let own: Key = (PaceScope::Connection, named.id.to_string());
    // as providers' reports name them
    let carrier = carrier.map(|carrier| carrier.trim().to_lowercase());
    if carrier
        .as_deref()
        .is_some_and(|carrier| !CAPPED_CARRIERS.contains(&carrier))
    {
        return Err(NotSet::WhichCarrier);
    }
    let registration = named.registration.as_deref();
    let key = match (scope, carrier.as_deref().filter(|carrier| !carrier.is_empty())) {
        (PaceScope::Connection, None) => own.clone(),
        (PaceScope::Number, None) => {
            let channel = Channel::parse(&named.channel).unwrap_or(Channel::Sms);
            (scope, number_key(channel, &named.sender_address))
        }
        (PaceScope::CarrierMinute | PaceScope::CarrierDay, Some(carrier)) => {
            (scope, carrier_key(named.id, registration, carrier))
        }
        (PaceScope::Registration, None) => match registration {
            Some(registration) => (scope, registration.to_owned()),
            None => return Err(NotSet::Registration(named.name)),
        },
        (PaceScope::Connection | PaceScope::Number | PaceScope::Registration, Some(_)) => {
            return Err(NotSet::Carrier);
        }
        (PaceScope::CarrierMinute | PaceScope::CarrierDay, None) => return Err(NotSet::WhichCarrier),
    };
    store::set(tx, &key, pace).await?;
    let known = known_by(named.id, registration);
    if key != known && key.0 != PaceScope::Connection {
        store::make(tx, &known).await?;
    }
    Ok(())
}

/// Keeps how fast a provider lets the account of a connection send: what somebody set counts only when it is less.
pub async fn tell(tx: &mut TenantTx, connection: Uuid, told: Pace) -> sqlx::Result<()> {
    store::tell(tx, &(PaceScope::Connection, connection.to_string()), told).await
}

/// Keeps what carriers take of the registration of a connection, as its provider says: what somebody set counts only when it is less.
pub async fn tell_caps(tx: &mut TenantTx, connection: Uuid, caps: &[(CarrierCap, Pace)]) -> sqlx::Result<()> {
    if caps.is_empty() {
        return Ok(());
    }
    let named = store::connections(tx).await?;
    let registration = named
        .iter()
        .find(|named| named.id == connection)
        .and_then(|named| named.registration.as_deref());
    let key = |cap: &CarrierCap| (cap.scope, carrier_key(connection, registration, cap.carrier));
    // all at once, in the order in which the gate locks them
    let keys = caps.iter().map(|(cap, _)| key(cap));
    let keys: BTreeSet<Key> = keys.chain([known_by(connection, registration)]).collect();
    store::lock(tx, &keys).await?;
    for (cap, told) in caps {
        store::tell(tx, &key(cap), *told).await?;
    }
    Ok(())
}

/// The bucket by which the gate knows that there is something to take from: the registration's, else the connection's.
fn known_by(connection: Uuid, registration: Option<&str>) -> Key {
    match registration {
        Some(registration) => (PaceScope::Registration, registration.to_owned()),
        None => (PaceScope::Connection, connection.to_string()),
    }
}

/// The paces of all connections, and how full their buckets are.
pub async fn list(tx: &mut TenantTx) -> sqlx::Result<Vec<Listed>> {
    let now = tx.now();
    let stored = store::all(tx).await?;
    let mut all = Vec::new();
    for named in store::connections(tx).await? {
        let channel = Channel::parse(&named.channel).unwrap_or(Channel::Sms);
        let own = named.id.to_string();
        let number = number_key(channel, &named.sender_address);
        let default = pacing::default_pace(&named.provider, channel, &named.sender_address);
        let registration = named.registration.as_deref().unwrap_or_default();
        let is_set = stored.iter().any(|one| {
            one.own_pace().is_some()
                && [own.as_str(), number.as_str(), registration].contains(&one.key.1.as_str())
        });
        let capped = carrier_key(named.id, named.registration.as_deref(), "");
        let default = default.filter(|_| !is_set);
        let mut is_listed = false;
        for one in &stored {
            let (scope, key) = &one.key;
            let of = match scope {
                PaceScope::Connection if *key == own => "",
                PaceScope::Number if *key == number => named.sender_address.as_str(),
                PaceScope::Registration if key == registration => registration,
                PaceScope::CarrierMinute | PaceScope::CarrierDay if key.starts_with(&capped) => {
                    &key[capped.len()..]
                }
                PaceScope::Connection
                | PaceScope::Number
                | PaceScope::Registration
                | PaceScope::CarrierMinute
                | PaceScope::CarrierDay => continue,
            };
            let by_rules = default.filter(|default| default.scope == *scope);
            let mut bucket = one.bucket.clone();
            bucket.pace = one.own_pace().or(by_rules.map(|default| default.pace));
            bucket.refill(now);
            if bucket.pace.is_none() && bucket.blocked_until.is_none() {
                continue;
            }
            is_listed |= by_rules.is_some();
            let because = match (one.set, one.told, by_rules) {
                (Some(set), Some(_), _) if bucket.pace != Some(set) => {
                    "the provider allows no more than this; more was set"
                }
                (Some(_), _, _) => "set",
                (None, Some(_), _) => "the provider allows so much",
                (None, None, Some(default)) => default.source,
                (None, None, None) => "the provider",
            };
            all.push(listed(
                &named.name,
                *scope,
                of,
                &bucket,
                because,
                one.reason.clone(),
            ));
        }
        if let Some(default) = default.filter(|_| !is_listed) {
            let bucket = Bucket::new(Some(default.pace), now);
            let of = match default.scope {
                PaceScope::Number => named.sender_address.as_str(),
                PaceScope::Connection
                | PaceScope::Registration
                | PaceScope::CarrierMinute
                | PaceScope::CarrierDay => "",
            };
            all.push(listed(
                &named.name,
                default.scope,
                of,
                &bucket,
                default.source,
                None,
            ));
        }
    }
    Ok(all)
}

fn listed(
    connection: &str,
    scope: PaceScope,
    of: &str,
    bucket: &Bucket,
    because: &str,
    reason: Option<String>,
) -> Listed {
    Listed {
        connection: connection.to_owned(),
        scope,
        of: of.to_owned(),
        pace: bucket.pace,
        because: because.to_owned(),
        tokens: bucket.tokens(),
        blocked_until: bucket.blocked_until,
        reason: bucket.blocked_until.and(reason),
        line_until: bucket.line_until(),
    }
}
