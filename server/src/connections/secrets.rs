//! What is sealed of a connection, and the token of its hook.
use super::error::ConnectionError;
use super::store::Stored;
use crate::db::TenantId;
use crate::seal::{CannotOpen, KeyRing, Keys, Place};
use anyhow::Context;
use providers::{Description, Values};
use rand::Rng;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The secret fields, and the token by which the provider calls our hook. Never shown, never logged.
#[derive(Serialize, Deserialize)]
pub(super) struct Secrets {
    pub fields: BTreeMap<String, String>,
    pub hook_token: String,
}

/// The values that are not empty, parted into those that may be shown and those that are sealed.
pub(super) fn part(described: &Description, values: &Values) -> (Value, BTreeMap<String, String>) {
    let (mut plain, mut secret) = (Map::new(), BTreeMap::new());
    for (name, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        let is_secret = described
            .fields
            .iter()
            .any(|field| field.name == name && field.is_secret);
        if is_secret {
            secret.insert(name.to_owned(), value.to_owned());
        } else {
            plain.insert(name.to_owned(), Value::String(value.to_owned()));
        }
    }
    (Value::Object(plain), secret)
}

/// All values of a connection, plain and secret.
pub(super) fn values(settings: &Value, secrets: &Secrets) -> Values {
    let mut values: Values = secrets
        .fields
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Value::Object(settings) = settings {
        for (name, value) in settings {
            values.set(name, value.as_str().unwrap_or_default());
        }
    }
    values
}

pub(super) fn place(tenant: TenantId, connection: Uuid) -> Place {
    Place {
        tenant: tenant.as_uuid(),
        table: "tenant_channel_settings",
        row: connection,
        field: "credentials",
    }
}

pub(super) fn seal(
    keys: &Keys,
    tenant: TenantId,
    connection: Uuid,
    secrets: &Secrets,
) -> Result<Vec<u8>, ConnectionError> {
    let plain = Zeroizing::new(serde_json::to_vec(secrets).context("the credentials can't be written")?);
    Ok(keys.seal(&place(tenant, connection), &plain))
}

pub(super) fn unseal(ring: &KeyRing, tenant: TenantId, stored: &Stored) -> Result<Secrets, CannotOpen> {
    let sealed = stored.credentials.as_deref().ok_or(CannotOpen::Broken)?;
    let plain = ring.open(&place(tenant, stored.id), sealed)?;
    serde_json::from_slice(&plain).map_err(|_| CannotOpen::Broken)
}

/// 256 random bits, as they stand in a URL.
pub(super) fn new_token() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill(&mut bytes);
    hex::encode(bytes)
}

/// What is kept of a token where it is looked up: it can't be made into the token again.
pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// The address that is entered at the provider. It holds the token.
pub(super) fn hook_url(public_url: &str, provider: &str, token: &str) -> String {
    format!("{}/hooks/{provider}/{token}", public_url.trim_end_matches('/'))
}
