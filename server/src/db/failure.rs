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

/// Is it something stored that this version can't read, or a row that the database does not take?
pub fn is_of_what_is_stored(error: &anyhow::Error) -> bool {
    let is_unread = matches!(
        error.downcast_ref::<sqlx::Error>(),
        Some(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))
    );
    is_unread || is_of_a_row(error)
}

/// The SQLSTATE, if the database refused. Safe to log: its words may repeat a row.
fn code(error: &anyhow::Error) -> Option<String> {
    let error = error.downcast_ref::<sqlx::Error>()?;
    Some(error.as_database_error()?.code()?.into_owned())
}

/// What may be logged of an error: what was being done and what failed, but of the database its code alone, and of what can't be read
/// nothing. The words of both may repeat a row, and with it an address or a text.
pub fn without_data(error: &anyhow::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in error.chain() {
        let (said, is_last) = if let Some(error) = cause.downcast_ref::<sqlx::Error>() {
            (of_sqlx(error), true)
        } else if cause.is::<serde_json::Error>() {
            ("JSON that can't be read".to_owned(), true)
        } else {
            (cause.to_string(), false)
        };
        words.push(said);
        if is_last {
            break;
        }
    }
    words.join(": ")
}

fn of_sqlx(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refused) => format!("SQLSTATE {}", refused.code().unwrap_or_default()),
        sqlx::Error::ColumnDecode { index, .. } => format!("the column {index} can't be read"),
        sqlx::Error::Decode(_) | sqlx::Error::Encode(_) => "a value can't be read or written".to_owned(),
        other => other.to_string(),
    }
}

fn is_in(error: &anyhow::Error, classes: &[&str]) -> bool {
    code(error).is_some_and(|code| classes.iter().any(|class| code.starts_with(class)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn an_error_is_told_without_what_it_quotes() {
        let wrong = || serde_json::from_str::<u8>("\"+12125550123\"").unwrap_err();
        assert!(wrong().to_string().contains("+1212"));
        let column = || sqlx::Error::ColumnDecode {
            index: "their_address".to_owned(),
            source: wrong().into(),
        };
        for (error, told) in [
            (anyhow::Error::new(wrong()), "JSON that can't be read"),
            (
                anyhow::Error::new(wrong()).context("an event"),
                "an event: JSON that can't be read",
            ),
            (column().into(), "the column their_address can't be read"),
            (
                Err::<(), _>(column()).context("a message").unwrap_err(),
                "a message: the column their_address can't be read",
            ),
            (
                sqlx::Error::Decode(wrong().into()).into(),
                "a value can't be read or written",
            ),
            (
                anyhow::anyhow!("no space left").context("the journal"),
                "the journal: no space left",
            ),
        ] {
            assert_eq!(without_data(&error), told);
        }
    }
}
