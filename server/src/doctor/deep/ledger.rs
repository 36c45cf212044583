//! The consent ledger, by its own verifier: the chain, its head, and what is in force.
use super::finding::Findings;
use crate::consents;
use crate::db::TenantTx;
use crate::ids::Noun;

/// Reads the whole ledger; nothing is appended meanwhile. Of consents that don't follow the verifier names twenty, so no more are counted.
pub(super) async fn examine(tx: &mut TenantTx) -> anyhow::Result<Findings> {
    let verified = consents::verify(tx).await?;
    let mut found = Findings::default();
    found.look(verified.events + verified.states);
    if let Some(fault) = verified.first_bad {
        found.blame(
            "consent_events",
            format!("event {}", fault.seq),
            fault.what.to_owned(),
        );
    }
    if !verified.head_ok {
        let what = "it is not the end of the chain".to_owned();
        found.blame("consent_ledger_heads", Noun::Tenant.show(tx.id()), what);
    }
    for bad in verified.states_bad {
        let id = format!("{} {}", Noun::Customer.show(bad.customer), bad.channel.name());
        found.blame("consents", id, bad.what.to_owned());
    }
    Ok(found)
}
