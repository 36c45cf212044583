//! Migrations: all or none, up and down and up again, and a failure says where.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop; clippy knows only #[test] functions"
)]
use crate::embedded::{ask, folder, server, text};
use server::db::embedded::Role;
use server::db::migrate::{self, MigrateError, Status, down_with, status_with, up_with};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{ConnectOptions, Connection, SqlSafeStr};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Migrations 1, 2, …, each an up and a down.
fn migrations(files: &[(&'static str, &'static str, &'static str)]) -> Migrator {
    let mut all = Vec::new();
    for (index, (subject, up, down)) in files.iter().enumerate() {
        let version = i64::try_from(index).unwrap() + 1;
        for (kind, sql) in [
            (MigrationType::ReversibleUp, up),
            (MigrationType::ReversibleDown, down),
        ] {
            all.push(Migration::new(
                version,
                (*subject).into(),
                kind,
                sql.into_sql_str(),
                false,
            ));
        }
    }
    Migrator::with_migrations(all)
}

const ONE: (&str, &str, &str) = (
    "first thing",
    "create table one (n int);\ninsert into one values (1);",
    "drop table one;",
);
const TWO: (&str, &str, &str) = ("second thing", "create table two (n int);", "drop table two;");
const TABLES: &str = "select coalesce(string_agg(relname, ' ' order by relname), 'none') from pg_class \
                      where relkind = 'r' and relnamespace = 'public'::regnamespace";

#[tokio::test]
async fn a_failing_migration_leaves_everything_as_it_was_and_names_the_statement() {
    let folder = folder();
    let embedded = server(&folder).await;
    let owner = embedded.url(Role::Owner);
    let faulty = (
        "faulty",
        "-- why\ncreate table three (n int);\n\ninsert into three\n  select missing\n  from one;",
        "",
    );
    let error = up_with(&migrations(&[ONE, TWO, faulty]), &owner)
        .await
        .unwrap_err();
    let said = error.to_string();
    let MigrateError::Statement(failed) = error else {
        panic!("{said}")
    };
    assert_eq!(
        (failed.file.as_str(), failed.number, failed.line),
        ("migrations/0003_faulty.up.sql", 2, 5)
    );
    assert_eq!(failed.first_words, "insert into three select missing from one");
    assert_eq!(failed.sqlstate.as_deref(), Some("42703"));
    assert!(
        said.contains("column \"missing\" does not exist") && said.contains("Nothing was changed"),
        "{said}"
    );
    assert_eq!(ask(&owner, TABLES).await, "none");

    // Nor does it keep the lock: the next one runs.
    let done = up_with(&migrations(&[ONE, TWO]), &owner).await.unwrap();
    assert_eq!(
        done.iter()
            .map(|it| (it.version, it.statements))
            .collect::<Vec<_>>(),
        [(1, 2), (2, 1)]
    );
    // A later failure leaves the earlier work alone.
    up_with(&migrations(&[ONE, TWO, faulty]), &owner)
        .await
        .unwrap_err();
    assert_eq!(ask(&owner, TABLES).await, "_sqlx_migrations one two");
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn migrations_go_up_and_down_and_up_again_and_tell_where_they_stand() {
    let folder = folder();
    let embedded = server(&folder).await;
    let owner = embedded.url(Role::Owner);
    let both = migrations(&[ONE, TWO]);
    let standing = |all: Vec<Status>| {
        all.iter()
            .map(|it| (it.version, it.applied_at.is_some(), it.checksum_ok))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        standing(status_with(&both, &owner).await.unwrap()),
        [(1, false, true), (2, false, true)]
    );
    assert_eq!(ask(&owner, TABLES).await, "none", "asking changes nothing");
    up_with(&both, &owner).await.unwrap();
    assert_eq!(up_with(&both, &owner).await.unwrap(), []);
    down_with(&both, &owner, 1).await.unwrap();
    assert_eq!(
        standing(status_with(&both, &owner).await.unwrap()),
        [(1, true, true), (2, false, true)]
    );
    down_with(&both, &owner, 0).await.unwrap();
    assert_eq!(ask(&owner, TABLES).await, "_sqlx_migrations");
    assert_eq!(up_with(&both, &owner).await.unwrap().len(), 2);
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn changed_files_and_newer_programs_are_refused_by_name() {
    let folder = folder();
    let embedded = server(&folder).await;
    let owner = embedded.url(Role::Owner);
    up_with(&migrations(&[ONE, TWO]), &owner).await.unwrap();
    let changed = migrations(&[
        ONE,
        ("second thing", "create table two (n bigint);", "drop table two;"),
    ]);
    let error = up_with(&changed, &owner).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("migrations/0002_second_thing.up.sql was changed"),
        "{error}"
    );
    assert!(!status_with(&changed, &owner).await.unwrap()[1].checksum_ok);
    let older = migrations(&[ONE]);
    for error in [
        up_with(&older, &owner).await.unwrap_err(),
        down_with(&older, &owner, 0).await.unwrap_err(),
    ] {
        assert!(
            matches!(
                &error,
                MigrateError::Unknown {
                    version: 2,
                    newest_known: 1,
                    ..
                }
            ),
            "{error}"
        );
    }
    assert!(!status_with(&older, &owner).await.unwrap()[1].is_known);
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn of_two_that_migrate_at_once_one_waits_and_finds_it_done() {
    let folder = folder();
    let embedded = server(&folder).await;
    let owner = embedded.url(Role::Owner);
    let slow = migrations(&[
        ONE,
        (
            "slow",
            "select pg_sleep(0.3); create table two (n int)",
            "drop table two",
        ),
    ]);
    let (one, other) = tokio::join!(up_with(&slow, &owner), up_with(&slow, &owner));
    let mut done = [one.unwrap().len(), other.unwrap().len()];
    done.sort_unstable();
    assert_eq!(done, [0, 2]);
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_migration_gives_up_soon_when_somebody_uses_the_table() {
    let folder = folder();
    let embedded = server(&folder).await;
    let owner = embedded.url(Role::Owner);
    up_with(&migrations(&[ONE]), &owner).await.unwrap();
    let mut reader = owner.connect().await.unwrap();
    text(&mut reader, "begin; select n::text from one").await;
    let change = ("change", "alter table one add m int", "alter table one drop m");
    let began = Instant::now();
    let error = up_with(&migrations(&[ONE, change]), &owner).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(
        error.to_string().contains("somebody else is using that table"),
        "{error}"
    );
    reader.close().await.unwrap();
    up_with(&migrations(&[ONE, change]), &owner).await.unwrap();
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn the_product_s_own_migrations_can_be_undone_and_done_again() {
    let folder = folder();
    let embedded = server(&folder).await;
    let owner = embedded.url(Role::Owner);
    let all = migrate::up(&owner).await.unwrap();
    assert!(!all.is_empty());
    let schema = "select string_agg(attrelid::regclass || '.' || attname, ' ' order by attrelid::regclass::text, attname)
                  from pg_attribute join pg_class on pg_class.oid = attrelid
                  where attnum > 0 and relnamespace::regnamespace::text !~ '^pg_|^information_schema$'
                  and relkind in ('r', 'p', 'v', 'i')";
    let before = ask(&owner, schema).await;
    assert_eq!(migrate::down_one(&owner).await.unwrap().len(), 1);
    assert_eq!(migrate::up(&owner).await.unwrap().len(), 1);
    assert_eq!(migrate::down(&owner, 0).await.unwrap().len(), all.len());
    assert_eq!(ask(&owner, TABLES).await, "_sqlx_migrations");
    assert_eq!(migrate::up(&owner).await.unwrap(), all);
    let after = ask(&owner, schema).await;
    let of = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(
        of(&before).symmetric_difference(&of(&after)).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    let standing = migrate::status(&owner).await.unwrap();
    assert!(
        standing
            .iter()
            .all(|it| it.applied_at.is_some() && it.checksum_ok && it.is_known)
    );
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn texts_that_were_stored_under_a_key_with_our_number_are_known_under_the_new_one() {
    const KEYS: &str = "select string_agg(key, ' ' order by key)
        from (select event_key from provider_events union all select raw_with from provider_events union all
              select payload ->> 'key' from provider_events union all select said from review_tasks) as every (key)";
    let folder = folder();
    let embedded = server(&folder).await;
    let owner = embedded.url(Role::Owner);
    migrate::up(&owner).await.unwrap();
    let store = "insert into provider_events (tenant_id, provider, event_key, kind, payload, raw_with, occurred_at, received_at)
        select md5('t')::uuid, provider, key, 'inbound',
               jsonb_build_object('key', key, 'external_id', 'in1', 'our_address', '+12125550100'), raw_with, now(), now()
        from (values ('bandwidth', 'in1:7051794160d36233', null), ('bandwidth', 'in2', 'in1:7051794160d36233'), ('vonage', 'in1', null))
             as told (provider, key, raw_with);
        insert into review_tasks (tenant_id, id, kind, said, opened_at)
        values (md5('t')::uuid, md5('r')::uuid, 'event_failed', 'in1:7051794160d36233', now())";
    sqlx::raw_sql(store)
        .execute(&mut owner.connect().await.unwrap())
        .await
        .unwrap();
    let digested =
        "in1 in1 in1:7051794160d36233 in1:7051794160d36233 in1:7051794160d36233 in1:7051794160d36233 in2 in2";
    assert_eq!(ask(&owner, KEYS).await, digested);
    migrate::down(&owner, 31).await.unwrap();
    assert_eq!(
        ask(&owner, KEYS).await,
        digested.replace("7051794160d36233", "+12125550100")
    );
    migrate::up(&owner).await.unwrap();
    assert_eq!(ask(&owner, KEYS).await, digested);
    embedded.stop().await.unwrap();
}
