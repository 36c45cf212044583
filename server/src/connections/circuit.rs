//! Which connections are out. What follows from what is in `rules::circuit`; here a connection's circuit is kept, and what the gate reads
//! of it (`unavailable_since`, `unavailable_reason`) is on the connection. The connection's version stays: nothing has to be opened anew.
//! Whoever locks both locks the connection first, as those do who change it.
use super::store::circuit as store;
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::circuit::{Circuit, OutOf, Sign};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Outages that it is time to look into, locked until the transaction ends.
#[derive(Default)]
pub struct Probes {
    due: BTreeMap<Uuid, Circuit>,
    tried: BTreeMap<Uuid, Circuit>,
}

/// Locks the circuits of these connections, whose probes are due. No statement when there is none.
pub async fn lock_due_probes(
    tx: &mut TenantTx,
    connections: impl Iterator<Item = Uuid>,
) -> sqlx::Result<Probes> {
    let connections: Vec<Uuid> = connections.collect::<BTreeSet<_>>().into_iter().collect();
    let mut probes = Probes::default();
    if connections.is_empty() {
        return Ok(probes);
    }
    let now = tx.now();
    for (connection, circuit) in store::lock(tx, &connections).await? {
        // another process may have tried meanwhile
        if circuit.probe(now).is_some() {
            probes.due.insert(connection, circuit);
        }
    }
    Ok(probes)
}

impl Probes {
    /// May one message go through this connection, although it is out?
    pub fn may_try(&self, connection: Uuid) -> bool {
        self.due.contains_key(&connection)
    }

    /// One goes; the next waits for the next probe.
    pub fn tries(&mut self, connection: Uuid, now: Timestamp) {
        if let Some(next) = self
            .due
            .remove(&connection)
            .and_then(|circuit| circuit.probe(now))
        {
            self.tried.insert(connection, next);
        }
    }

    /// Writes when the next probes are. No statement when nothing was tried.
    pub async fn write(self, tx: &mut TenantTx) -> sqlx::Result<()> {
        store::write(tx, &self.tried).await
    }
}

/// A connection whose circuit was opened or closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    pub connection: Uuid,
    /// Its name, for a person.
    pub name: String,
    /// None: it is in order again.
    pub out: Option<OutOf>,
}

/// Takes in what hand-overs say of their connections, in the order in which they were answered. Answers which connections went out, or
/// came back.
pub async fn feed(tx: &mut TenantTx, signs: &BTreeMap<Uuid, Vec<Sign>>) -> sqlx::Result<Vec<Turned>> {
    if signs.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.now();
    let connections: Vec<Uuid> = signs.keys().copied().collect();
    let outs = store::lock_connections(tx, &connections).await?;
    let known: BTreeMap<Uuid, Circuit> = store::lock(tx, &connections).await?.into_iter().collect();
    let mut after = BTreeMap::new();
    let mut turned = Vec::new();
    for out in outs {
        let mut before = known.get(&out.connection).copied().unwrap_or_default();
        if out.unavailable_reason.is_none() {
            // somebody put it in order
            before.open = None;
        }
        let circuit = signs
            .get(&out.connection)
            .into_iter()
            .flatten()
            .fold(before, |circuit, sign| circuit.after(*sign, now));
        let is_the_operators = out.unavailable_reason.as_deref() == Some("operator");
        let why = circuit.open.map(|open| open.why);
        if why != before.open.map(|open| open.why) && !is_the_operators {
            turned.push(Turned {
                connection: out.connection,
                name: out.name,
                out: why,
            });
        }
        after.insert(out.connection, circuit);
    }
    store::write(tx, &after).await?;
    for one in &turned {
        store::put_out(tx, one.connection, one.out).await?;
    }
    Ok(turned)
}

/// Closes a circuit, whatever opened it but for the operator: the credentials were verified.
pub async fn close(tx: &mut TenantTx, connection: Uuid) -> sqlx::Result<()> {
    store::put_out(tx, connection, None).await?;
    store::write(tx, &BTreeMap::from([(connection, Circuit::default())])).await
}
