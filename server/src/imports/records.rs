//! Lines into records: cells, with quotes that may hold the delimiter and line breaks (RFC 4180). A quote that never closes costs its
//! own line, not the rest of the file; no parser that reads ahead can give the other lines back.
use super::lines::{LONGEST_LINE, Line, Lines};
use std::collections::VecDeque;
use std::io::{self, BufRead};

/// A record, or a line that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    Cells {
        line: u64,
        cells: Vec<String>,
    },
    TooLong {
        line: u64,
    },
    /// A quote opens on this line and nothing sensible closes it.
    Unclosed {
        line: u64,
        cells: Vec<String>,
    },
}

/// Hands out records.
pub(super) struct Records<R> {
    lines: Lines<R>,
    delimiter: char,
    /// Lines that were read ahead and given back.
    back: VecDeque<Line>,
}

impl<R: BufRead> Records<R> {
    pub fn new(lines: R, delimiter: char) -> Self {
        Self {
            lines: Lines::new(lines),
            delimiter,
            back: VecDeque::new(),
        }
    }

    /// Lines that were no UTF-8.
    pub fn of_another_encoding(&self) -> u64 {
        self.lines.of_another_encoding
    }

    /// The next record; none at the file's end. One of several lines whose number of cells is not `width` counts as unclosed: its
    /// quote was closed by that of another row, which is then read by itself.
    pub fn next(&mut self, width: Option<usize>) -> io::Result<Option<Record>> {
        let Some(first) = self.line()? else {
            return Ok(None);
        };
        let line = first.number;
        let Some(text) = first.text else {
            return Ok(Some(Record::TooLong { line }));
        };
        let mut splitter = Splitter::new(self.delimiter);
        splitter.feed(&text);
        let (mut ahead, mut length) = (Vec::new(), text.len());
        while splitter.is_open() {
            let Some(next) = self.line()? else { break };
            let more = next.text.clone();
            ahead.push(next);
            length += more.as_ref().map_or(LONGEST_LINE, String::len);
            let Some(more) = more.filter(|_| length <= LONGEST_LINE) else {
                break;
            };
            splitter.cell.push('\n');
            splitter.feed(&more);
        }
        let is_whole = !splitter.is_open();
        let cells = splitter.end();
        let is_ours = ahead.is_empty() || width.is_none_or(|width| cells.len() == width);
        if is_whole && is_ours {
            return Ok(Some(Record::Cells { line, cells }));
        }
        for line in ahead.into_iter().rev() {
            self.back.push_front(line);
        }
        let mut alone = Splitter::new(self.delimiter);
        alone.feed(&text);
        Ok(Some(Record::Unclosed {
            line,
            cells: alone.end(),
        }))
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        match self.back.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Start,
    Plain,
    Quotes,
    /// After a quote inside quotes: it closed them, or is the first of two that mean one.
    Quote,
}

struct Splitter {
    delimiter: char,
    within: Within,
    cell: String,
    cells: Vec<String>,
}

impl Splitter {
    fn new(delimiter: char) -> Self {
        Self {
            delimiter,
            within: Within::Start,
            cell: String::new(),
            cells: Vec::new(),
        }
    }

    fn feed(&mut self, text: &str) {
        for c in text.chars() {
            self.within = match (self.within, c) {
                (Within::Start, '"') => Within::Quotes,
                (Within::Quotes, '"') => Within::Quote,
                (Within::Start | Within::Plain | Within::Quote, c) if c == self.delimiter => {
                    self.cells.push(std::mem::take(&mut self.cell));
                    Within::Start
                }
                // a quote inside a plain cell is an inch mark
                (Within::Start | Within::Plain, c) => {
                    self.cell.push(c);
                    Within::Plain
                }
                (Within::Quotes | Within::Quote, c) => {
                    self.cell.push(c);
                    if self.within == Within::Quote && c != '"' {
                        Within::Plain
                    } else {
                        Within::Quotes
                    }
                }
            };
        }
    }

    fn is_open(&self) -> bool {
        self.within == Within::Quotes
    }

    fn end(mut self) -> Vec<String> {
        self.cells.push(self.cell);
        self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, width: usize) -> Vec<Record> {
        let mut records = Records::new(text.as_bytes(), ',');
        std::iter::from_fn(|| records.next(Some(width)).unwrap()).collect()
    }

    fn cells(line: u64, cells: &[&str]) -> Record {
        Record::Cells {
            line,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        }
    }

    #[test]
    fn quotes_hold_delimiters_quotes_and_line_breaks_and_inch_marks_are_letters() {
        assert_eq!(
            read(
                "\"Lee, Ann\",\"she said \"\"hi\"\"\"\n\"1\n2\",x\n3/4\" pipe,y\n",
                2
            ),
            [
                cells(1, &["Lee, Ann", "she said \"hi\""]),
                cells(2, &["1\n2", "x"]),
                cells(4, &["3/4\" pipe", "y"]),
            ]
        );
    }

    #[test]
    fn a_quote_that_never_closes_costs_its_line_alone() {
        let said = read("\"Ann,1\nBob,2\nCy,\"3\"\nDi,4\n", 2);
        assert!(matches!(&said[0], Record::Unclosed { line: 1, .. }), "{said:?}");
        assert_eq!(
            said[1..],
            [
                cells(2, &["Bob", "2"]),
                cells(3, &["Cy", "3"]),
                cells(4, &["Di", "4"])
            ]
        );
    }

    proptest! {
        #[test]
        fn what_a_writer_of_csv_wrote_is_read_back(
            rows in proptest::collection::vec(proptest::collection::vec("[a\",;\n é]{0,6}", 2..=2), 1..8)
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let found: Vec<Vec<String>> = read(&text, 2)
                .into_iter()
                .map(|record| match record {
                    Record::Cells { cells, .. } => cells,
                    other => panic!("{other:?}"),
                })
                .collect();
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn no_bytes_panic_and_every_line_is_accounted_for(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut records = Records::new(bytes.as_slice(), ',');
            let mut last = 0;
            while let Some(record) = records.next(Some(3)).unwrap() {
                let (Record::Cells { line, .. } | Record::TooLong { line } | Record::Unclosed { line, .. }) = record;
                prop_assert!(line > last);
                last = line;
            }
        }
    }
}
