//! Integration tests: through the verbs and the command line, against a real PostgreSQL that the run starts itself.
mod consents;
mod data_model;
mod embedded;
mod house;
mod migrate;
mod reports;
mod support;
