//! Integration tests: through the verbs and the command line, against a real PostgreSQL that the run starts itself.
mod campaigns;
mod consents;
mod data_model;
mod embedded;
mod house;
mod inbound;
mod migrate;
mod reports;
mod sending;
mod support;
mod templates;
mod tenancy;
