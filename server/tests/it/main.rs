//! Integration tests: through the verbs and the command line, against a real PostgreSQL that the run starts itself.
mod consents;
mod embedded;
mod migrate;
mod reports;
mod support;
