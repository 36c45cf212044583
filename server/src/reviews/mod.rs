//! What customers say back after a touch: the review link they open, the feedback they give. Either ends the follow-up.
use crate::db::TenantTx;
use crate::happened::Happened;
use uuid::Uuid;

mod store;

/// What became of a customer's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Kept,
    UnknownMessage,
}

/// The review link of a message was opened.
pub async fn clicked(tx: &mut TenantTx, message: Uuid) -> sqlx::Result<Kept> {
    if store::insert(tx, message, "review_click", None, None).await? == 0 {
        return Ok(Kept::UnknownMessage);
    }
    tx.happened(Happened::ReviewClicked { message });
    Ok(Kept::Kept)
}

/// Feedback was given after a message: 1 to 5, and perhaps words. Whatever the rating, the public review link stays open to the
/// customer.
pub async fn feedback(
    tx: &mut TenantTx,
    message: Uuid,
    rating: u8,
    comment: Option<&str>,
) -> sqlx::Result<Kept> {
    if store::insert(tx, message, "feedback", Some(i16::from(rating)), comment).await? == 0 {
        return Ok(Kept::UnknownMessage);
    }
    tx.happened(Happened::FeedbackSubmitted { message });
    Ok(Kept::Kept)
}
