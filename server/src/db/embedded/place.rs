//! Where the embedded server's files live and which account may have them: PostgreSQL refuses to run as root.
use super::discover::{Installation, WHEEL};
use anyhow::{Context, bail};
use nix::unistd::{Gid, Uid, User, chown};
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The longest path of a Unix socket, in bytes, without its closing zero (Linux; macOS has 103, which is used for all).
const LONGEST_SOCKET_PATH: usize = 103;
const SOCKET_FILE: &str = "/.s.PGSQL.5432.lock";
/// Where the cluster goes when root's data folder is somewhere that no other account can reach, such as below /root.
const REACHABLE: &str = "/var/lib/courtesy";
const REMEMBERED: &str = "place.json";
/// In such a home: whose it is.
const BELONGS_TO: &str = "BELONGS-TO";

/// The account that PostgreSQL runs under when we are root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

/// The folders of one embedded server.
#[derive(Debug, Clone)]
pub struct Place {
    /// The data folder that the caller named: lock, credentials and log are in it.
    pub data: PathBuf,
    /// The folder that holds the cluster: the data folder, or one that the account can reach.
    pub home: PathBuf,
    /// The folder of the socket.
    pub socket: PathBuf,
    /// Whom to become; none when we are not root.
    pub account: Option<Account>,
}

/// What is written down at the first start, so that later ones find the same.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    home: PathBuf,
    socket: PathBuf,
}

impl Place {
    /// The cluster's folder (PostgreSQL's data directory).
    pub fn cluster(&self) -> PathBuf {
        self.home.join("postgres")
    }

    /// What PostgreSQL says.
    pub fn log(&self) -> PathBuf {
        self.data.join("postgres.log")
    }

    /// The passwords of its roles.
    pub fn credentials(&self) -> PathBuf {
        self.data.join("credentials.json")
    }

