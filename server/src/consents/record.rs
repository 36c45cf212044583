//! The one way into the ledger: locks, appends, derives what is in force, suppresses and re-opens, says that it happened.
use super::chain::{self, Hash, Link};
use super::derive::{Fact, State, Told, covers, derive, outstanding};
use super::new_consent::{ConsentError, LONGEST_NOTES, NewConsent, Recorded, Source};
use super::settle::settle;
use super::store::{self, Appended, Past};
use crate::customers::recipients;
use crate::db::TenantTx;
use jiff::Timestamp;
use rand::RngCore;
use rules::channel::Channel;
use rules::consent::ConsentStatus;
use rules::suppression::SuppressionReason;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use uuid::Uuid;

/// What is to be appended, and why its address is suppressed when it is an opt-out.
pub(super) struct Entry {
    pub new: NewConsent,
    pub reason: SuppressionReason,
    /// Is it known when it was said? If not, it says nothing new of somebody who is out already.
    pub is_dated: bool,
}

/// Whose consent: a customer's, or that of an address that no customer has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Whose {
    Customer(Channel, Uuid),
    Stranger(Channel, String),
}

/// Records one consent, refusal or unknown, and brings what is in force up to date. At most once in a transaction (see the order of locks).
pub async fn record(tx: &mut TenantTx, new: NewConsent) -> Result<Recorded, ConsentError> {
    let recorded = record_batch(tx, vec![new]).await?;
    Ok(recorded.into_iter().next().unwrap_or(Recorded::Unchanged))
}

/// Records many, with a number of statements that does not grow with them. Answers what came of each, in the order given.
pub async fn record_batch(tx: &mut TenantTx, new: Vec<NewConsent>) -> Result<Vec<Recorded>, ConsentError> {
    let entries = new
        .into_iter()
        .map(|new| Entry {
            reason: new.suppression_reason(),
            is_dated: new.source != Source::Carrier,
            new,
        })
        .collect();
    append(tx, entries).await
}

pub(super) async fn append(
    tx: &mut TenantTx,
    mut entries: Vec<Entry>,
) -> Result<Vec<Recorded>, ConsentError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    for entry in &mut entries {
        clean(&mut entry.new, tx.now())?;
    }
    let wanted: Vec<_> = entries
        .iter()
        .map(|entry| (entry.new.channel, entry.new.address.clone()))
        .collect();
    recipients::lock(tx, &wanted).await?;
    let sellers = store::seller_names(tx).await?;
    let head = store::lock_head(tx, &chain::genesis(tx.id())).await?;
    // Read after the head is locked: nobody appends meanwhile.
    let known = known(tx, &entries).await?;
    let closed = closed(&mut entries, &known);
    let mut ledger = Ledger {
        known,
        appended: Vec::new(),
        seq: head.seq,
        hash: head.hash,
    };
    let seqs: Vec<Option<i64>> = entries
        .iter()
        .map(|entry| ledger.add(tx, entry, &sellers))
        .collect();
    if ledger.appended.is_empty() {
        return Ok(vec![Recorded::Unchanged; entries.len()]);
    }
    store::append(tx, &ledger.appended).await?;
    store::move_head(tx, ledger.seq, &ledger.hash).await?;
    settle(tx, &entries, &seqs, &ledger.known, &closed).await
}

/// Trims what was typed, cuts times to the microsecond that the database keeps, and refuses what says nothing.
fn clean(new: &mut NewConsent, now: Timestamp) -> Result<(), ConsentError> {
    new.address = normal(new.channel, &new.address);
    if new.address.is_empty() {
        return Err(ConsentError::NoAddress);
    }
    let says_something = match new.kind {
        ConsentStatus::OptedOut => true,
        ConsentStatus::OptedIn => new.source == Source::Consumer,
        ConsentStatus::Unknown => new.source == Source::Review,
    };
    if new.customer.is_none() && !says_something {
        return Err(ConsentError::NoCustomer);
    }
    if new.occurred_at > now {
        return Err(ConsentError::Future(new.occurred_at));
    }
    new.occurred_at =
        Timestamp::from_microsecond(new.occurred_at.as_microsecond()).unwrap_or(new.occurred_at);
    for text in [
        &mut new.notes,
        &mut new.ip,
        &mut new.captured_by,
        &mut new.disclosure_text,
    ] {
        *text = text
            .take()
            .map(|text| text.replace('\0', ""))
            .filter(|text| !text.trim().is_empty());
    }
    let is = new.notes.as_deref().map_or(0, |notes| notes.chars().count());
    let is_typed = match new.source {
        Source::Staff | Source::Import | Source::Migration => true,
        Source::Consumer | Source::Carrier | Source::Review => false,
    };
    if is_typed && is > LONGEST_NOTES {
        return Err(ConsentError::NotesTooLong { is });
    }
    if let Some(ip) = &mut new.ip {
        let read: IpAddr = ip.trim().parse().map_err(|_| ConsentError::Ip)?;
        *ip = read.to_string();
    }
    Ok(())
}

