//! All SQL of messages: queueing and cancelling, the gate, the record of outcomes.
mod aside;
mod gate;
mod outcome;
mod probe;
mod queue;
mod task;
#[cfg(feature = "unlocked-gate")]
mod unlocked_gate;

pub(super) use aside::*;
pub(super) use gate::*;
pub(super) use outcome::*;
pub(super) use probe::*;
pub(super) use queue::*;
pub(super) use task::*;
#[cfg(feature = "unlocked-gate")]
pub(super) use unlocked_gate::{lock_due, lock_queued};
