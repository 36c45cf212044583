//! Which connection carries for which while that one's provider is out. Never for another reason: what a carrier filters must not be sent
//! another way.
use super::error::ConnectionError;
use super::listing::{Connection, find};
use super::store;
use crate::db::TenantTx;
use rules::channel::Channel;
use uuid::Uuid;

/// Lets a connection stand in for another, or for none any more. It must not be in use.
pub async fn stand_in(
    tx: &mut TenantTx,
    name: &str,
    stands_in_for: Option<&str>,
) -> Result<(), ConnectionError> {
    store::lock_all(tx).await?;
    let all = store::all(tx).await?;
    let own = find(tx, name).await?;
    if own.is_active {
        return Err(ConnectionError::Active(own.name));
    }
    let other = match stands_in_for {
        None => None,
        Some(other) => {
            if other == own.name {
                return Err(ConnectionError::StandsInFor("it can't stand in for itself"));
            }
            if let Some(behind) = all
                .iter()
                .find(|one| one.stands_in_for.as_deref() == Some(&own.name))
            {
                return Err(ConnectionError::StoodInFor(behind.name.clone()));
            }
            let channel = Channel::ALL.into_iter().find(|one| one.name() == own.channel);
            match channel {
                Some(channel) => Some(target(&all, other, channel)?),
                None => return Err(ConnectionError::StandsInFor("its channel is not known")),
            }
        }
    };
    Ok(store::set_stands_in_for(tx, own.id, other).await?)
}

/// The connection of that name, if it is one that can be stood in for on this channel.
pub(super) fn target(all: &[Connection], name: &str, channel: Channel) -> Result<Uuid, ConnectionError> {
    let other = all
        .iter()
        .find(|one| one.name == name)
        .ok_or_else(|| ConnectionError::Unknown(name.to_owned()))?;
    if other.channel != channel.name() {
        return Err(ConnectionError::StandsInFor("that one is on another channel"));
    }
    if other.stands_in_for.is_some() {
        return Err(ConnectionError::StandsInFor(
            "that one stands in for another itself; name the one that it stands in for",
        ));
    }
    Ok(other.id)
}
