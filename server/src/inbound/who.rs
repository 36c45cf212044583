//! Who wrote: the address that a message came from, and the person behind it.
use crate::connections;
use crate::consents;
use crate::conversations;
use crate::customers::{self, Profile, recipients};
use crate::db::TenantTx;
use providers::Inbound;
use rules::channel::Channel;
use uuid::Uuid;

/// The address by which the sender is known. WhatsApp may name a person by an id alone (rule A4): then the number that wrote under this
/// id before, if one did; else the id itself.
pub(super) async fn address(tx: &mut TenantTx, said: &Inbound) -> sqlx::Result<String> {
    let from = conversations::address(said.channel, &said.from);
    if said.channel == Channel::Whatsapp
        && !from.starts_with('+')
        && let Some(number) = recipients::of_user_id(tx, &from).await?
    {
        return Ok(number);
    }
    Ok(from)
}

/// Our address, as it is written in conversations: the pool, where it came to one of a pool's numbers. The provider answers from that
/// number again.
pub(super) async fn ours(
    tx: &mut TenantTx,
    said: &Inbound,
    connection: Option<Uuid>,
) -> sqlx::Result<String> {
    let pool = match connection {
        Some(connection) => connections::pool(tx, connection, said.channel).await?,
        None => None,
    };
    Ok(pool.unwrap_or_else(|| said.to.clone()))
}

/// Keeps WhatsApp's id of a person beside their number. Who opted out under the id, before the number was known, is opted out.
pub(super) async fn learn_user_id(tx: &mut TenantTx, said: &Inbound, address: &str) -> anyhow::Result<()> {
    let Some(user_id) = said.user_id.as_deref() else {
        return Ok(());
    };
    if said.channel != Channel::Whatsapp || !address.starts_with('+') {
        return Ok(());
    }
    if recipients::is_named(tx, address, user_id).await?
        && recipients::is_opted_out(tx, Channel::Whatsapp, user_id).await?
    {
        consents::opted_out_as(tx, Channel::Whatsapp, user_id, address).await?;
    }
    Ok(())
}

/// The customer who has this number on the other channel of phones; else, if it may be, a new one: a lead of whom nothing else is known,
/// without consent. None where the address is none that a customer can have.
pub(super) async fn else_known(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    may_make: bool,
) -> anyhow::Result<Option<Uuid>> {
    let here = [address.to_owned()];
    let known = match channel {
        Channel::Whatsapp => customers::known_by(tx, &[], &here).await?,
        Channel::Sms => customers::known_by_id(tx, &[], &here).await?,
        Channel::Email => Vec::new(),
    };
    if let Some(known) = known.first() {
        return Ok(Some(known.id));
    }
    let Some(profile) = profile(channel, address).filter(|_| may_make) else {
        return Ok(None);
    };
    Ok(Some(customers::create(tx, "courtesy", profile).await?))
}

fn profile(channel: Channel, address: &str) -> Option<Profile> {
    let mut profile = Profile::default();
    match channel {
        Channel::Sms => {
            profile.set_phone(address, "US").ok()?;
            profile.set_source("sms_campaign").ok()?;
        }
        Channel::Whatsapp => {
            let mut phone = Profile::default();
            phone.set_phone(address, "US").ok()?;
            profile.whatsapp_number = phone.phone;
            profile.set_source("other").ok()?;
        }
        Channel::Email => {
            profile.set_email(address).ok()?;
            profile.set_source("email_campaign").ok()?;
        }
    }
    Some(profile)
}
