//! The one place that prints to the terminal. What others wrote is in it (names, texts, answers of providers): it may not steer the terminal.
use super::report::page::Page;
use comfy_table::{LineStyle, presets::NOTHING};
use serde::Serialize;

/// Prints a line or a table for people, in which nothing steers the terminal.
pub fn say(line: impl std::fmt::Display) {
    print(&plain(&line.to_string()));
}

/// Prints a page, with its colours.
pub fn page(page: &Page) {
    print(&coloured(&page.to_string()));
}

/// Prints JSON for machines.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Whoever reads may have stopped (`… | head`): then there is nobody to print for.
fn print(text: &str) {
    use std::io::Write;
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
    }
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
    eprintln!("courtesy: {}", plain(&format!("{error:#}")));
}

/// The text with � for each character that would steer a terminal, or show what follows in another order than it was written: controls (Unicode
/// category Cc) but for tabs and the ends of lines, and those of Bidi_Control (UAX 9).
pub fn plain(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
            char::REPLACEMENT_CHARACTER
        }
        _ if c.is_control() => char::REPLACEMENT_CHARACTER,
        _ => c,
    };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}

/// The same, but the colours of a page stay: bold, dim, red to cyan, and back.
fn coloured(text: &str) -> String {
    let is_ours = |code: &str| matches!(code, "0" | "1" | "2" | "31" | "32" | "33" | "34" | "35" | "36");
    let mut shown = String::with_capacity(text.len());
    let mut pieces = text.split("\u{1b}[");
    shown.push_str(&plain(pieces.next().unwrap_or_default()));
    for piece in pieces {
        match piece.split_once('m').filter(|(code, _)| is_ours(code)) {
            Some((code, rest)) => {
                shown.push_str("\u{1b}[");
                shown.push_str(code);
                shown.push('m');
                shown.push_str(&plain(rest));
            }
            None => shown.push_str(&plain(&format!("\u{1b}[{piece}"))),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use console::style;

    #[test]
    fn what_somebody_wrote_steers_no_terminal() {
        for (wrote, shown) in [
            ("\u{1b}[2J\u{1b}]0;title\u{7}hi", "�[2J�]0;title�hi"),
            ("\u{9b}31mred", "�31mred"),
            ("over\rwritten\u{8}", "over�written�"),
            ("a\u{202e}b\u{2066}c\u{200f}d\u{61c}", "a�b�c�d�"),
            ("two\r\nlines\tapart", "two\nlines\tapart"),
            ("שלום 👩‍👧 naïve", "שלום 👩‍👧 naïve"),
        ] {
            assert_eq!(plain(wrote), shown);
        }
    }

    #[test]
    fn a_page_keeps_its_own_colours_and_no_others() {
        let ours = [
            style("x").bold().cyan().force_styling(true).to_string(),
            style("x").red().bold().force_styling(true).to_string(),
            style("x").dim().force_styling(true).to_string(),
            style("x").magenta().force_styling(true).to_string(),
        ]
        .concat();
        assert!(ours.contains('\u{1b}'));
        assert_eq!(coloured(&ours), ours);
        for (theirs, shown) in [
            ("\u{1b}[8mhidden", "�[8mhidden"),
            ("\u{1b}[2J", "�[2J"),
            ("\u{1b}[31;1H", "�[31;1H"),
            ("\u{1b}]52;c;aGk=\u{7}", "�]52;c;aGk=�"),
            ("x\u{1b}[", "x�["),
        ] {
            assert_eq!(coloured(theirs), shown);
        }
    }

    #[test]
    fn what_a_page_is_told_has_no_colours_of_its_own() {
        let mut shown = Page::default();
        shown.hanging("  text  ", "\u{1b}[32m✓ paid");
        shown.title("\u{1b}[32mtitle");
        shown.dim("\u{1b}[32mdim");
        shown.heading("\u{1b}[32mheading", "\u{1b}[32maside");
        assert!(!coloured(&shown.to_string()).contains("\u{1b}[32m"));
    }
}
