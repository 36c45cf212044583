//! What is measured of the whole installation from time to time: by provider and channel, without tenants and people.
use super::store;
use crate::app::App;
use std::collections::BTreeSet;

/// One gauge: its name and labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    pub name: String,
    pub provider: String,
    pub channel: String,
    /// One label more: its name and value.
    pub further: Option<(String, String)>,
}

/// All gauges as they stand now, each with its value.
pub async fn gauges(app: &App) -> sqlx::Result<Vec<(Series, f64)>> {
    let mut tx = app.db.operator().await?;
    store::gauges(&mut tx, app.clock.now().into()).await
}

/// Shows them as metrics. Those that were shown before and are not there any more are nought.
pub fn show(now: Vec<(Series, f64)>, shown: &mut BTreeSet<Series>) {
    let mut gone = std::mem::take(shown);
    for (series, value) in now {
        set(&series, value);
        gone.remove(&series);
        shown.insert(series);
    }
    for series in gone {
        set(&series, 0.0);
    }
}

fn set(series: &Series, value: f64) {
    let mut labels = vec![
        metrics::Label::new("provider", series.provider.clone()),
        metrics::Label::new("channel", series.channel.clone()),
    ];
    if let Some((name, value)) = &series.further {
        labels.push(metrics::Label::new(name.clone(), value.clone()));
    }
    metrics::gauge!(series.name.clone(), labels).set(value);
}
