//! The SQL of circuits.
use crate::db::{TenantTx, Time};
use rules::circuit::{Circuit, Open, OutOf};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A connection, and why it is out.
pub(in crate::connections) struct Out {
    pub connection: Uuid,
    pub name: String,
    pub unavailable_reason: Option<String>,
}

/// Locks the circuits of these connections; those that have none are in order.
pub(in crate::connections) async fn lock(
    tx: &mut TenantTx,
    connections: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, Circuit)>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select connection_id, failures, why, open_since as "open_since: Time", probe_at as "probe_at: Time", wait_seconds
           from connection_circuits where tenant_id = $1 and connection_id = any($2) order by connection_id for update"#,
        tenant,
        connections,
    )
    .fetch_all(tx.conn())
    .await?;
    let read = rows.into_iter().map(|row| {
        let why = row.why.as_deref().and_then(OutOf::parse);
        let open = why.zip(row.open_since).map(|(why, since)| Open {
            why,
            since: since.0,
            probe_at: row.probe_at.map(|at| at.0),
            wait: i64::from(row.wait_seconds),
        });
        let failures = u32::try_from(row.failures).unwrap_or(0);
        (row.connection_id, Circuit { failures, open })
    });
    Ok(read.collect())
}

/// Writes circuits; one that is as new goes.
pub(in crate::connections) async fn write(
    tx: &mut TenantTx,
    circuits: &BTreeMap<Uuid, Circuit>,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let (sound, troubled): (Vec<_>, Vec<_>) = circuits
        .iter()
        .partition(|(_, circuit)| **circuit == Circuit::default());
    if !sound.is_empty() {
        let ids: Vec<Uuid> = sound.iter().map(|(id, _)| **id).collect();
        sqlx::query!(
            "delete from connection_circuits where tenant_id = $1 and connection_id = any($2)",
            tenant,
            &ids,
        )
        .execute(tx.conn())
        .await?;
    }
    for (id, circuit) in troubled {
        let open = circuit.open;
        sqlx::query!(
            r#"insert into connection_circuits (tenant_id, connection_id, failures, why, open_since, probe_at, wait_seconds, updated_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8)
               on conflict (tenant_id, connection_id) do update
               set failures = excluded.failures, why = excluded.why, open_since = excluded.open_since, probe_at = excluded.probe_at,
                   wait_seconds = excluded.wait_seconds, updated_at = excluded.updated_at"#,
            tenant,
            id,
            i32::try_from(circuit.failures).unwrap_or(i32::MAX),
            open.map(|open| open.why.name()),
            open.map(|open| Time(open.since)) as Option<Time>,
            open.and_then(|open| open.probe_at).map(Time) as Option<Time>,
            open.map_or(0, |open| i32::try_from(open.wait).unwrap_or(i32::MAX)),
            at as Time,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Locks these connections, which come before their circuits, and answers which of them are out, and why.
pub(in crate::connections) async fn lock_connections(
    tx: &mut TenantTx,
    connections: &[Uuid],
) -> sqlx::Result<Vec<Out>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Out,
        r#"select id as connection, name, unavailable_reason from tenant_channel_settings
           where tenant_id = $1 and id = any($2) order by id for no key update"#,
        tenant,
        connections,
    )
    .fetch_all(tx.conn())
    .await
}

/// Puts a connection out, or in order again; what the operator switched off stays off. Its version stays.
pub(in crate::connections) async fn put_out(
    tx: &mut TenantTx,
    connection: Uuid,
    out: Option<OutOf>,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update tenant_channel_settings
           set unavailable_since = case when $3::text is not null then $4::timestamptz end, unavailable_reason = $3
           where tenant_id = $1 and id = $2 and unavailable_reason is distinct from 'operator'"#,
        tenant,
        connection,
        out.map(OutOf::name),
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
