//! What an address itself says (STOP, START, a sentence that revokes), and opt-outs that are known of an address alone.
use super::new_consent::{ConsentError, NewConsent, Recorded, Source};
use super::record::{Entry, append, normal};
use super::store;
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use rules::suppression::SuppressionReason;
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
    for_everyone_at_the_address(tx, new, reason).await
}

/// Opts an address out of everything, for a reason other than an act that came as a message: every customer who has it, or
/// the address alone when none has. What a carrier repeats changes nothing.
///
/// A hard bounce or an invalid address suppresses, but is no word about consent: nothing is written to the ledger.
pub async fn opt_out_address(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    reason: SuppressionReason,
) -> Result<Vec<Recorded>, ConsentError> {
    let address = normal(channel, address);
    let (source, method) = match reason {
        SuppressionReason::Keyword => (Source::Consumer, ConsentMethod::Keyword),
        SuppressionReason::FreeText => (Source::Consumer, ConsentMethod::Other),
        SuppressionReason::Carrier | SuppressionReason::Complaint => (Source::Carrier, ConsentMethod::Other),
        SuppressionReason::Staff => (Source::Staff, ConsentMethod::Other),
        SuppressionReason::Import => (Source::Import, ConsentMethod::Import),
        SuppressionReason::HardBounce | SuppressionReason::InvalidAddress => {
            let at = tx.now();
            store::recipients::lock(tx, &[(channel, address.clone(), None)]).await?;
            let unreachable = store::recipients::Suppress {
                channel,
                address,
                scope: Scope::All,
                reason,
                at,
            };
            store::recipients::suppress(tx, &[unreachable]).await?;
            return Ok(Vec::new());
        }
    };
    let new = NewConsent {
        customer: None,
        channel,
        address,
        kind: ConsentStatus::OptedOut,
        scope: Scope::All,
        occurred_at: tx.now(),
        source,
        method,
        notes: None,
        ip: None,
        captured_by: None,
        disclosure_text: None,
        affirmative_act: None,
        message: None,
    };
    for_everyone_at_the_address(tx, new, reason).await
}

async fn for_everyone_at_the_address(
    tx: &mut TenantTx,
    new: NewConsent,
    reason: SuppressionReason,
) -> Result<Vec<Recorded>, ConsentError> {
    // A carrier tells of an opt-out again and again, each time without a date.
    let is_dated = new.source != Source::Carrier;
    let customers = store::recipients::customers_of(tx, new.channel, &[new.address.clone()]).await?;
    let mut entries: Vec<Entry> = customers
        .into_iter()
        .map(|(_, customer)| Entry {
            new: NewConsent {
                customer: Some(customer),
                ..new.clone()
            },
            reason,
            is_dated,
        })
        .collect();
    if entries.is_empty() {
        entries.push(Entry {
            new,
            reason,
            is_dated,
        });
    }
    append(tx, entries).await
}
