//! Credentials at rest: sealed under a key of their own, which is sealed under a master key that stands outside the database.
//!
//! A sealed blob is `1 | length of the key's name | name | nonce | sealed data key | nonce | ciphertext`, both by AES-256-GCM-SIV
//! (RFC 8452). Tenant, table, row and field are authenticated with it: a blob copied into another row does not open.
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use rand::Rng;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use uuid::Uuid;

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

/// What is wrong with a key file.
#[derive(Debug, thiserror::Error)]
pub enum BadKeyFile {
    #[error("the key file {0} can't be read or written")]
    Io(PathBuf, #[source] std::io::Error),
    #[error(
        "the key file {0} is not what `courtesy` writes: JSON with `current` and `keys`, each key 64 hexadecimal digits"
    )]
    Shape(PathBuf),
    #[error("the key file {0} can be read by others on this machine: chmod 600 {0}")]
    Open(PathBuf),
}

/// The master keys. Prints their names only.
pub struct Keys {
    path: PathBuf,
    current: String,
    keys: BTreeMap<String, Zeroizing<[u8; KEY]>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("current", &self.current)
            .field("names", &self.keys.keys())
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    current: String,
    keys: BTreeMap<String, String>,
}

impl Keys {
    /// Reads the key file; makes one with a first key when there is none.
    pub fn open_or_make(path: &Path) -> Result<Self, BadKeyFile> {
        if path.exists() {
            return Self::read(path);
        }
        let mut keys = Self {
            path: path.to_owned(),
            current: String::new(),
            keys: BTreeMap::new(),
        };
        keys.add()?;
        Ok(keys)
    }

    fn read(path: &Path) -> Result<Self, BadKeyFile> {
        use std::os::unix::fs::PermissionsExt;
        let io = |error| BadKeyFile::Io(path.to_owned(), error);
        let mode = std::fs::metadata(path).map_err(io)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(BadKeyFile::Open(path.to_owned()));
        }
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(io)?);
        let shape = || BadKeyFile::Shape(path.to_owned());
        let file: File = serde_json::from_str(&text).map_err(|_| shape())?;
        let mut keys = BTreeMap::new();
        for (name, hex) in file.keys {
            keys.insert(name, from_hex(&hex).ok_or_else(shape)?);
        }
        if !keys.contains_key(&file.current) || keys.keys().any(|name| name.is_empty() || name.len() > 40) {
            return Err(shape());
        }
        Ok(Self {
            path: path.to_owned(),
            current: file.current,
            keys,
        })
    }

    /// The name of the key under which new values are sealed.
    pub fn current(&self) -> &str {
        &self.current
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// Makes a new key the current one; the older ones stay, to open what they sealed. On disk when this returns.
    pub fn add(&mut self) -> Result<(), BadKeyFile> {
        let name = format!("k{}", self.keys.len() + 1);
        let name = (0..)
            .map(|more| {
                if more == 0 {
                    name.clone()
                } else {
                    format!("{name}-{more}")
                }
            })
            .find(|name| !self.keys.contains_key(name))
            .unwrap_or(name);
        self.keys.insert(name.clone(), Zeroizing::new(random()));
        self.current = name;
        self.write()
    }

    /// Forgets a key that seals nothing any more. The current one stays.
    pub fn forget(&mut self, name: &str) -> Result<(), BadKeyFile> {
        if name != self.current {
            self.keys.remove(name);
        }
        self.write()
    }

    /// Beside the old file, then in its place: a crash leaves one of the two whole.
    fn write(&self) -> Result<(), BadKeyFile> {
        let io = |error| BadKeyFile::Io(self.path.clone(), error);
        let file = File {
            current: self.current.clone(),
            keys: self
                .keys
                .iter()
                .map(|(name, key)| (name.clone(), hex(key.as_slice())))
                .collect(),
        };
        let text = Zeroizing::new(serde_json::to_string_pretty(&file).map_err(|error| io(error.into()))?);
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        let beside = self.path.with_extension("new");
        let _ = std::fs::remove_file(&beside);
        let mut out = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)
            .map_err(io)?;
        out.write_all(text.as_bytes()).map_err(io)?;
        out.sync_all().map_err(io)?;
        std::fs::rename(&beside, &self.path).map_err(io)
    }

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
        let name = self.current.as_bytes();
        let mut blob = vec![VERSION, u8::try_from(name.len()).unwrap_or(u8::MAX)];
        blob.extend_from_slice(name);
        // `current` is always among the keys: `read` and `add` see to it
        if let Some(master) = self.keys.get(&self.current) {
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
            .keys
            .get(name)
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; KEY]>> {
    if text.len() != 2 * KEY || !text.is_ascii() {
        return None;
    }
    let mut bytes = Zeroizing::new([0; KEY]);
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            tenant: Uuid::from_u128(1),
            table: "tenant_channel_settings",
            row: Uuid::from_u128(2),
            field: "credentials",
        }
    }

    fn keys() -> (Keys, tempfile::TempDir) {
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

    #[test]
    fn the_key_file_is_read_back_and_refused_when_others_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let (keys, folder) = keys();
        let blob = keys.seal(&place(), b"a token");
        let path = folder.path().join("keys.json");
        let again = Keys::open_or_make(&path).unwrap();
        assert_eq!(again.open(&place(), &blob).unwrap().as_slice(), b"a token");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Keys::open_or_make(&path), Err(BadKeyFile::Open(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, "{}").unwrap();
        assert!(matches!(Keys::open_or_make(&path), Err(BadKeyFile::Shape(_))));
    }

    #[test]
    fn keys_print_no_secret() {
        let (keys, _folder) = keys();
        assert!(!format!("{keys:?}").contains(&hex(keys.keys["k1"].as_slice())));
    }
}
