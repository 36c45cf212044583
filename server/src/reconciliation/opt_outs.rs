//! Two lists of who must not be messaged, the provider's and ours, and what the one lacks of the other. What we lack is recorded for what
//! it is: a bounce says nothing about consent (rule E4), a complaint ends marketing and nothing else.
use super::store;
use crate::app::App;
use crate::consents;
use crate::db::TenantId;
use providers::KnownOptOut;
use rules::channel::Channel;
use rules::suppression::SuppressionReason;
use std::collections::{BTreeMap, BTreeSet};

/// How many are recorded in one transaction.
const AT_A_TIME: usize = 500;

/// How many are looked up in one statement.
const LOOKED_UP_AT_A_TIME: usize = 10_000;

/// How the lists differ.
#[derive(Debug)]
pub(super) struct Lists {
    pub opt_outs_theirs: i32,
    pub opt_outs_ours: i32,
    pub bounces_theirs: i32,
}

/// What is on their list and not on ours, for one reason.
struct Lacking {
    reason: SuppressionReason,
    addresses: Vec<(Channel, String)>,
}

/// Is an entry of theirs among what is known here? Who opted out stays closed when the address works again, which a bounce's
/// suppression does not say.
fn is_covered(reason: SuppressionReason, ours: Option<&store::Suppressed>) -> bool {
    ours.is_some_and(|ours| match reason {
        SuppressionReason::Complaint => true,
        SuppressionReason::HardBounce | SuppressionReason::InvalidAddress => ours.from_all,
        SuppressionReason::Keyword
        | SuppressionReason::FreeText
        | SuppressionReason::Carrier
        | SuppressionReason::Staff
        | SuppressionReason::Import => ours.from_all && ours.is_an_opt_out,
    })
}

/// Which list an address stands on, and the other does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlyOn {
    /// The provider's: the next comparison records it.
    Theirs,
    /// Ours: nothing is done about it.
    Ours,
}

/// An address that one of two lists lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    pub only_on: OnlyOn,
    pub address: String,
    /// Why it must not be messaged, as it is stored.
    pub reason: String,
}

/// What each list has and the other lacks; of theirs by reason, and only who is known here: an account may be several tenants', and whom
/// another of them wrote to is nobody here. Who becomes a customer later is met by the next comparison.
struct Differences {
    ours: Vec<store::Suppressed>,
    theirs: BTreeMap<&'static str, Lacking>,
}

/// Compares a channel's addresses on both lists.
async fn differences(
    app: &App,
    tenant: TenantId,
    channel: &str,
    theirs: &[KnownOptOut],
) -> anyhow::Result<Differences> {
    let mut tx = app.tenant(tenant).await?;
    let mut ours: BTreeMap<String, store::Suppressed> = store::suppressed(&mut tx, channel)
        .await?
        .into_iter()
        .map(|one| (one.address.clone(), one))
        .collect();
    let mut known: BTreeMap<String, &KnownOptOut> = theirs
        .iter()
        .filter(|one| one.channel.name() == channel)
        .map(|one| (consents::normal(one.channel, &one.address), one))
        .collect();
    let asked: Vec<String> = known.keys().cloned().collect();
    let mut here = BTreeSet::new();
    for some in asked.chunks(LOOKED_UP_AT_A_TIME) {
        here.extend(store::known_here(&mut tx, channel, some).await?);
    }
    drop(tx);
    known.retain(|address, _| here.contains(address));
    let mut lacking: BTreeMap<&'static str, Lacking> = BTreeMap::new();
    for (address, one) in &known {
        if !is_covered(one.reason, ours.get(address)) {
            let of_it = lacking.entry(one.reason.name());
            let lack = of_it.or_insert_with(|| Lacking {
                reason: one.reason,
                addresses: Vec::new(),
            });
            lack.addresses.push((one.channel, address.clone()));
        }
    }
    ours.retain(|address, one| one.is_an_opt_out && !known.contains_key(address));
    Ok(Differences {
        ours: ours.into_values().collect(),
        theirs: lacking,
    })
}

/// Who is on one of the lists alone, of a channel's addresses: theirs before ours, by reason and address. Records nothing.
pub(super) async fn differing(
    app: &App,
    tenant: TenantId,
    channel: &str,
    theirs: &[KnownOptOut],
) -> anyhow::Result<Vec<Differing>> {
    let found = differences(app, tenant, channel, theirs).await?;
    let only_theirs = found.theirs.into_iter().flat_map(|(reason, lacking)| {
        lacking.addresses.into_iter().map(move |(_, address)| Differing {
            only_on: OnlyOn::Theirs,
            address,
            reason: reason.to_owned(),
        })
    });
    let only_ours = found.ours.into_iter().map(|one| Differing {
        only_on: OnlyOn::Ours,
        address: one.address,
        reason: one.reason,
    });
    Ok(only_theirs.chain(only_ours).collect())
}

/// Records what the provider knows of a channel's addresses and we do not.
pub(super) async fn compare(
    app: &App,
    tenant: TenantId,
    channel: &str,
    theirs: &[KnownOptOut],
) -> anyhow::Result<Lists> {
    let found = differences(app, tenant, channel, theirs).await?;
    let (mut opt_outs, mut bounces) = (0, 0);
    for Lacking { reason, addresses } in found.theirs.values() {
        match reason {
            SuppressionReason::HardBounce | SuppressionReason::InvalidAddress => bounces += addresses.len(),
            SuppressionReason::Keyword
            | SuppressionReason::FreeText
            | SuppressionReason::Carrier
            | SuppressionReason::Staff
            | SuppressionReason::Import
            | SuppressionReason::Complaint => opt_outs += addresses.len(),
        }
        for some in addresses.chunks(AT_A_TIME) {
            let some: Vec<(Channel, &str)> = some
                .iter()
                .map(|(channel, address)| (*channel, address.as_str()))
                .collect();
            let mut tx = app.tenant(tenant).await?;
            consents::opt_out_addresses(&mut tx, &some, *reason).await?;
            tx.commit().await?;
        }
    }
    let whole = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    Ok(Lists {
        opt_outs_theirs: whole(opt_outs),
        opt_outs_ours: whole(found.ours.len()),
        bounces_theirs: whole(bounces),
    })
}
