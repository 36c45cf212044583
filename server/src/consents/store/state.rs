//! The SQL of what is in force.
use super::Past;
use crate::consents::derive::State;
use crate::consents::record::Whose;
use crate::db::{TenantTx, Time};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Writes the states of customers; of strangers the suppression alone is kept.
pub(in crate::consents) async fn write(
    tx: &mut TenantTx,
    in_force: &BTreeMap<Whose, State>,
    known: &HashMap<Whose, Vec<Past>>,
) -> sqlx::Result<()> {
    let rows: Vec<(Uuid, &str, &State, Option<&Past>)> = in_force
        .iter()
        .filter_map(|(whose, state)| match whose {
            Whose::Customer(channel, customer) => {
                let past = known.get(whose).map(Vec::as_slice).unwrap_or_default();
                let decides = past.iter().find(|past| past.fact.seq == state.fact.seq);
                Some((*customer, channel.name(), state, decides))
            }
            Whose::Stranger(..) => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.id(), tx.time());
    let column = |of: fn(&State) -> &'static str| {
        rows.iter()
            .map(|row| of(row.2).to_owned())
            .collect::<Vec<String>>()
    };
    let detail = |key: &str| {
        rows.iter()
            .map(|row| row.3?.text(key))
            .collect::<Vec<Option<String>>>()
    };
    let flag = |key: &str| {
        rows.iter()
            .map(|row| row.3.is_some_and(|past| past.is(key)))
            .collect::<Vec<bool>>()
    };
    let customers: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
    let channels: Vec<String> = rows.iter().map(|row| row.1.to_owned()).collect();
    let times: Vec<Time> = rows.iter().map(|row| Time(row.2.fact.occurred_at)).collect();
    let seqs: Vec<i64> = rows.iter().map(|row| row.2.fact.seq).collect();
    sqlx::query_file!(
        "src/consents/write_states.sql",
        tenant,
        now as Time,
        &customers,
        &channels,
        &column(|state| state.status.name()),
        &column(|state| state.scope.name()),
        &times as &[Time],
        &column(|state| state.fact.source.name()),
        &column(|state| state.fact.method.name()),
        &seqs,
        &detail("address") as &[Option<String>],
        &detail("notes") as &[Option<String>],
        &detail("ip") as &[Option<String>],
        &detail("captured_by") as &[Option<String>],
        &flag("has_disclosure"),
        &flag("names_seller"),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
