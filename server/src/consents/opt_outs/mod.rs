//! A list of opt-outs from another tool: read, checked row by row, and recorded once.
use super::new_consent::{ConsentError, LONGEST_NOTES, NewConsent, Recorded, Source};
use super::record::{Entry, append};
use crate::customers::recipients;
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use rules::suppression::SuppressionReason;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

mod list;

pub use list::{List, Refused, read};

/// An address that opted out elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOut {
    /// The line of the file, counted from one.
    pub line: u64,
    pub channel: Channel,
    /// Normalised.
    pub address: String,
    /// None when the list does not say: then it counts from now, and only if the address is not out already.
    pub at: Option<Timestamp>,
    pub reason: Option<String>,
}

/// How many opt-outs of a list came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    pub applied: u64,
    pub unchanged: u64,
    /// Older than what is in force: kept as evidence.
    pub outdated: u64,
    /// Of these, addresses that no customer has.
    pub strangers: u64,
}

impl Imported {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            applied: self.applied + other.applied,
            unchanged: self.unchanged + other.unchanged,
            outdated: self.outdated + other.outdated,
            strangers: self.strangers + other.strangers,
        }
    }
}

/// Records opt-outs of a list, for every customer who has an address and for strangers. Importing the same again changes nothing. `file` is its name.
pub async fn import(tx: &mut TenantTx, rows: &[OptOut], file: &str) -> Result<Imported, ConsentError> {
    let mut by_channel: BTreeMap<Channel, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        by_channel
            .entry(row.channel)
            .or_default()
            .insert(row.address.clone());
    }
    let mut whose: BTreeMap<(Channel, String), Vec<Uuid>> = BTreeMap::new();
    for (channel, addresses) in by_channel {
        let addresses: Vec<String> = addresses.into_iter().collect();
        for (address, customer) in recipients::customers_of_batch(tx, channel, &addresses).await? {
            whose.entry((channel, address)).or_default().push(customer);
        }
    }
    let now = tx.now();
    let (mut entries, mut row_of_entry, mut imported) = (Vec::new(), Vec::new(), Imported::default());
    for (index, row) in rows.iter().enumerate() {
        let customers = whose.get(&(row.channel, row.address.clone()));
        imported.strangers += u64::from(customers.is_none());
        let customers: Vec<Option<Uuid>> = match customers {
            Some(customers) => customers.iter().copied().map(Some).collect(),
            None => vec![None],
        };
        for customer in customers {
            entries.push(Entry {
                new: opt_out(row, customer, file, now),
                reason: SuppressionReason::Import,
                is_dated: row.at.is_some_and(|at| at <= now),
            });
            row_of_entry.push(index);
        }
    }
    let mut outcomes: BTreeMap<usize, Vec<Recorded>> = BTreeMap::new();
    for (index, outcome) in row_of_entry.into_iter().zip(append(tx, entries).await?) {
        outcomes.entry(index).or_default().push(outcome);
    }
    for outcomes in outcomes.values() {
        if outcomes.iter().any(|one| matches!(one, Recorded::Applied { .. })) {
            imported.applied += 1;
        } else if outcomes.iter().all(|one| *one == Recorded::Unchanged) {
            imported.unchanged += 1;
        } else {
            imported.outdated += 1;
        }
    }
    Ok(imported)
}

fn opt_out(row: &OptOut, customer: Option<Uuid>, file: &str, now: Timestamp) -> NewConsent {
    NewConsent {
        customer,
        channel: row.channel,
        address: row.address.clone(),
        kind: ConsentStatus::OptedOut,
        scope: Scope::All,
        // a day that has not ended yet counts up to now
        occurred_at: row.at.map_or(now, |at| at.min(now)),
        source: Source::Import,
        method: ConsentMethod::Import,
        notes: row
            .reason
            .as_ref()
            .map(|reason| reason.chars().take(LONGEST_NOTES).collect()),
        ip: None,
        captured_by: Some(format!("import of {file}")),
        disclosure_text: None,
        affirmative_act: None,
        message: None,
    }
}
