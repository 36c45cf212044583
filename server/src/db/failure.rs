//! Whose fault an error is: the database's, or that of what it was given.

/// SQLSTATE classes of a database that is away, ending, full, busy or read only: connection exception, transaction rollback, insufficient
/// resources, object not in prerequisite state, operator intervention, system error; and read-only transactions (a stand-by).
const OF_THE_DATABASE: [&str; 7] = ["08", "40", "53", "55", "57", "58", "25006"];

/// Would anything else have failed at this moment as well, so that trying again is right and nobody is to blame?
pub fn is_of_the_database(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(_)) => is_in(error, &OF_THE_DATABASE),
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed,
        ) => true,
        _ => false,
    }
}

/// Is it a row that the database does not take (data, constraint, a limit), rather than the database itself?
pub fn is_of_a_row(error: &anyhow::Error) -> bool {
    is_in(error, &["22", "23", "54"])
}

/// The SQLSTATE, if the database refused. Safe to log: its words may repeat a row.
pub fn code(error: &anyhow::Error) -> Option<String> {
    let error = error.downcast_ref::<sqlx::Error>()?;
    Some(error.as_database_error()?.code()?.into_owned())
}

fn is_in(error: &anyhow::Error, classes: &[&str]) -> bool {
    code(error).is_some_and(|code| classes.iter().any(|class| code.starts_with(class)))
}
