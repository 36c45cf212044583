//! `courtesy import`: customers and work orders from a CSV file. Good rows land; each refused one is named and written to a file beside it.
use super::screen;
use super::session::{Open, Session};
use crate::imports::{self, Mapping, Options, Report, columns};
use crate::tenants;
use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use std::path::PathBuf;
use std::time::Duration;

/// Rows that are named on the screen, of each kind; the file and --json have all.
const NAMED: usize = 20;

#[derive(Debug, Subcommand)]
pub enum Import {
    /// Import customers: new ones are made, known ones changed where they differ. The same file again changes nothing.
    Customers(File),
    /// Import work orders by their job numbers; completed ones are enrolled in their campaigns.
    WorkOrders(File),
}

#[derive(Debug, Args)]
pub struct File {
    /// A CSV file with a header row; columns in any order, named as people's tools name them (docs/IMPORT.md).
    file: PathBuf,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// A column whose name we don't know: "Their header=our_field". May be given several times.
    #[arg(long = "map", value_name = "HEADER=FIELD")]
    mapping: Vec<String>,
    /// Say what would become of each row, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where phone numbers without a calling code are dialled, when the row names no country; the tenant's own region when not given.
    #[arg(long, value_name = "CODE", value_parser = region)]
    region: Option<String>,
}

fn region(text: &str) -> Result<String, String> {
    let code = text.trim().to_uppercase();
    let has_form = code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase());
    has_form.then_some(code).ok_or_else(|| "it should be a two-letter country code such as US".to_owned())
}

impl Import {
    /// Ends well when the file was read, also when rows were refused: those are named, and the others have landed.
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let (what, given) = match &self {
            Self::Customers(given) => ("customers", given),
            Self::WorkOrders(given) => ("work orders", given),
        };
        let known = match &self {
            Self::Customers(_) => columns::CUSTOMER,
            Self::WorkOrders(_) => columns::WORK_ORDER,
        };
        let mapping = Mapping::read(&given.mapping, known).map_err(|why| anyhow::anyhow!("--map: {why}"))?;
        let open = session.open().await?;
        let (default_region, zone) = place(&open, &given.tenant).await?;
        let tenant = tenants::by_slug(&open, &given.tenant).await?;
        let options = Options {
            mapping,
            dry_run: given.dry_run,
            region: given.region.clone().unwrap_or(default_region),
        };
        let bar = ProgressBar::no_length()
            .with_style(ProgressStyle::with_template("{spinner} {pos} rows, {per_sec}, {elapsed}")?);
        bar.enable_steady_tick(Duration::from_millis(100));
        let progress = |done| bar.set_position(done);
        let done = match &self {
            Self::Customers(_) => imports::customers::import(&open, tenant, zone, &given.file, &options, &progress).await,
            Self::WorkOrders(_) => imports::work_orders::import(&open, tenant, zone, &given.file, &options, &progress).await,
        };
        bar.finish_and_clear();
        let report = done?;
        if session.settings.json {
            screen::json(&report)?;
        } else {
            tell(&report, what, given.dry_run);
        }
        open.close().await?;
        anyhow::ensure!(
            report.rows == 0 || report.refused.len() < usize::try_from(report.rows).unwrap_or(usize::MAX),
            "{}: no row could be taken; the first reason: {}",
            given.file.display(),
            report.refused.first().map_or("none", |refusal| refusal.reason.as_str())
        );
        Ok(())
    }
}

/// The tenant's region and zone; times are taken for UTC when it has said none.
async fn place(open: &Open, slug: &str) -> anyhow::Result<(String, TimeZone)> {
    let all = tenants::list(open).await?;
    let tenant = all
        .into_iter()
        .find(|tenant| tenant.slug == slug)
        .ok_or_else(|| tenants::TenantError::Unknown(slug.to_owned()))?;
    let zone = match &tenant.zone {
        Some(zone) => TimeZone::get(zone).with_context(|| format!("the tenant's zone {zone} is unknown"))?,
        None => TimeZone::UTC,
    };
    Ok((tenant.default_region, zone))
}

fn tell(report: &Report, what: &str, dry_run: bool) {
    let would = if dry_run { " (dry run: nothing was written)" } else { "" };
    screen::say(format!(
        "{} rows of {what}: {} created, {} updated, {} unchanged, {} merged into another row, {} refused{would}.",
        report.rows,
        report.created,
        report.updated,
        report.unchanged,
        report.merged,
        report.refused.len()
    ));
    let consents = &report.consents;
    if consents.opted_in + consents.opted_out + consents.unknown > 0 {
        screen::say(format!(
            "Consent to texts and e-mail: {} opted in with proof, {} opted out, {} unknown (never texted).",
            consents.opted_in, consents.opted_out, consents.unknown
        ));
    }
    if report.lines_of_another_encoding > 0 {
        screen::say(format!(
            "{} lines are not UTF-8 and were read as Windows-1252; check their accents.",
            report.lines_of_another_encoding
        ));
    }
    if !report.ignored_columns.is_empty() {
        screen::say(format!(
            "Columns that nothing was made of: {} (name them with --map)",
            report.ignored_columns.join(", ")
        ));
    }
    for note in report.notes.iter().take(NAMED) {
        screen::say(format!("  line {}: {}", note.line, note.said));
    }
    if report.notes.len() > NAMED {
        screen::say(format!("  and {} more notes; --json has all", report.notes.len() - NAMED));
    }
    for refusal in report.refused.iter().take(NAMED) {
        let column = if refusal.column.is_empty() { String::new() } else { format!(", {}", refusal.column) };
        screen::say(format!("  refused: line {}{column}: {}", refusal.line, refusal.reason));
    }
    if report.refused.len() > NAMED {
        screen::say(format!("  and {} more refused", report.refused.len() - NAMED));
    }
    if let Some(file) = &report.refused_file {
        screen::say(format!(
            "The refused rows with their reasons: {} (mend them there and import that file).",
            file.display()
        ));
    }
}
