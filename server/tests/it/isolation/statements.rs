//! What every statement of the product keeps to, so that one tenant is enough for it, on one PostgreSQL and on Citus alike. The
//! statements are read from .sqlx, where all checked ones are.
use super::rules::{Known, Rule, known, of_definition};
use super::sql_text::{Piece, flat, queries, read};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const BAD: [(Rule, &str); 27] = [
    (
        Rule::EveryTableIsBoundToTheTenant,
        "select id from customers where id = $2",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "select c.id from customers c join messages m on m.customer_id = c.id where c.tenant_id = $1",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "select c.id from customers c, messages m where m.tenant_id = $1",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "select 1 from customers where tenant_id = $1 and exists (select from messages m where m.status = 'sent')",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "select id from customers where tenant_id = $1 union select id from messages",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "update messages m set status = 'x' from customers c where c.tenant_id = $1 and c.id = m.customer_id",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "with gone as (delete from messages returning id) select id from gone",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "select id from customers where tenant_id = app.tenant()",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "select id from customers where ($1::uuid is null or tenant_id = $1)",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "select count(*) filter (where tenant_id = $1) from customers",
    ),
    (
        Rule::EveryTableIsBoundToTheTenant,
        "select tenant_id = $1 from customers where tenant_id = $1 or status = 'active'",
    ),
    (
        Rule::InsertsGiveTheTenant,
        "insert into customers (id, tenant_id) values ($2, $1)",
    ),
    (
        Rule::InsertsGiveTheTenant,
        "insert into customers (tenant_id, id) select x.tenant, x.id from unnest($1::uuid[], $2::uuid[]) as x (tenant, id) returning id",
    ),
    (Rule::NoCopyFrom, "copy customers from stdin"),
    (
        Rule::NoMerge,
        "merge into customers c using customers d on c.tenant_id = $1 and d.tenant_id = $1 when matched then do nothing",
    ),
    (
        Rule::NoBareInsertSelect,
        "insert into customers (tenant_id, id) select $1, x from unnest($2::uuid[]) as x",
    ),
    (
        Rule::NoVolatileFunctionInAChange,
        "update messages set due_at = clock_timestamp() where tenant_id = $1",
    ),
    (
        Rule::NoVolatileFunctionInAChange,
        "insert into messages (tenant_id, id) values ($1, $2) on conflict (tenant_id, id) do update set attempts = random()",
    ),
    (
        Rule::NoLockAcrossTenants,
        "select tenant_id from messages where status = 'queued' for update skip locked",
    ),
    (
        Rule::NoSetNull,
        "alter table messages add constraint x foreign key (a) references b (c) on delete set null",
    ),
    (
        Rule::NoTrigger,
        "create or replace trigger x before insert on messages execute function y()",
    ),
    (Rule::NoEnum, "create type mood as enum ('good')"),
    (
        Rule::NoSecurityDefiner,
        "create function x() returns int language sql security definer as $$ select 1 $$",
    ),
    (Rule::NoChangeOfRole, "set local role courtesy_operator"),
    (
        Rule::NoSetConfig,
        "do $$ begin perform set_config('app.current_tenant', '', true); end $$",
    ),
    (Rule::NoTenantForASession, "set app.current_tenant = 'x'"),
    (Rule::NoTruncate, "truncate messages"),
];

/// Statements that are not bound to one tenant, by words that only they have, with the reason. The list may only shrink.
const ACROSS_TENANTS: [(&str, &str); 13] = [
    (
        "-- Tenants with touches that are due.",
        "the engine's probe: finds tenants, reads its few columns",
    ),
    (
        "-- Tenants with messages to look at.",
        "the engine's probe: finds tenants, reads its few columns",
    ),
    (
        "select distinct tenant_id from campaigns",
        "the engine's probe: tenants with long pauses",
    ),
    (
        "select distinct tenant_id from provider_events",
        "the engine's probe: tenants with events to apply",
    ),
    (
        "-- When the first event that waits is looked at again",
        "the engine's probe: when to wake",
    ),
    (
        "-- When the next queued or unknown message is due",
        "the engine's probe: when to wake",
    ),
    (
        "-- When the next touch is due",
        "the engine's probe: when to wake",
    ),
    (
        "select exists (select from messages where status = 'sending')",
        "the engine's probe: is anything in flight",
    ),
    ("from tenants order by slug", "the operator's list of tenants"),
    (
        "select tenant_id from tenants where slug = $1",
        "the operator finds a tenant by its name",
    ),
    (
        "select t.slug from messages m join tenants t",
        "the operator asks whose a message is",
    ),
    (
        "-- Across tenants, for the operator:",
        "the operator's report of where recipients are",
    ),
    (
        "tenant_id is distinct from $1",
        "the doctor shows what row security alone lets through",
    ),
];

