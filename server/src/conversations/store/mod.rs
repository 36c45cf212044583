//! All SQL of conversations: threading, the inbox, canned replies.
pub mod canned;
pub mod inbox;
pub mod thread;
