//! What became of touches and other messages, why, and what waits.
use super::page::{Page, cell, number};
use crate::commands::screen;
use crate::reports::{Check, Counts, Overview, ReasonRow, WaitingRow, local, words};
use comfy_table::{Cell, Row};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A column of counts: its header, what it shows, and whether it is left out when it is 0 everywhere.
type Column = (&'static str, fn(&Counts) -> u64, bool);

const COLUMNS: [Column; 10] = [
    ("planned", |counts| counts.planned, false),
    ("sent", |counts| counts.sent, false),
    ("delivered", |counts| counts.delivered, false),
    ("undeliv.", |counts| counts.undelivered, true),
    ("held", |counts| counts.held, true),
    ("stopped", |counts| counts.stopped, true),
    ("failed", |counts| counts.failed, true),
    ("unknown", |counts| counts.unknown, true),
    ("cancelled", |counts| counts.cancelled, true),
    ("waiting", |counts| counts.waiting, true),
];
/// As many reasons of one kind as are shown.
const MOST_REASONS: usize = 6;

/// The touches of each campaign, and the messages outside of campaigns.
pub fn touches(page: &mut Page, overview: &Overview, slug: &str) {
    if overview.touches.is_empty() {
        page.heading("Touches", "");
        page.line("Nothing is planned yet. Campaigns follow up completed jobs:");
        page.line(&format!("  courtesy campaign list --tenant {slug}"));
        page.line(&format!("  courtesy import work-orders FILE.csv --tenant {slug}"));
    }
    for of_one in overview.touches.chunk_by(|a, b| a.campaign_id == b.campaign_id) {
        let Some(first) = of_one.first() else { continue };
        page.heading(
            &first.campaign,
            "planned = sent + stopped + failed + unknown + cancelled + waiting",
        );
        let mut rows: Vec<(String, Counts)> = of_one
            .iter()
            .map(|row| {
                (
                    format!("{} {}", row.touch, words::channel(&row.channel)),
                    row.counts,
                )
            })
            .collect();
        let mut total = Counts::default();
        for (_, counts) in &rows {
            total += *counts;
        }
        if rows.len() > 1 {
            rows.push(("all".to_owned(), total));
        }
        counted(page, &rows);
        if total.held > 0 {
            page.dim("held: waited at least once; it stands in another column as well");
        }
    }
    if !overview.other_messages.is_empty() {
        page.heading("Other messages", "replies and answers to keywords");
        let rows: Vec<(String, Counts)> = overview
            .other_messages
            .iter()
            .map(|row| {
                let what = format!("{}, {}", words::plain(&row.purpose), words::channel(&row.channel));
                (what, row.counts)
            })
            .collect();
        counted(page, &rows);
    }
}

/// A table of counts, without the columns in which there is nothing.
fn counted(page: &mut Page, rows: &[(String, Counts)]) {
    let columns: Vec<&Column> = COLUMNS
        .iter()
        .filter(|(_, of, may_be_left_out)| !may_be_left_out || rows.iter().any(|(_, counts)| of(counts) > 0))
        .collect();
    let mut table = screen::table([""]);
    let mut header = vec![""];
    header.extend(columns.iter().map(|(name, _, _)| *name));
    table.set_header(header);
    for (what, counts) in rows {
        let mut row = Row::new();
        row.add_cell(Cell::new(what));
        for (_, of, _) in &columns {
            row.add_cell(cell(of(counts)));
        }
        table.add_row(row);
    }
    page.table(table, 1);
}

/// Why touches ended or waited so.
pub fn reasons(page: &mut Page, reasons: &[ReasonRow]) {
    if reasons.is_empty() {
        return;
    }
    page.heading("Why", "the reasons behind the counts, the most frequent first");
    let mut table = screen::table(["", "by", "because", "touches"]);
    for fate in ["held", "stopped", "cancelled", "failed", "undelivered", "unknown"] {
        let of_fate: Vec<&ReasonRow> = reasons.iter().filter(|row| row.fate == fate).collect();
        for (index, row) in of_fate.iter().take(MOST_REASONS).enumerate() {
            let fate = if index == 0 { fate } else { "" };
            table.add_row([
                Cell::new(fate),
                Cell::new(words::channel(&row.channel)),
                Cell::new(&row.words),
                cell(row.count),
            ]);
        }
        let rest: u64 = of_fate.iter().skip(MOST_REASONS).map(|row| row.count).sum();
        if rest > 0 {
            table.add_row([
                Cell::new(""),
                Cell::new(""),
                Cell::new("other reasons (--json shows all)"),
                cell(rest),
            ]);
        }
    }
    page.table(table, 3);
}

/// What waits, for what, until when.
pub fn waiting(page: &mut Page, waiting: &[WaitingRow], zone: &TimeZone) {
    page.heading("Waiting", "");
    if waiting.is_empty() {
        page.line("Nothing waits.");
        return;
    }
    let mut table = screen::table(["what", "by", "because", "first goes on", "last goes on", ""]);
    let when = |at: Option<Timestamp>| at.map_or_else(|| "not by time".to_owned(), |at| local(at, zone));
    for row in waiting {
        table.add_row([
            Cell::new(&row.what),
            Cell::new(words::channel(&row.channel)),
            Cell::new(&row.words),
            Cell::new(when(row.first_until)),
            Cell::new(when(row.last_until)),
            cell(row.count),
        ]);
    }
    page.table(table, 5);
}

/// Do the counts add up, and does anything hang? One line when all is well.
pub fn checks(page: &mut Page, checks: &[Check]) {
    page.heading("Checks", "read from the database");
    if checks.iter().all(Check::holds) {
        page.check(
            true,
            &format!(
                "counts conserve, nothing hangs, the consent ledger is whole ({} checks)",
                checks.len()
            ),
            "",
        );
        return;
    }
    for check in checks {
        let aside = if check.holds() {
            String::new()
        } else {
            format!("{} do not", number(check.exceptions))
        };
        page.check(check.holds(), check.says, &aside);
    }
}
