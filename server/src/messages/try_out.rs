//! A message that tries out a connection: queued like any other, decided by the same gate, but through that connection and no other.
use super::foretell::{Foretold, foretell};
use super::{NewMessage, queue, store};
use crate::connections::{self, ConnectionError};
use crate::customers::recipients;
use crate::db::TenantTx;
use crate::tenants;
use rules::address::{E164, Email};
use rules::channel::Channel;
use rules::purpose::Purpose;
use std::collections::HashMap;
use uuid::Uuid;

/// A message that was queued to try out a connection.
#[derive(Debug, Clone)]
pub struct TryOut {
    pub message: Uuid,
    /// What the gate would say of it now. If that is to stop it, the caller has no reason to commit.
    pub foretold: Option<Foretold>,
}

/// Queues a test through a verified connection, in use or not, to somebody who agreed to get it: the gate asks for consent as always. Our
/// own people's addresses are customers' as well, with their consent on record.
pub async fn try_out(tx: &mut TenantTx, connection: &str, to: &str) -> anyhow::Result<TryOut> {
    let connection = connections::find(tx, connection).await?;
    if connection.verified_at.is_none() {
        return Err(ConnectionError::NotVerified(connection.name).into());
    }
    let channel = Channel::parse(&connection.channel)
        .ok_or_else(|| anyhow::anyhow!("this version knows no channel `{}`", connection.channel))?;
    let to = if channel.reaches_a_phone() {
        E164::parse(to, "US")
            .map_err(|error| {
                anyhow::anyhow!("to: it {error}; it should be a phone number such as +12125551234")
            })?
            .e164
            .to_string()
    } else {
        Email::parse(to)
            .map_err(|error| anyhow::anyhow!("to: it {error}; it should be an e-mail address"))?
            .norm()
    };
    let sender = tenants::business_info(tx).await?.sender_name;
    let customer = recipients::customers_of(tx, channel, &to).await?.first().copied();
    let message = NewMessage {
        id: tx.new_id(),
        channel,
        purpose: Purpose::Transactional,
        customer,
        from: None,
        to,
        subject: (!channel.reaches_a_phone()).then(|| format!("{sender}: a test")),
        body: format!("{sender}: this is a test of our messages. You need not answer."),
        media_urls: Vec::new(),
        template: None,
        variables: Vec::new(),
        touch: None,
        answers: None,
        due_at: tx.now(),
    };
    let id = message.id;
    queue(tx, &[message]).await?;
    store::want_connection(tx, id, connection.id).await?;
    let foretold = foretell(tx, &[id], &HashMap::new()).await?.pop();
    Ok(TryOut {
        message: id,
        foretold,
    })
}
