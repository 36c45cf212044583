//! Which connections go out while a batch is handed over. Their circuits open when the batch is recorded, too late for what is left of it:
//! a provider that is out would get all of it, and of each message nobody would know what became of it.
use super::signs;
use crate::connections::Carrier;
use jiff::Timestamp;
use providers::Outcome;
use rules::circuit::{Circuit, Sign};
use std::collections::HashMap;
use uuid::Uuid;

/// The circuits of a batch's connections. Each begins in order: the gate let its messages go.
#[derive(Default)]
pub(super) struct Ways(HashMap<Uuid, Circuit>);

impl Ways {
    /// Is it of no use to hand anything more over through this one?
    pub fn is_out(&self, carrier: &Carrier) -> bool {
        self.0
            .get(&carrier.connection)
            .is_some_and(|circuit| circuit.open.is_some())
    }

    /// Takes in how one hand-over ended, in the order in which they end. The sandbox has no circuit, and of what we can't open ourselves
    /// nothing reaches a provider.
    pub fn see(&mut self, carrier: &Carrier, outcome: &Outcome, now: Timestamp) {
        let sign = signs::sign(&carrier.provider, outcome);
        if carrier.provider == "sandbox" || sign == Sign::Unopened {
            return;
        }
        let before = self.is_out(carrier);
        let circuit = self.0.entry(carrier.connection).or_default();
        *circuit = circuit.after(sign, now);
        if !before && self.is_out(carrier) {
            tracing::warn!(connection.id = %carrier.connection, "a connection fails; what is left of its batch goes before the gate again");
        }
    }
}
