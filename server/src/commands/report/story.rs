//! One customer's story, line by line.
use super::page::Page;
use crate::reports::{Mark, Timeline};
use console::{Style, style};

/// As wide as the text of an entry may be, so that the whole line stays within the page.
const TEXT: usize = 88;

/// The story in order; the times are the customer's own.
pub fn show(page: &mut Page, story: &Timeline) {
    page.heading(
        &format!("The story of {}", story.name),
        &format!(
            "{}; the times are those of {}",
            story.addresses.join(", "),
            story.zone
        ),
    );
    for entry in &story.entries {
        let (mark, colour) = drawn(entry.mark);
        let mut lines = wrapped(&entry.says, TEXT).into_iter();
        page.line(&format!(
            "  {}  {} {}",
            style(format!("{:<16}", entry.local)).dim(),
            colour.apply_to(mark),
            lines.next().unwrap_or_default(),
        ));
        for line in lines {
            page.line(&format!("  {:<16}    {line}", ""));
        }
    }
    page.dim(&format!("  {}", story.customer));
    let last = story
        .entries
        .iter()
        .rev()
        .find_map(|entry| entry.message.as_ref());
    if let Some(message) = last {
        page.dim(&format!("  more of a message: courtesy why {message}"));
    }
}

fn drawn(mark: Mark) -> (&'static str, Style) {
    match mark {
        Mark::Fact => ("·", Style::new().dim()),
        Mark::Consent => ("§", Style::new().cyan()),
        Mark::Send => ("→", Style::new().blue()),
        Mark::Hold => ("‖", Style::new().yellow()),
        Mark::Stop => ("■", Style::new().red()),
        Mark::Arrived => ("✓", Style::new().green()),
        Mark::Lost => ("✗", Style::new().red()),
        Mark::Answer => ("←", Style::new().magenta()),
    }
}

/// The text in lines of at most `width` characters, broken between words.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
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
    fn a_long_text_is_broken_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 4), ["unbreakable"]);
        assert_eq!(wrapped("", 4), [""]);
    }
}
