//! Opens a file as a table: finds the delimiter and the header, then hands out rows, a slice at a time.
use super::columns::{Columns, Fields, Mapping, names};
use super::records::{Record, Records};
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

/// A file whose header was read.
pub(super) struct Table<R> {
    pub columns: Columns,
    records: Records<R>,
    name: String,
}

/// Rows, and what could not be one.
#[derive(Debug, Default)]
pub(super) struct Slice {
    pub rows: Vec<Row>,
    pub refused: Vec<Refusal>,
}

/// Opens a file; without a header that we know it is an error. `needed` are fields of which it must have one, with what they are.
pub(super) fn open(
    path: &Path,
    known: Fields,
    mapping: &Mapping,
    needed: &[(&'static [&'static str], &'static str)],
) -> Result<Table<BufReader<File>>, ImportError> {
    let file = File::open(path).map_err(|error| ImportError::Io {
        file: shown(path),
        error,
    })?;
    let table = Table::of(
        BufReader::with_capacity(1 << 16, file),
        shown(path),
        known,
        mapping,
    )?;
    match needed
        .iter()
        .find(|(fields, _)| !fields.iter().any(|field| table.columns.has(field)))
    {
        None => Ok(table),
        Some((fields, what)) => Err(ImportError::Lacking {
            file: shown(path),
            what: (*what).to_owned(),
            says: says(&table.columns.headers),
            field: fields.first().copied().unwrap_or_default().to_owned(),
        }),
    }
}

impl<R: BufRead> Table<R> {
    fn of(mut file: R, name: String, known: Fields, mapping: &Mapping) -> Result<Self, ImportError> {
        let io = |error| ImportError::Io {
            file: name.clone(),
            error,
        };
        let start = file.fill_buf().map_err(io)?;
        if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
            return Err(ImportError::Utf16(name));
        }
        if start.starts_with(b"PK\x03\x04") {
            return Err(ImportError::Workbook(name));
        }
        let delimiter = delimiter(start);
        let mut records = Records::new(file, delimiter);
        let headers = loop {
            match records.next(None).map_err(io)? {
                None => return Err(ImportError::Empty(name)),
                Some(Record::Cells { cells, .. }) if is_blank(&cells) || is_directive(&cells) => {}
                Some(Record::Cells { cells, .. } | Record::Unclosed { cells, .. }) => {
                    break cells.iter().map(|cell| clean(cell)).collect::<Vec<_>>();
                }
                Some(Record::TooLong { .. }) => break Vec::new(),
            }
        };
        if let Some(header) = mapping.missing(&headers) {
            return Err(ImportError::Mapping(format!(
                "the file has no column `{header}`; it has: {}",
                says(&headers)
            )));
        }
        let columns = Columns::find(headers, known, mapping);
        if columns.is_empty() {
            return Err(ImportError::NoHeader {
                file: name,
                says: says(&columns.headers),
                fields: names(known),
            });
        }
        Ok(Self {
            columns,
            records,
            name,
        })
    }

    /// The next rows, `most` at most; none at the file's end.
    pub fn next_slice(&mut self, most: usize) -> Result<Option<Slice>, ImportError> {
        let width = self.columns.headers.len();
        let mut slice = Slice::default();
        while slice.rows.len() + slice.refused.len() < most {
            let record = self.records.next(Some(width)).map_err(|error| ImportError::Io {
                file: self.name.clone(),
                error,
            })?;
            let Some(record) = record else { break };
            match row(record, width) {
                Ok(row) => slice.rows.extend(row),
                Err(refusal) => slice.refused.push(refusal),
            }
        }
        let is_end = slice.rows.is_empty() && slice.refused.is_empty();
        Ok((!is_end).then_some(slice))
    }

    /// Lines so far that were no UTF-8.
    pub fn of_another_encoding(&self) -> u64 {
        self.records.of_another_encoding()
    }
}

