//! Messages: queued by whoever wants something sent, decided by the gate, handed over, recorded. Each outbound message,
//! on every path, goes this way.
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::purpose::Purpose;
use uuid::Uuid;

mod store;

/// A message that somebody wants sent. The gate decides when, and whether.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub id: Uuid,
    pub channel: Channel,
    pub purpose: Purpose,
    pub customer: Option<Uuid>,
    /// The address it goes to; its recipient row is made when it is first seen.
    pub to: String,
    pub subject: Option<String>,
    pub body: String,
    pub template: Option<Uuid>,
    /// The touch that it carries: campaign, enrollment, number.
    pub touch: Option<(Uuid, Uuid, i16)>,
    /// The provider event that it answers, and when that was received: it goes once.
    pub answers: Option<(String, Timestamp)>,
    pub due_at: Timestamp,
}

/// Queues messages; one that was queued for the same touch or as answer to the same event is left as it is. Our address is that
/// of the tenant's connection for the channel, or empty when there is none (the gate says so). Answers how many were new.
pub async fn queue(tx: &mut TenantTx, messages: &[NewMessage]) -> sqlx::Result<u64> {
    store::insert(tx, messages).await
}
