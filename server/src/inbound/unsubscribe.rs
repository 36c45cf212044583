//! Unsubscribing by a link or a mail that names a message of ours: whoever has the message has the mailbox.
use super::store;
use crate::app::App;
use crate::consents::{self, Choice, Chosen, links};
use crate::db::TenantTx;
use crate::messages;
use rules::consent::ConsentMethod;

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
    if messages::recipient_of(&mut tx, message).await?.is_none() {
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
    let done = unsubscribe(&mut tx, message, ConsentMethod::WebsiteForm, "unsubscribe link").await?;
    tx.commit().await?;
    Ok(done)
}

/// The same for a mail to the unsubscribe mailbox, by the token in its subject. False: it names no message of this tenant.
pub async fn by_mail(tx: &mut TenantTx, subject: &str) -> anyhow::Result<bool> {
    for word in subject.split_whitespace() {
        if let Some(message) = links::of_tenant(tx, word).await? {
            return unsubscribe(tx, message, ConsentMethod::Other, "unsubscribe mailbox").await;
        }
    }
    Ok(false)
}

async fn unsubscribe(
    tx: &mut TenantTx,
    message: uuid::Uuid,
    method: ConsentMethod,
    notes: &str,
) -> anyhow::Result<bool> {
    let Some((channel, address)) = messages::recipient_of(tx, message).await? else {
        return Ok(false);
    };
    let choice = Choice {
        channel,
        address: &address,
        chosen: Chosen::Nothing,
        at: tx.now(),
        message: Some(message),
        method,
        notes,
    };
    consents::consumer_choice(tx, &choice).await?;
    Ok(true)
}
