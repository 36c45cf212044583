//! What the examination of isolation came to.
use super::check::Check;
use super::lint::Finding;
use super::matrix::{Answer, Matrix, NotCovered, Probe, Situation, Verb};
use jiff::Timestamp;
use serde::Serialize;

/// The examination of one installation.
#[derive(Debug, Clone)]
pub struct Report {
    pub made_at: Timestamp,
    /// As people write it: 15.14.
    pub server: String,
    pub database: String,
    pub findings: Vec<Finding>,
    pub matrix: Matrix,
}

/// How many probes had which answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub probes: u64,
    pub no_rows: u64,
    pub refused: u64,
    pub not_there: u64,
    pub not_granted: u64,
    pub leaks: u64,
    pub unclear: u64,
}

impl Count {
    /// Of those probes.
    pub fn of<'a>(probes: impl IntoIterator<Item = &'a Probe>) -> Self {
        let mut count = Self::default();
        for probe in probes {
            count.probes += 1;
            *match probe.answer {
                Answer::NoRows => &mut count.no_rows,
                Answer::Refused => &mut count.refused,
                Answer::NotThere => &mut count.not_there,
                Answer::NotGranted => &mut count.not_granted,
                Answer::Leak(_) => &mut count.leaks,
                Answer::Unclear(_) => &mut count.unclear,
            } += 1;
        }
        count
    }

    /// Probes that did not show the neighbour safe.
    pub fn bad(&self) -> u64 {
        self.leaks + self.unclear
    }
}

impl Report {
    /// Is there nothing through which one tenant reaches another, and was everything tried?
    pub fn is_isolated(&self) -> bool {
        self.holes().next().is_none()
            && self.matrix.not_covered.is_empty()
            && !self.matrix.probes.is_empty()
            && self.bad_probes().next().is_none()
    }

    /// Findings through which one tenant can reach another.
    pub fn holes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.check.is_hole())
    }

    /// Findings that open nothing by themselves.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.check.is_hole())
    }

    /// What this check found.
    pub fn of_check(&self, check: Check) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.check == check)
    }

    /// Probes that leaked, or that could not be tried.
    pub fn bad_probes(&self) -> impl Iterator<Item = &Probe> {
        self.matrix.probes.iter().filter(|probe| !probe.answer.is_safe())
    }

    /// All probes together.
    pub fn count(&self) -> Count {
        Count::of(&self.matrix.probes)
    }

    /// The probes of a table by a verb.
    pub fn cell(&self, table: &str, verb: Verb) -> Count {
        Count::of(
            self.matrix
                .probes
                .iter()
                .filter(|probe| probe.table == table && probe.verb == verb),
        )
    }

    /// The probes in a situation.
    pub fn in_situation(&self, situation: Situation) -> Count {
        Count::of(
            self.matrix
                .probes
                .iter()
                .filter(|probe| probe.situation == situation),
        )
    }

    /// Everything, for machines; of the probes those that are not safe.
    pub fn for_machines(&self) -> impl Serialize {
        let tables = self.matrix.tables.iter().map(|table| Row {
            table: table.clone(),
            verbs: Verb::ALL
                .into_iter()
                .map(|verb| (verb.name(), self.cell(table, verb)))
                .filter(|(_, count)| count.probes > 0)
                .collect(),
        });
        Machines {
            is_isolated: self.is_isolated(),
            made_at: self.made_at.to_string(),
            server: self.server.clone(),
            database: self.database.clone(),
            checks: Check::ALL.len(),
            holes: self.holes().cloned().collect(),
            warnings: self.warnings().cloned().collect(),
            probes: self.count(),
            tables: tables.collect(),
            not_covered: self.matrix.not_covered.clone(),
            not_safe: self.bad_probes().cloned().collect(),
        }
    }
}

#[derive(Serialize)]
struct Machines {
    is_isolated: bool,
    made_at: String,
    server: String,
    database: String,
    checks: usize,
    holes: Vec<Finding>,
    warnings: Vec<Finding>,
    probes: Count,
    tables: Vec<Row>,
    not_covered: Vec<NotCovered>,
    not_safe: Vec<Probe>,
}

#[derive(Serialize)]
struct Row {
    table: String,
    verbs: std::collections::BTreeMap<&'static str, Count>,
}
