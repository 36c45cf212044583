//! `courtesy consent import`: a list of opt-outs from another tool. Good rows land; bad ones are named and written to a file beside the list.
use super::record::Place;
use crate::commands::screen;
use crate::commands::session::Session;
use crate::consents::opt_outs::{self, Imported, List};
use crate::private_file;
use crate::tenants;
use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Rows in a transaction.
const SLICE: usize = 2_000;
/// Refused rows that are named on the screen; the file has all.
const NAMED: usize = 20;

#[derive(Debug, Args)]
pub struct Import {
    /// The list, as CSV with a header row; columns such as phone, email, channel, date, reason, in any order.
    file: PathBuf,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

impl Import {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let shown = self.file.display();
        let bytes = std::fs::read(&self.file).with_context(|| format!("file: {shown} can't be read"))?;
        let open = session.open().await?;
        let place = Place::of(&open, &self.tenant).await?;
        let tenant = tenants::by_slug(&open, &self.tenant).await?;
        let list =
            opt_outs::read(&bytes, &place.region, &place.zone).with_context(|| format!("file: {shown}"))?;
        let name = self
            .file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let bar = ProgressBar::new(u64::try_from(list.rows.len()).unwrap_or(u64::MAX)).with_style(
            ProgressStyle::with_template("{bar:40} {pos}/{len} opt-outs, {eta} left")?,
        );
        let mut imported = Imported::default();
        for rows in list.rows.chunks(SLICE) {
            let mut tx = open.app.tenant(tenant).await?;
            imported = imported.and(opt_outs::import(&mut tx, rows, &name).await?);
            tx.commit().await?;
            bar.inc(u64::try_from(rows.len()).unwrap_or(0));
        }
        bar.finish_and_clear();
        let refused = refused_path(&self.file);
        write_refused(&refused, &list)?;
        if session.settings.json {
            return screen::json(&json!({ "imported": imported, "refused": list.refused }));
        }
        screen::say(format!(
            "{} opt-outs recorded, {} known already, {} older than what is in force; {} of them for addresses that no customer has.",
            imported.applied, imported.unchanged, imported.outdated, imported.strangers
        ));
        for row in list.refused.iter().take(NAMED) {
            screen::say(format!("line {}, {}: {}", row.line, row.column, row.reason));
        }
        if !list.refused.is_empty() {
            screen::say(format!(
                "{} rows refused; all of them with their reasons: {}",
                list.refused.len(),
                refused.display()
            ));
        }
        Ok(())
    }
}

fn refused_path(file: &Path) -> PathBuf {
    let mut path = file.with_extension("").into_os_string();
    path.push(".refused.csv");
    path.into()
}

/// Writes the refused rows as they were, with line, column and reason; without any, takes away what an earlier import left.
fn write_refused(path: &Path, list: &List) -> anyhow::Result<()> {
    let failed = || format!("{} can't be written", path.display());
    if list.refused.is_empty() {
        if path.exists() {
            std::fs::remove_file(path).with_context(failed)?;
        }
        return Ok(());
    }
    let mut out = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(private_file::create(path).with_context(failed)?);
    let own = ["refused_line", "refused_column", "refused_reason"];
    out.write_record(own.into_iter().chain(list.headers.iter().map(String::as_str)))?;
    for row in &list.refused {
        let line = row.line.to_string();
        let own = [line.as_str(), &row.column, &row.reason];
        out.write_record(own.into_iter().chain(row.fields.iter().map(String::as_str)))?;
    }
    out.flush().with_context(failed)?;
    Ok(())
}
