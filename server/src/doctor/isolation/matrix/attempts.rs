//! The statements that are tried on a table, made from the catalog and the table's seed.
use super::probe::{Attempt, Safe, Situation, Verb};
use super::table::{Column, Reference, Table};
use uuid::Uuid;

/// The two tenants: `own` is in force, `neighbour` is whom nobody else may reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub own: Uuid,
    pub neighbour: Uuid,
}

/// A table with what is needed to probe it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub table: Table,
    /// The insert of a row of the neighbour's; none for a view.
    pub insert: Option<String>,
    /// For each reference, what the neighbour's row has in its columns.
    pub referred: Vec<Vec<String>>,
}

/// All that is tried on this table in this situation.
pub(super) fn attempts(target: &Target, pair: Pair, situation: Situation) -> Vec<Attempt> {
    let table = &target.table;
    let mut all = vec![select(table, pair, situation)];
    let Some(insert) = &target.insert else {
        return all;
    };
    all.push(Attempt {
        verb: Verb::Insert,
        statement: insert.clone(),
        safe: Safe::Refused,
        is_granted: table.may_insert,
    });
    // on a fresh connection the neighbour's row is not there yet: changing it would prove nothing
    if situation == Situation::NeverSet {
        return all;
    }
    all.extend([
        update(table, pair),
        give_away(table, pair),
        delete(table, pair),
        upsert(table, insert),
        returning(table, insert, pair),
    ]);
    let references = table.references.iter().zip(&target.referred);
    all.extend(references.map(|(reference, values)| refer(table, reference, values, pair)));
    all
}

/// Any row that is not the own tenant's, seeded or real.
fn select(table: &Table, pair: Pair, situation: Situation) -> Attempt {
    let (name, tenant, own) = (&table.name, &table.tenant_column, pair.own);
    let foreign = if situation.has_tenant() {
        format!(" where {tenant} is distinct from '{own}'")
    } else {
        String::new()
    };
    Attempt {
        verb: Verb::Select,
        statement: format!("select count(*) from {name}{foreign}"),
        safe: Safe::NoRows,
        is_granted: table.may_select,
    }
}

fn update(table: &Table, pair: Pair) -> Attempt {
    Attempt {
        verb: Verb::Update,
        statement: touch(table, pair.neighbour),
        safe: Safe::NoRows,
        is_granted: table.may_update,
    }
}

fn touch(table: &Table, tenant: Uuid) -> String {
    let (name, column) = (&table.name, &table.tenant_column);
    format!("update {name} set {column} = {column} where {column} = '{tenant}'")
}

fn give_away(table: &Table, pair: Pair) -> Attempt {
    let (name, tenant) = (&table.name, &table.tenant_column);
    Attempt {
        verb: Verb::Move,
        statement: format!(
            "update {name} set {tenant} = '{}' where {tenant} = '{}'",
            pair.neighbour, pair.own
        ),
        safe: Safe::OwnRowsRefused,
        is_granted: table.may_update,
    }
}

fn delete(table: &Table, pair: Pair) -> Attempt {
    Attempt {
        verb: Verb::Delete,
        statement: remove(table, pair.neighbour),
        safe: Safe::NoRows,
        is_granted: table.may_delete,
    }
}

fn remove(table: &Table, tenant: Uuid) -> String {
    format!(
        "delete from {} where {} = '{tenant}'",
        table.name, table.tenant_column
    )
}

fn upsert(table: &Table, insert: &str) -> Attempt {
    let action = if table.may_update {
        let tenant = &table.tenant_column;
        format!(
            "({}) do update set {tenant} = excluded.{tenant}",
            table.key.join(", ")
        )
    } else {
        "do nothing".to_owned()
    };
    Attempt {
        verb: Verb::Upsert,
        statement: format!("{insert} on conflict {action}"),
        safe: Safe::Refused,
        is_granted: table.may_insert,
    }
}

fn returning(table: &Table, insert: &str, pair: Pair) -> Attempt {
    let (statement, safe, is_granted) = if table.may_update {
        (touch(table, pair.neighbour), Safe::NoRows, true)
    } else if table.may_delete {
        (remove(table, pair.neighbour), Safe::NoRows, true)
    } else {
        (
            insert.to_owned(),
            Safe::Refused,
            table.may_insert && table.may_select,
        )
    };
    Attempt {
        verb: Verb::Returning,
        statement: format!("{statement} returning {}", table.tenant_column),
        safe,
        is_granted,
    }
}

/// The own row, or a copy of it where rows can't be changed, refers to what the neighbour's row refers to.
fn refer(table: &Table, reference: &Reference, values: &[String], pair: Pair) -> Attempt {
    let (name, tenant, own) = (&table.name, &table.tenant_column, pair.own);
    let of_neighbour = |column: &str| {
        let at = reference.columns.iter().position(|it| it == column)?;
        values.get(at).map(|value| quoted(value))
    };
    let statement = if table.may_update {
        let set: Vec<String> = reference
            .columns
            .iter()
            .filter_map(|column| of_neighbour(column).map(|value| format!("{column} = {value}")))
            .collect();
        format!("update {name} set {} where {tenant} = '{own}'", set.join(", "))
    } else {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let copied: Vec<String> = table
            .columns
            .iter()
            .map(|column| match of_neighbour(&column.name) {
                Some(value) => format!("{value}::{}", column.kind),
                None => another(column, tenant),
            })
            .collect();
        format!(
            "insert into {name} ({}) select {} from {name} where {tenant} = '{own}'",
            names.join(", "),
            copied.join(", ")
        )
    };
    Attempt {
        verb: Verb::ForeignKey,
        statement,
        safe: Safe::NotThere,
        is_granted: table.may_update || table.may_insert,
    }
}

/// The column of a copy that must not collide with its original.
fn another(column: &Column, tenant: &str) -> String {
    let name = &column.name;
    if !column.is_unique || name == tenant {
        return name.clone();
    }
    match column.kind.as_str() {
        "uuid" => "gen_random_uuid()".to_owned(),
        "smallint" | "integer" | "bigint" => format!("{name} + 1"),
        "text" => format!("{name} || ' again'"),
        _ => name.clone(),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
