//! Master keys over all tenants: which seal what, a new one for everything, an old one forgotten.
//!
//! Whoever seals, or changes the key file, holds one lock of the database until the commit and reads the file after taking it. So two never
//! write the file over each other, and nothing is sealed under a key while it is being forgotten.
use super::error::ConnectionError;
use super::secrets::place;
use super::store;
use crate::app::App;
use crate::db::{TenantId, TenantTx};
use crate::ids::Noun;
use crate::seal::{KeyRing, Keys, key_name};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A tenant's connections are sealed anew so many at a time, each batch in a transaction of its own.
const BATCH: i64 = 50;

/// A master key, and how much is sealed under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyStatus {
    pub name: String,
    /// New credentials are sealed under it.
    pub is_current: bool,
    pub is_in_file: bool,
    pub connections: i64,
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rotated {
    /// The key under which everything is sealed now.
    pub key: String,
    /// False: an earlier rotation had been interrupted, and this one finished it with the key that was made then.
    pub is_new: bool,
    pub resealed: u64,
    /// Connections whose credentials could not be opened: changed, or sealed under a key that is gone. Their fields have to be set again.
    pub not_opened: Vec<String>,
}

/// The keys, to seal something with in this transaction. The first connection of an installation makes the key file.
pub(super) async fn for_sealing(app: &App, tx: &mut TenantTx) -> Result<Arc<Keys>, ConnectionError> {
    store::lock_keys(tx).await?;
    let ring = ring(app)?;
    if let Some(keys) = ring.again()? {
        return Ok(keys);
    }
    let rows: i64 = sealed(app).await?.iter().map(|one| one.connections).sum();
    if rows > 0 {
        return Err(gone(ring, rows));
    }
    Ok(ring.make()?)
}

/// Every key that is in the file or that something is sealed under, in the order of their names.
pub async fn status(app: &App) -> Result<Vec<KeyStatus>, ConnectionError> {
    let keys = ring(app)?.again()?;
    let mut all: BTreeMap<String, KeyStatus> = BTreeMap::new();
    let entry = |name: &str| KeyStatus {
        name: name.to_owned(),
        is_current: keys.as_ref().is_some_and(|keys| keys.current() == name),
        is_in_file: keys
            .as_ref()
            .is_some_and(|keys| keys.names().any(|one| one == name)),
        connections: 0,
    };
    for name in keys.iter().flat_map(|keys| keys.names()) {
        all.insert(name.to_owned(), entry(name));
    }
    for one in sealed(app).await? {
        let status = all.entry(one.key.clone()).or_insert_with(|| entry(&one.key));
        status.connections += one.connections;
    }
    Ok(all.into_values().collect())
}

/// Makes a new master key and seals the data key of every connection anew under it, tenant by tenant. May be interrupted and repeated: what
/// was not reached is still under an older key, which stays in the file, and the next rotation finishes with the key that was made.
/// A running engine reads the file again when it meets the new key.
pub async fn rotate(app: &App) -> Result<Rotated, ConnectionError> {
    let (key, is_new) = key_for_all(app).await?;
    let mut rotated = Rotated {
        key,
        is_new,
        resealed: 0,
        not_opened: Vec::new(),
    };
    let tenants: BTreeSet<TenantId> = sealed(app)
        .await?
        .iter()
        .filter(|one| one.key != rotated.key)
        .map(|one| one.tenant)
        .collect();
    for tenant in tenants {
        reseal(app, tenant, &mut rotated).await?;
    }
    Ok(rotated)
}

/// Forgets a master key, if nothing of any tenant is sealed under it. A backup of the database that is older than the rotation needs it.
pub async fn forget(app: &App, name: &str) -> Result<(), ConnectionError> {
    let mut tx = app.db.operator().await?;
    store::lock_keys_of_all(&mut tx).await?;
    let ring = ring(app)?;
    let is_known = ring
        .again()?
        .is_some_and(|keys| keys.names().any(|known| known == name));
    if !is_known {
        return Err(ConnectionError::NoSuchKey(name.to_owned()));
    }
    let mut keys = Keys::open_or_make(ring.path())?;
    if keys.current() == name {
        return Err(ConnectionError::CurrentKey(name.to_owned()));
    }
    let rows: i64 = read(store::sealed(&mut tx).await?)
        .iter()
        .filter(|one| one.key == name)
        .map(|one| one.connections)
        .sum();
    if rows > 0 {
        return Err(ConnectionError::KeyInUse {
            key: name.to_owned(),
            rows,
        });
    }
    keys.forget(name)?;
    ring.again()?;
    Ok(())
}

/// How many connections of a tenant are sealed under a key.
struct Sealed {
    tenant: TenantId,
    key: String,
    connections: i64,
}

async fn sealed(app: &App) -> Result<Vec<Sealed>, ConnectionError> {
    let mut tx = app.db.operator().await?;
    Ok(read(store::sealed(&mut tx).await?))
}

fn read(rows: Vec<store::SealedRow>) -> Vec<Sealed> {
    rows.into_iter()
        .map(|row| Sealed {
            tenant: super::owner(row.tenant_id),
            key: key_name(&row.head).unwrap_or("not readable").to_owned(),
            connections: row.connections,
        })
        .collect()
}

/// The key under which everything is to be sealed: a new one, or the current one where an earlier rotation to it was not finished.
async fn key_for_all(app: &App) -> Result<(String, bool), ConnectionError> {
    let ring = ring(app)?;
    let mut tx = app.db.operator().await?;
    store::lock_keys_of_all(&mut tx).await?;
    let rows = read(store::sealed(&mut tx).await?);
    let known = ring.again()?;
    if known.is_none() && !rows.is_empty() {
        return Err(gone(ring, rows.iter().map(|one| one.connections).sum()));
    }
    let mut keys = Keys::open_or_make(ring.path())?;
    // what is under a key that is gone can't be finished by anybody
    let is_new = rows
        .iter()
        .filter(|one| keys.names().any(|name| name == one.key))
        .all(|one| one.key == keys.current());
    if is_new && known.is_some() {
        keys.add()?;
    }
    let key = keys.current().to_owned();
    ring.again()?;
    Ok((key, is_new))
}

async fn reseal(app: &App, tenant: TenantId, rotated: &mut Rotated) -> Result<(), ConnectionError> {
    let ring = ring(app)?;
    let mut after = None;
    loop {
        let mut tx = app.tenant(tenant).await?;
        store::lock_keys(&mut tx).await?;
        let batch = store::sealed_rows(&mut tx, after, BATCH).await?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        after = Some(last.id);
        let rows = i64::try_from(batch.len()).unwrap_or(i64::MAX);
        let keys = ring.again()?.ok_or_else(|| gone(ring, rows))?;
        for row in &batch {
            if key_name(&row.blob) == Some(keys.current()) {
                continue;
            }
            match keys.reseal(&place(tenant, row.id), &row.blob) {
                Ok(renewed) => {
                    // not a new version: what it opens to is the same
                    store::set_credentials(&mut tx, row.id, &renewed, false).await?;
                    rotated.resealed += 1;
                }
                Err(_) => rotated.not_opened.push(Noun::Connection.show(row.id)),
            }
        }
        tx.commit().await?;
    }
}

fn ring(app: &App) -> Result<&Arc<KeyRing>, ConnectionError> {
    app.keys.as_ref().ok_or(ConnectionError::NoClient)
}

fn gone(ring: &KeyRing, rows: i64) -> ConnectionError {
    ConnectionError::KeyFileGone {
        path: ring.path().to_owned(),
        rows,
    }
}
