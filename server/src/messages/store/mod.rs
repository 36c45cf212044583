//! All SQL of messages: queueing and cancelling, the gate, the record of outcomes.
mod gate;
mod outcome;
mod probe;
mod queue;

pub(super) use gate::*;
pub(super) use outcome::*;
pub(super) use probe::*;
pub(super) use queue::*;
