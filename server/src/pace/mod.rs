//! Pace: how fast a tenant's senders may send. What is decided is in `rules::pacing`; here the buckets are kept, one row each, so that
//! every process and every batch takes from the same.
use crate::db::{TenantTx, Time};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::pacing::{self, Bucket, CarrierCap, Pace, PaceScope, Turn};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

mod set;
mod store;

pub use set::{Listed, NotSet, list, set, tell, tell_caps};

/// Where a message comes from.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    pub connection: Uuid,
    pub provider: &'a str,
    pub channel: Channel,
    pub our_address: &'a str,
    /// The carrier registration that it is under.
    pub registration: Option<&'a str>,
    /// The carrier of the recipient, where a provider has told it.
    pub carrier: Option<&'a str>,
    /// Somebody set a pace for the connection or its registration, or its provider blocked it.
    pub has_buckets: bool,
}

type Key = (PaceScope, String);

impl Sender<'_> {
    fn is_paced(&self) -> bool {
        self.has_buckets || pacing::default_pace(self.provider, self.channel, self.our_address).is_some()
    }

    fn keys(&self) -> Vec<Key> {
        let mut keys = vec![
            (PaceScope::Connection, self.connection.to_string()),
            (PaceScope::Number, number_key(self.channel, self.our_address)),
        ];
        if let Some(registration) = self.registration {
            keys.push((PaceScope::Registration, registration.to_owned()));
        }
        if let Some(carrier) = self.carrier {
            let key = carrier_key(self.connection, self.registration, carrier);
            keys.push((PaceScope::CarrierMinute, key.clone()));
            keys.push((PaceScope::CarrierDay, key));
        }
        keys
    }
}

fn number_key(channel: Channel, our_address: &str) -> String {
    format!("{} {our_address}", channel.name())
}

/// Carriers count what comes under one registration, whichever number and connection it comes from (10DLC).
fn carrier_key(connection: Uuid, registration: Option<&str>, carrier: &str) -> String {
    match registration {
        Some(registration) => format!("{registration} {carrier}"),
        None => format!("{connection} {carrier}"),
    }
}

/// A bucket as it is stored.
struct Stored {
    key: Key,
    /// As somebody set it.
    set: Option<Pace>,
    /// As the provider says: of the account, or of what a carrier takes.
    told: Option<Pace>,
    bucket: Bucket,
    reason: Option<String>,
}

impl Stored {
    /// What counts: what somebody set, and never more than the provider allows. None: as the rules say.
    fn own_pace(&self) -> Option<Pace> {
        match (self.set, self.told) {
            (Some(set), Some(told)) => Some(set.at_most(told)),
            (set, told) => set.or(told),
        }
    }
}

/// The buckets of a batch, locked until its transaction ends.
#[derive(Default)]
pub struct Paces {
    stored: BTreeMap<Key, Stored>,
    changed: BTreeSet<Key>,
}

