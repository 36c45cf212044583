//! Can one tenant reach another's rows? The catalog is read for anything that would let it, and every verb is tried on every table
//! between two tenants that are never committed. docs/ISOLATION.md says what each part proves.
mod check;
pub mod lint;
pub mod matrix;
mod page;
mod report;
mod store;

use crate::db::TenantTx;
use anyhow::Context;
pub use check::Check;
use jiff::Timestamp;
pub use lint::{Finding, lint};
pub use matrix::{Answer, Matrix, Probe, Situation, Verb, probe, rows_of};
pub use report::{Count, Report};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};

/// Examines an installation: its catalog as the operator, its rows as the application. Leaves nothing behind.
pub async fn examine(
    operator: &PgConnectOptions,
    app: &PgConnectOptions,
    now: Timestamp,
) -> anyhow::Result<Report> {
    let mut connection = operator
        .connect()
        .await
        .context("the operator's role can't connect")?;
    let findings = lint(&mut connection).await?;
    let version = lint::version(&connection)?;
    connection.close().await?;
    Ok(Report {
        made_at: now,
        server: lint::shown(version),
        database: app.get_database().unwrap_or_default().to_owned(),
        findings,
        matrix: probe(app).await?,
    })
}

/// Customers that a transaction of a tenant sees through row security alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub own: u64,
    /// Of other tenants: 0, or isolation is broken.
    pub foreign: u64,
}

/// What this transaction sees when a statement forgets to name its tenant.
pub async fn seen(tx: &mut TenantTx) -> sqlx::Result<Seen> {
    let (own, foreign) = store::seen(tx).await?;
    Ok(Seen {
        own: own.unsigned_abs(),
        foreign: foreign.unsigned_abs(),
    })
}
