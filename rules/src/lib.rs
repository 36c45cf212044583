//! What may be sent, to whom, when. Pure functions: facts and time in, verdict out.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod address;
pub mod channel;
pub mod circuit;
pub mod consent;
pub mod coverage;
pub mod filtering;
pub mod frequency_cap;
pub mod jurisdiction;
pub mod keywords;
pub mod lifecycle;
pub mod may_send;
pub mod pacing;
pub mod place;
pub mod purpose;
pub mod quiet_hours;
pub mod retry;
pub mod schedule;
pub mod segments;
pub mod short_links;
pub mod state;
pub mod status;
pub mod suppression;
pub mod template;
pub mod verdict;
