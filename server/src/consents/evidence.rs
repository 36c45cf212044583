//! Everything that can be said for a customer's consent: who, for which address, on what wording, when, how, by whom, from which
//! IP, what came later, what was sent in reliance on it, and the hashes that prove that nothing was changed since.
use super::chain;
use super::derive::{Fact, derive};
use super::store::read::{self, Relied, Stored};
use super::verify::{Verification, verify};
use crate::db::{TenantTx, Time};
use crate::ids::Noun;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The evidence of one customer.
#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    pub made_at: Timestamp,
    pub tenant_id: Uuid,
    pub business: String,
    pub sender_name: String,
    pub customer_id: String,
    pub customer: String,
    pub addresses: Vec<Reach>,
    pub consents: Vec<Current>,
    pub events: Vec<Event>,
    pub chain: Chain,
}

/// An address and whether it may be messaged.
#[derive(Debug, Clone, Serialize)]
pub struct Reach {
    pub channel: String,
    pub address: String,
    pub suppressed_scope: Option<String>,
    pub suppressed_reason: Option<String>,
    pub suppressed_at: Option<Timestamp>,
}

/// The consent in force on a channel: the seven audit fields, the address, and what the wording amounted to.
#[derive(Debug, Clone, Serialize)]
pub struct Current {
    pub channel: String,
    pub address: Option<String>,
    pub scope: String,
    pub status: String,
    pub at: Option<Timestamp>,
    pub source: Option<String>,
    pub method: Option<String>,
    pub notes: Option<String>,
    pub ip: Option<String>,
    pub captured_by: Option<String>,
    pub has_disclosure: bool,
    pub names_seller: bool,
    pub event_seq: i64,
}

/// One event of the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    pub seq: i64,
    pub id: Uuid,
    /// The customer's id as the hash holds it; none when the address had no customer then.
    pub customer_id: Option<Uuid>,
    pub channel: String,
    pub kind: String,
    pub scope: String,
    pub occurred_at: Timestamp,
    pub occurred_at_local: Option<String>,
    pub recorded_at: Timestamp,
    pub source: String,
    pub method: String,
    pub address: Option<String>,
    pub notes: Option<String>,
    pub ip: Option<String>,
    pub captured_by: Option<String>,
    pub disclosure_text: Option<String>,
    pub names_seller: Option<bool>,
    pub affirmative_act: Option<bool>,
    pub message_id: Option<String>,
    pub is_detail_erased: bool,
    /// Messages that the gate let go while this event was the one in force.
    pub relied: Reliance,
    /// The personal part and its salt, in hexadecimal digits, as the digest has them.
    pub detail: Option<Map<String, Value>>,
    pub salt: Option<String>,
    pub detail_digest: String,
    pub prev_hash: String,
    pub hash: String,
}

/// Messages that relied on an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Reliance {
    pub messages: i64,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

/// The chain that the events stand in.
#[derive(Debug, Clone, Serialize)]
pub struct Chain {
    pub genesis: String,
    pub verification: Verification,
    pub how_to_verify: &'static str,
}

/// How anybody can check the hashes, in words.
const HOW_TO_VERIFY: &str = "Each hash is SHA-256 of the hash before it (32 bytes) followed by the event: the texts \
courtesy.consent.v1, seq, id, customer_id, channel, kind, scope, occurred_at, recorded_at, source, method and detail_digest, in this order, \
each written as four bytes of length (big endian) and its UTF-8 bytes. Ids are 36 lower-case characters, times are microseconds since \
1970-01-01 UTC in decimal, digests are 64 lower-case hexadecimal digits; an absent customer_id is the length ffffffff alone. The first event follows \
SHA-256 of `courtesy consent ledger v1`, a line feed and the tenant's id. detail_digest is SHA-256 of the salt (32 bytes) followed by the detail \
as JSON in UTF-8 with sorted keys, no spaces and nothing escaped that need not be. The command `courtesy consent verify` checks the whole ledger.";

/// All evidence of a customer; none when there is no such customer. Times are UTC; local times are of the customer's zone, or the business's.
pub async fn evidence(tx: &mut TenantTx, customer: Uuid) -> anyhow::Result<Option<Evidence>> {
    let Some(who) = read::who(tx, customer).await? else {
        return Ok(None);
    };
    // First the lock on the head: what follows is of one moment.
    let verification = verify(tx).await?;
    let reached = read::reached(tx, customer).await?;
    let mut addresses: BTreeSet<String> = reached.iter().map(|one| one.address.clone()).collect();
    let own = read::events_about(tx, customer, &[]).await?;
    addresses.extend(own.iter().filter_map(|event| event.text("address")));
    let addresses: Vec<String> = addresses.into_iter().collect();
    let stored = read::events_about(tx, customer, &addresses).await?;
    let relied = reliance(tx, customer, &own).await?;
    let zone = who.customer_zone.as_deref().or(who.tenant_zone.as_deref());
    let events = stored
        .iter()
        .map(|event| show(event, zone, &relied))
        .collect::<anyhow::Result<Vec<Event>>>()?;
    let consents = read::current(tx, customer).await?;
    let names: Vec<&str> = [&who.first_name, &who.last_name, &who.company_name]
        .into_iter()
        .filter_map(|name| name.as_deref())
        .collect();
    Ok(Some(Evidence {
        made_at: tx.now(),
        tenant_id: tx.id(),
        business: who.tenant_name,
        sender_name: who.sender_name,
        customer_id: Noun::Customer.show(customer),
        customer: names.join(" "),
        addresses: reached.into_iter().map(reach).collect(),
        consents: consents.into_iter().map(current).collect(),
        events,
        chain: Chain {
            genesis: hex::encode(chain::genesis(tx.id())),
            verification,
            how_to_verify: HOW_TO_VERIFY,
        },
    }))
}