/// The one form of an address: two e-mail addresses that differ in case only are the same mailbox to us.
pub fn normal(channel: Channel, address: &str) -> String {
    let address = address.trim().replace('\0', "");
    match channel {
        Channel::Sms | Channel::Whatsapp => address,
        Channel::Email => address.to_lowercase(),
    }
}

/// What the ledger holds of those that the entries speak of.
async fn known(tx: &mut TenantTx, entries: &[Entry]) -> Result<HashMap<Whose, Vec<Past>>, ConsentError> {
    let customers: Vec<Uuid> = entries.iter().filter_map(|entry| entry.new.customer).collect();
    let mut past = store::history(tx, &customers).await?;
    // who opts in may have said stop before we knew whose the address is
    let strangers: Vec<String> = entries
        .iter()
        .filter(|Entry { new, .. }| new.customer.is_none() || is_own_opt_in(new))
        .map(|entry| entry.new.address.clone())
        .collect();
    if !strangers.is_empty() {
        past.extend(store::history_of_strangers(tx, &strangers).await?);
    }
    let mut known: HashMap<Whose, Vec<Past>> = HashMap::new();
    for event in past {
        let whose = match event.customer {
            Some(customer) => Whose::Customer(event.channel, customer),
            None => Whose::Stranger(event.channel, event.text("address").unwrap_or_default()),
        };
        known.entry(whose).or_default().push(event);
    }
    Ok(known)
}

fn is_own_opt_in(new: &NewConsent) -> bool {
    new.kind == ConsentStatus::OptedIn && new.source == Source::Consumer
}

/// The addresses that an opt-in of their own can't re-open, since one of those who had the address said stop later. An opt-in there is the
/// address's own: a customer of whom nothing else is known was not opted in by it.
fn closed(entries: &mut [Entry], known: &HashMap<Whose, Vec<Past>>) -> HashSet<(Channel, String)> {
    let facts = |whose: &Whose| facts(known.get(whose).map(Vec::as_slice).unwrap_or_default());
    let mut said: HashMap<(Channel, String), Vec<Fact>> = HashMap::new();
    for Entry { new, .. } in entries.iter().filter(|entry| is_own_opt_in(&entry.new)) {
        let (channel, address) = (new.channel, new.address.clone());
        said.entry((channel, address.clone()))
            .or_insert_with(|| facts(&Whose::Stranger(channel, address)))
            .extend(
                new.customer
                    .iter()
                    .flat_map(|id| facts(&Whose::Customer(channel, *id))),
            );
    }
    let mut closed = HashSet::new();
    for Entry { new, .. } in entries.iter_mut().filter(|entry| is_own_opt_in(&entry.new)) {
        let address = (new.channel, new.address.clone());
        let is_out = |mut facts: Vec<Fact>| {
            facts.push(fact(new, i64::MAX, None));
            outstanding(&facts).next().is_some()
        };
        if is_out(said.get(&address).cloned().unwrap_or_default()) {
            if !is_out(facts(&whose(new))) {
                new.customer = None;
            }
            closed.insert(address);
        }
    }
    closed
}

fn fact(new: &NewConsent, seq: i64, detail: Option<&Map<String, Value>>) -> Fact {
    Fact {
        seq,
        kind: new.kind,
        scope: new.scope,
        occurred_at: new.occurred_at,
        source: new.source,
        method: new.method,
        told: detail.map(|detail| Told::of(new.method, detail)),
    }
}

