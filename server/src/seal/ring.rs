//! The key file as a long-running process has it: read when it is first needed, and again when a value names a key that is not known yet.
use super::{BadKeyFile, CannotOpen, Keys, Place};
use secrecy::zeroize::Zeroizing;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The master keys of an installation.
#[derive(Debug)]
pub struct KeyRing {
    path: PathBuf,
    read: Mutex<Option<Arc<Keys>>>,
}

impl KeyRing {
    /// The keys of that file. There may be none yet; one that can't be read, or that others can, is an error at once.
    pub fn at(path: &Path) -> Result<Self, BadKeyFile> {
        let ring = Self {
            path: path.to_owned(),
            read: Mutex::default(),
        };
        ring.again()?;
        Ok(ring)
    }

    /// Where the key file is, or would be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file again. None: there is none.
    pub fn again(&self) -> Result<Option<Arc<Keys>>, BadKeyFile> {
        let keys = if Keys::is_there(&self.path)? {
            Some(Arc::new(Keys::open_or_make(&self.path)?))
        } else {
            None
        };
        self.read().clone_from(&keys);
        Ok(keys)
    }

    /// Makes the file with a first key, if there is none.
    pub fn make(&self) -> Result<Arc<Keys>, BadKeyFile> {
        let keys = Arc::new(Keys::open_or_make(&self.path)?);
        *self.read() = Some(Arc::clone(&keys));
        Ok(keys)
    }

    /// The value, if it is whole and was sealed for this place. A key that another process added since is found: the file is read again
    /// when a value names one that is not known.
    pub fn open(&self, place: &Place, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let known = self.read().clone();
        let missing = match known.map(|keys| keys.open(place, blob)) {
            Some(Err(CannotOpen::NoSuchKey(name))) => name,
            Some(done) => return done,
            None => super::key_name(blob).ok_or(CannotOpen::Broken)?.to_owned(),
        };
        match self.again() {
            Ok(Some(keys)) => keys.open(place, blob),
            Ok(None) => Err(CannotOpen::NoSuchKey(missing)),
            Err(error) => {
                tracing::error!(%error, "the key file can't be read again");
                Err(CannotOpen::NoSuchKey(missing))
            }
        }
    }

    fn read(&self) -> MutexGuard<'_, Option<Arc<Keys>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_key_that_another_process_added_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let place = Place {
            tenant: Uuid::from_u128(1),
            table: "tenant_channel_settings",
            row: Uuid::from_u128(2),
            field: "credentials",
        };
        let ring = KeyRing::at(&path).unwrap();
        assert!(ring.again().unwrap().is_none());
        // another process makes the file, then adds a key, then forgets the first
        let mut other = Keys::open_or_make(&path).unwrap();
        let first = other.seal(&place, b"one");
        assert_eq!(ring.open(&place, &first).unwrap().as_slice(), b"one");
        let old = other.current().to_owned();
        other.add().unwrap();
        let second = other.seal(&place, b"two");
        assert_eq!(ring.open(&place, &second).unwrap().as_slice(), b"two");
        other.forget(&old).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(ring.open(&place, &second).unwrap().as_slice(), b"two");
        assert_eq!(
            KeyRing::at(&path).unwrap().open(&place, &second),
            Err(CannotOpen::NoSuchKey(other.current().to_owned()))
        );
    }
}
