//! Unsubscribe links: `/u/{token}`, where the token names a message of a tenant and is signed by the tenant's key. It holds no address
//! and never expires (15 U.S.C. 7704(a)(3)(A): at least thirty days).
use super::store;
use crate::app::App;
use crate::db::{TenantId, TenantTx};
use providers::hook::same_secret;
use rand::Rng;
use ring::hmac;
use uuid::Uuid;

/// What else the key may sign one day is signed under other words.
const PURPOSE: &[u8] = b"courtesy unsubscribe 1";
/// 128 bits of the code stand in the link.
const CODE: usize = 16;
const TOKEN: usize = 2 * (16 + 16 + CODE);

/// What signs a tenant's links. Prints its name only.
pub struct LinkKey {
    pub(super) name: Uuid,
    pub(super) tenant: Uuid,
    pub(super) secret: Vec<u8>,
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LinkKey").field(&self.name).finish()
    }
}

/// The tenant's key; made when it is first asked for.
pub async fn key(tx: &mut TenantTx) -> sqlx::Result<LinkKey> {
    if let Some(found) = store::link_key(tx).await? {
        return Ok(found);
    }
    let mut bytes = [0u8; 48];
    rand::rng().fill(&mut bytes[..]);
    let (name, secret) = bytes.split_at(16);
    let name = Uuid::from_slice(name).unwrap_or_default();
    store::make_link_key(tx, name, secret).await?;
    // that of another, if it was there first
    store::link_key(tx).await?.ok_or(sqlx::Error::RowNotFound)
}

impl LinkKey {
    /// The link of a message, below the installation's public URL.
    pub fn url(&self, public_url: &str, message: Uuid) -> String {
        format!("{}/u/{}", public_url.trim_end_matches('/'), self.token(message))
    }

    /// The token of a message: the key's name, the message's id, and a code over both and the tenant, in hexadecimal digits.
    pub fn token(&self, message: Uuid) -> String {
        hex::encode([self.name.as_bytes(), message.as_bytes(), &self.code(message)[..]].concat())
    }

    fn code(&self, message: Uuid) -> [u8; CODE] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let signed = [PURPOSE, self.tenant.as_bytes(), message.as_bytes()].concat();
        let whole = hmac::sign(&key, &signed);
        let mut code = [0; CODE];
        for (to, from) in code.iter_mut().zip(whole.as_ref()) {
            *to = *from;
        }
        code
    }
}

/// Whose a token is: the tenant, and the message in which the link stood. None: it was not made here.
pub async fn whose(app: &App, token: &str) -> sqlx::Result<Option<(TenantId, Uuid)>> {
    let Some((name, message, code)) = parts(token) else {
        return Ok(None);
    };
    let mut tx = app.db.engine().await?;
    let Some(key) = store::link_key_named(&mut tx, name).await? else {
        return Ok(None);
    };
    let is_ours = same_secret(&key.code(message), &code);
    Ok(is_ours.then(|| (TenantId::found(key.tenant), message)))
}

/// The message that a token names, if this tenant made it.
pub async fn of_tenant(tx: &mut TenantTx, token: &str) -> sqlx::Result<Option<Uuid>> {
    let Some((name, message, code)) = parts(token) else {
        return Ok(None);
    };
    let key = store::link_key(tx).await?.filter(|key| key.name == name);
    let is_ours = key.is_some_and(|key| same_secret(&key.code(message), &code));
    Ok(is_ours.then_some(message))
}

fn parts(token: &str) -> Option<(Uuid, Uuid, Vec<u8>)> {
    if token.len() != TOKEN
        || !token
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    {
        return None;
    }
    let bytes = hex::decode(token).ok()?;
    let name = Uuid::from_slice(bytes.get(..16)?).ok()?;
    let message = Uuid::from_slice(bytes.get(16..32)?).ok()?;
    Some((name, message, bytes.get(32..)?.to_vec()))
}
