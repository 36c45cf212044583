//! The disk that a drill fills.
use nix::unistd::geteuid;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small disk of its own for the database, which can be full without harm to anything else. Needs root.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None: it is not root who drills, or nothing can be mounted here.
    pub fn mount(at: &Path) -> anyhow::Result<Option<Self>> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        std::fs::create_dir_all(at)?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1500m", "tmpfs"])
            .arg(at)
            .output();
        let is_there = mounted.is_ok_and(|done| done.status.success());
        Ok(is_there.then(|| Self(at.to_owned())))
    }

    pub fn fill(&self) -> anyhow::Result<()> {
        let mut filler = std::fs::File::create(self.0.join("filler"))?;
        let chunk = vec![0_u8; 1 << 20];
        while std::io::Write::write_all(&mut filler, &chunk).is_ok() {}
        Ok(())
    }

    pub fn empty(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.0.join("filler"))?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
