//! The doctor: looks in a live database for what must not be, and names it. Reads, and leaves everything as it is.
pub mod deep;
pub mod isolation;