/// The end of the chain while it grows.
struct Ledger {
    known: HashMap<Whose, Vec<Past>>,
    appended: Vec<Appended>,
    seq: i64,
    hash: Hash,
}

impl Ledger {
    /// Adds an event, unless it says nothing new. Answers its number.
    fn add(&mut self, tx: &TenantTx, entry: &Entry, sellers: &[String]) -> Option<i64> {
        let new = &entry.new;
        let detail = detail(new, sellers);
        let known = self.known.entry(whose(new)).or_default();
        if says_nothing_new(entry, &detail, known) {
            return None;
        }
        self.seq += 1;
        let mut salt = [0; 32];
        rand::rng().fill_bytes(&mut salt);
        let link = Link {
            seq: self.seq,
            id: tx.new_id(),
            customer: new.customer,
            channel: new.channel.name().to_owned(),
            kind: new.kind.name().to_owned(),
            scope: new.scope.name().to_owned(),
            occurred_at: new.occurred_at.as_microsecond(),
            recorded_at: tx.now().as_microsecond(),
            source: new.source.name().to_owned(),
            method: new.method.name().to_owned(),
            detail_digest: chain::detail_digest(&salt, &detail),
        };
        let previous = self.hash;
        self.hash = chain::hash(&previous, &link);
        known.push(Past {
            customer: new.customer,
            channel: new.channel,
            fact: fact(new, self.seq, Some(&detail)),
            detail: Some(detail.clone()),
        });
        self.appended.push(Appended {
            link,
            previous,
            hash: self.hash,
            salt,
            detail,
        });
        Some(self.seq)
    }
}

pub(super) fn whose(new: &NewConsent) -> Whose {
    match new.customer {
        Some(customer) => Whose::Customer(new.channel, customer),
        None => Whose::Stranger(new.channel, new.address.clone()),
    }
}

/// The personal part of an event, and what the wording amounted to under the names that the business had then.
fn detail(new: &NewConsent, sellers: &[String]) -> Map<String, Value> {
    let names_seller = new.disclosure_text.as_deref().is_some_and(|text| {
        let text = text.to_lowercase();
        sellers.iter().any(|name| text.contains(&name.to_lowercase()))
    });
    let mut detail = Map::new();
    detail.insert("address".to_owned(), new.address.clone().into());
    detail.insert("has_disclosure".to_owned(), new.has_disclosure().into());
    detail.insert("names_seller".to_owned(), names_seller.into());
    let texts = [
        ("notes", new.notes.clone()),
        ("ip", new.ip.clone()),
        ("captured_by", new.captured_by.clone()),
        ("disclosure_text", new.disclosure_text.clone()),
        ("message_id", new.message.map(|id| id.to_string())),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            detail.insert(key.to_owned(), text.into());
        }
    }
    if let Some(act) = new.affirmative_act {
        detail.insert("affirmative_act".to_owned(), act.into());
    }
    detail
}

/// The very same record; an opt-out without a date of somebody who is out already; an unknown where something is known of the address.
fn says_nothing_new(entry: &Entry, detail: &Map<String, Value>, known: &[Past]) -> bool {
    let new = &entry.new;
    let is_same = |past: &Past| {
        past.fact.kind == new.kind
            && past.fact.scope == new.scope
            && past.fact.occurred_at == new.occurred_at
            && past.fact.source == new.source
            && past.fact.method == new.method
            && past.detail.as_ref() == Some(detail)
    };
    let is_of_the_address = |past: &Past| past.text("address").as_ref() == Some(&new.address);
    match new.kind {
        ConsentStatus::Unknown if new.source != Source::Review => known.iter().any(is_of_the_address),
        ConsentStatus::OptedOut if !entry.is_dated => state(known).is_some_and(|state| {
            state.status == ConsentStatus::OptedOut
                && covers(state.scope, new.scope)
                && known.iter().any(is_of_the_address)
        }),
        ConsentStatus::OptedOut | ConsentStatus::OptedIn | ConsentStatus::Unknown => {
            known.iter().any(is_same)
        }
    }
}

pub(super) fn state(known: &[Past]) -> Option<State> {
    derive(&facts(known))
}

pub(super) fn facts(known: &[Past]) -> Vec<Fact> {
    known.iter().map(|past| past.fact).collect()
}
