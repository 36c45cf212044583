//! Integration tests: through the verbs and the command line, against a real PostgreSQL that the run starts itself.
mod campaigns;
mod consents;
mod customers;
mod data_model;
mod embedded;
mod house;
mod imports;
mod inbound;
mod migrate;
mod reports;
mod sending;
mod support;
mod templates;
mod tenancy;
