//! The SQL of what is measured of the whole installation.
use crate::db::{OperatorTx, Time};
use crate::reports::gauges::Series;

pub(in crate::reports) async fn gauges(tx: &mut OperatorTx, now: Time) -> sqlx::Result<Vec<(Series, f64)>> {
    let rows = sqlx::query_file!("src/reports/gauges.sql", now as Time)
        .fetch_all(tx.conn())
        .await?;
    let read = rows.into_iter().map(|row| {
        let series = Series {
            name: row.name,
            provider: row.provider,
            channel: row.channel,
            further: (!row.label.is_empty()).then_some((row.label, row.value_of)),
        };
        (series, row.value)
    });
    Ok(read.collect())
}
