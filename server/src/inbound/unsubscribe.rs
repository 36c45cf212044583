//! Unsubscribing by a link or a mail that names a message of ours: whoever has the message has the mailbox.
use super::store;
use crate::app::App;
use crate::consents::{self, Choice, Chosen, links};
use crate::db::TenantTx;
use crate::messages;
use rules::channel::Channel;
use rules::consent::ConsentMethod;
use uuid::Uuid;

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Who sent the message.
    pub sender_name: String,
}

/// What a link offers; changes nothing, since programs open links too. None: it was not made here.
pub async fn offered(app: &App, token: &str) -> anyhow::Result<Option<Offered>> {
    let Some((tenant, message)) = links::whose(app, token).await? else {
        return Ok(None);
    };
    let mut tx = app.tenant(tenant).await?;
    if of_message(&mut tx, message).await?.is_none() {
        return Ok(None);
    }
    let sender_name = store::sender(&mut tx).await?.sender_name;
    Ok(Some(Offered { sender_name }))
}

/// Takes the reader of the message off the list, at once and for good. Answers whether the token is one of ours; the second time
/// nothing more happens.
pub async fn by_link(app: &App, token: &str) -> anyhow::Result<bool> {
    let Some((tenant, message)) = links::whose(app, token).await? else {
        return Ok(false);
    };
    let mut tx = app.tenant(tenant).await?;
    let Some(named) = of_message(&mut tx, message).await? else {
        return Ok(false);
    };
    unsubscribe(&mut tx, &named, ConsentMethod::WebsiteForm, "unsubscribe link").await?;
    tx.commit().await?;
    Ok(true)
}

/// The message that the token in a mail's subject names, if this tenant sent it; changes nothing.
pub(super) async fn named(tx: &mut TenantTx, subject: &str) -> sqlx::Result<Option<Named>> {
    for word in subject.split_whitespace() {
        if let Some(message) = links::of_tenant(tx, word).await? {
            return of_message(tx, message).await;
        }
    }
    Ok(None)
}

/// The same as a link for a mail whose subject names a message.
pub(super) async fn by_mail(tx: &mut TenantTx, named: &Named) -> anyhow::Result<()> {
    unsubscribe(tx, named, ConsentMethod::Other, "unsubscribe mailbox").await
}

/// A message that a token names, and to whom it went.
pub(super) struct Named {
    message: Uuid,
    pub channel: Channel,
    pub address: String,
}

async fn of_message(tx: &mut TenantTx, message: Uuid) -> sqlx::Result<Option<Named>> {
    let recipient = messages::recipient_of(tx, message).await?;
    Ok(recipient.map(|(channel, address)| Named {
        message,
        channel,
        address,
    }))
}

async fn unsubscribe(
    tx: &mut TenantTx,
    named: &Named,
    method: ConsentMethod,
    notes: &str,
) -> anyhow::Result<()> {
    let choice = Choice {
        channel: named.channel,
        address: &named.address,
        chosen: Chosen::Nothing,
        at: tx.now(),
        message: Some(named.message),
        method,
        notes,
    };
    consents::consumer_choice(tx, &choice).await?;
    Ok(())
}
