//! Cuts a file of SQL into its statements, as psql does, so that an error can name the one that failed.

/// One statement of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// From its first word to before its semicolon.
    pub text: &'a str,
    /// The line of the file (from 1) on which it begins.
    pub line: usize,
}

impl Statement<'_> {
    /// Its first words, on one line, for people to recognise it.
    pub fn first_words(&self) -> String {
        let mut words = self.text.split_whitespace();
        let mut start = words.by_ref().take(8).collect::<Vec<_>>().join(" ");
        let is_cut = words.next().is_some() || start.chars().count() > 80;
        start = start.chars().take(80).collect();
        if is_cut { format!("{start} …") } else { start }
    }
}

/// The statements of a file, in order. Comments between them belong to none; one that holds nothing is left out. What
/// is not closed (a quote, a comment) reaches to the end of the file: PostgreSQL will say so.
pub fn split(sql: &str) -> Vec<Statement<'_>> {
    let mut statements = Vec::new();
    let mut scan = Scan { sql, at: 0 };
    let mut current: Option<Shape> = None;
    let mut end = 0;
    while let Some(piece) = scan.next() {
        if piece.kind == Kind::Gap {
            continue;
        }
        let is_end = piece.text == ";" && current.as_ref().is_none_or(Shape::is_outside);
        if !is_end {
            current
                .get_or_insert_with(|| Shape::starting(piece.start))
                .take(&piece);
            end = piece.start + piece.text.len();
        } else if let Some(shape) = current.take() {
            statements.push(shape.start..end);
        }
    }
    statements.extend(current.map(|shape| shape.start..end));
    let mut line = 1;
    let mut counted = 0;
    let with_line = |range: std::ops::Range<usize>| {
        line += sql[counted..range.start].matches('\n').count();
        counted = range.start;
        Statement {
            text: &sql[range],
            line,
        }
    };
    statements.into_iter().map(with_line).collect()
}

/// How deep inside a statement we are: a semicolon in brackets (`create rule … do (a; b)`) or in an SQL function's
/// body (`begin atomic … end`) does not end it.
struct Shape {
    start: usize,
    first_words: Vec<String>,
    brackets: usize,
    blocks: usize,
}

impl Shape {
    fn starting(start: usize) -> Self {
        Self {
            start,
            first_words: Vec::new(),
            brackets: 0,
            blocks: 0,
        }
    }

    fn is_outside(&self) -> bool {
        self.brackets == 0 && self.blocks == 0
    }

    fn take(&mut self, piece: &Piece<'_>) {
        match piece.kind {
            Kind::Other if piece.text == "(" => self.brackets += 1,
            Kind::Other if piece.text == ")" => self.brackets = self.brackets.saturating_sub(1),
            Kind::Word => self.word(&piece.text.to_ascii_lowercase()),
            Kind::Other | Kind::Quoted | Kind::Gap => {}
        }
    }

    fn word(&mut self, word: &str) {
        if self.first_words.len() < 4 {
            self.first_words.push(word.to_owned());
        }
        if self.brackets > 0 || !self.makes_a_routine() {
            return;
        }
        match word {
            "begin" => self.blocks += 1,
            "case" if self.blocks > 0 => self.blocks += 1,
            "end" => self.blocks = self.blocks.saturating_sub(1),
            _ => {}
        }
    }

    fn makes_a_routine(&self) -> bool {
        let words: Vec<&str> = self.first_words.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure"]
        )
    }
}

/// The kinds of piece that a file is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// White space or a comment.
    Gap,
    /// A key word or a plain name.
    Word,
    /// A string or a quoted name.
    Quoted,
    /// Any other single character.
    Other,
}

struct Piece<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
}

struct Scan<'a> {
    sql: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = &self.sql[self.at..];
        let first = rest.chars().next()?;
        let (kind, length) = if first.is_whitespace() || first == '\u{feff}' {
            (
                Kind::Gap,
                rest.find(|c: char| !c.is_whitespace() && c != '\u{feff}')
                    .unwrap_or(rest.len()),
            )
        } else if rest.starts_with("--") {
            (Kind::Gap, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (Kind::Gap, comment(rest))
        } else if let Some(length) = dollar_quoted(rest) {
            (Kind::Quoted, length)
        } else if first == '"' {
            (Kind::Quoted, quoted(rest, '"', false))
        } else if first == '\'' {
            (Kind::Quoted, quoted(rest, '\'', false))
        } else if rest.starts_with("e'") || rest.starts_with("E'") {
            (Kind::Quoted, escape_string(rest))
        } else if begins_a_word(first) {
            (
                Kind::Word,
                rest.find(|c| !continues_a_word(c)).unwrap_or(rest.len()),
            )
        } else if first.is_ascii_digit() {
            // As one piece, so that no quote begins inside it.
            (
                Kind::Other,
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(rest.len()),
            )
        } else {
            (Kind::Other, first.len_utf8())
        };
        let piece = Piece {
            kind,
            text: &rest[..length],
            start: self.at,
        };
        self.at += length;
        Some(piece)
    }
}

fn begins_a_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn continues_a_word(c: char) -> bool {
    begins_a_word(c) || c.is_ascii_digit() || c == '$'
}

/// The length of a block comment, which may hold others.
fn comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of `$tag$…$tag$`, if that is what begins here.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('$')?;
    let tag = &after[..after.find('$')?];
    let mut letters = tag.chars();
    let is_tag =
        letters.next().is_none_or(begins_a_word) && letters.all(|c| begins_a_word(c) || c.is_ascii_digit());
    if !is_tag {
        return None;
    }
    let mark = &rest[..tag.len() + 2];
    let body = &rest[mark.len()..];
    Some(
        body.find(mark)
            .map_or(rest.len(), |end| mark.len() + end + mark.len()),
    )
}

/// The length of a quoted text; a doubled quote stays inside (as two quoted texts side by side would).
fn quoted(rest: &str, quote: char, has_escapes: bool) -> usize {
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = letters.next() {
        if has_escapes && c == '\\' {
            letters.next();
        } else if c == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    rest.len()
}

/// The length of `E'…'` with what continues it on later lines, where backslashes go on escaping.
fn escape_string(rest: &str) -> usize {
    let mut length = 1 + quoted(&rest[1..], '\'', true);
    while let Some(gap) = continuation(&rest[length..]) {
        length += gap + quoted(&rest[length + gap..], '\'', true);
    }
    length
}

/// How far it is to the quote that continues a string: white space with a line break, then comments to a line's end.
fn continuation(rest: &str) -> Option<usize> {
    let mut at = 0;
    let mut has_line_break = false;
    loop {
        let here = &rest[at..];
        let c = here.chars().next()?;
        if c == '\'' {
            return has_line_break.then_some(at);
        } else if c.is_whitespace() {
            has_line_break |= c == '\n';
            at += c.len_utf8();
        } else if here.starts_with("--") {
            at += here.find('\n')?;
        } else {
            return None;
        }
    }
}

#[cfg(test)]
mod tests;
