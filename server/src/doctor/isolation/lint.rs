//! What is wrong with tables, policies, roles and grants: read from the catalog, whatever the migrations say.
use super::check::Check;
use super::store;
use anyhow::Context;
use serde::Serialize;
use sqlx::PgConnection;

/// The first releases in which nothing looks behind a policy through estimates (CVE-2025-8713) or a plan made for somebody else
/// (CVE-2024-10976); of later majors every release has the fixes.
const FIXED_IN: [u32; 3] = [150_014, 160_010, 170_006];

/// Something that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub check: Check,
    /// The table, role or function that it is about.
    pub object: String,
    pub detail: String,
}

/// All findings, in the order of the checks' names. Any role may ask: the catalog is open to all.
pub async fn lint(connection: &mut PgConnection) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for found in store::findings(connection).await? {
        let check = Check::parse(&found.check)
            .with_context(|| format!("lint.sql has the check {}, which nobody knows", found.check))?;
        findings.push(Finding {
            check,
            object: found.object,
            detail: found.detail,
        });
    }
    findings.extend(of_version(version(connection)?));
    Ok(findings)
}

/// The server's version as it said it when we connected, such as 150014.
pub fn version(connection: &PgConnection) -> anyhow::Result<u32> {
    connection
        .server_version_num()
        .context("the server does not tell its version")
}

/// What is to be said of a server of this version (such as 150014).
pub fn of_version(version: u32) -> Option<Finding> {
    let fixed = FIXED_IN
        .into_iter()
        .find(|fixed| fixed / 10_000 == version / 10_000);
    let is_too_old = fixed.map_or(version < FIXED_IN[0], |fixed| version < fixed);
    is_too_old.then(|| Finding {
        check: Check::ServerTooOld,
        object: format!("PostgreSQL {}", shown(version)),
        detail: match fixed {
            Some(fixed) => format!("update to {} or newer", shown(fixed)),
            None => format!("update to {} or newer", shown(FIXED_IN[0])),
        },
    })
}

/// 150014 as people write it: 15.14.
pub fn shown(version: u32) -> String {
    format!("{}.{}", version / 10_000, version % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_without_the_fixes_are_named_and_others_are_not() {
        for old in [140_020, 150_013, 160_009, 170_005] {
            assert_eq!(of_version(old).unwrap().check, Check::ServerTooOld, "{old}");
        }
        for new in [150_014, 150_020, 160_010, 170_006, 180_000] {
            assert_eq!(of_version(new), None, "{new}");
        }
    }

    #[test]
    fn a_version_is_shown_as_people_write_it() {
        assert_eq!(shown(150_014), "15.14");
    }
}
