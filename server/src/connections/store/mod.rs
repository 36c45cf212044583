//! The SQL of connections: their rows, the routes to them, what is sealed.
pub(super) mod circuit;
mod mailbox;
mod routes;
mod rows;
mod sealed;

pub(super) use mailbox::{heard_mailboxes, mailbox_is_heard, mailboxes_are_not_heard};
pub(super) use routes::{
    add_hook, hook, is_proved, pool, release_address, release_unproved, remove_hooks, routed, take_address,
    with_setting,
};
pub(super) use rows::{
    Changed, Row, Stored, account_says, all, change, in_flight, insert, is_demo, lock_all, name_registration,
    not_verified, remove, set_active, set_stands_in_for, stored, verified, versions,
};
pub(super) use sealed::{SealedRow, lock_keys, lock_keys_of_all, sealed, sealed_rows, set_credentials};