    /// The place that an earlier start chose, if one did.
    pub fn remembered(data: &Path) -> anyhow::Result<Option<Self>> {
        let file = data.join(REMEMBERED);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("Cannot read {}", file.display())),
        };
        let it: Remembered =
            serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))?;
        Ok(Some(Self {
            data: data.to_path_buf(),
            home: it.home,
            socket: it.socket,
            account: None,
        }))
    }

    /// Chooses the place, makes its folders and remembers it. Only the holder of the lock may.
    pub fn settle(data: &Path) -> anyhow::Result<Self> {
        let earlier = Self::remembered(data)?;
        // A data folder that was moved or copied takes its cluster along: a home inside it is always "here".
        let home = earlier
            .as_ref()
            .map(|it| &it.home)
            .filter(|home| home.starts_with(REACHABLE) && home.exists());
        if let Some(home) = home {
            refuse_another_s(home, data)?;
        }
        let mut place = Self {
            data: data.to_path_buf(),
            home: home.map_or_else(|| data.to_path_buf(), Clone::clone),
            socket: PathBuf::new(),
            account: None,
        };
        if Uid::effective().is_root() {
            let account = account_for(&place.cluster())?;
            open_to_passing(data)?;
            if let Some(closed) = first_closed(&place.home, &account) {
                place.home = reachable_home(data, &closed, &account)?;
            }
            place.account = Some(account);
        }
        place.socket = place.socket_folder(earlier.map(|it| it.socket))?;
        let it = Remembered {
            home: place.home.clone(),
            socket: place.socket.clone(),
        };
        write_private(&data.join(REMEMBERED), &serde_json::to_string_pretty(&it)?)?;
        Ok(place)
    }

    /// Our own folder for the socket: inside the home, or a short one where that path would be too long.
    fn socket_folder(&self, earlier: Option<PathBuf>) -> anyhow::Result<PathBuf> {
        let inside = self.home.join("socket");
        if fits(&inside) {
            self.make_private(&inside)?;
            return Ok(inside);
        }
        if let Some(folder) = earlier.filter(|folder| fits(folder) && self.is_ours(folder)) {
            return Ok(folder);
        }
        let folder = PathBuf::from(format!("/tmp/courtesy-{:08x}", rand::random::<u32>()));
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("Cannot make {}", folder.display()))?;
        self.hand_over(&folder)?;
        Ok(folder)
    }

    /// Is it a folder that only the account can enter? Anybody may make folders in /tmp.
    fn is_ours(&self, folder: &Path) -> bool {
        let owner = self
            .account
            .as_ref()
            .map_or(Uid::effective().as_raw(), |account| account.uid);
        std::fs::symlink_metadata(folder)
            .is_ok_and(|it| it.is_dir() && it.uid() == owner && it.mode() & 0o077 == 0)
    }

    /// Makes a folder (if need be) that only the account can enter.
    pub fn make_private(&self, folder: &Path) -> anyhow::Result<()> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("Cannot make the folder {}", folder.display()))?;
        self.hand_over(folder)
    }

    /// Gives a file or folder to the account that PostgreSQL runs under.
    pub fn hand_over(&self, path: &Path) -> anyhow::Result<()> {
        let Some(account) = &self.account else {
            return Ok(());
        };
        chown(
            path,
            Some(Uid::from_raw(account.uid)),
            Some(Gid::from_raw(account.gid)),
        )
        .with_context(|| format!("Cannot give {} to the account {}", path.display(), account.name))
    }

    /// The installation as the account can run it: one unpacked where only root can go is copied beside the cluster.
    pub fn within_reach(&self, mut installation: Installation) -> anyhow::Result<Installation> {
        let Some(account) = &self.account else {
            return Ok(installation);
        };
        let Some(closed) = first_closed(&installation.bin, account) else {
            return Ok(installation);
        };
        let wheel = self.data.join(WHEEL);
        let Ok(inner) = installation.bin.strip_prefix(&wheel) else {
            bail!(
                "PostgreSQL in {} cannot be run by the account {}, because {} is closed to it; PostgreSQL does not run as root. \
                 Install it as a package (bin/setup does), or open that folder: chmod o+x {}",
                installation.bin.display(),
                account.name,
                closed.display(),
                closed.display()
            );
        };
        let copy = self.home.join(WHEEL);
        if !copy.join(inner).join("postgres").exists() {
            let copied = Command::new("cp").arg("-R").arg(&wheel).arg(&copy).status();
            anyhow::ensure!(
                copied.is_ok_and(|it| it.success()),
                "Cannot copy {} to {}",
                wheel.display(),
                copy.display()
            );
        }
        installation.bin = copy.join(inner);
        Ok(installation)
    }
}

fn fits(folder: &Path) -> bool {
    folder.as_os_str().len() + SOCKET_FILE.len() <= LONGEST_SOCKET_PATH
}

/// The owner of an existing cluster; else the first of our own account, Debian's, and the one that is everywhere.
fn account_for(cluster: &Path) -> anyhow::Result<Account> {
    if let Ok(it) = std::fs::metadata(cluster) {
        if it.uid() == 0 {
            bail!(
                "{} belongs to root, and PostgreSQL does not run as root. Give it back to the account it had, \
                 for example: chown -R postgres {}",
                cluster.display(),
                cluster.display()
            );
        }
        let name = User::from_uid(Uid::from_raw(it.uid()))
            .ok()
            .flatten()
            .map(|user| user.name);
        return Ok(Account {
            name: name.unwrap_or_else(|| it.uid().to_string()),
            uid: it.uid(),
            gid: it.gid(),
        });
    }
    ["courtesy", "postgres", "nobody"]
        .into_iter()
        .find_map(|name| User::from_name(name).ok().flatten())
        .map(|user| Account {
            name: user.name,
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
        })
        .context(
            "PostgreSQL does not run as root, and none of the accounts courtesy, postgres and nobody exists. \
             Make one (useradd --system courtesy), or start Courtesy as an ordinary user",
        )
}

