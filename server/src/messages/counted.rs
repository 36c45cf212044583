//! What the gate decided and what providers answered, as counters: by provider, channel and reason, never by tenant or person.
use super::hand_over::NOT_OPENED;
use super::store::{Carried, Decided};
use providers::Outcome;
use std::collections::BTreeMap;

/// Counts decisions that are committed.
pub(super) fn decisions(decided: &[Decided]) {
    let mut counts: BTreeMap<(&'static str, &'static str, &str), u64> = BTreeMap::new();
    for one in decided {
        *counts
            .entry((one.verdict, one.reason.unwrap_or(""), &one.row.channel))
            .or_default() += 1;
    }
    for ((verdict, reason, channel), count) in counts {
        metrics::counter!(
            "courtesy_gate_decisions_total",
            "verdict" => verdict, "reason" => reason, "channel" => channel.to_owned(),
        )
        .increment(count);
    }
}

/// The word under which an outcome is counted.
pub(super) fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Refused { .. } => "refused",
        Outcome::TryLater { code, .. } if code == NOT_OPENED => NOT_OPENED,
        Outcome::TryLater { .. } => "try_later",
        Outcome::Unknown { .. } => "unknown",
    }
}

/// Counts one hand-over that is recorded.
pub(super) fn outcome(carried: &Carried, word: &'static str) {
    metrics::counter!(
        "courtesy_hand_overs_total",
        "provider" => carried.provider.clone(), "channel" => carried.channel.clone(), "outcome" => word,
    )
    .increment(1);
}