/// What is in force for a customer and which addresses are suppressed, without the ledger.
pub async fn status(tx: &mut TenantTx, customer: Uuid) -> anyhow::Result<(Vec<Current>, Vec<Reach>)> {
    let consents = read::current(tx, customer).await?;
    let reached = read::reached(tx, customer).await?;
    Ok((
        consents.into_iter().map(current).collect(),
        reached.into_iter().map(reach).collect(),
    ))
}

/// For each event, what was sent while it was in force: from when it was recorded until another was.
async fn reliance(
    tx: &mut TenantTx,
    customer: Uuid,
    own: &[Stored],
) -> anyhow::Result<BTreeMap<i64, Reliance>> {
    let mut by_channel: BTreeMap<&str, Vec<(Fact, i64)>> = BTreeMap::new();
    for event in own {
        if let Some(fact) = event.fact() {
            by_channel
                .entry(&event.link.channel)
                .or_default()
                .push((fact, event.link.recorded_at));
        }
    }
    let mut relied: BTreeMap<i64, Reliance> = BTreeMap::new();
    for (channel, events) in by_channel {
        let facts: Vec<Fact> = events.iter().map(|event| event.0).collect();
        for (index, (_, from)) in events.iter().enumerate() {
            let Some(in_force) = facts.get(..=index).and_then(derive) else {
                continue;
            };
            let until = match events.get(index + 1) {
                Some((_, until)) => Some(Time(Timestamp::from_microsecond(*until)?)),
                None => None,
            };
            let from = Time(Timestamp::from_microsecond(*from)?);
            let sent = read::relied(tx, customer, channel, from, until).await?;
            relied.entry(in_force.fact.seq).or_default().add(&sent);
        }
    }
    Ok(relied)
}

impl Reliance {
    fn add(&mut self, sent: &Relied) {
        let earliest = |one: Option<Timestamp>, other: Option<Timestamp>| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.messages += sent.messages;
        self.first = earliest(self.first, sent.first.map(|at| at.0));
        self.last = self.last.max(sent.last.map(|at| at.0));
    }
}

fn show(event: &Stored, zone: Option<&str>, relied: &BTreeMap<i64, Reliance>) -> anyhow::Result<Event> {
    let link = &event.link;
    let occurred_at = Timestamp::from_microsecond(link.occurred_at)?;
    Ok(Event {
        seq: link.seq,
        id: link.id,
        customer_id: link.customer,
        channel: link.channel.clone(),
        kind: link.kind.clone(),
        scope: link.scope.clone(),
        occurred_at,
        occurred_at_local: zone.and_then(|zone| local(occurred_at, zone)),
        recorded_at: Timestamp::from_microsecond(link.recorded_at)?,
        source: link.source.clone(),
        method: link.method.clone(),
        address: event.text("address"),
        notes: event.text("notes"),
        ip: event.text("ip"),
        captured_by: event.text("captured_by"),
        disclosure_text: event.text("disclosure_text"),
        names_seller: event.flag("names_seller"),
        affirmative_act: event.flag("affirmative_act"),
        message_id: event.text("message_id"),
        is_detail_erased: event.detail.is_none(),
        relied: relied.get(&link.seq).copied().unwrap_or_default(),
        detail: event.detail.as_ref().map(|(_, detail)| detail.clone()),
        salt: event.detail.as_ref().map(|(salt, _)| hex::encode(salt)),
        detail_digest: hex::encode(link.detail_digest),
        prev_hash: hex::encode(event.previous),
        hash: hex::encode(event.hash),
    })
}

/// That moment by the clocks of a zone, with the zone's name.
fn local(at: Timestamp, zone: &str) -> Option<String> {
    let there = at.in_tz(zone).ok()?;
    Some(format!("{} ({zone})", there.strftime("%Y-%m-%d %H:%M:%S %Z")))
}

fn reach(one: read::Reached) -> Reach {
    Reach {
        channel: one.channel,
        address: one.address,
        suppressed_scope: one.suppressed_scope,
        suppressed_reason: one.suppressed_reason,
        suppressed_at: one.suppressed_at.map(|at| at.0),
    }
}

fn current(one: read::Current) -> Current {
    Current {
        channel: one.channel,
        address: one.address,
        scope: one.scope,
        status: one.status,
        at: one.at.map(|at| at.0),
        source: one.source,
        method: one.method,
        notes: one.notes,
        ip: one.ip,
        captured_by: one.captured_by,
        has_disclosure: one.has_disclosure,
        names_seller: one.names_seller,
        event_seq: one.event_seq,
    }
}
