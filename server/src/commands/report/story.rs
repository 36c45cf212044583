//! One customer's story, line by line.
use super::page::Page;
use crate::reports::{Mark, Timeline};
use console::{Style, style};

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
        let local = style(format!("{:<16}", entry.local)).dim();
        page.hanging(&format!("  {local}  {} ", colour.apply_to(mark)), &entry.says);
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
