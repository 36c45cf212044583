//! The bytes of a file, line by line: each in UTF-8, none longer than is sane, without a byte-order mark.
use std::io::{self, BufRead};

/// A longer line is no row of a spreadsheet. It is passed over without being held in memory.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from one.
    pub number: u64,
    /// Without its end; none when it was too long and was passed over.
    pub text: Option<String>,
}

/// Hands out lines. They end with `\n`, `\r\n`, or, as old Macs write them, `\r`.
pub(super) struct Lines<R> {
    inner: R,
    line: Vec<u8>,
    number: u64,
    /// The line before ended with `\r`: a `\n` that follows belongs to it.
    ended_with_return: bool,
    pub of_another_encoding: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            line: Vec::new(),
            number: 0,
            ended_with_return: false,
            of_another_encoding: 0,
        }
    }

    /// The next line; none at the file's end.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        self.line.clear();
        let (mut is_too_long, mut has_any) = (false, false);
        loop {
            let bytes = match self.inner.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let Some(first) = bytes.first() else { break };
            if std::mem::take(&mut self.ended_with_return) && *first == b'\n' {
                self.inner.consume(1);
                continue;
            }
            has_any = true;
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let content = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            if self.line.len() + content.len() > LONGEST_LINE {
                is_too_long = true;
                self.line.clear();
            }
            if !is_too_long {
                self.line.extend_from_slice(content);
            }
            let taken = content.len() + usize::from(end.is_some());
            self.ended_with_return = end.and_then(|at| bytes.get(at)) == Some(&b'\r');
            self.inner.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if !has_any {
            return Ok(None);
        }
        self.number += 1;
        let text = (!is_too_long).then(|| self.text());
        Ok(Some(Line {
            number: self.number,
            text,
        }))
    }

    fn text(&mut self) -> String {
        let bytes = match self.line.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) if self.number == 1 => rest,
            _ => &self.line,
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                self.of_another_encoding += 1;
                encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(bytes)
                    .0
                    .into_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Vec<Option<String>>, u64) {
        // a small buffer, so that lines and their ends fall on its borders
        let mut lines = Lines::new(io::BufReader::with_capacity(3, bytes));
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            assert_eq!(line.number, u64::try_from(all.len() + 1).unwrap());
            all.push(line.text);
        }
        (all, lines.of_another_encoding)
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        read(bytes).0.into_iter().flatten().collect()
    }

    #[test]
    fn a_mark_is_cut_and_old_encodings_are_read() {
        assert_eq!(texts(b"\xEF\xBB\xBFname\nRen\xE9\n"), ["name", "René"]);
        assert_eq!(read(b"Ren\xC3\xA9\nRen\xE9").1, 1);
    }

    #[test]
    fn lines_end_as_unix_windows_and_old_macs_write_them() {
        for text in ["a\nbc\n\nd", "a\r\nbc\r\n\r\nd\r\n", "a\rbc\r\rd\r"] {
            assert_eq!(texts(text.as_bytes()), ["a", "bc", "", "d"], "{text:?}");
        }
    }

    #[test]
    fn a_line_of_many_megabytes_is_passed_over_and_the_numbers_stay() {
        let mut bytes = b"name\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 5 << 20));
        bytes.extend(b"\nAnn\n");
        let mut lines = Lines::new(io::BufReader::new(bytes.as_slice()));
        let mut said = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            said.push((line.number, line.text));
            assert!(
                lines.line.capacity() <= 4 * LONGEST_LINE,
                "a long line is not held"
            );
        }
        assert_eq!(
            said,
            [
                (1, Some("name".to_owned())),
                (2, None),
                (3, Some("Ann".to_owned()))
            ]
        );
    }
}
