//! The checks look at every column that they should: asked of the catalog, so that a new one is not forgotten.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::healthy::healthy;
use crate::support::World;
use server::doctor::deep;
use std::collections::BTreeSet;

/// Words that the program only writes and shows: it has no list of them. The list may only shrink.
const NOT_READ: [&str; 7] = [
    "customer_activities.kind",
    "customer_addresses.kind",
    "customer_feedback.kind",
    "customer_terms.kind",
    "customers.phone_status",
    "review_tasks.kind",
    "tenant_channel_settings.provider",
];

/// Columns whose constraint says `…_is_known`.
const COLUMNS: &str = "select string_agg(c.conrelid::regclass || '.' || a.attname, ',' order by c.conname)
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.conname ~ '_is_known$' and c.coninhcount = 0 and cardinality(c.conkey) = 1 and $1 is not null";

/// Whatever the database itself would refuse, it takes.
async fn without_constraints(world: &World) {
    world
        .run(
            "do $$ declare c record; begin
                 for c in select conrelid::regclass as place, conname from pg_constraint
                          where contype in ('c', 'f') and coninhcount = 0 and connamespace = 'public'::regnamespace
                 loop execute format('alter table %s drop constraint %I', c.place, c.conname); end loop;
             end $$",
        )
        .await;
}

/// What the check of words says that its rows are about, once each of these columns has a word of its own.
async fn named(world: &World, columns: &[&str]) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    without_constraints(world).await;
    for column in columns {
        let (table, name) = column.split_once('.').unwrap();
        world
            .run(&format!(
                "update {table} set {name} = '{column}' where tenant_id = $1
                   and ctid = (select min(ctid) from {table} where tenant_id = $1 and {name} is not null)"
            ))
            .await;
    }
    let found = deep::tenant(&world.app, world.tenant).await.unwrap();
    for row in found
        .into_iter()
        .filter(|one| one.check == "words")
        .flat_map(|one| one.rows)
    {
        named.extend(row.what.split('`').nth(1).map(str::to_owned));
    }
    named
}

#[tokio::test]
async fn a_word_that_nobody_knows_is_found_in_every_column_that_has_such_words() {
    let world = healthy().await;
    let all = world.text(COLUMNS).await;
    let all: Vec<&str> = all
        .split(',')
        .filter(|column| !NOT_READ.contains(column))
        .collect();
    assert!(all.len() > 30, "{all:?}");
    let mut blind: Vec<&&str> = Vec::new();
    // no more rows than are named
    for columns in all.chunks(10) {
        let found = named(&healthy().await, columns).await;
        blind.extend(columns.iter().filter(|column| !found.contains(**column)));
    }
    assert!(blind.is_empty(), "{blind:?}: nothing was said of a word in these");
}

/// References of the ledger to itself, which its verifier follows.
const OF_THE_LEDGER: [&str; 2] = ["consent_event_details.event_id", "consents.event_seq"];

/// Columns with which a row refers to another of its tenant, as the foreign keys say.
const REFERENCES: &str = "select string_agg(c.conrelid::regclass || '.' || a.attname, ',' order by c.conname)
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[2]
    where c.contype = 'f' and c.coninhcount = 0 and cardinality(c.conkey) = 2 and $1 is not null";

#[tokio::test]
async fn a_reference_to_nothing_is_found_in_every_column_that_has_a_foreign_key() {
    let all = healthy().await.text(REFERENCES).await;
    let all: Vec<&str> = all
        .split(',')
        .filter(|column| !OF_THE_LEDGER.contains(column))
        .collect();
    assert!(all.len() > 15, "{all:?}");
    let mut blind = Vec::new();
    // of a table one column at a time, so that it is that column which is named
    let world = healthy().await;
    without_constraints(&world).await;
    for column in all {
        let (table, name) = column.split_once('.').unwrap();
        let row = format!("{table} where tenant_id = $1 and {name} is not null");
        if world.text(&format!("select count(*) from {row}")).await == "0" {
            blind.push(column.to_owned());
            continue;
        }
        world
            .run(&format!(
                "create table kept as select * from {table};
                 update {table} set {name} = md5('gone')::uuid where tenant_id = $1 and ctid = (select min(ctid) from {row})"
            ))
            .await;
        let found = deep::tenant(&world.app, world.tenant).await.unwrap();
        let references = found.into_iter().find(|one| one.check == "references").unwrap();
        let is_named = |row: &deep::Offence| row.table == table && row.what.contains("is gone");
        if !references.rows.iter().any(is_named) {
            blind.push(column.to_owned());
        }
        let columns = format!(
            "select string_agg(quote_ident(attname), ',') from pg_attribute
             where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped and attgenerated = '' and $1 is not null"
        );
        let columns = world.text(&columns).await;
        world
            .run(&format!(
                "delete from {table}; insert into {table} ({columns}) select {columns} from kept; drop table kept"
            ))
            .await;
    }
    assert_eq!(blind, Vec::<String>::new());
}
