//! What the gate would say of messages that are queued, if nothing changed until they are due. Writes nothing that is kept: the caller's
//! transaction is dropped.
use super::facts::{gather, month};
use super::store;
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::may_send::may_send;
use rules::verdict::{Decision, HoldReason, Verdict};
use std::collections::HashMap;
use uuid::Uuid;

/// How often a hold is followed to the next before it counts as a hold for good.
const MOST_HOLDS: usize = 40;

/// What would become of one message.
#[derive(Debug, Clone)]
pub struct Foretold {
    pub message: Uuid,
    pub customer: Option<Uuid>,
    pub enrollment: Option<Uuid>,
    pub touch: Option<i16>,
    pub to: String,
    pub channel: String,
    /// When it would go, or be stopped; for a hold without an end, when it would begin to wait.
    pub at: Timestamp,
    /// How often it would be held before.
    pub holds: usize,
    /// What would hold it first, now.
    pub held_by: Option<HoldReason>,
    pub decision: Decision,
}

/// Follows each of these messages from its own moment (by enrollment; the transaction's time where none is given) to its end.
pub async fn foretell(
    tx: &mut TenantTx,
    messages: &[Uuid],
    moments: &HashMap<Uuid, Timestamp>,
) -> anyhow::Result<Vec<Foretold>> {
    let now = tx.now();
    let mut all = Vec::with_capacity(messages.len());
    for row in store::facts(tx, messages, month(now)).await? {
        let mut at = row
            .enrollment_id
            .and_then(|id| moments.get(&id))
            .copied()
            .unwrap_or(now)
            .max(now);
        let (mut holds, mut held_by) = (0, None);
        let decision = loop {
            let (mut intent, facts) = gather(&row, at, 0)?;
            intent.first_due_at = intent.first_due_at.max(at);
            let decision = may_send(&intent, &facts, at);
            if let Verdict::Hold { why, .. } = &decision.verdict {
                held_by = held_by.or(Some(*why));
            }
            match &decision.verdict {
                Verdict::Hold {
                    until: Some(until), ..
                } if holds < MOST_HOLDS && *until > at => {
                    at = *until;
                    holds += 1;
                }
                Verdict::Hold { .. } | Verdict::Send { .. } | Verdict::Stop { .. } => break decision,
            }
        };
        all.push(Foretold {
            message: row.id,
            customer: row.customer_id,
            enrollment: row.enrollment_id,
            touch: row.touch_number,
            to: row.their_address.clone(),
            channel: row.channel.clone(),
            at,
            holds,
            held_by,
            decision,
        });
    }
    Ok(all)
}
