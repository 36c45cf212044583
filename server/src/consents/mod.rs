//! Consent: what customers allowed and took back, each record once and for ever in a hash-chained ledger, and what is in
//! force derived from it in the same transaction.
//!
//! Locks: recipients in the order of their addresses, then the ledger's head. So a transaction records once, with a batch if need be.

mod chain;
mod choice;
mod consumer;
pub mod derive;
mod evidence;
mod evidence_page;
pub mod links;
mod new_consent;
pub mod opt_outs;
mod record;
mod refused;
mod settle;
mod start;
mod store;
mod take_back;
mod verify;

pub use choice::{Choice, Chosen, consumer_choice};
pub use consumer::{
    Act, ConsumerAct, consumer_act, opt_out_address, opt_out_addresses, opted_out_as, opted_out_at,
};
pub use evidence::{Current, Evidence, Reach, Reliance, evidence, status};
pub use new_consent::{ConsentError, LONGEST_NOTES, NewConsent, Recorded, Source};
pub use record::{normal, record, record_batch};
pub use refused::is_refused;
pub use start::{Start, what_a_start_does};
pub use take_back::take_back;
pub use verify::{BadState, Fault, Verification, verify};
