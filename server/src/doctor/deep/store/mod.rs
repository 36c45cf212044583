//! The SQL of the checks: a file for each, all of one shape, which answers how many rows it looked at and those that offend.
use super::SHOWN;
use crate::db::{OperatorTx, TenantTx, Time};
use serde_json::Value;
use uuid::Uuid;

/// A row that offends; or, when none does, the count of those looked at alone.
pub(super) struct Row {
    pub looked_at: i64,
    pub offences: Option<i64>,
    pub place: Option<String>,
    pub noun: Option<String>,
    pub id: Option<Uuid>,
    pub part: Option<String>,
    pub address: Option<String>,
    pub what: Option<String>,
}

/// A function for each file, which gives it the tenant, how many rows are shown, and its own arguments.
macro_rules! asks {
    ($($name:ident($($given:ident: $type:ty),*) $file:literal;)+) => {
        $(pub(super) async fn $name(tx: &mut TenantTx, $($given: $type),*) -> sqlx::Result<Vec<Row>> {
            let tenant = tx.id();
            sqlx::query_file_as!(Row, $file, tenant, SHOWN $(, $given as $type)*)
                .fetch_all(tx.conn())
                .await
        })+
    };
}

asks! {
    accepted_once() "src/doctor/deep/accepted_once.sql";
    one_message_per_touch() "src/doctor/deep/one_message_per_touch.sql";
    touch_and_message() "src/doctor/deep/touch_and_message.sql";
    passed_the_gate() "src/doctor/deep/passed_the_gate.sql";
    opt_out_respected(allowed: &[String], scopes: &[String], purposes: &[String]) "src/doctor/deep/opt_out_respected.sql";
    frequency_cap(per_day: i32) "src/doctor/deep/frequency_cap.sql";
    usage() "src/doctor/deep/usage.sql";
    demo_in_the_sandbox() "src/doctor/deep/demo_in_the_sandbox.sql";
    connections(keys: &[String], with_hooks: &[String]) "src/doctor/deep/connections.sql";
    leases() "src/doctor/deep/leases.sql";
    queued_overdue(now: Time) "src/doctor/deep/queued_overdue.sql";
    touches_overdue(now: Time) "src/doctor/deep/touches_overdue.sql";
    events_applied(now: Time) "src/doctor/deep/events_applied.sql";
    unknown_with_a_person(now: Time) "src/doctor/deep/unknown_with_a_person.sql";
    events_once() "src/doctor/deep/events_once.sql";
    status_only_up(statuses: &[String], ranks: &[i32]) "src/doctor/deep/status_only_up.sql";
    suppressions(reasons: &[String]) "src/doctor/deep/suppressions.sql";
    one_active_enrollment() "src/doctor/deep/one_active_enrollment.sql";
    enrollments_and_touches() "src/doctor/deep/enrollments_and_touches.sql";
    order_counts() "src/doctor/deep/order_counts.sql";
    threads() "src/doctor/deep/threads.sql";
    references() "src/doctor/deep/references.sql";
    words(what: &[String], known: &[String]) "src/doctor/deep/words.sql";
    times() "src/doctor/deep/times.sql";
}

/// Our addresses, of all tenants.
pub(super) async fn routes(tx: &mut OperatorTx) -> sqlx::Result<Vec<Row>> {
    sqlx::query_file_as!(Row, "src/doctor/deep/routes.sql", SHOWN)
        .fetch_all(tx.conn())
        .await
}

/// Messages that the sandbox took, of all tenants, against what the database says of them.
pub(super) async fn restored(tx: &mut OperatorTx, taken: &[Uuid]) -> sqlx::Result<Vec<Row>> {
    sqlx::query_file_as!(Row, "src/doctor/deep/restored.sql", SHOWN, taken)
        .fetch_all(tx.conn())
        .await
}

/// A decision to send, and where its recipient was.
pub(super) struct LetGo {
    pub id: Uuid,
    pub message_id: Uuid,
    pub at: Time,
    pub channel: String,
    pub purpose: String,
    pub place: Option<Value>,
    pub address: Option<String>,
    pub postal_code: Option<String>,
    pub state: Option<String>,
    pub explicit_zone: Option<String>,
    pub phone: Option<String>,
    pub moved: bool,
}

/// The next decisions to send.
pub(super) async fn let_go(
    tx: &mut TenantTx,
    after: Uuid,
    limit: i64,
    but: &[String],
) -> sqlx::Result<Vec<LetGo>> {
    let tenant = tx.id();
    sqlx::query_file_as!(LetGo, "src/doctor/deep/let_go.sql", tenant, after, limit, but)
        .fetch_all(tx.conn())
        .await
}

/// A customer and the terms by which it is found, each after its kind and a colon.
pub(super) struct Indexed {
    pub id: Uuid,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company_name: Option<String>,
    pub contact_person: Option<String>,
    pub tags: Value,
    pub terms: Vec<String>,
}

/// The next customers.
pub(super) async fn terms(tx: &mut TenantTx, after: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<Indexed>> {
    let tenant = tx.id();
    sqlx::query_file_as!(Indexed, "src/doctor/deep/terms.sql", tenant, after, limit)
        .fetch_all(tx.conn())
        .await
}
