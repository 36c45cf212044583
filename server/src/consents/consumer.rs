//! What an address itself says (STOP, START, a sentence that revokes), and opt-outs that are known of an address alone.
use super::derive::{Fact, derive};
use super::new_consent::{ConsentError, NewConsent, Recorded, Source};
use super::record::{Entry, append, normal};
use super::store;
use crate::customers::recipients;
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use rules::suppression::SuppressionReason;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a consumer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsumerAct {
    /// An opt-out keyword.
    Stop,
    /// An opt-in keyword.
    Start,
    /// A sentence that a reasonable person takes for a revocation.
    FreeText,
}

/// An act of the person who has an address, by a message from that address.
#[derive(Debug, Clone)]
pub struct Act<'a> {
    pub channel: Channel,
    pub address: &'a str,
    pub act: ConsumerAct,
    pub at: Timestamp,
    /// The message that is the evidence.
    pub message: Uuid,
    /// The keyword or the phrase.
    pub words: &'a str,
}

/// Does what the consumer said, for every customer who has the address, or for the address alone when none has: Stop and FreeText
/// opt out of everything and suppress the address; Start opts in and re-opens it (47 CFR 64.1200(a)(10), (a)(12)).
pub async fn consumer_act(tx: &mut TenantTx, act: &Act<'_>) -> Result<Vec<Recorded>, ConsentError> {
    let (kind, method, reason) = match act.act {
        ConsumerAct::Stop => (
            ConsentStatus::OptedOut,
            ConsentMethod::Keyword,
            SuppressionReason::Keyword,
        ),
        ConsumerAct::FreeText => (
            ConsentStatus::OptedOut,
            ConsentMethod::Other,
            SuppressionReason::FreeText,
        ),
        ConsumerAct::Start => (
            ConsentStatus::OptedIn,
            ConsentMethod::Keyword,
            SuppressionReason::Keyword,
        ),
    };
    let new = NewConsent {
        customer: None,
        channel: act.channel,
        address: normal(act.channel, act.address),
        kind,
        scope: Scope::All,
        occurred_at: act.at,
        source: Source::Consumer,
        method,
        notes: Some(act.words.to_owned()),
        ip: None,
        captured_by: None,
        disclosure_text: None,
        affirmative_act: None,
        message: Some(act.message),
    };
    for_everyone_at(tx, vec![new], reason, true).await
}

/// Opts an address out of everything, for a reason other than an act that came as a message: every customer who has it, or
/// the address alone when none has. A complaint opts out of marketing. What a carrier repeats changes nothing.
///
/// A hard bounce or an invalid address suppresses, but is no word about consent: nothing is written to the ledger.
pub async fn opt_out_address(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    reason: SuppressionReason,
) -> Result<Vec<Recorded>, ConsentError> {
    opt_out_addresses(tx, &[(channel, address)], reason).await
}

