//! The tables and views of tenants, from the catalog: all that has to be probed.
use crate::doctor::isolation::store;
use sqlx::PgConnection;

/// A table or view that has rows of tenants. Names are quoted as SQL wants them.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub name: String,
    pub is_view: bool,
    /// The column that says whose a row is.
    pub tenant_column: String,
    pub may_select: bool,
    pub may_insert: bool,
    pub may_update: bool,
    pub may_delete: bool,
    /// The columns of its primary key.
    pub key: Vec<String>,
    /// Those that can be written.
    pub columns: Vec<Column>,
    /// Its foreign keys to other tables of tenants.
    pub references: Vec<Reference>,
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    pub kind: String,
    /// Has a copy of a row to differ in it?
    pub is_unique: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub name: String,
    /// Without that of the tenant.
    pub columns: Vec<String>,
}

/// All of them, in the order of their names.
pub(super) async fn tables(connection: &mut PgConnection) -> sqlx::Result<Vec<Table>> {
    let references = store::references(connection).await?;
    let rows = store::tables(connection).await?;
    let table = |row: store::TableRow| {
        let columns = row.columns.into_iter().zip(row.types).zip(row.in_unique);
        let own = references.iter().filter(|it| it.name_of_table == row.name);
        Table {
            references: own
                .map(|it| Reference {
                    name: it.name.clone(),
                    columns: it.columns.clone(),
                })
                .collect(),
            columns: columns
                .map(|((name, kind), is_unique)| Column {
                    name,
                    kind,
                    is_unique,
                })
                .collect(),
            name: row.name,
            is_view: row.is_view,
            tenant_column: row.tenant_column,
            may_select: row.may_select,
            may_insert: row.may_insert,
            may_update: row.may_update,
            may_delete: row.may_delete,
            key: row.key,
        }
    };
    Ok(rows.into_iter().map(table).collect())
}
