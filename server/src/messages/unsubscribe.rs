//! How the reader of an e-mail gets off the list by one click: the link is given to each that a reader may want no more of.
use super::gate::Ready;
use crate::app::App;
use crate::consents::links;
use crate::db::TenantTx;
use providers::{Request, Unsubscribe};
use rules::channel::Channel;
use rules::purpose::Purpose;

/// Gives e-mails their unsubscribe links (RFC 8058); none where nobody could reach them.
pub(super) async fn fill(app: &App, tx: &mut TenantTx, ready: &mut [Ready]) -> sqlx::Result<()> {
    // RFC 8058, 3.1: nothing but https
    let Some(public_url) = app
        .public_url
        .as_deref()
        .filter(|url| url.starts_with("https://"))
    else {
        return Ok(());
    };
    // a list, since an iterator of closures can't be held while the database is asked by a task of the engine
    let wanted: Vec<&mut Request> = ready
        .iter_mut()
        .map(|one| &mut one.request)
        .filter(|request| request.channel == Channel::Email)
        .filter(|request| matches!(request.purpose, Purpose::Marketing | Purpose::Service))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let key = links::key(tx).await?;
    for request in wanted {
        request.unsubscribe = Some(Unsubscribe {
            url: key.url(public_url, request.message_id),
            mailto: None,
        });
    }
    Ok(())
}
