//! All SQL of customers, what they are found by, their addresses, their activities, and recipients.
pub(super) mod activity;
pub(super) mod address;
pub(super) mod customer;
pub(super) mod made;
pub(super) mod recipient;
pub(super) mod term;
