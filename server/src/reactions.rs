//! What follows from what, in the same transaction: the one list of who reacts.
use crate::db::TenantTx;
use crate::happened::Happened;
use crate::{campaigns, conversations, messages, pace};
use fail::fail_point;
use rules::channel::Channel;
use rules::consent::Scope;
use rules::lifecycle::EnrollmentStopReason;
use std::future::Future;
use std::pin::Pin;

/// Lets every feature that cares react to what happened.
pub fn react(
    tx: &mut TenantTx,
    what: Happened,
) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + '_>> {
    Box::pin(async move {
        match what {
            Happened::WorkOrdersCompleted(orders) => {
                campaigns::enroll(tx, &orders).await?;
            }
            Happened::WorkOrdersCancelled(orders) => {
                campaigns::stop_for_work_orders(tx, &orders).await?;
            }
            Happened::CustomersArchived(customers) => {
                campaigns::stop_for_customers(tx, &customers, EnrollmentStopReason::CustomerArchived).await?;
            }
            Happened::OptedOut {
                channel,
                address,
                scope,
                customers,
            } => {
                messages::cancel_to_address(tx, channel, &address, scope).await?;
                if scope == Scope::All {
                    conversations::opt_out(tx, channel, &address).await?;
                }
                let why = match channel {
                    Channel::Sms => EnrollmentStopReason::OptedOutSms,
                    Channel::Whatsapp => EnrollmentStopReason::OptedOutWhatsapp,
                    Channel::Email => EnrollmentStopReason::OptedOutEmail,
                };
                campaigns::stop_for_customers(tx, &customers, why).await?;
                fail_point!("opted_out.before_commit");
            }
            Happened::Replied { customer } => {
                campaigns::stop_for_customers(tx, &[customer], EnrollmentStopReason::Replied).await?;
            }
            Happened::ReviewClicked { message } => {
                campaigns::stop_for_message(tx, message, EnrollmentStopReason::ReviewClicked).await?;
            }
            Happened::FeedbackSubmitted { message } => {
                campaigns::stop_for_message(tx, message, EnrollmentStopReason::FeedbackSubmitted).await?;
            }
            Happened::Filtered { enrollment } => {
                campaigns::health::filtered(tx, enrollment).await?;
            }
            Happened::PaceTold {
                connection,
                pace: told,
            } => {
                pace::tell(tx, connection, told).await?;
            }
            Happened::CapsTold { connection, caps } => pace::tell_caps(tx, connection, &caps).await?,
            Happened::SendersChanged => pace::forget(tx).await?,
            Happened::MessagesSettled(settled) => {
                campaigns::touch_outcomes(tx, &settled).await?;
            }
        }
        Ok(())
    })
}
