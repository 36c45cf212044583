//! Which rule of law or carrier is kept where, and by which test it is shown; and which is not yet, and why. The list is
//! data/coverage.tsv; docs/COMPLIANCE.md is printed from it and compared by a test.
use std::sync::LazyLock;

/// Where a rule is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// By a function or a data row, shown by a test.
    By { place: &'static str, test: &'static str },
    /// Not yet, for this reason.
    NotYet(&'static str),
}

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub id: &'static str,
    pub says: &'static str,
    pub source: &'static str,
    pub kept: Kept,
}

/// How many rules may be listed as not yet kept. It may only shrink.
pub const MOST_NOT_YET: usize = 12;

/// Every rule, in the order of the list.
pub static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    include_str!("data/coverage.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(rule)
        .collect()
});

fn rule(line: &'static str) -> Option<Rule> {
    let mut cells = line.split('\t');
    let (id, says, source, place, test) = (
        cells.next()?,
        cells.next()?,
        cells.next()?,
        cells.next()?,
        cells.next()?,
    );
    let kept = match place.strip_prefix("not yet: ") {
        Some(why) => Kept::NotYet(why),
        None => Kept::By { place, test },
    };
    Some(Rule {
        id,
        says,
        source,
        kept,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::path::PathBuf;

    fn document() -> String {
        let mut out = String::from(
            "# Rules and where they are kept\n\nNot legal advice. Printed from `rules/src/data/coverage.tsv` by a test (`COURTESY_WRITE_DOCS=1 cargo \
             test -p rules coverage`); do not edit. The states' hours with their sources are rows of `rules/src/jurisdiction.rs`.\n\n\
             | rule | says | source | kept by | shown by |\n|---|---|---|---|---|\n",
        );
        for rule in RULES.iter() {
            let (place, test) = match rule.kept {
                Kept::By { place, test } => (place.to_owned(), test.to_owned()),
                Kept::NotYet(why) => (format!("not yet: {why}"), "–".to_owned()),
            };
            writeln!(
                out,
                "| {} | {} | {} | {place} | {test} |",
                rule.id, rule.says, rule.source
            )
            .unwrap();
        }
        out
    }

    #[test]
    fn the_document_says_what_the_list_says() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/COMPLIANCE.md");
        if is_writing() {
            std::fs::write(&path, document()).unwrap();
        }
        assert!(
            std::fs::read_to_string(&path).unwrap_or_default() == document(),
            "docs/COMPLIANCE.md is out of date"
        );
    }

    #[expect(clippy::disallowed_methods, reason = "a test has no settings")]
    fn is_writing() -> bool {
        std::env::var("COURTESY_WRITE_DOCS").is_ok()
    }

    #[test]
    fn every_rule_stands_once_and_what_is_not_yet_kept_only_shrinks() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        let lines = include_str!("data/coverage.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .count();
        assert_eq!(RULES.len(), lines, "a line of the list is not whole");
        assert!(
            RULES
                .iter()
                .all(|rule| !matches!(rule.kept, Kept::By { test: "", .. })),
            "a rule without a test"
        );
        let open = RULES
            .iter()
            .filter(|rule| matches!(rule.kept, Kept::NotYet(_)))
            .count();
        // lower MOST_NOT_YET when a rule is kept; never raise it
        assert!(open <= MOST_NOT_YET, "{open} rules are not kept");
        for (letter, last) in [
            ("C", 7),
            ("K", 11),
            ("Q", 6),
            ("T", 6),
            ("W", 5),
            ("A", 4),
            ("E", 4),
            ("R", 8),
            ("S", 2),
            ("D", 2),
        ] {
            for number in 1..=last {
                assert!(
                    ids.contains(format!("{letter}{number}").as_str()),
                    "{letter}{number} is not listed"
                );
            }
        }
    }

    /// A name such as `place::tests::an_overlay…` is a function of the file that holds `place`'s tests, `address::phones::numbers…` one of
    /// address/phones.rs; a path is a file.
    #[test]
    fn every_test_that_is_named_exists() {
        let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        for rule in RULES.iter() {
            let Kept::By { test, .. } = rule.kept else {
                continue;
            };
            for named in test.split("; ") {
                let named = named.split(' ').next().unwrap_or_default();
                if let Some(noun) = named.strip_prefix("tests/it/") {
                    let file = crates.join("../server/tests/it").join(noun);
                    assert!(file.exists(), "{}: {named}", rule.id);
                    continue;
                }
                let (module, name) = named
                    .split_once("::tests")
                    .or(named.split_once("::properties"))
                    .or(named.rfind("::").map(|at| named.split_at(at)))
                    .unwrap();
                let module = module.replace("::", "/");
                let files = [
                    format!("{module}.rs"),
                    format!("{module}_tests.rs"),
                    format!("{module}/tests.rs"),
                    format!("{module}/properties.rs"),
                ];
                let source: String = files
                    .iter()
                    .filter_map(|file| std::fs::read_to_string(crates.join("src").join(file)).ok())
                    .collect();
                let wanted = match name.strip_prefix("::") {
                    Some(name) => format!("fn {name}("),
                    None => "#[test]".to_owned(),
                };
                assert!(source.contains(&wanted), "{}: {named}", rule.id);
            }
        }
    }

    #[test]
    fn every_rule_that_the_gate_names_is_listed() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        let looks = concat!(
            include_str!("may_send/look.rs"),
            include_str!("may_send/consent_look.rs"),
            include_str!("may_send/whatsapp_look.rs")
        );
        for quoted in looks.split('"').skip(1).step_by(2) {
            let looks_like_an_id = quoted.len() <= 3
                && quoted.starts_with(|c: char| c.is_ascii_uppercase())
                && quoted.chars().skip(1).all(|c| c.is_ascii_digit())
                && quoted.len() > 1;
            assert!(!looks_like_an_id || ids.contains(quoted), "{quoted}");
        }
    }
}
