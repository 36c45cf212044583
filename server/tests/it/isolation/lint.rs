//! Every check of the catalog finds the one fault that it is for, on the thing that has it, and is silent otherwise.
use super::faults::FAULTS;
use super::run;
use crate::support::world;
use server::doctor::isolation::{Check, Finding, lint};
use sqlx::{ConnectOptions, Executor};
use std::collections::BTreeSet;

#[tokio::test]
async fn nothing_in_the_catalog_of_the_migrations_is_against_isolation() {
    let world = world().await;
    // any role may ask, and the answer is the same
    for role in [&world.roles.operator, &world.roles.app, &world.owner] {
        let found = lint(&mut role.connect().await.unwrap()).await.unwrap();
        assert_eq!(found, [], "{}", role.get_username());
    }
}

#[tokio::test]
async fn each_fault_is_found_by_its_check_and_by_no_other() {
    let world = world().await;
    let mut wrong = Vec::new();
    let mut connection = world.meddling().await;
    for fault in &FAULTS {
        run(&mut connection, "savepoint fault").await;
        assert_eq!(lint(&mut connection).await.unwrap(), [], "before {}", fault.ddl);
        run(&mut connection, fault.ddl).await;
        let found = lint(&mut connection).await.unwrap();
        run(&mut connection, "rollback to savepoint fault").await;
        let is_it = |finding: &Finding| {
            let is_about = finding.object == fault.object
                || (fault.object == "world" && finding.object.starts_with("world_"));
            finding.check == fault.check && is_about
        };
        if !matches!(found.as_slice(), [one] if is_it(one)) {
            wrong.push(format!(
                "{} on {}: found {found:#?}",
                fault.check.name(),
                fault.object
            ));
        }
    }
    connection.execute("rollback").await.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_checks_of_the_list_of_the_sql_and_of_the_faults_are_the_same() {
    let listed: BTreeSet<&str> = Check::ALL.map(Check::name).into();
    assert_eq!(listed.len(), Check::ALL.len());
    let sql = include_str!("../../../src/doctor/isolation/lint.sql");
    let mut in_sql: BTreeSet<&str> = sql
        .split("select '")
        .skip(1)
        .filter_map(|rest| rest.split_once('\'').map(|(name, _)| name))
        .collect();
    // the version is compared outside of SQL
    in_sql.insert(Check::ServerTooOld.name());
    assert_eq!(listed, in_sql);
    let mut with_fault: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.check.name()).collect();
    with_fault.insert(Check::ServerTooOld.name());
    assert_eq!(listed, with_fault);
}

#[test]
fn the_page_of_isolation_describes_every_check() {
    let page = include_str!("../../../../docs/ISOLATION.md");
    for check in Check::ALL {
        assert!(
            page.contains(&format!("`{}`", check.name())),
            "docs/ISOLATION.md says nothing of {}",
            check.name()
        );
    }
}
