//! What a person should look at: a sentence that may revoke consent, an outcome that nobody knows, carriers that filter.
use crate::db::TenantTx;
use uuid::Uuid;

/// Opens a task about a connection, whose name ends what it says, unless one that says the same is open.
pub async fn open_once_of(tx: &mut TenantTx, kind: &str, connection: Uuid, said: &str) -> sqlx::Result<()> {
    super::store::insert_task_once(tx, kind, connection, said).await
}

/// Opens a task. `kind` is one of the table's kinds; `said` tells a person what it is about.
pub async fn open(
    tx: &mut TenantTx,
    kind: &str,
    customer: Option<Uuid>,
    message: Option<Uuid>,
    said: &str,
) -> sqlx::Result<()> {
    super::store::insert_task(tx, kind, customer, message, said).await
}
