//! `courtesy doctor --isolation`: can one tenant reach another's rows?
use crate::clock::Clock;
use crate::commands::report::page::{Page, mark, number};
use crate::commands::screen;
use crate::commands::session::Session;
use crate::db::migrate;
use crate::doctor::isolation::{self, Check, Count, Report, Situation, Verb};
use anyhow::Context;
use comfy_table::Cell;
use std::path::Path;

/// As many leaks as are shown; JSON and the page have all.
const SHOWN: usize = 20;

/// Examines the installation and says what came of it. An error when one tenant can reach another, or when that could not be tried.
pub async fn run(session: &Session, page: Option<&Path>) -> anyhow::Result<()> {
    let reached = session.reach().await?;
    let due = migrate::status(&reached.owner)
        .await?
        .iter()
        .filter(|it| it.applied_at.is_none())
        .count();
    anyhow::ensure!(
        due == 0,
        "the database lacks {due} migrations, so there is nothing to examine yet: courtesy migrate up"
    );
    let report = isolation::examine(&reached.roles.operator, &reached.roles.app, Clock::System.now()).await?;
    if let Some(path) = page {
        std::fs::write(path, report.page())
            .with_context(|| format!("page: {} can't be written", path.display()))?;
    }
    if session.settings.json {
        screen::json(&report.for_machines())?;
    } else {
        screen::say(told(&report));
        if let Some(path) = page {
            screen::say(format!("\n{}: open it in a browser, or print it", path.display()));
        }
    }
    anyhow::ensure!(
        report.is_isolated(),
        "isolation does not hold: {} holes in the catalog, {} attempts that were not safe, {} tables that could not be tried",
        report.holes().count(),
        report.count().bad(),
        report.matrix.not_covered.len()
    );
    Ok(())
}

fn told(report: &Report) -> Page {
    let mut page = Page::default();
    page.title("Isolation of tenants");
    page.dim(&format!(
        "database {}, PostgreSQL {}",
        report.database, report.server
    ));
    probes(&mut page, report);
    tables(&mut page, report);
    not_safe(&mut page, report);
    catalog(&mut page, report);
    let verdict = if report.is_isolated() {
        "No tenant reaches another's rows."
    } else {
        "Isolation does NOT hold."
    };
    page.line("");
    page.check(report.is_isolated(), verdict, "");
    page
}

fn probes(page: &mut Page, report: &Report) {
    page.heading(
        "What was tried",
        "one tenant on another's rows, in a transaction that was rolled back",
    );
    for situation in Situation::ALL {
        let count = report.in_situation(situation);
        page.check(count.bad() == 0, situation.meaning(), &safe(count));
    }
    let all = report.count();
    page.line("");
    page.hanging(
        "  ",
        &format!(
            "{} attempts: {} found no row, {} refused by row security, {} referred to what is not there for them, \
             {} are rights that the program does not have; {} leaks, {} unclear",
            number(all.probes),
            number(all.no_rows),
            number(all.refused),
            number(all.not_there),
            number(all.not_granted),
            number(all.leaks),
            number(all.unclear)
        ),
    );
}

fn safe(count: Count) -> String {
    format!(
        "{} of {} safe",
        number(count.probes - count.bad()),
        number(count.probes)
    )
}

fn tables(page: &mut Page, report: &Report) {
    page.heading(
        "Table by table",
        "attempts, each of which was safe unless it says otherwise; · where there is nothing to try",
    );
    let mut header = vec!["table".to_owned()];
    header.extend(Verb::ALL.map(|verb| verb.name().replace('_', " ")));
    let mut shown = screen::table([""]);
    shown.set_header(header);
    for table in &report.matrix.tables {
        let mut row = vec![Cell::new(table)];
        row.extend(Verb::ALL.map(|verb| {
            let count = report.cell(table, verb);
            Cell::new(match (count.probes, count.bad()) {
                (0, _) => "·".to_owned(),
                (probes, 0) => probes.to_string(),
                (probes, bad) => format!("{bad} of {probes} BAD"),
            })
        }));
        shown.add_row(row);
    }
    page.table(shown, 1);
}

fn not_safe(page: &mut Page, report: &Report) {
    if report.is_isolated() {
        return;
    }
    for missing in &report.matrix.not_covered {
        page.hanging(
            &format!("  {} ", mark(false)),
            &format!("{}: {}", missing.table, missing.why),
        );
    }
    for probe in report.bad_probes().take(SHOWN) {
        page.hanging(
            &format!("  {} ", mark(false)),
            &format!(
                "{} {}, {}: {}: {}",
                probe.verb.name(),
                probe.table,
                probe.situation.meaning(),
                probe.answer.says(),
                probe.statement
            ),
        );
    }
    let more = report.bad_probes().count().saturating_sub(SHOWN);
    if more > 0 {
        page.dim(&format!(
            "  and {} more; --json and --page have them all",
            number(u64::try_from(more).unwrap_or(u64::MAX))
        ));
    }
}

fn catalog(page: &mut Page, report: &Report) {
    let holding = Check::ALL
        .into_iter()
        .filter(|check| report.of_check(*check).next().is_none())
        .count();
    page.heading(
        "What the catalog says",
        &format!(
            "{holding} of {} checks hold; docs/ISOLATION.md has them all",
            Check::ALL.len()
        ),
    );
    for check in Check::ALL {
        for finding in report.of_check(check) {
            let weight = if check.is_hole() { "HOLE" } else { "warning" };
            page.hanging(
                &format!("  {} ", mark(false)),
                &format!(
                    "{weight} {}: {}: {}. What should hold: {}",
                    check.name(),
                    finding.object,
                    finding.detail,
                    check.meaning()
                ),
            );
        }
    }
    if report.findings.is_empty() {
        page.check(true, "nothing is against isolation", "");
    }
}
