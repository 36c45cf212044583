//! A message that tries out a connection: queued like any other, decided by the same gate, but through that connection and no other.
use super::foretell::{Foretold, foretell};
use super::own_address::{self, TakenDown};
use super::{NewMessage, queue, store};
use crate::connections::{self, ConnectionError};
use crate::customers::recipients;
use crate::db::TenantTx;
use crate::tenants;
use jiff::SignedDuration;
use rules::address::{E164, Email};
use rules::channel::Channel;
use rules::purpose::Purpose;
use rules::template;
use std::collections::HashMap;
use uuid::Uuid;

/// So many tests may go to one address in a day: nobody is to be bothered by them.
const MOST_IN_A_DAY: i64 = 5;

/// A message that was queued to try out a connection.
#[derive(Debug, Clone)]
pub struct TryOut {
    pub message: Uuid,
    /// What the gate would say of it now. If that is to stop it, the caller has no reason to commit.
    pub foretold: Option<Foretold>,
    /// What was taken down of whoever said that the address is their own.
    pub taken_down: Option<TakenDown>,
    /// A customer has the address.
    pub is_known: bool,
}

/// Queues a test through a verified connection, in use or not, to somebody who agreed to get it: the gate asks for consent as always. `mine`
/// is the name of whoever says that the address is their own, and agrees; that is taken down first. What it says is fixed.
pub async fn try_out(
    tx: &mut TenantTx,
    connection: &str,
    to: &str,
    mine: Option<&str>,
) -> anyhow::Result<TryOut> {
    let connection = connections::find(tx, connection).await?;
    if connection.verified_at.is_none() {
        return Err(ConnectionError::NotVerified(connection.name).into());
    }
    let channel = Channel::parse(&connection.channel)
        .ok_or_else(|| anyhow::anyhow!("this version knows no channel `{}`", connection.channel))?;
    let to = if channel.reaches_a_phone() {
        E164::parse(to, &tenants::region(tx).await?)
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
    let taken_down = match mine {
        Some(name) => own_address::take_down(tx, (channel, &to), name, &sender).await?,
        None => None,
    };
    recipients::lock(tx, &[(channel, to.clone())]).await?;
    let day_ago = tx.now() - SignedDuration::from_hours(24);
    anyhow::ensure!(
        store::tests_to(tx, channel.name(), &to, day_ago).await? < MOST_IN_A_DAY,
        "to: {MOST_IN_A_DAY} tests went to this address within a day; try again tomorrow"
    );
    let customer = recipients::customers_of(tx, channel, &to).await?.first().copied();
    let body = format!("{sender}: this is a test of our messages. You need not answer.");
    let message = NewMessage {
        id: tx.new_id(),
        channel,
        purpose: Purpose::Transactional,
        customer,
        from: None,
        to,
        subject: (!channel.reaches_a_phone()).then(|| format!("{sender}: a test")),
        body: if channel.reaches_a_phone() {
            template::stop_wording(&body, None)
        } else {
            format!("{body}\n\nReply \"unsubscribe\" and we will stop.")
        },
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
        taken_down,
        is_known: customer.is_some(),
    })
}
