//! Imports of customers and work orders from files as people's tools export them: good rows land, each refused one is named with line,
//! column and reason and written to a file beside the input, and a second import of the same file changes nothing.
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub mod columns;
mod customer_consent;
mod customer_row;
pub mod customers;
mod lines;
mod records;
mod refused;
mod table;
mod who_is_who;
pub mod work_orders;

pub use columns::Mapping;

/// Rows that are taken in one transaction.
const SLICE: usize = 2000;

/// What is said of an import besides the file.
#[derive(Debug, Clone)]
pub struct Options {
    /// "Their header=our_field", which goes before the common names.
    pub mapping: Mapping,
    /// Writes nothing and answers what would become of each row.
    pub dry_run: bool,
    /// Where phone numbers without a country code are dialled: two letters, e.g. US.
    pub region: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mapping: Mapping::default(),
            dry_run: false,
            region: "US".to_owned(),
        }
    }
}

impl Options {
    fn region(&self) -> Result<String, ImportError> {
        let known = COUNTRIES
            .values()
            .find(|code| code.eq_ignore_ascii_case(self.region.trim()));
        known
            .map(|code| (*code).to_owned())
            .ok_or_else(|| ImportError::Region(self.region.clone()))
    }
}

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows below the header, without empty ones.
    pub rows: u64,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Rows of somebody who stands in the file already.
    pub merged: u64,
    pub refused: Vec<Refusal>,
    /// What landed but deserves a look: a phone that is none, a household's phone.
    pub notes: Vec<Note>,
    pub consents: Consents,
    /// Has the file a column of consent?
    pub speaks_of_consent: bool,
    /// Columns that nothing was made of.
    pub ignored_columns: Vec<String>,
    /// Lines that were no UTF-8 and were read as Windows-1252.
    pub lines_of_another_encoding: u64,
    pub refused_file: Option<PathBuf>,
}

/// Consents that an import recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Consents {
    pub opted_in: u64,
    pub opted_out: u64,
    /// Claimed without proof, or not spoken of: never texted.
    pub unknown: u64,
}

/// A row that did not land.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    pub line: u64,
    pub column: String,
    pub reason: String,
    /// The row as it stands in the file.
    #[serde(skip)]
    pub cells: Vec<String>,
}

/// Something to know of a row that landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    pub line: u64,
    pub said: String,
}

/// Why nothing of a file was read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{0}: the file is empty; it should have a header row and rows below it")]
    Empty(String),
    #[error(
        "{file}: the first row has no known column; it should be a header such as `first_name,last_name,email,phone`. It says: {says}. Name columns with --map \"Their header=our_field\" (fields: {fields})"
    )]
    NoHeader {
        file: String,
        says: String,
        fields: String,
    },
    #[error("{0}: it is written in UTF-16; save it as CSV UTF-8")]
    Utf16(String),
    #[error("{0}: it is a workbook, not text; save the sheet as CSV UTF-8")]
    Workbook(String),
    #[error(
        "{file}: it should have {what}; its header says: {says}. If one of these is it: --map \"Their header={field}\""
    )]
    Lacking {
        file: String,
        what: String,
        says: String,
        field: String,
    },
    #[error("--region: `{0}` is no two-letter country code such as US")]
    Region(String),
    #[error("--map: {0}")]
    Mapping(String),
    #[error("{file}: {error}")]
    Io { file: String, error: std::io::Error },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// Told after each slice: rows done so far. For a progress bar.
pub type Progress<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// The names of countries in plain letters, each with its two-letter code (ISO 3166).
static COUNTRIES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("countries.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .collect()
});

/// The two-letter code of a country's name or code.
fn country_code(text: &str) -> Option<&'static str> {
    let plain: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let by_code = || COUNTRIES.values().find(|code| code.eq_ignore_ascii_case(&plain));
    COUNTRIES.get(plain.as_str()).or_else(by_code).copied()
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