/// Lets other accounts pass through the data folder, not list it: what is private in it has its own mode.
fn open_to_passing(folder: &Path) -> anyhow::Result<()> {
    let mode = std::fs::metadata(folder)?.mode() & 0o7777;
    std::fs::set_permissions(folder, Permissions::from_mode(mode | 0o011))
        .with_context(|| format!("Cannot open {} to the database's account", folder.display()))
}

/// The first folder on the way to this one that the account cannot pass through.
fn first_closed(folder: &Path, account: &Account) -> Option<PathBuf> {
    let mut way: Vec<&Path> = folder.ancestors().collect();
    way.reverse();
    way.into_iter()
        .find(|step| !std::fs::metadata(step).is_ok_and(|it| may_pass(&it, account)))
        .map(Path::to_path_buf)
}

fn may_pass(it: &std::fs::Metadata, account: &Account) -> bool {
    let bit = if it.uid() == account.uid {
        0o100
    } else if it.gid() == account.gid {
        0o010
    } else {
        0o001
    };
    it.mode() & bit != 0
}

/// A home outside the data folder, for a data folder that the account cannot reach.
fn reachable_home(data: &Path, closed: &Path, account: &Account) -> anyhow::Result<PathBuf> {
    let home = PathBuf::from(format!("{REACHABLE}/{:08x}", rand::random::<u32>()));
    let advice = || {
        format!(
            "PostgreSQL does not run as root, the account {} cannot enter {} (on the way to {}), and {} cannot be made. \
             Choose a data folder that others can reach, for example --data-dir /var/lib/courtesy/data",
            account.name,
            closed.display(),
            data.display(),
            home.display()
        )
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(&home)
        .with_context(advice)?;
    std::fs::set_permissions(&home, Permissions::from_mode(0o711)).with_context(advice)?;
    if first_closed(&home, account).is_some() {
        bail!(advice());
    }
    std::fs::write(home.join(BELONGS_TO), format!("{}\n", data.display())).with_context(advice)?;
    tracing::info!(
        database.folder = %home.display(),
        "The account {} cannot enter {}, so the database is in {} (written down in {})",
        account.name, closed.display(), home.display(), data.join(REMEMBERED).display()
    );
    Ok(home)
}

/// A copied data folder names the original's home; only the original may use it.
fn refuse_another_s(home: &Path, data: &Path) -> anyhow::Result<()> {
    let note = home.join(BELONGS_TO);
    let owner = std::fs::read_to_string(&note).with_context(|| format!("Cannot read {}", note.display()))?;
    anyhow::ensure!(
        Path::new(owner.trim_end()) == data,
        "{} says that the database is in {}, but that belongs to {} (so says {}). If the data folder was moved, correct the \
         latter file; if it was copied, remove the copy's {REMEMBERED} and credentials.json to begin a new database",
        data.join(REMEMBERED).display(),
        home.display(),
        owner.trim_end(),
        note.display()
    );
    Ok(())
}

/// Writes a file that only its owner reads, whole or not at all.
pub fn write_private(file: &Path, text: &str) -> anyhow::Result<()> {
    let part = file.with_extension("part");
    let write = || -> std::io::Result<()> {
        let mut out = open_private(File::options().write(true).truncate(true), &part)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&part, file)
    };
    write().with_context(|| format!("Cannot write {}", file.display()))
}

/// Opens (or makes) a file of ours that only its owner reads. It belongs to the folder's owner even when root makes it,
/// so that a start as root does not lock an ordinary user out of their own data folder.
pub fn open_private(options: &mut OpenOptions, path: &Path) -> std::io::Result<File> {
    let file = options
        .create(true)
        .mode(0o600)
        .custom_flags(nix::libc::O_NOFOLLOW)
        .open(path)?;
    if let (true, Some(folder)) = (Uid::effective().is_root(), path.parent()) {
        let owner = std::fs::metadata(folder)?;
        std::os::unix::fs::fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(file)
}
