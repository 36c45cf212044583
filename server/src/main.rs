//! The `courtesy` binary.
fn main() {}
