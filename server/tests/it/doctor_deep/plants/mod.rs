//! Violations, each planted by the database's owner, and the row that the doctor must name.
use super::healthy::{PEOPLE, phone};
use server::doctor::deep::Check;

mod outside;
mod people;
mod sending;
mod stuck;

/// A violation.
pub struct Plant {
    pub check: Check,
    /// Run by the owner. `{Ann}` is a customer's id, `{Ann.p}` her phone, `{Ann.e}` her newest enrollment, `{Ann.2}` the message of her touch 2.
    pub sql: &'static str,
    pub table: &'static str,
    /// The id that must be named: SQL that answers it, asked after the planting.
    pub id: &'static str,
    /// What else can't but break.
    pub besides: &'static [Check],
}

/// All of them.
pub fn all() -> Vec<Plant> {
    let mut all = sending::plants();
    all.extend(stuck::plants());
    all.extend(people::plants());
    all.extend(outside::plants());
    all
}

/// The SQL with the names in it replaced.
pub fn written_out(sql: &str) -> String {
    let mut sql = sql.to_owned();
    for name in PEOPLE {
        let customer = format!("(select id from customers where tenant_id = $1 and first_name = '{name}')");
        let enrollment = format!(
            "(select id from campaign_enrollments where tenant_id = $1 and customer_id = {customer} order by enrolled_at desc limit 1)"
        );
        for touch in 1..=4 {
            let message = format!(
                "(select id from messages where tenant_id = $1 and enrollment_id = {enrollment} and touch_number = {touch})"
            );
            sql = sql.replace(&format!("{{{name}.{touch}}}"), &message);
        }
        sql = sql
            .replace(&format!("{{{name}}}"), &customer)
            .replace(&format!("{{{name}.e}}"), &enrollment)
            .replace(&format!("{{{name}.p}}"), &phone(name));
    }
    sql
}
