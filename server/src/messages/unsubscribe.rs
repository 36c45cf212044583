//! How the reader of an e-mail gets off the list by one click: the link is given to each that a reader may want no more of, and a mailbox
//! beside it where mail to it is heard.
use super::ready::Ready;
use super::store;
use crate::app::App;
use crate::connections;
use crate::consents::links;
use crate::db::{TenantId, TenantTx};
use providers::Unsubscribe;
use rules::channel::Channel;
use rules::purpose::Purpose;
use rules::verdict::HoldReason;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Where links to unsubscribe lead: nothing but https (RFC 8058, 3.1).
pub(super) fn base(app: &App) -> Option<&str> {
    app.public_url
        .as_deref()
        .filter(|url| url.starts_with("https://"))
}

/// What waited for a link is looked at now, if there is one. Answers how many messages that were.
pub async fn wake(app: &App, tenant: TenantId) -> anyhow::Result<usize> {
    if base(app).is_none() {
        return Ok(0);
    }
    let mut tx = app.tenant(tenant).await?;
    let woken = store::wake_held_for(&mut tx, HoldReason::NoUnsubscribeLink.name()).await?;
    tx.commit().await?;
    Ok(usize::try_from(woken)?)
}

/// Gives e-mails their unsubscribe links (RFC 8058) and mailboxes (RFC 2369); none where nobody could reach them.
pub(super) async fn fill(app: &App, tx: &mut TenantTx, ready: &mut [Ready]) -> sqlx::Result<()> {
    let Some(public_url) = base(app) else {
        return Ok(());
    };
    let wanted: Vec<&mut Ready> = ready
        .iter_mut()
        .filter(|one| one.request.channel == Channel::Email)
        .filter(|one| matches!(one.request.purpose, Purpose::Marketing | Purpose::Service))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let connections: BTreeSet<Uuid> = wanted
        .iter()
        .filter_map(|one| Some(one.carrier.as_ref()?.connection))
        .collect();
    let connections: Vec<Uuid> = connections.into_iter().collect();
    let mailboxes = connections::offered_mailboxes(tx, &connections).await?;
    let key = links::key(tx).await?;
    for one in wanted {
        let message = one.request.message_id;
        let carrier = one.carrier.as_ref().map(|carrier| carrier.connection);
        one.request.unsubscribe = Some(Unsubscribe {
            url: key.url(public_url, message),
            // RFC 6068; a token is letters and digits
            mailto: carrier
                .and_then(|connection| mailboxes.get(&connection))
                .map(|mailbox| format!("{mailbox}?subject={}", key.token(message))),
        });
    }
    Ok(())
}
