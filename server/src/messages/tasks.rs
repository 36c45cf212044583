//! What a person should look at: a sentence that may revoke consent, an outcome that nobody knows, what providers and carriers refuse.
use super::store::Carried;
use crate::db::TenantTx;
use rules::retry::{self, trouble};
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

/// Opens the task of a message that was refused with a code that asks for a person: of the kind that says what is wrong.
pub(super) async fn refused(tx: &mut TenantTx, carried: &Carried, code: &str) -> sqlx::Result<()> {
    let said = format!("{code}: {}", retry::meaning(code));
    open(
        tx,
        trouble::of(code).task(),
        carried.customer_id,
        Some(carried.id),
        &said,
    )
    .await
}
