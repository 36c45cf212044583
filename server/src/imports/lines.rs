//! The bytes of a file, line by line: each in UTF-8, none longer than is sane, without a byte-order mark.
use std::io::{self, BufRead, Read};

/// A longer line is no row of a spreadsheet. It is passed over without being held in memory.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// Hands lines on to a reader of CSV. A line that was passed over is handed on as an empty one, so that numbers stay right.
pub(super) struct Lines<R> {
    inner: R,
    line: Vec<u8>,
    given: usize,
    number: u64,
    pub too_long: Vec<u64>,
    pub of_another_encoding: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            line: Vec::new(),
            given: 0,
            number: 0,
            too_long: Vec::new(),
            of_another_encoding: 0,
        }
    }

    fn next(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.given = 0;
        let mut is_too_long = false;
        let mut has_any = false;
        loop {
            let bytes = self.inner.fill_buf()?;
            if bytes.is_empty() {
                break;
            }
            has_any = true;
            let (taken, is_end) = match bytes.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (bytes.len(), false),
            };
            if self.line.len() + taken > LONGEST_LINE {
                is_too_long = true;
                self.line.clear();
            }
            if !is_too_long {
                self.line
                    .extend_from_slice(bytes.get(..taken).unwrap_or_default());
            }
            self.inner.consume(taken);
            if is_end {
                break;
            }
        }
        if !has_any {
            return Ok(false);
        }
        self.number += 1;
        if is_too_long {
            self.too_long.push(self.number);
            self.line = b"\n".to_vec();
        }
        self.clean();
        Ok(true)
    }

    fn clean(&mut self) {
        if self.number == 1
            && let Some(rest) = self.line.strip_prefix(b"\xEF\xBB\xBF")
        {
            self.line = rest.to_vec();
        }
        if std::str::from_utf8(&self.line).is_err() {
            self.of_another_encoding += 1;
            self.line = encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(&self.line)
                .0
                .into_owned()
                .into_bytes();
        }
    }
}

impl<R: BufRead> Read for &mut Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.line.len() {
            if !self.next()? {
                return Ok(0);
            }
        }
        let rest = self.line.get(self.given..).unwrap_or_default();
        let taken = rest.len().min(buffer.len());
        buffer.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.given += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, Vec<u64>, u64) {
        let mut lines = Lines::new(io::BufReader::new(bytes));
        let mut text = String::new();
        (&mut lines).read_to_string(&mut text).unwrap();
        (text, lines.too_long, lines.of_another_encoding)
    }

    #[test]
    fn a_mark_is_cut_and_old_encodings_are_read() {
        assert_eq!(read(b"\xEF\xBB\xBFname\nRen\xE9\n").0, "name\nRené\n");
        assert_eq!(read(b"Ren\xC3\xA9\nRen\xE9").2, 1);
    }

    #[test]
    fn a_line_of_many_megabytes_is_passed_over_and_the_numbers_stay() {
        let mut bytes = b"name\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 5 << 20));
        bytes.extend(b"\nAnn\n");
        assert_eq!(read(&bytes), ("name\n\nAnn\n".to_owned(), vec![2], 0));
    }
}
