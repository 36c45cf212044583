//! Which connection carries for which while that one's provider is out. Never for another reason: what a carrier filters must not be sent
//! another way.
use super::error::ConnectionError;
use super::listing::Connection;
use rules::channel::Channel;
use uuid::Uuid;

/// The connection that one of `all` may stand in for from now on; none: for none any more. It must not be in use.
pub(super) fn wanted(
    all: &[Connection],
    own: &Connection,
    other: Option<&str>,
) -> Result<Option<Uuid>, ConnectionError> {
    if own.is_active {
        return Err(ConnectionError::Active(own.name.clone()));
    }
    let Some(other) = other else { return Ok(None) };
    if other == own.name {
        return Err(ConnectionError::StandsInFor("it can't stand in for itself"));
    }
    let behind = all
        .iter()
        .find(|one| one.stands_in_for.as_deref() == Some(&own.name));
    if let Some(behind) = behind {
        return Err(ConnectionError::StoodInFor(behind.name.clone()));
    }
    let channel =
        Channel::parse(&own.channel).ok_or(ConnectionError::StandsInFor("its channel is not known"))?;
    target(all, other, channel).map(Some)
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
