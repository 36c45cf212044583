//! `courtesy import`: customers and work orders from CSV files.
use super::screen;
use super::session::Session;
use crate::imports::{self, Mapping, Options, Report, columns};
use crate::tenants;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

/// How many refusals and notes are printed; all refusals are in the file.
const SHOWN: usize = 12;

#[derive(Debug, Subcommand)]
pub enum Import {
    /// Import customers; columns are found by their common names (see docs/IMPORT.md).
    Customers(File),
    /// Import work orders: each names its customer by e-mail address or phone number.
    WorkOrders(File),
}

#[derive(Debug, Args)]
pub struct File {
    /// A CSV file with a header row.
    file: PathBuf,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Take a column of another name for a field; may be given several times.
    #[arg(long, value_name = "\"Their header=our_field\"")]
    map: Vec<String>,
    /// Write nothing; say what would become of each row.
    #[arg(long)]
    dry_run: bool,
    /// Where phone numbers without a country code are dialled: two letters. The tenant's own when not given.
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
}

impl Import {
    /// Ends well when rows landed, also if others were refused; those are named and written to a file beside the input.
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let (what, file, known) = match &self {
            Self::Customers(file) => ("customers", file, columns::CUSTOMER),
            Self::WorkOrders(file) => ("work orders", file, columns::WORK_ORDER),
        };
        let mapping = Mapping::read(&file.map, known).map_err(imports::ImportError::Mapping)?;
        let open = session.open().await?;
        let id = tenants::by_slug(&open, &file.tenant).await?;
        let tenant = tenants::list(&open)
            .await?
            .into_iter()
            .find(|tenant| tenant.tenant_id == id.as_uuid());
        let (zone, region) = tenant
            .map(|tenant| (tenant.zone, tenant.default_region))
            .unwrap_or_default();
        let zone = zone
            .and_then(|zone| TimeZone::get(&zone).ok())
            .unwrap_or(TimeZone::UTC);
        let options = Options {
            mapping,
            dry_run: file.dry_run,
            region: file.region.clone().unwrap_or(region).to_uppercase(),
        };
        let bar =
            ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {pos} rows")?);
        let told = |done| bar.set_position(done);
        let report = match &self {
            Self::Customers(_) => {
                imports::customers::import(&open, id, zone, &file.file, &options, &told).await?
            }
            Self::WorkOrders(_) => {
                imports::work_orders::import(&open, id, zone, &file.file, &options, &told).await?
            }
        };
        bar.finish_and_clear();
        if session.settings.json {
            return screen::json(&report);
        }
        if options.dry_run {
            screen::say("Dry run: nothing was written.");
        }
        say_report(what, &file.file, &report);
        Ok(())
    }
}

/// Prints what became of a file.
pub fn say_report(what: &str, file: &Path, report: &Report) {
    screen::say(format!(
        "{}: {} rows of {what}: {} new, {} updated, {} unchanged, {} merged, {} refused",
        file.display(),
        report.rows,
        report.created,
        report.updated,
        report.unchanged,
        report.merged,
        report.refused.len()
    ));
    let consents = report.consents;
    if consents != imports::Consents::default() {
        screen::say(format!(
            "  consent to texts: {} proven, {} opted out, {} unknown (never texted)",
            consents.opted_in, consents.opted_out, consents.unknown
        ));
    }
    if !report.ignored_columns.is_empty() {
        screen::say(format!(
            "  columns that nothing was made of: {}",
            report.ignored_columns.join(", ")
        ));
    }
    if report.lines_of_another_encoding > 0 {
        screen::say(format!(
            "  {} lines were no UTF-8 and were read as Windows-1252",
            report.lines_of_another_encoding
        ));
    }
    for refusal in report.refused.iter().take(SHOWN) {
        let column = match refusal.column.as_str() {
            "" => String::new(),
            column => format!(", {column}"),
        };
        screen::say(format!("  line {}{column}: {}", refusal.line, refusal.reason));
    }
    if report.refused.len() > SHOWN {
        screen::say(format!(
            "  … and {} more refused rows",
            report.refused.len() - SHOWN
        ));
    }
    for note in report.notes.iter().take(SHOWN) {
        screen::say(format!("  line {}, {}", note.line, note.said));
    }
    if report.notes.len() > SHOWN {
        screen::say(format!(
            "  … and {} more notes (--json has all)",
            report.notes.len() - SHOWN
        ));
    }
    if let Some(path) = &report.refused_file {
        screen::say(format!("  refused rows are in {}", path.display()));
    }
}
