//! Cuts a list of jobs into nightly deliveries: what was completed on a day arrives the next noon, as from the tool it is kept in.
use anyhow::Context;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The demo's first moment: Monday, 2 March 2026. The clocks go forward on the 8th.
pub(super) const START: &str = "2026-03-02T00:00:00Z";
const FIRST_DAY: Date = date(2026, 3, 2);

/// A file of jobs, and when it arrives.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub at: Timestamp,
    pub file: PathBuf,
}

/// Writes a file per day into `folder`. A row's day is the first date in its cells' order that can be read in a column named completed; other
/// rows come with the first day.
pub(super) fn deliveries(list: &Path, folder: &Path) -> anyhow::Result<Vec<Delivery>> {
    std::fs::create_dir_all(folder)?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(list)
        .with_context(|| list.display().to_string())?;
    let headers = reader.headers()?.clone();
    let column = headers
        .iter()
        .position(|header| header.to_lowercase().starts_with("completed"));
    let mut by_day: BTreeMap<Date, Vec<csv::StringRecord>> = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        let day = column
            .and_then(|at| record.get(at))
            .and_then(day_of)
            .unwrap_or(FIRST_DAY)
            .max(FIRST_DAY);
        by_day.entry(day).or_default().push(record);
    }
    let mut all = Vec::new();
    for (day, rows) in by_day {
        let file = folder.join(format!("work-orders-{day}.csv"));
        let mut writer = csv::WriterBuilder::new().flexible(true).from_path(&file)?;
        writer.write_record(&headers)?;
        for row in rows {
            writer.write_record(&row)?;
        }
        writer.flush()?;
        // noon UTC of the next day: the day is over in Hawaii as well
        let at = day
            .tomorrow()?
            .at(12, 0, 0, 0)
            .to_zoned(jiff::tz::TimeZone::UTC)?
            .timestamp();
        all.push(Delivery { at, file });
    }
    Ok(all)
}

fn day_of(cell: &str) -> Option<Date> {
    let first = cell.split([' ', 'T']).next()?;
    ["%Y-%m-%d", "%m/%d/%Y"]
        .iter()
        .find_map(|form| Date::strptime(form, first).ok())
}

/// The job of the customer at `index` of a list that came without jobs: a service, and when it was completed.
pub(super) fn made_up(index: usize) -> anyhow::Result<(&'static str, Timestamp)> {
    const SERVICES: [&str; 8] = [
        "hvac",
        "plumbing",
        "electrical",
        "cleaning",
        "roofing",
        "painting",
        "handyman",
        "other",
    ];
    let start: Timestamp = START.parse()?;
    let hours = i64::try_from(index * 37 % 190)?;
    let service = SERVICES.get(index % SERVICES.len()).copied().unwrap_or("other");
    Ok((service, start + SignedDuration::from_hours(15 + hours)))
}
