//! The checked SQL of the isolation check. What is made of table names at run time stands in `matrix`.
use crate::db::TenantTx;
use sqlx::PgConnection;

/// A row of lint.sql.
pub(super) struct Found {
    pub check: String,
    pub object: String,
    pub detail: String,
}

/// A row of matrix/tables.sql.
pub(super) struct TableRow {
    pub name: String,
    pub is_view: bool,
    pub tenant_column: String,
    pub may_select: bool,
    pub may_insert: bool,
    pub may_update: bool,
    pub may_delete: bool,
    pub key: Vec<String>,
    pub columns: Vec<String>,
    pub types: Vec<String>,
    pub in_unique: Vec<bool>,
}

/// A row of matrix/references.sql.
pub(super) struct ReferenceRow {
    pub name_of_table: String,
    pub name: String,
    pub columns: Vec<String>,
}

/// What the catalog has against isolation. Any role may ask; a connection rather than a tenant's transaction, because it
/// reads the catalog alone.
pub(super) async fn findings(connection: &mut PgConnection) -> sqlx::Result<Vec<Found>> {
    sqlx::query_file_as!(Found, "src/doctor/isolation/lint.sql")
        .fetch_all(connection)
        .await
}

/// The tables and views of tenants, with the rights of the connection's role.
pub(super) async fn tables(connection: &mut PgConnection) -> sqlx::Result<Vec<TableRow>> {
    sqlx::query_file_as!(TableRow, "src/doctor/isolation/matrix/tables.sql")
        .fetch_all(connection)
        .await
}

/// The foreign keys between tables of tenants.
pub(super) async fn references(connection: &mut PgConnection) -> sqlx::Result<Vec<ReferenceRow>> {
    sqlx::query_file_as!(ReferenceRow, "src/doctor/isolation/matrix/references.sql")
        .fetch_all(connection)
        .await
}

/// Customers that the transaction sees: its tenant's, and others'. The only statement that leaves `tenant_id = $1` out on
/// purpose: it shows what row security alone lets through.
pub(super) async fn seen(tx: &mut TenantTx) -> sqlx::Result<(i64, i64)> {
    let tenant = tx.id();
    let row = sqlx::query!(
        r#"select count(*) filter (where tenant_id is not distinct from $1) as "own!",
                  count(*) filter (where tenant_id is distinct from $1) as "foreign!"
           from customers"#,
        tenant,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.own, row.foreign))
}