/// Opts many addresses out; a transaction that has several must do so at once, because of the order of locks.
pub async fn opt_out_addresses(
    tx: &mut TenantTx,
    addresses: &[(Channel, &str)],
    reason: SuppressionReason,
) -> Result<Vec<Recorded>, ConsentError> {
    let (source, method) = match reason {
        SuppressionReason::Keyword => (Source::Consumer, ConsentMethod::Keyword),
        SuppressionReason::FreeText => (Source::Consumer, ConsentMethod::Other),
        SuppressionReason::Carrier | SuppressionReason::Complaint => (Source::Carrier, ConsentMethod::Other),
        SuppressionReason::Staff => (Source::Staff, ConsentMethod::Other),
        SuppressionReason::Import => (Source::Import, ConsentMethod::Import),
        SuppressionReason::HardBounce | SuppressionReason::InvalidAddress => {
            let unreachable: Vec<_> = addresses
                .iter()
                .map(|(channel, address)| (*channel, normal(*channel, address), Scope::All, reason))
                .collect();
            recipients::suppress_batch(tx, &unreachable).await?;
            return Ok(Vec::new());
        }
    };
    let new = addresses
        .iter()
        .map(|(channel, address)| NewConsent {
            customer: None,
            channel: *channel,
            address: normal(*channel, address),
            kind: ConsentStatus::OptedOut,
            scope: match reason {
                SuppressionReason::Complaint => Scope::Marketing,
                SuppressionReason::Keyword
                | SuppressionReason::FreeText
                | SuppressionReason::Carrier
                | SuppressionReason::Staff
                | SuppressionReason::Import
                | SuppressionReason::HardBounce
                | SuppressionReason::InvalidAddress => Scope::All,
            },
            occurred_at: tx.now(),
            source,
            method,
            notes: None,
            ip: None,
            captured_by: None,
            disclosure_text: None,
            affirmative_act: None,
            message: None,
        })
        .collect();
    // A carrier tells of an opt-out again and again, each time without a date.
    for_everyone_at(tx, new, reason, source != Source::Carrier).await
}

/// An address turns out to be of whom we know under another name: if they opted out under that name, it is opted out of the same, as of when
/// they said so. The caller holds the lock of both.
pub async fn opted_out_as(
    tx: &mut TenantTx,
    channel: Channel,
    name: &str,
    address: &str,
) -> Result<Vec<Recorded>, ConsentError> {
    let customers = recipients::customers_of(tx, channel, name).await?;
    let by_customers = store::history(tx, &customers).await?;
    let by_strangers = store::history_of_strangers(tx, &[normal(channel, name)]).await?;
    let said: Vec<Fact> = by_customers
        .into_iter()
        .chain(by_strangers)
        .filter(|past| past.channel == channel)
        .map(|past| past.fact)
        .collect();
    let Some(out) = derive(&said).filter(|state| state.status == ConsentStatus::OptedOut) else {
        if recipients::is_opted_out(tx, channel, name).await? {
            return opt_out_address(tx, channel, address, SuppressionReason::Keyword).await;
        }
        return Ok(Vec::new());
    };
    let new = NewConsent {
        customer: None,
        channel,
        address: normal(channel, address),
        kind: ConsentStatus::OptedOut,
        scope: out.scope,
        occurred_at: out.fact.occurred_at,
        source: out.fact.source,
        method: out.fact.method,
        notes: Some("said under another name of the same person".to_owned()),
        ip: None,
        captured_by: None,
        disclosure_text: None,
        affirmative_act: None,
        message: None,
    };
    let reason = new.suppression_reason();
    for_everyone_at(tx, vec![new], reason, true).await
}

/// Appends each for every customer who has its address, or for the address alone when none has.
pub(super) async fn for_everyone_at(
    tx: &mut TenantTx,
    all: Vec<NewConsent>,
    reason: SuppressionReason,
    is_dated: bool,
) -> Result<Vec<Recorded>, ConsentError> {
    let mut whose: BTreeMap<(Channel, String), Vec<Uuid>> = BTreeMap::new();
    for channel in Channel::ALL {
        let addresses: Vec<String> = all
            .iter()
            .filter(|new| new.channel == channel)
            .map(|new| new.address.clone())
            .collect();
        if addresses.is_empty() {
            continue;
        }
        for (address, customer) in recipients::customers_of_batch(tx, channel, &addresses).await? {
            whose.entry((channel, address)).or_default().push(customer);
        }
    }
    let mut entries = Vec::with_capacity(all.len());
    for new in all {
        let customers = match whose.get(&(new.channel, new.address.clone())) {
            Some(customers) => customers.iter().copied().map(Some).collect(),
            None => vec![None],
        };
        entries.extend(customers.into_iter().map(|customer| Entry {
            is_dated,
            new: NewConsent {
                customer,
                ..new.clone()
            },
            reason,
        }));
    }
    append(tx, entries).await
}
