//! A message that the gate let go, and what its provider is asked to do.
use super::hand_over::Landed;
use super::store::FactRow;
use crate::connections::Carrier;
use jiff::Timestamp;
use providers::{Approved, Outcome, Request};
use rules::may_send::Intent;
use std::time::Instant;

/// A message that is on disk as `sending` and may be handed over.
#[derive(Debug, Clone)]
pub struct Ready {
    /// None: the tenant has no connection that can carry it, which the rules stop before this.
    pub carrier: Option<Carrier>,
    /// Which time it is offered, from 1.
    pub attempt: i16,
    /// Who has not begun by then does not begin: the lease must outlive the provider's answer, and what was decided is stale.
    pub begin_by: Instant,
    pub request: Request,
}

impl Ready {
    /// What came of it.
    pub fn landed(&self, outcome: Outcome) -> Landed {
        Landed {
            message: self.request.message_id,
            attempt: self.attempt,
            outcome,
        }
    }
}

/// What the provider is asked. Links and hooks of its own come later.
pub(super) fn request(
    row: &FactRow,
    intent: &Intent,
    body: &str,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Request {
    Request {
        message_id: row.id,
        channel: intent.channel,
        purpose: intent.purpose,
        from: row.sender_address.clone().unwrap_or_default(),
        to: row.their_address.clone(),
        subject: row.subject.clone(),
        body: body.to_owned(),
        media_urls: serde_json::from_value(row.media_urls.clone()).unwrap_or_default(),
        approved: approved(row),
        unsubscribe: None,
        callback_url: None,
        expires_at,
        now,
    }
}

/// The approved template that the provider fills. The sandbox approves every template.
pub(super) fn approved(row: &FactRow) -> Option<Approved> {
    let template = row.template_name.clone()?;
    let is_sandbox = row.provider.as_deref() == Some("sandbox");
    let name = row.approved_name.clone().or(is_sandbox.then_some(template))?;
    Some(Approved {
        name,
        language: row.approved_language.clone().unwrap_or_else(|| "en".to_owned()),
        variables: row
            .variables
            .clone()
            .and_then(|stored| serde_json::from_value(stored).ok())
            .unwrap_or_default(),
    })
}

/// The connection that it goes through, if the tenant has one.
pub(super) fn carrier(row: &FactRow) -> Option<Carrier> {
    Some(Carrier {
        connection: row.connection_id?,
        provider: row.provider.clone()?,
        version: row.connection_version?,
    })
}