/// Where SQL is run that PostgreSQL has not checked at compile time, with the reason. The list may only shrink.
const UNCHECKED: [(&str, &str); 5] = [
    (
        "db/embedded/setup.rs",
        "makes roles and databases; touches no table",
    ),
    (
        "db/migrate.rs",
        "runs the migrations, whose statements are read here too",
    ),
    (
        "db/mod.rs",
        "begins transactions, rolls back, looks at the roles' catalog",
    ),
    (
        "doctor/isolation/matrix/mod.rs",
        "tries what must be refused, and rolls it back",
    ),
    (
        "messages/store/unlocked_gate.rs",
        "the gate's checked statements with their locks cut out, for the drill that must notice",
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every checked statement of the product.
fn checked() -> Vec<String> {
    let files = std::fs::read_dir(root().join(".sqlx")).unwrap();
    let statements: Vec<String> = files
        .map(|file| {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            json["query"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(statements.len() >= 140, "{}", statements.len());
    statements
}

/// How often a table of tenants stands where a statement names tables.
fn named(known: &Known, sql: &str) -> usize {
    let pieces = read(sql);
    let all = flat(&pieces);
    let names = |two: &&[&Piece]| {
        ["from", "join", "into", "update", "using"]
            .iter()
            .any(|word| two[0].is(word))
            && matches!(two[1], Piece::Word(name) if known.tables.contains(name))
    };
    all.windows(2).filter(names).count()
}

/// How many of them the queries that were read out of it have.
fn understood(known: &Known, sql: &str) -> usize {
    let counted = |query: super::sql_text::Query| {
        let reads = query
            .reads
            .iter()
            .filter(|read| known.tables.contains(&read.table))
            .count();
        let inserts = query
            .inserts
            .iter()
            .filter(|(table, _)| known.tables.contains(table))
            .count();
        reads + inserts
    };
    queries(&read(sql)).into_iter().map(counted).sum()
}

#[tokio::test]
async fn every_rule_catches_its_bad_statement() {
    let known = known().await;
    let mut caught = BTreeSet::new();
    for (rule, sql) in BAD {
        assert!(known.broken(sql).contains(&rule), "{rule:?} lets pass: {sql}");
        caught.insert(rule);
    }
    assert_eq!(caught, Rule::ALL.into(), "a rule without a bad statement");
}

#[tokio::test]
async fn good_statements_break_no_rule() {
    let known = known().await;
    for sql in [
        "select c.id from customers as c left join messages m on m.tenant_id = $1 and m.customer_id = c.id where c.tenant_id = $1",
        "select id from customers where tenant_id = $1 and name is distinct from $2 for update skip locked",
        "insert into customers as c (tenant_id, id) select $1, x from unnest($2::uuid[]) as x on conflict (tenant_id, id) do update set id = excluded.id",
        "update messages m set status = d.status from unnest($2::uuid[]) as d (id) where m.tenant_id = $1 and m.id = d.id",
        "with recursive w as ((select id from messages where tenant_id = $1 limit 1) union all select 1 from w) select id from w",
        "insert into messages (tenant_id, id) values ($1, gen_random_uuid())",
        "copy (select id from messages where tenant_id = $1) to stdout",
        "select extract(epoch from at) from customer_feedback where tenant_id = $1",
    ] {
        assert_eq!(known.broken(sql), BTreeSet::new(), "{sql}");
    }
}

#[tokio::test]
async fn every_statement_of_the_product_keeps_the_rules() {
    let known = known().await;
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for sql in checked() {
        assert_eq!(
            named(&known, &sql),
            understood(&known, &sql),
            "a table was overlooked in {sql}"
        );
        let mut broken = known.broken(&sql);
        let listed = ACROSS_TENANTS.iter().find(|(words, _)| sql.contains(words));
        if let Some((words, _)) = listed
            && broken.remove(&Rule::EveryTableIsBoundToTheTenant)
        {
            used.insert(*words);
        }
        if !broken.is_empty() {
            wrong.push(format!("{broken:?}: {sql}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let listed: BTreeSet<&str> = ACROSS_TENANTS.iter().map(|(words, _)| *words).collect();
    assert_eq!(listed, used, "these need not be listed any more");
}

#[test]
fn migrations_define_nothing_that_goes_round_row_security_or_that_citus_refuses() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in std::fs::read_dir(root().join("migrations")).unwrap() {
        let path = file.unwrap().path();
        let broken = of_definition(&read(&std::fs::read_to_string(&path).unwrap()));
        if !broken.is_empty() {
            wrong.push(format!("{}: {broken:?}", path.display()));
        }
        seen += 1;
    }
    assert!(seen >= 20 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unchecked_sql_is_run_in_the_listed_files_only() {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let runs = ["execute", "fetch_one", "fetch_all", "fetch_optional", "fetch"]
                .iter()
                .any(|verb| {
                    let call = format!(".{verb}(");
                    text.split(&call)
                        .skip(1)
                        .any(|rest| rest.trim_start().starts_with(['"', '&']))
                });
            if runs
                || text.contains("AssertSqlSafe(")
                || ["raw_sql(", "query(", "query_as(", "query_scalar("]
                    .iter()
                    .any(|call| text.contains(&format!("sqlx::{call}")))
            {
                let inside = path
                    .to_str()
                    .unwrap()
                    .split("server/src/")
                    .nth(1)
                    .unwrap()
                    .to_owned();
                found.insert(inside);
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&root().join("server/src"), &mut found);
    let listed: BTreeSet<String> = UNCHECKED.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(listed, found);
}

#[test]
fn errors_are_told_apart_by_code_and_not_by_the_name_of_a_constraint() {
    // Citus leaves the name out, or adds a shard's number to it
    fn walk(folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(!text.contains(".constraint()"), "{}", path.display());
            }
        }
    }
    walk(&root().join("server/src"));
}
