//! Integration tests: through the verbs and the command line, against a real PostgreSQL that the run starts itself.
mod bad_files;
mod campaigns;
mod consents;
mod customers;
mod data_model;
mod embedded;
mod house;
mod imports;
mod inbound;
mod isolation;
mod migrate;
mod outcomes;
mod reports;
mod sending;
mod support;
mod templates;
mod tenancy;
