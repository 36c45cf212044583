//! What a demo remembers of itself between runs: its list, and how far its clock has come.
use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// The diary of a demo, a file in its data folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Diary {
    pub customers: PathBuf,
    now: Timestamp,
    #[serde(skip)]
    file: PathBuf,
}

impl Diary {
    /// The diary of an earlier demo.
    pub fn read(data: &Path) -> anyhow::Result<Option<Self>> {
        let file = data.join("demo.json");
        match std::fs::read(&file) {
            Ok(bytes) => {
                let diary: Self = serde_json::from_slice(&bytes).with_context(|| {
                    format!(
                        "{} can't be read; remove it and begin with --fresh",
                        file.display()
                    )
                })?;
                Ok(Some(Self { file, ..diary }))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} can't be read", file.display())),
        }
    }

    /// A new diary, at the demo's first moment.
    pub fn begin(data: &Path, customers: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("{} can't be made", data.display()))?;
        let now = super::days::START.parse()?;
        let diary = Self {
            customers: customers.to_owned(),
            now,
            file: data.join("demo.json"),
        };
        diary.write(now)?;
        Ok(diary)
    }

    /// The data folder.
    pub fn folder(&self) -> PathBuf {
        self.file.parent().unwrap_or(Path::new(".")).to_owned()
    }

    /// How far the clock had come.
    pub fn clock(&self) -> anyhow::Result<Timestamp> {
        Ok(self.now)
    }

    /// Notes how far the clock has come. A demo that is killed goes on from here, or a tick earlier: what was done by then is on disk and is
    /// not done again.
    pub fn note(&self, now: Timestamp) {
        if let Err(error) = self.write(now) {
            tracing::warn!(error = format!("{error:#}"), "the demo's diary can't be written");
        }
    }

    fn write(&self, now: Timestamp) -> anyhow::Result<()> {
        let aside = self.file.with_extension("json.part");
        std::fs::write(&aside, serde_json::to_vec(&Self { now, ..self.clone() })?)?;
        std::fs::rename(&aside, &self.file)?;
        Ok(())
    }
}

/// Asks whether to begin anew; without a terminal the earlier demo goes on.
pub(super) fn ask(diary: &Diary) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let mut out = std::io::stderr();
    write!(
        out,
        "An earlier demo has come to {}. Go on [g], or begin anew [n]? ",
        diary.now.strftime("%-d %B %H:%M")
    )?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("n"))
}

/// A file that is gone already is as good as removed.
pub(super) fn unless_missing(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}
