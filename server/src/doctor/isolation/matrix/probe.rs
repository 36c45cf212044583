//! What is tried against a neighbour's rows, in which situations, and how an answer is judged.
use serde::{Serialize, Serializer};

/// What is tried on a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    Select,
    Insert,
    Update,
    /// Own rows are given to the neighbour.
    Move,
    Delete,
    /// `insert … on conflict`, which would tell whether a row is there.
    Upsert,
    /// `… returning`, which would show a row.
    Returning,
    /// An own row that refers to a row of the neighbour's.
    ForeignKey,
}

impl Verb {
    pub const ALL: [Self; 8] = [
        Self::Select,
        Self::Insert,
        Self::Update,
        Self::Move,
        Self::Delete,
        Self::Upsert,
        Self::Returning,
        Self::ForeignKey,
    ];

    /// As reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Move => "move",
            Self::Delete => "delete",
            Self::Upsert => "upsert",
            Self::Returning => "returning",
            Self::ForeignKey => "foreign_key",
        }
    }
}

/// Who tries, and what went before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// Another tenant is in force.
    OtherTenant,
    /// None is: what a finished transaction leaves.
    NoTenant,
    /// The tenant in force is the empty text.
    EmptyTenant,
    /// Another tenant, after an error in a savepoint in which the neighbour was in force.
    AfterError,
    /// The same after a statement that was cancelled.
    AfterCancel,
    /// The same after a savepoint that read as the neighbour and was rolled back.
    AfterSavepoint,
    /// A connection on which no tenant was ever in force.
    NeverSet,
}

impl Situation {
    pub const ALL: [Self; 7] = [
        Self::OtherTenant,
        Self::NoTenant,
        Self::EmptyTenant,
        Self::AfterError,
        Self::AfterCancel,
        Self::AfterSavepoint,
        Self::NeverSet,
    ];

    /// As reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherTenant => "other_tenant",
            Self::NoTenant => "no_tenant",
            Self::EmptyTenant => "empty_tenant",
            Self::AfterError => "after_error",
            Self::AfterCancel => "after_cancel",
            Self::AfterSavepoint => "after_savepoint",
            Self::NeverSet => "never_set",
        }
    }

    /// For people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::OtherTenant => "as another tenant",
            Self::NoTenant => "with no tenant, as a finished transaction leaves it",
            Self::EmptyTenant => "with the empty text as tenant",
            Self::AfterError => "after an error was rolled back in which the neighbour was in force",
            Self::AfterCancel => "after a statement of the neighbour was cancelled and rolled back",
            Self::AfterSavepoint => "after a savepoint of the neighbour was rolled back",
            Self::NeverSet => "on a fresh connection that never had a tenant",
        }
    }

    /// Is a tenant in force, whose own rows are there to try with?
    pub fn has_tenant(self) -> bool {
        match self {
            Self::OtherTenant | Self::AfterError | Self::AfterCancel | Self::AfterSavepoint => true,
            Self::NoTenant | Self::EmptyTenant | Self::NeverSet => false,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", content = "detail", rename_all = "snake_case")]
pub enum Answer {
    /// The statement saw and changed nothing.
    NoRows,
    /// Row security refused it (42501).
    Refused,
    /// The role does not have that verb on the table at all (42501).
    NotGranted,
    /// The row that was referred to is not there for this tenant (23503).
    NotThere,
    /// A neighbour's row was seen, found out about or changed.
    Leak(String),
    /// It could not be tried, so it proves nothing.
    Unclear(String),
}

impl Answer {
    /// For people.
    pub fn says(&self) -> String {
        match self {
            Self::NoRows => "no rows".to_owned(),
            Self::Refused => "refused by row security".to_owned(),
            Self::NotGranted => "not granted".to_owned(),
            Self::NotThere => "not there for this tenant".to_owned(),
            Self::Leak(what) => format!("LEAK, {what}"),
            Self::Unclear(why) => format!("unclear, {why}"),
        }
    }

    /// Does it show that the neighbour is safe?
    pub fn is_safe(&self) -> bool {
        match self {
            Self::NoRows | Self::Refused | Self::NotGranted | Self::NotThere => true,
            Self::Leak(_) | Self::Unclear(_) => false,
        }
    }
}

/// A statement that is tried.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub verb: Verb,
    pub statement: String,
    /// What the safe answer is, when the role has the verb.
    pub safe: Safe,
    pub is_granted: bool,
}

/// What a safe answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Safe {
    /// Nothing is found.
    NoRows,
    /// Refused whatever rows there are: even "nothing done" would tell something.
    Refused,
    /// Own rows are refused the change.
    OwnRowsRefused,
    /// Own rows can't refer to it.
    NotThere,
}