/// The row that a record is; none when it is blank.
fn row(record: Record, width: usize) -> Result<Option<Row>, Refusal> {
    let refuse = |line, reason: String, cells| Refusal {
        line,
        column: String::new(),
        reason,
        cells,
    };
    match record {
        Record::TooLong { line } => {
            let reason = "the line is longer than 1 MiB: it is no row of a list".to_owned();
            Err(refuse(line, reason, Vec::new()))
        }
        Record::Unclosed { line, cells } => {
            let reason =
                "a quote opens in this row and does not close in it; quotes inside a cell are written twice"
                    .to_owned();
            Err(refuse(
                line,
                reason,
                cells.iter().map(|cell| clean(cell)).collect(),
            ))
        }
        Record::Cells { line, cells } => {
            let mut cells: Vec<String> = cells.iter().map(|cell| clean(cell)).collect();
            if is_blank(&cells) {
                return Ok(None);
            }
            if cells.get(width..).is_some_and(is_blank) {
                cells.truncate(width);
            }
            let has = cells.len();
            if has == width {
                return Ok(Some(Row { line, cells }));
            }
            let hint = if has < width {
                "some are missing"
            } else {
                "a comma inside a cell needs quotes around the cell"
            };
            Err(refuse(
                line,
                format!("the row has {has} cells and the header {width}: {hint}"),
                cells,
            ))
        }
    }
}

fn is_blank(cells: &[String]) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

/// `sep=;`, which tells spreadsheets the delimiter.
fn is_directive(cells: &[String]) -> bool {
    cells.len() <= 2 && cells.first().is_some_and(|cell| cell.trim().starts_with("sep="))
}

/// The first cells of a row, for messages.
fn says(cells: &[String]) -> String {
    let shown = cells.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
    shown.chars().take(120).collect()
}

/// The one of comma, semicolon and tab that the first line has most of.
fn delimiter(start: &[u8]) -> char {
    let is_line = |line: &&[u8]| line.len() > 1 && !line.starts_with(b"sep=");
    let line = start
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .find(is_line)
        .unwrap_or_default();
    let count = |wanted: char| line.iter().filter(|byte| char::from(**byte) == wanted).count();
    [',', ';', '\t']
        .into_iter()
        .max_by_key(|wanted| (count(*wanted), *wanted == ','))
        .unwrap_or(',')
}

/// Control characters have no place in a cell, but for the line breaks of an address. The apostrophe that our own file of refused rows
/// puts before a formula goes away again.
fn clean(cell: &str) -> String {
    let plain: String = cell.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    match plain.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::CUSTOMER;
    use super::*;
    use proptest::prelude::*;

    fn table(bytes: &[u8]) -> Result<Table<&[u8]>, ImportError> {
        Table::of(bytes, "list.csv".to_owned(), CUSTOMER, &Mapping::default())
    }

    fn refusals(text: &str) -> Vec<(u64, String)> {
        let slice = table(text.as_bytes()).unwrap().next_slice(100).unwrap().unwrap();
        slice
            .refused
            .into_iter()
            .map(|refusal| (refusal.line, refusal.reason))
            .collect()
    }

    #[test]
    fn semicolons_tabs_and_a_directive_are_understood() {
        for text in [
            "First Name;Email\nAnn;a@b.co",
            "sep=;\r\nFirst Name;Email\r\nAnn;a@b.co\r\n",
            "First Name\tEmail\nAnn\ta@b.co",
        ] {
            let mut table = table(text.as_bytes()).unwrap();
            let slice = table.next_slice(10).unwrap().unwrap();
            assert_eq!(slice.rows[0].cells, ["Ann", "a@b.co"], "{text:?}");
        }
    }

    #[test]
    fn a_row_of_another_width_is_named_and_empty_cells_too_many_are_not() {
        let said = refusals("name,email\nAnn,a@b.co,,\nBob\nCy,c@d.co,x\nDi,d@d.co\n");
        assert_eq!(said.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4]);
        assert!(
            said[0].1.contains("missing") && said[1].1.contains("quotes"),
            "{said:?}"
        );
    }

    #[test]
    fn what_is_no_list_says_what_to_do() {
        let said = |bytes: &[u8]| table(bytes).err().unwrap().to_string();
        assert!(said(b"").contains("empty"));
        assert!(said(b"\n\n  \n").contains("empty"));
        assert!(said(b"Ann,Lee,ann@example.com,504-523-0001\n").contains("should be a header"));
        assert!(said(b"\xFF\xFEn\0a\0").contains("UTF-8"));
        assert!(said(b"PK\x03\x04rest").contains("CSV"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), with_header in any::<bool>()) {
            let mut all = if with_header { b"name,email,phone\n".to_vec() } else { Vec::new() };
            all.extend(bytes);
            if let Ok(mut table) = table(&all) {
                while let Some(slice) = table.next_slice(3).unwrap() {
                    prop_assert!(slice.rows.iter().all(|row| row.cells.len() == table.columns.headers.len()));
                }
            }
        }
    }
}
