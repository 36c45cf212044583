//! How far people came, at what hour they were reached, and what they allowed.
use super::page::{Page, bar, cell, number, share};
use crate::commands::screen;
use crate::reports::{Consent, Funnel, HoldRow, SendsByLocalHour, local, words};
use comfy_table::Cell;
use jiff::tz::TimeZone;

/// The rows of the chart of hours.
const CHART_ROWS: u64 = 5;
const STEPS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// As many rows of holds as are shown.
const MOST_HOLDS: usize = 8;

/// From enrollment to an answer or an end.
pub fn funnel(page: &mut Page, funnel: &Funnel) {
    if funnel.enrolled == 0 {
        return;
    }
    page.heading("From job to answer", "follow-ups, each counted once per step");
    for (name, count) in [
        ("enrolled", funnel.enrolled),
        ("touch 1 sent", funnel.first_sent),
        ("reached", funnel.delivered),
        ("answered", funnel.answered),
        ("  clicked", funnel.clicked),
        ("  gave feedback", funnel.feedback),
        ("  wrote back", funnel.replied),
        ("  opted out", funnel.opted_out),
        ("completed", funnel.completed),
        ("stopped", funnel.stopped),
        ("under way", funnel.active),
    ] {
        page.line(&format!(
            "  {name:<16} {:>8} {:>6}  {}",
            number(count),
            share(count, funnel.enrolled),
            bar(count, funnel.enrolled, 60),
        ));
    }
    for row in &funnel.stop_reasons {
        page.dim(&format!("  {:>25}  stopped: {}", number(row.count), row.words));
    }
}

/// At what hour of their own day people got follow-ups, and from when to when others waited.
pub fn hours(page: &mut Page, sends: &SendsByLocalHour, holds: &[HoldRow]) {
    let texts: u64 = sends.texts.iter().sum();
    let emails: u64 = sends.emails.iter().sum();
    if texts + emails == 0 && holds.is_empty() {
        return;
    }
    page.heading("By the recipient's own clock", "░ is night: no follow-up by text");
    if texts > 0 {
        page.line(&format!("  {} follow-ups by SMS and WhatsApp", number(texts)));
        chart(page, &sends.texts, true);
    }
    if emails > 0 {
        page.line(&format!("  {} follow-ups by e-mail", number(emails)));
        chart(page, &sends.emails, false);
    }
    if holds.is_empty() {
        return;
    }
    let held: u64 = holds.iter().map(|row| row.count).sum();
    page.line(&format!(
        "  {} times a follow-up was held for the night:",
        number(held)
    ));
    let mut most: Vec<&HoldRow> = holds.iter().collect();
    most.sort_by_key(|row| std::cmp::Reverse(row.count));
    for row in most.iter().take(MOST_HOLDS) {
        let until = row
            .until_hour
            .map_or_else(|| "that ends".to_owned(), |hour| format!("{hour:02}:00"));
        page.line(&format!(
            "  {:>8}  from {:02}:00 until {until}  {}",
            number(row.count),
            row.from_hour,
            bar(row.count, held, 50),
        ));
    }
    let rest: u64 = most.iter().skip(MOST_HOLDS).map(|row| row.count).sum();
    if rest > 0 {
        page.dim(&format!(
            "  {:>8}  at other hours (--json shows all)",
            number(rest)
        ));
    }
}

/// Columns for the hours of a day, three wide each.
fn chart(page: &mut Page, hours: &[u64; 24], has_night: bool) {
    let highest = hours.iter().copied().max().unwrap_or(0).max(1);
    for row in (0..CHART_ROWS).rev() {
        let label = if row == CHART_ROWS - 1 {
            number(highest)
        } else {
            String::new()
        };
        let columns: String = hours
            .iter()
            .map(|count| format!("{0}{0} ", step(*count, highest, row)))
            .collect();
        page.line(&format!("  {label:>8} │{columns}"));
    }
    page.line(&format!("  {:>8} └{}", "", "─".repeat(72)));
    let hours: String = (0..24).map(|hour| format!("{hour:<3}")).collect();
    page.line(&format!("  {:>8}  {hours}", ""));
    if has_night {
        let night: String = (0..24)
            .map(|hour| {
                if (8..21).contains(&hour) {
                    "   "
                } else {
                    "░░░"
                }
            })
            .collect();
        page.line(&format!("  {:>8}  {night}", ""));
    }
}

/// What one row of the chart shows of a column; something is always there when the count is not 0.
fn step(count: u64, highest: u64, row: u64) -> &'static str {
    let eighths = if count == 0 {
        0
    } else {
        (count * CHART_ROWS * 8 / highest).max(1)
    };
    let here = eighths.saturating_sub(row * 8).min(8);
    usize::try_from(here)
        .ok()
        .and_then(|here| STEPS.get(here).copied())
        .unwrap_or("█")
}

/// Who allowed what, who must not be messaged, and what a person should look at.
pub fn consent(page: &mut Page, consent: &Consent, zone: &TimeZone, slug: &str) {
    page.heading("Consent", "customers who can be reached on a channel");
    if consent.channels.is_empty() {
        page.line("There are no customers yet. Import some:");
        page.line(&format!("  courtesy import customers FILE.csv --tenant {slug}"));
        return;
    }
    let mut table = screen::table(["by", "opted in", "opted out", "unknown"]);
    for row in &consent.channels {
        table.add_row([
            Cell::new(words::channel(&row.channel)),
            cell(row.opted_in),
            cell(row.opted_out),
            cell(row.unknown),
        ]);
    }
    page.table(table, 1);
    if !consent.origins.is_empty() {
        page.line("");
        let mut table = screen::table(["how it came about", "", "by", "customers"]);
        for row in &consent.origins {
            table.add_row([
                Cell::new(words::plain(&row.status)),
                Cell::new(format!("{}, from {}", words::plain(&row.method), row.source)),
                Cell::new(words::channel(&row.channel)),
                cell(row.count),
            ]);
        }
        page.table(table, 3);
    }
    if !consent.suppressions.is_empty() {
        page.line("");
        let mut table = screen::table(["must not be messaged", "scope", "by", "addresses"]);
        for row in &consent.suppressions {
            table.add_row([
                Cell::new(words::suppression(&row.reason)),
                Cell::new(&row.scope),
                Cell::new(words::channel(&row.channel)),
                cell(row.count),
            ]);
        }
        page.table(table, 3);
    }
    for task in &consent.tasks {
        page.line(&format!(
            "  ! {} for a person to look at: {} (the oldest since {})",
            number(task.count),
            words::plain(&task.kind),
            local(task.oldest, zone),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_shows_the_highest_hour_full_and_the_smallest_at_all() {
        let column = |count| {
            (0..CHART_ROWS)
                .map(|row| step(count, 1000, row))
                .collect::<String>()
        };
        assert_eq!(column(1000), "█████");
        assert_eq!(column(500), "██▄  ");
        assert_eq!(column(1), "▁    ");
        assert_eq!(column(0), "     ");
    }
}
