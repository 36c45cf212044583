//! The examination as one HTML page that can be shown to a client: it needs nothing else and prints well.
use super::check::Check;
use super::matrix::{Situation, Verb};
use super::report::{Count, Report};

const STYLE: &str = "body{font:15px/1.5 Georgia,serif;max-width:62em;margin:2em auto;padding:0 1em;color:#111}\
h1{font-size:1.6em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #999}\
dl{display:grid;grid-template-columns:13em 1fr;gap:.2em 1em;margin:0}dt{color:#555}dd{margin:0}\
table{border-collapse:collapse;width:100%;font-size:13px}th,td{border-bottom:1px solid #ccc;padding:.2em .5em;text-align:left}\
td.n{text-align:right;font-variant-numeric:tabular-nums}tr{break-inside:avoid}\
.verdict{font-size:1.2em;font-weight:bold}.good{color:#060}.bad{color:#a00;font-weight:bold}\
code{font:12px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}@media print{body{margin:0;max-width:none}}";

impl Report {
    /// The page, complete: no script, no picture, no address of anything outside.
    pub fn page(&self) -> String {
        let mut page = Page(String::new());
        page.raw(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Isolation of tenants</title><style>",
        );
        page.raw(STYLE);
        page.raw("</style></head><body>\n<h1>Isolation of tenants</h1>\n");
        page.verdict(self);
        page.raw("<dl>");
        page.row(
            "Examined at (UTC)",
            &self.made_at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        );
        page.row("Database", &self.database);
        page.row("PostgreSQL", &self.server);
        page.row("Program", concat!("courtesy ", env!("CARGO_PKG_VERSION")));
        page.raw("</dl>\n");
        page.raw(
            "<p>Each business (tenant) has its own rows in shared tables. The database itself, by row security, shows and accepts \
             only rows of the tenant that a transaction was opened for. What follows was asked of the database, not of the \
             program: it holds also when a statement of the program is wrong.</p>\n",
        );
        page.probes(self);
        page.tables(self);
        page.not_safe(self);
        page.checks(self);
        page.raw(
            "<h2>How to repeat it</h2>\n<p><code>courtesy doctor --isolation --page isolation.html</code>. Two tenants with a row \
             in every table are made in a transaction that is rolled back; nothing stays, and it may be run at any time.</p>\n\
             </body></html>\n",
        );
        page.0
    }
}

struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    /// Names and details come from the catalog, where anybody with its rights may have written anything.
    fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                letter if letter.is_control() => self.0.push(' '),
                letter => self.0.push(letter),
            }
        }
    }

    fn row(&mut self, name: &str, value: &str) {
        self.raw("<dt>");
        self.text(name);
        self.raw("</dt><dd>");
        self.text(value);
        self.raw("</dd>");
    }

    fn verdict(&mut self, report: &Report) {
        if report.is_isolated() {
            self.raw("<p class=\"verdict good\">");
            self.text(&format!(
                "Isolated: {} attempts of one tenant on another's rows in {} tables, none of which saw or changed anything.",
                report.count().probes,
                report.matrix.tables.len()
            ));
        } else {
            self.raw("<p class=\"verdict bad\">");
            self.text(&format!(
                "Not isolated: {} holes in the catalog, {} attempts that were not refused, {} tables that could not be tried.",
                report.holes().count(),
                report.count().bad(),
                report.matrix.not_covered.len()
            ));
        }
        self.raw("</p>\n");
    }

    fn probes(&mut self, report: &Report) {
        let all = report.count();
        self.raw("<h2>What was tried</h2>\n<p>");
        self.text(&format!(
            "{} attempts: {} found no row, {} were refused by row security, {} referred to a row that is not there for this tenant, \
             {} are rights that the program does not have.",
            all.probes, all.no_rows, all.refused, all.not_there, all.not_granted
        ));
        self.raw("</p>\n<table><tr><th>Situation</th><th>Attempts</th><th>Not safe</th></tr>");
        for situation in Situation::ALL {
            let count = report.in_situation(situation);
            self.raw("<tr><td>");
            self.text(situation.meaning());
            self.raw(&format!("</td><td class=\"n\">{}</td>", count.probes));
            self.bad(count);
            self.raw("</tr>");
        }
        self.raw("</table>\n");
    }

    fn bad(&mut self, count: Count) {
        let class = if count.bad() == 0 { "n" } else { "n bad" };
        self.raw(&format!("<td class=\"{class}\">{}</td>", count.bad()));
    }

    fn tables(&mut self, report: &Report) {
        self.raw("<h2>Table by table</h2>\n<p>Attempts that were safe, of all in that cell.</p>\n<table><tr><th>Table</th>");
        for verb in Verb::ALL {
            self.raw("<th>");
            self.text(&verb.name().replace('_', " "));
            self.raw("</th>");
        }
        self.raw("</tr>");
        for table in &report.matrix.tables {
            self.raw("<tr><td>");
            self.text(table);
            self.raw("</td>");
            for verb in Verb::ALL {
                let count = report.cell(table, verb);
                let class = if count.bad() == 0 { "n" } else { "n bad" };
                let shown = match count.probes {
                    0 => "–".to_owned(),
                    probes => format!("{} of {probes}", probes - count.bad()),
                };
                self.raw(&format!("<td class=\"{class}\">{shown}</td>"));
            }
            self.raw("</tr>");
        }
        self.raw("</table>\n");
    }

    fn not_safe(&mut self, report: &Report) {
        for missing in &report.matrix.not_covered {
            self.raw("<p class=\"bad\">");
            self.text(&format!("{}: {}", missing.table, missing.why));
            self.raw("</p>\n");
        }
        for probe in report.bad_probes() {
            self.raw("<p><span class=\"bad\">");
            self.text(&format!(
                "{}, {}, {}: {}",
                probe.table,
                probe.verb.name(),
                probe.situation.meaning(),
                probe.answer.says()
            ));
            self.raw("</span><br><code>");
            self.text(&probe.statement);
            self.raw("</code></p>\n");
        }
    }

    fn checks(&mut self, report: &Report) {
        self.raw(
            "<h2>What the catalog says</h2>\n<table><tr><th>Check</th><th>What holds</th><th></th></tr>",
        );
        for check in Check::ALL {
            self.raw("<tr><td><code>");
            self.text(check.name());
            self.raw("</code></td><td>");
            self.text(check.meaning());
            let mut holds = true;
            for finding in report.of_check(check) {
                holds = false;
                self.raw("<br><span class=\"bad\">");
                self.text(&format!("{}: {}", finding.object, finding.detail));
                self.raw("</span>");
            }
            self.raw(match (holds, check.is_hole()) {
                (true, _) => "</td><td class=\"good\">holds</td></tr>",
                (false, true) => "</td><td class=\"bad\">open</td></tr>",
                (false, false) => "</td><td class=\"bad\">warning</td></tr>",
            });
        }
        self.raw("</table>\n");
    }
}
