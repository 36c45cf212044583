//! What providers tell of an address: it does not take our mail, its owner complained, its owner chose.
use crate::consents::{self, Choice, Chosen};
use crate::customers::recipients;
use crate::db::TenantTx;
use crate::messages::status::{self, Applied, Report};
use jiff::Timestamp;
use providers::BounceClass;
use rules::channel::Channel;
use rules::consent::ConsentMethod;
use rules::suppression::SuppressionReason;
use uuid::Uuid;

/// How many soft bounces in a row, without a delivery between them, are as good as a hard one (rule E4).
const MOST_SOFT: i32 = 5;

/// An e-mail that came back.
pub(super) struct Bounce<'a> {
    pub message: Option<Uuid>,
    pub provider: &'a str,
    pub external_id: &'a str,
    pub address: &'a str,
    pub class: BounceClass,
    pub code: Option<&'a str>,
}

/// The message is undelivered. Of the address: hard ends it, soft counts, what is the message's own fault says nothing. `acts_alone`:
/// what is known of the address counts although nobody knows the message.
pub(super) async fn bounced(
    tx: &mut TenantTx,
    bounce: &Bounce<'_>,
    acts_alone: bool,
) -> anyhow::Result<Applied> {
    let address = bounce.address.trim().to_lowercase();
    // recipients before messages
    recipients::lock(tx, &[(Channel::Email, address.clone())]).await?;
    let report = Report {
        message: bounce.message,
        provider: bounce.provider,
        external_id: bounce.external_id,
        status: "undelivered",
        code: bounce.code,
    };
    let applied = status::apply(tx, &report).await?;
    let (is_of_us, is_new) = match applied {
        Applied::Moved => (true, true),
        Applied::NothingNew => (true, false),
        Applied::UnknownMessage => (acts_alone, acts_alone),
        Applied::UnknownStatus | Applied::NeverHandedOver => (false, false),
    };
    match bounce.class {
        BounceClass::Hard if is_of_us => give_up(tx, &address).await?,
        BounceClass::Soft if is_new => {
            if recipients::unreachable(tx, Channel::Email, &address).await? >= MOST_SOFT {
                give_up(tx, &address).await?;
            }
        }
        BounceClass::Hard | BounceClass::Soft | BounceClass::Ignored => {}
    }
    Ok(applied)
}

async fn give_up(tx: &mut TenantTx, address: &str) -> anyhow::Result<()> {
    recipients::mark_invalid(tx, Channel::Email, address).await?;
    consents::opt_out_address(tx, Channel::Email, address, SuppressionReason::HardBounce).await?;
    Ok(())
}

/// The reader called our e-mail spam: no more marketing (rule E4).
pub(super) async fn complained(tx: &mut TenantTx, address: &str) -> anyhow::Result<()> {
    consents::opt_out_address(tx, Channel::Email, address, SuppressionReason::Complaint).await?;
    Ok(())
}

/// Whether marketing may come was chosen in the channel's own settings (rule A3).
pub(super) async fn preferred(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    marketing: bool,
    at: Timestamp,
) -> anyhow::Result<()> {
    let choice = Choice {
        channel,
        address,
        chosen: if marketing {
            Chosen::Marketing
        } else {
            Chosen::NoMarketing
        },
        at,
        message: None,
        method: ConsentMethod::Other,
        notes: "chosen in the channel's settings",
    };
    consents::consumer_choice(tx, &choice).await?;
    Ok(())
}
