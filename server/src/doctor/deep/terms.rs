//! Is every customer found by the words and tags of its record, and by no others? The terms themselves are personal: they are counted.
use super::finding::Findings;
use super::store::{self, Indexed};
use crate::customers::Profile;
use crate::db::TenantTx;
use crate::ids::Noun;
use std::collections::BTreeSet;

/// Read so many customers at a time.
const PAGE: i64 = 2_000;

pub(super) async fn examine(tx: &mut TenantTx) -> anyhow::Result<Findings> {
    let mut found = Findings::default();
    let mut after = None;
    loop {
        let page = store::terms(tx, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.id);
        for customer in page {
            found.look(1);
            let id = Noun::Customer.show(customer.id);
            let stored: BTreeSet<String> = customer.terms.iter().cloned().collect();
            let wanted = wanted(customer);
            let (missing, extra) = (
                wanted.difference(&stored).count(),
                stored.difference(&wanted).count(),
            );
            if missing + extra > 0 {
                let what = format!(
                    "it lacks {missing} of the words and tags it is found by, and has {extra} that are not its own"
                );
                found.blame("customer_terms", id, what);
            }
        }
    }
}

fn wanted(customer: Indexed) -> BTreeSet<String> {
    let profile = Profile {
        first_name: customer.first_name,
        last_name: customer.last_name,
        company_name: customer.company_name,
        contact_person: customer.contact_person,
        tags: serde_json::from_value(customer.tags).unwrap_or_default(),
        ..Profile::default()
    };
    let words = profile.words().into_iter().map(|word| format!("word:{word}"));
    words
        .chain(profile.tags.iter().map(|tag| format!("tag:{tag}")))
        .collect()
}
