//! What the sandbox's journal proves, promise by promise, with every line that breaks one.
use super::page::{Page, number};
use crate::ids::Noun;
use crate::reports::Proof;

/// As many offending lines as are shown of one promise.
const MOST_LINES: usize = 5;

/// The counts, then each promise.
pub fn show(page: &mut Page, proof: &Proof) {
    page.heading(
        "Proof",
        "counted from the sandbox's own journal, by checks that share no code with the rules",
    );
    if proof.receipts == 0 {
        page.line("Nothing was handed to the sandbox yet, so there is nothing to prove. The engine sends: courtesy serve");
        return;
    }
    let count = |count: usize| number(count as u64);
    page.line(&format!(
        "  {} hand-overs reached the sandbox; it took {} of them, {} different messages; opt-outs: {}",
        count(proof.receipts),
        count(proof.taken),
        count(proof.distinct_messages),
        count(proof.opt_outs),
    ));
    for promise in proof.promises() {
        let broken = promise.broken_by.len();
        let aside = if broken == 0 {
            format!("{} checked", count(promise.checked))
        } else {
            format!("{} times broken", count(broken))
        };
        page.check(broken == 0, promise.says, &aside);
        for offence in promise.broken_by.iter().take(MOST_LINES) {
            page.line(&format!(
                "      line {}, {}, {}",
                offence.line,
                offence.at,
                Noun::Message.show(offence.message)
            ));
            page.line(&format!("        {}", offence.why));
        }
        if broken > MOST_LINES {
            page.dim(&format!(
                "      and {} more (--json shows all)",
                broken - MOST_LINES
            ));
        }
    }
}
