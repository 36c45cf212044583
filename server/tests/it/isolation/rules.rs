//! The rules about statements: each table bound to the tenant, and nothing that goes round row security or that Citus refuses.
use super::sql_text::{Piece, Query, flat, has_words, queries, read};
use crate::support::world;
use sqlx::{ConnectOptions, Executor, Row};
use std::collections::BTreeSet;

/// What a statement may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    EveryTableIsBoundToTheTenant,
    InsertsGiveTheTenant,
    NoCopyFrom,
    NoMerge,
    NoBareInsertSelect,
    NoVolatileFunctionInAChange,
    NoLockAcrossTenants,
    NoSetNull,
    NoTrigger,
    NoEnum,
    NoSecurityDefiner,
    NoChangeOfRole,
    NoSetConfig,
    NoTenantForASession,
    NoTruncate,
}

impl Rule {
    pub const ALL: [Self; 15] = [
        Self::EveryTableIsBoundToTheTenant,
        Self::InsertsGiveTheTenant,
        Self::NoCopyFrom,
        Self::NoMerge,
        Self::NoBareInsertSelect,
        Self::NoVolatileFunctionInAChange,
        Self::NoLockAcrossTenants,
        Self::NoSetNull,
        Self::NoTrigger,
        Self::NoEnum,
        Self::NoSecurityDefiner,
        Self::NoChangeOfRole,
        Self::NoSetConfig,
        Self::NoTenantForASession,
        Self::NoTruncate,
    ];
}

/// What the rules need to know of the database.
pub struct Known {
    /// Tables and views that have rows of tenants.
    pub tables: BTreeSet<String>,
    volatile: BTreeSet<String>,
}

pub async fn known() -> Known {
    let world = world().await;
    let mut owner = world.owner.connect().await.unwrap();
    let mut names = async |sql: &'static str| -> BTreeSet<String> {
        let rows = owner.fetch_all(sql).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let known = Known {
        tables: names(
            "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
             where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition",
        )
        .await,
        volatile: names("select proname::text from pg_proc group by 1 having bool_and(provolatile = 'v')").await,
    };
    assert!(known.tables.contains("customers") && known.volatile.contains("random"));
    known
}

impl Known {
    /// The rules that this statement breaks.
    pub fn broken(&self, sql: &str) -> BTreeSet<Rule> {
        let pieces = read(sql);
        let mut broken = of_definition(&pieces);
        let queries = queries(&pieces);
        let is_loose = queries.iter().any(|query| self.is_loose(query));
        let is_lock = ["update", "share"]
            .iter()
            .any(|strength| has_words(&pieces, &["for", strength]) || has_words(&pieces, &["key", strength]));
        if is_loose {
            broken.insert(Rule::EveryTableIsBoundToTheTenant);
            if is_lock {
                broken.insert(Rule::NoLockAcrossTenants);
            }
        }
        let inserts = || queries.iter().filter_map(|query| query.inserts.as_ref());
        if inserts().any(|(table, gives_tenant)| self.tables.contains(table) && !gives_tenant) {
            broken.insert(Rule::InsertsGiveTheTenant);
        }
        let is_settled =
            has_words(&pieces, &["on", "conflict"]) || flat(&pieces).iter().any(|it| it.is("returning"));
        let selects = pieces.iter().any(|piece| piece.is("select"));
        if inserts().next().is_some() && selects && !is_settled {
            broken.insert(Rule::NoBareInsertSelect);
        }
        if self.changes_by_chance(&pieces) {
            broken.insert(Rule::NoVolatileFunctionInAChange);
        }
        broken
    }

    /// Does it read or change a table of tenants without saying whose rows?
    fn is_loose(&self, query: &Query) -> bool {
        let of_tenants: Vec<_> = query
            .reads
            .iter()
            .filter(|read| self.tables.contains(&read.table))
            .collect();
        let is_alone = of_tenants.len() == 1;
        of_tenants.iter().any(|read| {
            !query
                .bound
                .iter()
                .any(|bound| *bound == read.called || (bound.is_empty() && is_alone))
        })
    }

    fn changes_by_chance(&self, pieces: &[Piece]) -> bool {
        let all = flat(pieces);
        let changes = all
            .iter()
            .enumerate()
            .position(|(at, piece)| {
                let after_for = at > 0 && (all[at - 1].is("for") || all[at - 1].is("key"));
                piece.is("delete") || (piece.is("update") && !after_for)
            })
            .map(|at| &all[at..])
            .unwrap_or_default();
        changes.windows(2).any(|two| match two {
            [Piece::Word(name), Piece::Group(_)] => self.volatile.contains(name),
            _ => false,
        })
    }
}

/// The rules that hold for migrations as well.
pub fn of_definition(pieces: &[Piece]) -> BTreeSet<Rule> {
    let has = |words: &[&str]| has_words(pieces, words);
    let creates = |word: &str| {
        has(&["create", word])
            || has(&["create", "or", "replace", word])
            || has(&["create", "constraint", word])
    };
    let sets_role = ["role", "session"].iter().any(|what| has(&["set", what]))
        || has(&["set", "local", "role"])
        || has(&["set", "session", "role"]);
    let copies_in =
        pieces.first().is_some_and(|first| first.is("copy")) && pieces.iter().any(|it| it.is("from"));
    [
        (Rule::NoCopyFrom, copies_in),
        (Rule::NoMerge, has(&["merge", "into"])),
        (
            Rule::NoSetNull,
            ["delete", "update"]
                .iter()
                .any(|act| has(&["on", act, "set", "null"]) || has(&["on", act, "set", "default"])),
        ),
        (Rule::NoTrigger, creates("trigger")),
        (Rule::NoEnum, has(&["as", "enum"])),
        (Rule::NoSecurityDefiner, has(&["security", "definer"])),
        (Rule::NoChangeOfRole, sets_role),
        (Rule::NoSetConfig, has(&["set_config"])),
        (
            Rule::NoTenantForASession,
            has(&["set", "app"]) || has(&["set", "session", "app"]),
        ),
        (
            Rule::NoTruncate,
            pieces.first().is_some_and(|first| first.is("truncate")),
        ),
    ]
    .into_iter()
    .filter(|(_, is_broken)| *is_broken)
    .map(|(rule, _)| rule)
    .collect()
}
