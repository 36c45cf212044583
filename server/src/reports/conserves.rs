//! Do the counts add up, and does nothing hang without a state? Each check is a number that should be 0.
use super::store;
use super::touches::{count, other_messages, touches};
use crate::consents;
use crate::db::TenantTx;
use serde::Serialize;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub says: &'static str,
    /// How many rows contradict it.
    pub exceptions: u64,
}

impl Check {
    pub fn holds(&self) -> bool {
        self.exceptions == 0
    }
}

/// All checks. They hold at any moment, except that events may wait to be applied while the engine is at work.
pub async fn conserves(tx: &mut TenantTx) -> sqlx::Result<Vec<Check>> {
    let mut unbalanced = 0;
    for row in touches(tx, None).await? {
        unbalanced += u64::from(!row.counts.conserve());
    }
    for row in other_messages(tx).await? {
        unbalanced += u64::from(!row.counts.conserve());
    }
    let loose = store::loose_ends(tx).await?;
    let check = |says, exceptions: i64| Check {
        says,
        exceptions: count(exceptions),
    };
    Ok(vec![
        Check {
            says: "planned = sent + stopped + failed + unknown + cancelled + waiting, for every touch",
            exceptions: unbalanced,
        },
        check(
            "every touch that was queued or sent has its message",
            loose.touches_without_message,
        ),
        check(
            "no touch waits for a message that has ended",
            loose.touches_behind_their_message,
        ),
        check("no hand-over is left without an owner", loose.leases_expired),
        check(
            "every queued message has a time, or a campaign to be resumed",
            loose.queued_for_nothing,
        ),
        check(
            "every outcome that nobody knows is asked about, or with a person",
            loose.unknown_without_a_task,
        ),
        check(
            "every message that was handed over has a recorded decision to send",
            loose.sent_without_a_decision,
        ),
        check(
            "every stopped message has a recorded decision to stop",
            loose.stopped_without_a_decision,
        ),
        check(
            "every active follow-up has a touch to come",
            loose.active_without_a_touch,
        ),
        check(
            "no follow-up that ended has a touch to come",
            loose.ended_with_a_touch_to_come,
        ),
        check(
            "everything that providers told us was applied",
            loose.events_not_applied,
        ),
    ])
}

/// Is the consent ledger whole, and does every consent in force follow from it? Reads all of it.
pub async fn ledger(tx: &mut TenantTx) -> anyhow::Result<Check> {
    let verified = consents::verify(tx).await?;
    Ok(Check {
        says: "the consent ledger is whole, and every consent in force follows from it",
        exceptions: u64::from(!verified.is_whole()),
    })
}
