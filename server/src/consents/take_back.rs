//! A sentence was taken for a revocation, and a person who read it says that it is none. Rules K3 and K9: nobody opts anybody in by this;
//! what the sentence closed is as if it had not been said, and whatever else was said stands.
use super::derive::outstanding;
use super::new_consent::{ConsentError, NewConsent, Source};
use super::record::{Entry, append};
use super::store::{self, Past};
use crate::customers::recipients;
use crate::db::TenantTx;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use rules::suppression::SuppressionReason;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Takes back what this message of theirs was taken for, in the ledger, with who read it and why. Answers the addresses that it had
/// closed, and of each whether it is open again: not when it is closed for another reason as well.
pub async fn take_back(
    tx: &mut TenantTx,
    message: Uuid,
    by: &str,
    because: &str,
) -> Result<BTreeMap<(Channel, String), bool>, ConsentError> {
    let mut said = store::of_message(tx, message).await?;
    said.retain(|past| past.fact.is_in_words());
    if said.is_empty() {
        return Err(ConsentError::NoRevocation);
    }
    let customers: BTreeSet<Uuid> = said.iter().filter_map(|past| past.customer).collect();
    let addresses: BTreeSet<(Channel, String)> = said
        .iter()
        .filter_map(|past| Some((past.channel, past.text("address")?)))
        .collect();
    let known = known(tx, &customers, &addresses).await?;
    let id = message.to_string();
    let is_another = |past: &&Past| {
        let of_the_moment = said.iter().any(|own| {
            (own.channel, own.customer) == (past.channel, past.customer)
                && own.fact.occurred_at == past.fact.occurred_at
        });
        of_the_moment && past.fact.is_in_words() && past.text("message_id").as_ref() != Some(&id)
    };
    // the ledger names what is taken back by its moment
    if known.iter().find(is_another).is_some() {
        return Err(ConsentError::SameMoment);
    }
    let entries = said.iter().filter_map(|past| {
        Some(Entry {
            new: NewConsent {
                customer: past.customer,
                channel: past.channel,
                address: past.text("address")?,
                kind: ConsentStatus::Unknown,
                scope: past.fact.scope,
                occurred_at: past.fact.occurred_at,
                source: Source::Review,
                method: ConsentMethod::Other,
                notes: Some(because.to_owned()),
                ip: None,
                captured_by: Some(by.to_owned()),
                disclosure_text: None,
                affirmative_act: None,
                message: Some(message),
            },
            reason: SuppressionReason::FreeText,
            is_dated: true,
        })
    });
    append(tx, entries.collect()).await?;
    let mut opened = BTreeMap::new();
    for (channel, address) in addresses {
        let is_open = reopen(tx, channel, &address, &customers).await?;
        opened.insert((channel, address), is_open);
    }
    Ok(opened)
}

/// Re-opens an address that was closed by words, unless something else that was said of it stands. Answers whether it did.
async fn reopen(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    customers: &BTreeSet<Uuid>,
) -> Result<bool, ConsentError> {
    let mut whose = customers.clone();
    whose.extend(recipients::customers_of(tx, channel, address).await?);
    let own = (channel, address.to_owned());
    let known = known(tx, &whose, &BTreeSet::from([own])).await?;
    let facts: Vec<_> = known
        .iter()
        .filter(|past| past.channel == channel)
        // what was erased may have been of this address
        .filter(|past| past.text("address").is_none_or(|other| other == address))
        .map(|past| past.fact)
        .collect();
    let stands = outstanding(&facts).any(|fact| fact.scope != Scope::Transactional);
    let by_words = recipients::closed_by(tx, channel, address).await? == Some(SuppressionReason::FreeText);
    if stands || !by_words {
        return Ok(false);
    }
    recipients::reopen_batch(tx, &[(channel, address.to_owned())]).await?;
    Ok(true)
}

/// What the ledger holds of these customers, and of these addresses while nobody had them.
async fn known(
    tx: &mut TenantTx,
    customers: &BTreeSet<Uuid>,
    addresses: &BTreeSet<(Channel, String)>,
) -> anyhow::Result<Vec<Past>> {
    let customers: Vec<Uuid> = customers.iter().copied().collect();
    let addresses: Vec<String> = addresses.iter().map(|(_, address)| address.clone()).collect();
    let mut known = store::history(tx, &customers).await?;
    known.extend(store::history_of_strangers(tx, &addresses).await?);
    Ok(known)
}
