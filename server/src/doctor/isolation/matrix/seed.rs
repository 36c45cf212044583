//! The rows that are probed: one per table, written by hand, for any tenant.
use uuid::Uuid;

const SEED: &str = include_str!("seed.sql");

/// The inserts of one tenant's rows, in order, each with its table.
pub(super) fn inserts(tenant: Uuid) -> Vec<(&'static str, String)> {
    SEED.split(";\n")
        .filter_map(|part| {
            let statement = &part[part.find("insert into ")?..];
            let table = statement.split_whitespace().nth(2)?;
            Some((table, statement.replace("$1", &format!("'{tenant}'::uuid"))))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_has_one_insert_that_names_the_tenant() {
        let inserts = inserts(Uuid::nil());
        assert!(inserts.len() >= 26, "{}", inserts.len());
        let mut names: Vec<&str> = inserts.iter().map(|(table, _)| *table).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), inserts.len());
        for (table, statement) in inserts {
            assert!(!statement.contains('$'), "{table}");
            assert!(statement.contains(&Uuid::nil().to_string()), "{table}");
            assert!(!statement.contains(';'), "{table} has two statements");
        }
    }
}
