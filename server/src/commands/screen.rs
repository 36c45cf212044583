//! The one place that prints to the terminal.
use comfy_table::{LineStyle, presets::NOTHING};
use serde::Serialize;

/// Prints a line for people. Whoever reads may have stopped (`… | head`): then there is nobody to print for.
pub fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        std::process::exit(0);
    }
}

/// Prints JSON for machines.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    say(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A table whose first row is the header.
pub fn table<const N: usize>(header: [&str; N]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_header(header);
    table
}

/// Prints an error and what caused it, for people, on the error stream.
#[expect(clippy::print_stderr, reason = "this is the one place that prints")]
pub fn complain(error: &anyhow::Error) {
    eprintln!("courtesy: {error:#}");
}
