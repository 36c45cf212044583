//! The hook of a connection: by the token in its address a provider's call is known before anything else of it is.
use super::error::ConnectionError;
use super::secrets::{Secrets, digest, hook_url, new_token, seal, unseal};
use super::{find, keys, store};
use crate::app::App;
use crate::db::TenantTx;

/// Gives a connection another token, e.g. because somebody saw the old one. The old address answers nobody any more, or goes on until the
/// next one, so that the provider can be told meanwhile. Answers the new address; without a public URL its path. The caller commits.
pub async fn new_hook_token(
    app: &App,
    tx: &mut TenantTx,
    name: &str,
    keep_old: bool,
) -> Result<String, ConnectionError> {
    let keys = keys::for_sealing(app, tx).await?;
    store::lock_all(tx).await?;
    let own = find(tx, name).await?;
    let described = app
        .described(&own.provider)
        .filter(|described| described.hooks.is_some())
        .ok_or_else(|| ConnectionError::NoHook(own.name.clone()))?;
    let stored = store::stored(tx, own.id)
        .await?
        .ok_or_else(|| ConnectionError::Unknown(name.to_owned()))?;
    let ring = app.keys.as_ref().ok_or(ConnectionError::NoClient)?;
    let old = unseal(ring, tx.tenant(), &stored)?;
    let secrets = Secrets {
        fields: old.fields,
        hook_token: new_token(),
    };
    let kept = digest(&old.hook_token);
    store::remove_hooks(tx, own.id, keep_old.then_some(kept.as_slice())).await?;
    if !keep_old {
        store::mailboxes_are_not_heard(tx, own.id).await?;
    }
    store::add_hook(tx, &digest(&secrets.hook_token), described.name, own.id).await?;
    let sealed = seal(&keys, tx.tenant(), own.id, &secrets)?;
    store::set_credentials(tx, own.id, &sealed, true).await?;
    Ok(hook_url(
        app.public_url.as_deref().unwrap_or_default(),
        described.name,
        &secrets.hook_token,
    ))
}
