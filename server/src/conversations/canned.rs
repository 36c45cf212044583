//! Canned replies: texts that a tenant sends again and again, by name.
use super::store::canned;
use super::{ConversationError, fault, within};
use crate::db::TenantTx;
use rules::channel::Channel;
use rules::{short_links, template};
use serde::Serialize;

const LONGEST_NAME: usize = 80;

/// A canned reply.
#[derive(Debug, Clone, Serialize)]
pub struct Canned {
    pub name: String,
    /// None: for any.
    pub channel: Option<Channel>,
    pub body: String,
}

/// Saves a canned reply; one of that name takes the new text. Refused when its channel could not carry it.
pub async fn put(
    tx: &mut TenantTx,
    name: &str,
    channel: Option<Channel>,
    body: &str,
) -> Result<(), ConversationError> {
    let name = within("name", name, LONGEST_NAME)?;
    let body = within("text", body, template::longest(channel.unwrap_or(Channel::Sms)))?;
    if let Some(host) = short_links::public_shortener(&body) {
        return Err(fault(
            "text",
            format!("carriers block links of public shorteners such as {host}; use a domain of your own"),
        ));
    }
    Ok(canned::put(tx, &name, channel, &body).await?)
}

/// All of them, by name.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Canned>, ConversationError> {
    Ok(canned::list(tx).await?)
}

/// The canned reply of that name, if a channel may carry it.
pub async fn get(tx: &mut TenantTx, name: &str, channel: Channel) -> Result<Canned, ConversationError> {
    let found = canned::list(tx)
        .await?
        .into_iter()
        .find(|canned| canned.name == name.trim())
        .ok_or_else(|| {
            fault(
                "canned",
                format!("there is none called `{name}`; `courtesy conversation canned list` shows all"),
            )
        })?;
    match found.channel {
        Some(other) if other != channel => Err(fault("canned", format!("`{name}` is for {}", other.name()))),
        _ => Ok(found),
    }
}

/// Takes a canned reply away.
pub async fn remove(tx: &mut TenantTx, name: &str) -> Result<(), ConversationError> {
    if canned::remove(tx, name.trim()).await? {
        Ok(())
    } else {
        Err(fault(
            "canned",
            format!("there is none called `{name}`; `courtesy conversation canned list` shows all"),
        ))
    }
}
