//! Opens a file as a table: finds the delimiter and the header, then hands out rows, a slice at a time.
use super::columns::{Columns, Mapping, names};
use super::lines::Lines;
use super::{ImportError, Refusal, shown};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// A row, with its line in the file.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub line: u64,
    pub cells: Vec<String>,
}

/// All rows of a file, and those that are none.
pub(super) struct Table {
    pub columns: Columns,
    pub rows: Vec<Row>,
    pub refused: Vec<Refusal>,
    pub of_another_encoding: u64,
}

/// Reads a file. What can't be a row is refused by itself; only a file without a header or without anything is an error.
pub(super) fn read(
    path: &Path,
    known: &'static [(&'static str, &'static [&'static str])],
    mapping: &Mapping,
) -> Result<Table, ImportError> {
    let io = |error| ImportError::Io {
        file: shown(path),
        error,
    };
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(io)?);
    let start = file.fill_buf().map_err(io)?;
    if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Err(ImportError::Utf16(shown(path)));
    }
    let delimiter = delimiter(start);
    let mut lines = Lines::new(file);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(&mut lines);
    let mut record = csv::StringRecord::new();
    let headers = loop {
        match reader.read_record(&mut record) {
            Ok(true) if record.iter().all(|cell| cell.trim().is_empty()) => {}
            Ok(true) => break record.iter().map(clean).collect::<Vec<_>>(),
            Ok(false) => return Err(ImportError::Empty(shown(path))),
            Err(error) => {
                return Err(ImportError::Io {
                    file: shown(path),
                    error: std::io::Error::other(error),
                });
            }
        }
    };
    let columns = Columns::find(headers, known, mapping);
    if columns.is_empty() {
        return Err(ImportError::NoHeader {
            file: shown(path),
            says: columns
                .headers
                .iter()
                .take(6)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
                .chars()
                .take(120)
                .collect(),
            fields: names(known),
        });
    }
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cells: Vec<String> = record.iter().map(clean).collect();
                if cells.iter().all(|cell| cell.trim().is_empty()) {
                    continue;
                }
                match cells.len().cmp(&columns.headers.len()) {
                    std::cmp::Ordering::Equal => rows.push(Row { line, cells }),
                    other => refused.push(Refusal {
                        line,
                        column: String::new(),
                        reason: format!(
                            "the row has {} cells and the header {}: {}",
                            cells.len(),
                            columns.headers.len(),
                            if other.is_lt() {
                                "some are missing"
                            } else {
                                "a comma inside a cell needs quotes around the cell"
                            }
                        ),
                        cells,
                    }),
                }
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                refused.push(Refusal {
                    line,
                    column: String::new(),
                    reason: error.to_string(),
                    cells: Vec::new(),
                });
                if matches!(error.kind(), csv::ErrorKind::Io(_)) {
                    break;
                }
            }
        }
    }
    drop(reader);
    refused.extend(lines.too_long.iter().map(|line| Refusal {
        line: *line,
        column: String::new(),
        reason: "the line is longer than 1 MiB: it is no row of a list".to_owned(),
        cells: Vec::new(),
    }));
    Ok(Table {
        columns,
        rows,
        refused,
        of_another_encoding: lines.of_another_encoding,
    })
}

/// The one of comma, semicolon and tab that the first line has most of.
fn delimiter(start: &[u8]) -> u8 {
    let line = start
        .split(|byte| *byte == b'\n')
        .find(|line| line.len() > 1)
        .unwrap_or_default();
    let count = |wanted: u8| line.iter().filter(|byte| **byte == wanted).count();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|wanted| (count(*wanted), *wanted == b','))
        .unwrap_or(b',')
}

/// Control characters have no place in a cell, but for the line breaks of an address.
fn clean(cell: &str) -> String {
    cell.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}
