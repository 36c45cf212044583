//! Credentials at rest: sealed under a key of their own, which is sealed under a master key that stands outside the database.
//!
//! A sealed blob is `1 | length of the key's name | name | nonce | sealed data key | nonce | ciphertext`, both by AES-256-GCM-SIV
//! (RFC 8452). Tenant, table, row and field are authenticated with it: a blob copied into another row does not open.
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use rand::Rng;
use secrecy::zeroize::Zeroizing;
use uuid::Uuid;

mod keys;
mod ring;

pub use keys::{BadKeyFile, Keys};
pub use ring::KeyRing;

const VERSION: u8 = 1;
const KEY: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;

/// Where a sealed value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub tenant: Uuid,
    pub table: &'static str,
    pub row: Uuid,
    pub field: &'static str,
}

impl Place {
    fn bytes(&self) -> Vec<u8> {
        [
            self.tenant.as_bytes().as_slice(),
            self.table.as_bytes(),
            b"\0",
            self.row.as_bytes(),
            self.field.as_bytes(),
        ]
        .concat()
    }
}

/// Why a blob does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotOpen {
    #[error("the key `{0}` is not in the key file")]
    NoSuchKey(String),
    #[error("they were changed, or belong to another row")]
    Broken,
}

impl Keys {
    /// Seals a value for its place, under a new data key.
    pub fn seal(&self, place: &Place, plain: &[u8]) -> Vec<u8> {
        let data_key = Zeroizing::new(random::<KEY>());
        let sealed = encrypt(&data_key, place, plain);
        self.wrap(place, &data_key, &sealed)
    }

    /// The value, if it is whole, was sealed for this place, and its key is at hand.
    pub fn open(&self, place: &Place, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let (data_key, sealed) = self.unwrap(place, blob)?;
        decrypt(&data_key, place, sealed).ok_or(CannotOpen::Broken)
    }

    /// The same value under the current master key. The value itself is not touched: its data key is sealed anew.
    pub fn reseal(&self, place: &Place, blob: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (data_key, sealed) = self.unwrap(place, blob)?;
        decrypt(&data_key, place, sealed).ok_or(CannotOpen::Broken)?;
        Ok(self.wrap(place, &data_key, sealed))
    }

    fn wrap(&self, place: &Place, data_key: &[u8; KEY], sealed: &[u8]) -> Vec<u8> {
        let name = self.current().as_bytes();
        let mut blob = vec![VERSION, u8::try_from(name.len()).unwrap_or(u8::MAX)];
        blob.extend_from_slice(name);
        // `current` is always among the keys: `read` and `add` see to it
        if let Some(master) = self.master(self.current()) {
            blob.extend_from_slice(&encrypt(master, place, data_key));
        }
        blob.extend_from_slice(sealed);
        blob
    }

    fn unwrap<'a>(
        &self,
        place: &Place,
        blob: &'a [u8],
    ) -> Result<(Zeroizing<[u8; KEY]>, &'a [u8]), CannotOpen> {
        let name = key_name(blob).ok_or(CannotOpen::Broken)?;
        let master = self
            .master(name)
            .ok_or_else(|| CannotOpen::NoSuchKey(name.to_owned()))?;
        let (wrapped, sealed) = blob[2 + name.len()..]
            .split_at_checked(NONCE + KEY + TAG)
            .ok_or(CannotOpen::Broken)?;
        let plain = decrypt(master, place, wrapped).ok_or(CannotOpen::Broken)?;
        let data_key: [u8; KEY] = plain.as_slice().try_into().map_err(|_| CannotOpen::Broken)?;
        Ok((Zeroizing::new(data_key), sealed))
    }
}

/// The name of the master key that a blob was sealed under.
pub fn key_name(blob: &[u8]) -> Option<&str> {
    match blob {
        [VERSION, length, rest @ ..] => std::str::from_utf8(rest.get(..usize::from(*length))?).ok(),
        _ => None,
    }
}

fn encrypt(key: &[u8; KEY], place: &Place, plain: &[u8]) -> Vec<u8> {
    let nonce = random::<NONCE>();
    let payload = Payload {
        msg: plain,
        aad: &place.bytes(),
    };
    let sealed = Aes256GcmSiv::new(key.into())
        .encrypt(&Nonce::from(nonce), payload)
        // only a value of 64 GiB can't be sealed
        .unwrap_or_default();
    [nonce.as_slice(), &sealed].concat()
}

fn decrypt(key: &[u8; KEY], place: &Place, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let payload = Payload {
        msg: ciphertext,
        aad: &place.bytes(),
    };
    Aes256GcmSiv::new(key.into())
        .decrypt(&Nonce::from(nonce), payload)
        .ok()
        .map(Zeroizing::new)
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill(&mut bytes[..]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn place() -> Place {
        Place {
            tenant: Uuid::from_u128(1),
            table: "tenant_channel_settings",
            row: Uuid::from_u128(2),
            field: "credentials",
        }
    }

    pub(super) fn keys() -> (Keys, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (
            Keys::open_or_make(&folder.path().join("keys.json")).unwrap(),
            folder,
        )
    }

    #[test]
    fn what_is_sealed_opens_in_its_own_place_only() {
        let (keys, _folder) = keys();
        let blob = keys.seal(&place(), b"a token");
        assert_eq!(keys.open(&place(), &blob).unwrap().as_slice(), b"a token");
        for elsewhere in [
            Place {
                tenant: Uuid::from_u128(9),
                ..place()
            },
            Place {
                row: Uuid::from_u128(9),
                ..place()
            },
            Place {
                table: "messages",
                ..place()
            },
            Place {
                field: "settings",
                ..place()
            },
        ] {
            assert_eq!(keys.open(&elsewhere, &blob), Err(CannotOpen::Broken));
        }
    }

    #[test]
    fn a_blob_with_any_byte_changed_or_cut_off_does_not_open() {
        let (keys, _folder) = keys();
        let blob = keys.seal(&place(), b"a token");
        for at in 0..blob.len() {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            assert!(keys.open(&place(), &changed).is_err(), "byte {at}");
            assert!(keys.open(&place(), &blob[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn after_a_rotation_the_old_key_is_not_needed_any_more() {
        let (mut keys, _folder) = keys();
        let old = keys.current().to_owned();
        let blob = keys.seal(&place(), b"a token");
        keys.add().unwrap();
        assert_eq!(keys.open(&place(), &blob).unwrap().as_slice(), b"a token");
        let renewed = keys.reseal(&place(), &blob).unwrap();
        assert_eq!(key_name(&renewed), Some(keys.current()));
        keys.forget(&old).unwrap();
        assert_eq!(keys.open(&place(), &renewed).unwrap().as_slice(), b"a token");
        assert_eq!(keys.open(&place(), &blob), Err(CannotOpen::NoSuchKey(old)));
    }
}
