//! Files that hold people's addresses: written for their owner alone.
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

const FOR_ITS_OWNER: u32 = 0o600;

/// A file that only its owner may read, empty: a new one, or that of this name, whoever could read it before.
///
/// # Errors
/// When it can't be written, or is somebody else's.
pub fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FOR_ITS_OWNER)
        .open(path)?;
    let found = file.metadata()?;
    // a pipe or /dev/stdout has no mode of its own
    if found.is_file() && found.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(FOR_ITS_OWNER))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_others_could_read_is_closed_to_them_and_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence.html");
        std::fs::write(&path, "older and longer").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        create(&path).unwrap().write_all(b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        create(Path::new("/dev/null")).unwrap();
    }
}
