//! What was measured, against its limits: printed as a table and written as JSON.
use comfy_table::{Cell, Color, Table};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// What a figure has to be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    AtLeast(f64),
    AtMost(f64),
    /// Depends on what it is compared with more than on us: said, not judged.
    Reported,
}

impl Limit {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(limit) => value >= limit,
            Self::AtMost(limit) => value <= limit,
            Self::Reported => true,
        }
    }

    fn shown(self) -> String {
        match self {
            Self::AtLeast(limit) => format!("≥ {limit}"),
            Self::AtMost(limit) => format!("≤ {limit}"),
            Self::Reported => "reported".to_owned(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Figure {
    part: &'static str,
    name: String,
    /// None: it could not be measured.
    value: Option<f64>,
    unit: &'static str,
    limit: Limit,
    ok: bool,
    /// What the ratio was made of.
    detail: String,
}

/// All figures of a run.
#[derive(Debug, Default)]
pub struct Figures(Vec<Figure>);

impl Figures {
    /// Adds a figure. `unit` is "×" for a ratio.
    pub fn add(
        &mut self,
        part: &'static str,
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        limit: Limit,
        detail: impl Into<String>,
    ) {
        let figure = Figure {
            part,
            name: name.into(),
            ok: value.is_finite() && limit.is_met(value),
            value: Some(value),
            unit,
            limit,
            detail: detail.into(),
        };
        say(format!(
            "  {} {}: {value:.3}{unit} ({}) {}",
            mark(figure.ok),
            figure.name,
            limit.shown(),
            figure.detail
        ));
        self.0.push(figure);
    }

    /// Adds a figure that could not be measured, with why. It counts as missed: nothing is invented.
    pub fn missing(&mut self, part: &'static str, name: &str, limit: Limit, why: &str) {
        say(format!("  ✗ {name}: not measured: {why}"));
        self.0.push(Figure {
            part,
            name: name.to_owned(),
            value: None,
            unit: "",
            limit,
            ok: false,
            detail: format!("not measured: {why}"),
        });
    }

    /// Does every figure keep its limit?
    pub fn all_met(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|figure| figure.ok)
    }

    /// Prints the table, and writes the JSON where that is wanted.
    pub fn print(&self, json: Option<&Path>, quick: bool) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.set_header(["", "what", "figure", "limit", "made of"]);
        for figure in &self.0 {
            let value = figure
                .value
                .map_or_else(|| "–".to_owned(), |value| format!("{value:.2} {}", figure.unit));
            let color = if figure.ok { Color::Green } else { Color::Red };
            table.add_row([
                Cell::new(mark(figure.ok)).fg(color),
                Cell::new(format!("{}: {}", figure.part, figure.name)),
                Cell::new(value),
                Cell::new(figure.limit.shown()),
                Cell::new(&figure.detail),
            ]);
        }
        say(table.to_string());
        let missed = self.0.iter().filter(|figure| !figure.ok).count();
        say(format!("{} figures, {missed} outside their limits", self.0.len()));
        if let Some(path) = json {
            let text = serde_json::json!({ "quick": quick, "load": load(), "figures": self.0 });
            std::fs::write(path, serde_json::to_string_pretty(&text)?)?;
        }
        Ok(())
    }
}

fn mark(ok: bool) -> &'static str {
    if ok { "✓" } else { "✗" }
}

/// The machine's load averages, as the kernel prints them: a figure from a busy machine is one to measure again.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// The middle one; for an even number the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this share of the values lies.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positions in a short list"
    )]
    let (below, above) = {
        let at = share * last as f64;
        (at.floor() as usize, at.ceil() as usize)
    };
    (sorted.get(below).unwrap_or(&f64::NAN) + sorted.get(above).unwrap_or(&f64::NAN)) / 2.0
}

/// Says a line to whoever watches.
pub fn say(line: impl AsRef<str>) {
    // a reader who went away is no reason to stop measuring
    let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
}
