//! What providers tell of an address: it does not take our mail, its owner complained, its owner chose.
use super::who;
use crate::consents::{self, Choice, Chosen};
use crate::customers::recipients;
use crate::db::TenantTx;
use crate::messages::bounce;
use crate::messages::status::{self, Applied, Report};
use jiff::Timestamp;
use providers::BounceClass;
use rules::channel::Channel;
use rules::consent::ConsentMethod;
use rules::suppression::SuppressionReason;
use uuid::Uuid;

/// An e-mail that came back.
pub(super) struct Bounce<'a> {
    pub message: Option<Uuid>,
    pub provider: &'a str,
    pub external_id: &'a str,
    pub address: &'a str,
    pub class: BounceClass,
    pub code: Option<&'a str>,
    pub at: Timestamp,
}

/// The message is undelivered. Of the address: hard ends it, soft counts, what is the message's own fault says nothing. `acts_alone`:
/// what is known of the address counts although nobody knows the message.
pub(super) async fn bounced(
    tx: &mut TenantTx,
    told: &Bounce<'_>,
    acts_alone: bool,
) -> anyhow::Result<Applied> {
    let address = told.address.trim().to_lowercase();
    // recipients before messages
    recipients::lock(tx, &[(Channel::Email, address.clone())]).await?;
    let report = Report {
        message: told.message,
        provider: told.provider,
        external_id: told.external_id,
        status: "undelivered",
        code: told.code,
        at: Some(told.at),
    };
    let applied = status::apply(tx, &report).await?;
    let (is_of_us, is_new) = match applied {
        Applied::Moved => (true, true),
        Applied::NothingNew => (true, false),
        Applied::UnknownMessage => (acts_alone, acts_alone),
        Applied::UnknownStatus | Applied::NeverHandedOver => (false, false),
    };
    match told.class {
        BounceClass::Hard if is_of_us => bounce::hard(tx, &address).await?,
        BounceClass::Soft if is_new => bounce::soft(tx, &address).await?,
        BounceClass::Hard | BounceClass::Soft | BounceClass::Ignored => {}
    }
    Ok(applied)
}

/// The reader called our e-mail spam at that moment: no more marketing (rule E4).
pub(super) async fn complained(tx: &mut TenantTx, address: &str, at: Timestamp) -> anyhow::Result<()> {
    consents::opted_out_at(tx, Channel::Email, address, SuppressionReason::Complaint, at).await?;
    Ok(())
}

/// Whether marketing may come was chosen in the channel's own settings (rule A3), by whoever is named so.
pub(super) async fn preferred(
    tx: &mut TenantTx,
    channel: Channel,
    name: &str,
    marketing: bool,
    at: Timestamp,
) -> anyhow::Result<()> {
    let address = who::lock(tx, channel, name, None).await?;
    let choice = Choice {
        channel,
        address: &address,
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
