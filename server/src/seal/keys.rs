//! The key file: master keys by name, which of them seals new values. It stands outside the database, readable by its owner alone.
use super::{KEY, random};
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

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
        if Self::is_there(path)? {
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

    /// Is there a key file? An error when that can't be told: then none must be made.
    pub fn is_there(path: &Path) -> Result<bool, BadKeyFile> {
        path.try_exists()
            .map_err(|error| BadKeyFile::Io(path.to_owned(), error))
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
        // the current key is the newest and stays, so no name ever comes twice, also after older ones were forgotten
        let newest = self.keys.keys().filter_map(|name| number(name)).max();
        let name = format!("k{}", newest.unwrap_or(0).saturating_add(1));
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
                .map(|(name, key)| (name.clone(), hex::encode(key.as_slice())))
                .collect(),
        };
        let text = Zeroizing::new(serde_json::to_string_pretty(&file).map_err(|error| io(error.into()))?);
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(folder).map_err(io)?;
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
        std::fs::rename(&beside, &self.path).map_err(io)?;
        // what is sealed next must not outlive its key in a crash
        std::fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io)
    }

    /// The master key of that name.
    pub(super) fn master(&self, name: &str) -> Option<&[u8; KEY]> {
        self.keys.get(name).map(|key| &**key)
    }
}

fn number(name: &str) -> Option<u32> {
    name.strip_prefix('k')?.parse().ok()
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; KEY]>> {
    let mut bytes = Zeroizing::new([0; KEY]);
    hex::decode_to_slice(text, &mut *bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::{keys, place};

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
    fn a_name_never_comes_twice() {
        let (mut keys, _folder) = keys();
        let mut seen = vec![keys.current().to_owned()];
        for _ in 0..4 {
            let old = keys.current().to_owned();
            keys.add().unwrap();
            keys.forget(&old).unwrap();
            assert!(!seen.contains(&keys.current().to_owned()), "{seen:?}");
            seen.push(keys.current().to_owned());
        }
        assert_eq!(keys.names().count(), 1);
    }

    #[test]
    fn keys_print_no_secret() {
        let (keys, _folder) = keys();
        assert!(!format!("{keys:?}").contains(&hex::encode(keys.keys["k1"].as_slice())));
    }
}
