//! A page of text for people: headings, tables, bars. At most 110 columns wide; coloured only on a terminal, and not under
//! NO_COLOR.
use crate::commands::screen::plain;
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table};
use console::{Style, measure_text_width, style};
use std::fmt;

/// No line is wider.
pub const WIDTH: u16 = 110;
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A page that grows from top to bottom.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// The page's first line.
    pub fn title(&mut self, text: &str) {
        self.line(&style(plain(text)).bold().to_string());
    }

    /// A section begins; `aside` says in a few words how to read it.
    pub fn heading(&mut self, text: &str, aside: &str) {
        let (text, aside) = (&plain(text), &plain(aside));
        let head = style(text).bold().cyan();
        self.text.push('\n');
        if text.chars().count() + 2 + aside.chars().count() <= usize::from(WIDTH) {
            self.line(&format!("{head}  {}", style(aside).dim()));
        } else {
            self.line(&head.to_string());
            for line in wrapped(aside, usize::from(WIDTH) - 2) {
                self.dim(&format!("  {line}"));
            }
        }
    }

    /// A text after its mark or name; what does not fit goes on below the text.
    pub fn hanging(&mut self, before: &str, text: &str) {
        let indent = measure_text_width(before);
        let mut before = before.to_owned();
        for line in wrapped(&plain(text), usize::from(WIDTH).saturating_sub(indent)) {
            self.line(&format!("{before}{line}"));
            before = " ".repeat(indent);
        }
    }

    /// A line. It may be coloured: what others wrote comes by `hanging`.
    pub fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// A line that steps back.
    pub fn dim(&mut self, text: &str) {
        self.line(&style(plain(text)).dim().to_string());
    }

    /// A promise or check with its mark; `aside` stands at the right.
    pub fn check(&mut self, holds: bool, says: &str, aside: &str) {
        let mark = mark(holds);
        self.line(&format!("  {mark} {says:<84} {aside:>20}"));
    }

    /// A table in which all columns from `numbers_from` on are numbers. Only its header is ruled: rows stand close together.
    pub fn table(&mut self, mut table: Table, numbers_from: usize) {
        let style = table.style_mut();
        style.top_border = LineStyle::none();
        style.header_separator = LineStyle::none().fill('─').junction('─');
        style.row_separator = LineStyle::none();
        style.bottom_border = LineStyle::none();
        table
            .set_width(WIDTH)
            .set_content_arrangement(ContentArrangement::Dynamic);
        for column in table.column_iter_mut().skip(numbers_from) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for line in table.lines() {
            self.line(&plain(&line));
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.trim_end())
    }
}

/// ✓ or ✗.
pub fn mark(holds: bool) -> String {
    let (text, colour) = if holds {
        ("✓", Style::new().green())
    } else {
        ("✗", Style::new().red().bold())
    };
    colour.apply_to(text).to_string()
}

/// 12,345.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A number in a table, where nothing is a dot, so that something stands out.
pub fn cell(count: u64) -> Cell {
    if count == 0 {
        Cell::new("·")
    } else {
        Cell::new(number(count))
    }
}

/// Of a whole, as people read it: 62 %. A part that is there is never 0 %.
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return String::new();
    }
    let percent = (part * 100 + whole / 2) / whole;
    if percent == 0 && part > 0 {
        "< 1 %".to_owned()
    } else {
        format!("{percent} %")
    }
}

/// A bar of at most `longest` columns for `part` of `whole`, exact to an eighth. A part that is there always shows.
pub fn bar(part: u64, whole: u64, longest: u64) -> String {
    if whole == 0 || part == 0 {
        return String::new();
    }
    let eighths = (part.min(whole) * longest * 8 / whole).max(1);
    let full = "█".repeat(usize::try_from(eighths / 8).unwrap_or(0));
    let rest = usize::try_from(eighths % 8)
        .ok()
        .and_then(|rest| EIGHTHS.get(rest))
        .unwrap_or(&"");
    format!("{full}{rest}")
}

/// The text in lines of at most `width` characters, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let fits = lines
            .last()
            .is_some_and(|line| line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width);
        if !fits {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(number),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn bars_are_exact_to_an_eighth_and_never_too_long() {
        assert_eq!(bar(1, 2, 4), "██");
        assert_eq!(bar(5, 16, 2), "▋");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(9, 3, 4), "████");
        assert_eq!(bar(0, 3, 4), "");
        assert_eq!(bar(1, 0, 4), "");
    }

    #[test]
    fn a_share_that_is_there_is_never_nothing() {
        assert_eq!(share(1, 1000), "< 1 %");
        assert_eq!(share(2, 3), "67 %");
        assert_eq!(share(0, 3), "0 %");
        assert_eq!(share(0, 0), "");
    }

    #[test]
    fn a_long_text_is_broken_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 4), ["unbreakable"]);
        assert_eq!(wrapped("", 4), [""]);
    }
}
