//! What the sandbox itself wrote down, judged by the reports' proof. The hours are judged elsewhere, by the gate's record: customers move, and
//! the journal does not say where they were.
use super::finding::Findings;
use crate::ids::Noun;
use crate::reports::Proof;
use anyhow::Context;
use providers::sandbox::journal::{self, Line};
use std::path::Path;
use uuid::Uuid;

/// The journal's lines; none when there is no such file.
pub(super) fn read(journal: &Path) -> anyhow::Result<Vec<Line>> {
    if !journal.exists() {
        return Ok(Vec::new());
    }
    journal::read(journal)
        .with_context(|| format!("the sandbox's journal {}: it can't be read", journal.display()))
}

/// The messages that the sandbox took.
pub(super) fn taken(lines: &[Line]) -> Vec<Uuid> {
    lines
        .iter()
        .filter_map(|line| match line {
            Line::Receipt(receipt) if receipt.answer.is_taken() => Some(receipt.message_id),
            Line::Receipt(_)
            | Line::NeverReceived { .. }
            | Line::Event { .. }
            | Line::Acknowledged { .. } => None,
        })
        .collect()
}

/// Nobody was sent the same twice, nor anything after an opt-out.
pub(super) fn examine(lines: &[Line]) -> Findings {
    let proof = Proof::from_journal(lines, |_, _, _| Vec::new());
    let mut found = Findings::default();
    found.look(proof.receipts as u64);
    for promise in [
        &proof.sent_twice,
        &proof.same_words_twice,
        &proof.after_stop,
        &proof.confirmations,
        &proof.after_carrier_opt_out,
    ] {
        for offence in &promise.broken_by {
            let id = format!("line {}: {}", offence.line, Noun::Message.show(offence.message));
            found.blame("sandbox.jsonl", id, offence.why.clone());
        }
    }
    found
}
