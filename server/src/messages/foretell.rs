//! What the gate would say of messages that are queued, if nothing changed until they are due. Writes nothing that is kept: the caller's
//! transaction is dropped.
use super::facts::{gather, month};
use super::store;
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::may_send::may_send;
use rules::verdict::{Decision, Verdict};
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
    /// The connection that would carry it, whose that is, and the address of ours that it would come from, if there is one.
    pub connection: Option<Uuid>,
    pub provider: Option<String>,
    pub sender: Option<String>,
    /// When it would go, or be stopped; for a hold without an end, when it would begin to wait.
    pub at: Timestamp,
    /// How often it would be held before.
    pub holds: usize,
    /// Why it would be held first, if it would.
    pub first_hold: Option<Decision>,
    pub decision: Decision,
}

/// Follows each of these messages from its own moment (by enrollment; the message's own due time where none is given) to its end.
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
            .unwrap_or(row.first_due_at.0)
            .max(now);
        let mut holds = 0;
        let mut first_hold = None;
        let decision = loop {
            let (mut intent, facts) = gather(&row, at, 0)?;
            intent.first_due_at = intent.first_due_at.max(at);
            let decision = may_send(&intent, &facts, at);
            if first_hold.is_none() && matches!(decision.verdict, Verdict::Hold { .. }) {
                first_hold = Some(decision.clone());
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
            connection: row.connection_id,
            provider: row.provider.clone(),
            sender: row.sender_address.clone(),
            at,
            holds,
            first_hold,
            decision,
        });
    }
    Ok(all)
}