/// What PostgreSQL said: rows, or its error's code and text.
pub(super) type Said = Result<u64, (String, String)>;

impl Attempt {
    /// What that answer means in that situation.
    pub fn judge(&self, said: Said, situation: Situation) -> Answer {
        match (said, self.safe) {
            (Ok(0), Safe::NoRows) => Answer::NoRows,
            (Ok(0), Safe::OwnRowsRefused | Safe::NotThere) if !situation.has_tenant() => Answer::NoRows,
            (Ok(0), Safe::OwnRowsRefused | Safe::NotThere) => {
                Answer::Unclear("no own row was there to try with".to_owned())
            }
            (Ok(rows), Safe::NoRows) => Answer::Leak(format!("{rows} rows")),
            (Ok(rows), Safe::Refused | Safe::OwnRowsRefused | Safe::NotThere) => {
                Answer::Leak(format!("accepted, {rows} rows"))
            }
            (Err((code, _)), _) if code == "42501" && self.is_granted => Answer::Refused,
            (Err((code, _)), _) if code == "42501" => Answer::NotGranted,
            (Err((code, _)), Safe::NotThere) if code == "23503" => Answer::NotThere,
            // a key or a check stopped it, row security did not
            (Err((code, text)), _) if code.starts_with("23") => {
                Answer::Leak(format!("row security let it pass; then {code}: {text}"))
            }
            (Err((code, text)), _) => Answer::Unclear(format!("{code}: {text}")),
        }
    }
}

impl Serialize for Verb {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl Serialize for Situation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(safe: Safe, is_granted: bool) -> Attempt {
        Attempt {
            verb: Verb::Select,
            statement: String::new(),
            safe,
            is_granted,
        }
    }

    fn error(code: &str) -> Said {
        Err((code.to_owned(), "x".to_owned()))
    }

    #[test]
    fn a_row_or_an_accepted_statement_is_a_leak() {
        let other = Situation::OtherTenant;
        for safe in [Safe::NoRows, Safe::Refused, Safe::OwnRowsRefused, Safe::NotThere] {
            let answer = attempt(safe, true).judge(Ok(1), other);
            assert!(matches!(answer, Answer::Leak(_)), "{safe:?}: {answer:?}");
        }
        let silent = attempt(Safe::Refused, true).judge(Ok(0), other);
        assert!(
            matches!(silent, Answer::Leak(_)),
            "doing nothing tells that the row is there"
        );
    }

    #[test]
    fn a_key_that_stops_what_row_security_let_pass_is_a_leak() {
        let answer = attempt(Safe::Refused, true).judge(error("23505"), Situation::OtherTenant);
        assert!(matches!(answer, Answer::Leak(_)), "{answer:?}");
        let answer = attempt(Safe::NoRows, true).judge(error("23503"), Situation::OtherTenant);
        assert!(matches!(answer, Answer::Leak(_)), "{answer:?}");
    }

    #[test]
    fn refusals_tell_a_missing_right_from_row_security() {
        let other = Situation::OtherTenant;
        assert_eq!(
            attempt(Safe::Refused, true).judge(error("42501"), other),
            Answer::Refused
        );
        assert_eq!(
            attempt(Safe::Refused, false).judge(error("42501"), other),
            Answer::NotGranted
        );
        assert_eq!(
            attempt(Safe::NotThere, true).judge(error("23503"), other),
            Answer::NotThere
        );
    }

    #[test]
    fn what_could_not_be_tried_proves_nothing() {
        let lacking = attempt(Safe::NotThere, true);
        assert!(!lacking.judge(Ok(0), Situation::OtherTenant).is_safe());
        assert!(lacking.judge(Ok(0), Situation::NoTenant).is_safe());
        assert!(
            !attempt(Safe::NoRows, true)
                .judge(error("57014"), Situation::OtherTenant)
                .is_safe()
        );
    }
}