impl Paces {
    /// Locks what these senders take from, in the order of scope and key, and brings it up to date. One statement, none when no sender
    /// has a pace.
    pub async fn lock<'a>(
        tx: &mut TenantTx,
        senders: impl Iterator<Item = Sender<'a>>,
    ) -> sqlx::Result<Self> {
        let mut paces = Self::default();
        let mut keys = BTreeSet::new();
        let mut seen: BTreeMap<(Uuid, Option<&str>), Sender<'a>> = BTreeMap::new();
        for sender in senders.filter(Sender::is_paced) {
            if seen.insert((sender.connection, sender.carrier), sender).is_none() {
                keys.extend(sender.keys());
            }
        }
        if keys.is_empty() {
            return Ok(paces);
        }
        for stored in store::lock(tx, &keys).await? {
            paces.stored.insert(stored.key.clone(), stored);
        }
        for sender in seen.values() {
            paces.give_default(sender);
        }
        let now = tx.now();
        for stored in paces.stored.values_mut() {
            stored.bucket.refill(now);
        }
        Ok(paces)
    }

    /// What nobody set or told is as the rules say: the rate that the provider publishes, in its own scope, unless the connection, its
    /// number or its registration has another.
    fn give_default(&mut self, sender: &Sender<'_>) {
        let keys = sender.keys();
        let is_set = keys.iter().any(|key| {
            key.0.is_of_the_sender()
                && self
                    .stored
                    .get(key)
                    .is_some_and(|stored| stored.own_pace().is_some())
        });
        let default =
            pacing::default_pace(sender.provider, sender.channel, sender.our_address).filter(|_| !is_set);
        if let Some(default) = default
            && let Some(key) = keys.iter().find(|key| key.0 == default.scope)
            && let Some(stored) = self.stored.get_mut(key)
        {
            stored.bucket.pace = Some(default.pace);
        }
    }

    /// Takes what a message costs, in segments or messages; else answers when it should come again.
    pub fn take(
        &mut self,
        sender: &Sender<'_>,
        cost: u32,
        turn: Turn,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        if self.stored.is_empty() || !sender.is_paced() {
            return Ok(());
        }
        let keys = sender.keys();
        let mut buckets: Vec<&mut Bucket> = self
            .stored
            .iter_mut()
            .filter(|(key, _)| keys.contains(key))
            .map(|(_, stored)| &mut stored.bucket)
            .collect();
        let taken = pacing::take(&mut buckets, cost, turn, now);
        self.changed.extend(keys);
        taken
    }

    /// Writes what was taken and told: one statement, none when nothing was.
    pub async fn write(self, tx: &mut TenantTx) -> sqlx::Result<()> {
        let changed: Vec<&Stored> = self
            .stored
            .values()
            .filter(|stored| self.changed.contains(&stored.key))
            .collect();
        store::write(tx, &changed).await
    }
}

/// A provider takes nothing before `until`: from a connection, or from it to one carrier's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub connection: Uuid,
    pub provider: String,
    /// The carrier's cap that is used up; none: of the connection itself.
    pub cap: Option<CarrierCap>,
    pub until: Timestamp,
    /// The provider's code.
    pub why: String,
}

/// Keeps what providers said of their limits. The sandbox has none, unless it was given a pace.
pub async fn block(tx: &mut TenantTx, blocks: &[Block]) -> sqlx::Result<()> {
    if blocks.is_empty() {
        return Ok(());
    }
    let paced = store::paced_connections(tx).await?;
    let connections = store::connections(tx).await?;
    let (mut wanted, mut keys): (BTreeMap<Key, &Block>, BTreeSet<Key>) = Default::default();
    for one in blocks {
        if one.provider == "sandbox" && !paced.contains(&one.connection) {
            continue;
        }
        let key = match one.cap {
            None => (PaceScope::Connection, one.connection.to_string()),
            Some(cap) => {
                let registration = connections
                    .iter()
                    .find(|named| named.id == one.connection)
                    .and_then(|named| named.registration.as_deref());
                // by which the gate knows, for every sender under it, that there is something to take from
                keys.extend(
                    registration.map(|registration| (PaceScope::Registration, registration.to_owned())),
                );
                (cap.scope, carrier_key(one.connection, registration, cap.carrier))
            }
        };
        let latest = wanted.entry(key).or_insert(one);
        if one.until > latest.until {
            *latest = one;
        }
    }
    keys.extend(wanted.keys().cloned());
    if keys.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let mut locked = store::lock(tx, &keys).await?;
    for stored in &mut locked {
        if let Some(block) = wanted.get(&stored.key) {
            stored.bucket.block(block.until, now);
            stored.reason = Some(block.why.clone());
        }
    }
    store::write(tx, &locked.iter().collect::<Vec<_>>()).await
}

/// Takes away the buckets of connections, numbers and registrations that are of no connection any more.
pub async fn forget(tx: &mut TenantTx) -> sqlx::Result<()> {
    store::forget(tx).await
}

fn time(at: Option<Timestamp>) -> Option<Time> {
    at.map(Time)
}
