//! Writes refused rows to a file beside the input, so that they can be mended and imported again.
use super::{Refusal, shown};
use crate::imports::ImportError;
use crate::private_file;
use std::path::{Path, PathBuf};

/// `customers.csv` → `customers.refused.csv`, with the row's own cells and three columns that say what is wrong. Written aside and then
/// moved, so that nobody reads half of it. Without refusals an older file goes away. Answers where it is.
pub(super) fn write(
    input: &Path,
    headers: &[String],
    refused: &[Refusal],
) -> Result<Option<PathBuf>, ImportError> {
    let path = input.with_extension("refused.csv");
    let io = |error| ImportError::Io {
        file: shown(&path),
        error,
    };
    if refused.is_empty() {
        if path.exists() {
            std::fs::remove_file(&path).map_err(io)?;
        }
        return Ok(None);
    }
    let aside = input.with_extension("refused.csv.part");
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(private_file::create(&aside).map_err(io)?);
    let ours = ["refused_line", "refused_column", "refused_reason"];
    let write = |writer: &mut csv::Writer<std::fs::File>, cells: Vec<String>| {
        writer.write_record(&cells).map_err(|error| ImportError::Io {
            file: shown(&aside),
            error: std::io::Error::other(error),
        })
    };
    write(
        &mut writer,
        headers.iter().cloned().chain(ours.map(str::to_owned)).collect(),
    )?;
    for refusal in refused {
        let mut cells: Vec<String> = refusal.cells.iter().map(|cell| harmless(cell)).collect();
        cells.resize(cells.len().max(headers.len()), String::new());
        cells.extend([
            refusal.line.to_string(),
            refusal.column.clone(),
            harmless(&refusal.reason),
        ]);
        write(&mut writer, cells)?;
    }
    writer.flush().map_err(io)?;
    drop(writer);
    std::fs::rename(&aside, &path).map_err(io)?;
    Ok(Some(path))
}

/// A spreadsheet runs a cell that begins so as a formula (ASVS 1.2.10); a phone number with its plus sign stays.
fn harmless(cell: &str) -> String {
    let is_phone = cell
        .strip_prefix('+')
        .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || " ()-.".contains(c)));
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if is_formula && !is_phone {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_phones_stay() {
        assert_eq!(harmless("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(harmless("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(harmless("+1 (504) 523-0001"), "+1 (504) 523-0001");
        assert_eq!(harmless("Ann"), "Ann");
    }
}
