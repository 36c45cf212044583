//! Who wrote: the address that a message came from, and the person behind it.
use crate::connections;
use crate::consents;
use crate::conversations;
use crate::customers::{self, Profile, recipients};
use crate::db::TenantTx;
use providers::Inbound;
use rules::channel::Channel;
use uuid::Uuid;

/// Locks who is named so, `and` others with them, and answers the address by which they are known. WhatsApp may name a person by an id
/// alone (rule A4): then it is the number that wrote under this id before, if one did; else the id itself. And it may spell a number in
/// another way than we do: then it is the spelling that is known here.
pub(super) async fn lock(
    tx: &mut TenantTx,
    channel: Channel,
    name: &str,
    and: Option<(Channel, String)>,
) -> sqlx::Result<String> {
    let name = conversations::address(channel, name);
    let number = number_of(tx, channel, &name).await?;
    let spellings = recipients::spellings(channel, &name);
    let of_number = number.map(|number| recipients::spellings(channel, &number));
    let wanted = spellings.iter().cloned().chain(of_number.into_iter().flatten());
    let wanted = wanted.map(|address| (channel, address)).chain(and);
    recipients::lock(tx, &wanted.collect::<Vec<_>>()).await?;
    // whoever learns the number of an id holds the id's lock: what was learned meanwhile is seen now, and after this nothing more is
    match number_of(tx, channel, &name).await? {
        Some(number) => Ok(number),
        None if spellings.len() == 1 => Ok(name),
        None => Ok(conversations::known_spelling(tx, &spellings)
            .await?
            .unwrap_or(name)),
    }
}

async fn number_of(tx: &mut TenantTx, channel: Channel, name: &str) -> sqlx::Result<Option<String>> {
    if channel != Channel::Whatsapp || name.starts_with('+') {
        return Ok(None);
    }
    recipients::of_user_id(tx, name).await
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

/// Keeps WhatsApp's id of a person beside their number. Who opted out under the id, before the number was known, is opted out of the same,
/// and the customer who was made for the id has the number now.
/// The caller holds the number's lock; an id comes after every number in the order of locks.
pub(super) async fn learn_user_id(tx: &mut TenantTx, said: &Inbound, address: &str) -> anyhow::Result<()> {
    let Some(user_id) = said.user_id.as_deref() else {
        return Ok(());
    };
    if said.channel != Channel::Whatsapp || !address.starts_with('+') {
        return Ok(());
    }
    if recipients::is_named(tx, address, user_id).await? {
        recipients::lock(tx, &[(Channel::Whatsapp, user_id.to_owned())]).await?;
        consents::opted_out_as(tx, Channel::Whatsapp, user_id, address).await?;
        give_number(tx, user_id, address).await?;
    }
    Ok(())
}

/// Gives the customer of an id their number; where somebody has it already, the id is that customer's from now on, and the one that was made
/// for it keeps what was said until then.
async fn give_number(tx: &mut TenantTx, user_id: &str, number: &str) -> anyhow::Result<()> {
    let of_id = recipients::customers_of(tx, Channel::Whatsapp, user_id).await?;
    let Some(made) = of_id.first() else {
        return Ok(());
    };
    let mut written = Profile::default();
    // what is no number that a customer can have is no reason not to hear what was said
    if written.set_whatsapp_number(number, "US").is_err() {
        return Ok(());
    }
    match who_has(tx, number, &written).await? {
        Some(known) => recipients::give_user_id(tx, user_id, known).await?,
        None => {
            let mut profile = customers::get(tx, *made).await?.profile;
            profile.whatsapp_number = written.whatsapp_number;
            customers::update(tx, "courtesy", *made, profile).await?;
        }
    }
    Ok(())
}

/// The customer who has this number on another channel; else, if it may be, a new one: a lead of whom nothing else is known,
/// without consent. None where the address is none that a customer can have. The caller holds the recipient's lock.
pub(super) async fn else_known(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    may_make: bool,
) -> anyhow::Result<Option<Uuid>> {
    let profile = profile(channel, address);
    let as_written = profile.clone().unwrap_or_default();
    if let Some(known) = who_has(tx, address, &as_written).await? {
        return Ok(Some(known));
    }
    let Some(profile) = profile.filter(|_| may_make) else {
        return Ok(None);
    };
    let has_number = profile.whatsapp_number.is_some();
    let made = customers::create(tx, "courtesy", profile).await?;
    if channel == Channel::Whatsapp && !has_number {
        recipients::give_user_id(tx, address, made).await?;
    }
    Ok(Some(made))
}

/// Who has this number, for WhatsApp or as their phone: as it is told, or as customers have it.
async fn who_has(tx: &mut TenantTx, told: &str, written: &Profile) -> sqlx::Result<Option<Uuid>> {
    let written = [&written.whatsapp_number, &written.phone].into_iter().flatten();
    let number: Vec<String> = written.cloned().chain([told.to_owned()]).collect();
    let mut known = customers::known_by_id(tx, &[], &number).await?;
    known.extend(customers::known_by(tx, &[], &number).await?);
    Ok(known.first().map(|known| known.id))
}

fn profile(channel: Channel, address: &str) -> Option<Profile> {
    let mut profile = Profile::default();
    match channel {
        Channel::Sms => {
            profile.set_phone(address, "US").ok()?;
            profile.set_source("sms_campaign").ok()?;
        }
        Channel::Whatsapp => {
            if address.starts_with('+') {
                profile.set_whatsapp_number(address, "US").ok()?;
            }
            profile.set_source("other").ok()?;
        }
        Channel::Email => {
            profile.set_email(address).ok()?;
            profile.set_source("email_campaign").ok()?;
        }
    }
    Some(profile)
}
