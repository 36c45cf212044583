//! What may stand inside `{{ }}` and `{% %}`: names, strings, numbers, comparisons, if and the listed filters. No
//! loops, calls, attributes, lists or arithmetic: nothing that repeats, so a text grows only with its source.
use super::{FILTERS, TemplateError};

const TAGS: &[&str] = &["if", "elif", "else", "endif"];
const OPERATORS: &str = "|(),=!<>~";

/// Refuses what is outside the little language. Whether the rest is well-formed is for the engine to say.
pub fn check(source: &str) -> Result<(), TemplateError> {
    let mut rest = source;
    while let Some(start) = rest
        .find("{{")
        .into_iter()
        .chain(rest.find("{%"))
        .chain(rest.find("{#"))
        .min()
    {
        let (open, inside) = rest[start..].split_at(2);
        rest = match open {
            "{#" => inside.split_once("#}").map_or("", |(_, after)| after),
            "{%" => inside_tag(inside, "%}", true)?,
            _ => inside_tag(inside, "}}", false)?,
        };
    }
    Ok(())
}

/// Reads one tag and answers what follows it.
fn inside_tag<'a>(source: &'a str, close: &str, is_statement: bool) -> Result<&'a str, TemplateError> {
    let mut rest = source.trim_start_matches(['-', '+']);
    let mut first_word = is_statement;
    let mut filter_follows = false;
    loop {
        rest = rest.trim_start();
        let trimmed = rest.strip_prefix('-').unwrap_or(rest);
        if let Some(after) = trimmed.strip_prefix(close) {
            return Ok(after);
        }
        let Some(next) = rest.chars().next() else {
            return Ok("");
        };
        if next == '"' || next == '\'' {
            rest = after_string(&rest[1..], next);
        } else if next.is_alphanumeric() || next == '_' {
            let end = rest
                .find(|each: char| !(each.is_alphanumeric() || each == '_'))
                .unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            if first_word && !TAGS.contains(&word) {
                return Err(TemplateError::TagNotAllowed { tag: word.to_owned() });
            }
            if filter_follows && !FILTERS.contains(&word) {
                return Err(TemplateError::UnknownFilter {
                    name: word.to_owned(),
                });
            }
            if word == "is" || word == "in" {
                return Err(TemplateError::WordNotAllowed {
                    word: word.to_owned(),
                });
            }
            (first_word, filter_follows, rest) = (false, false, after);
        } else if OPERATORS.contains(next) {
            filter_follows = next == '|';
            rest = &rest[next.len_utf8()..];
        } else {
            return Err(TemplateError::WordNotAllowed {
                word: next.to_string(),
            });
        }
    }
}

fn after_string(source: &str, quote: char) -> &str {
    let mut escaped = false;
    for (index, each) in source.char_indices() {
        if each == quote && !escaped {
            return &source[index + quote.len_utf8()..];
        }
        escaped = each == '\\' && !escaped;
    }
    ""
}
