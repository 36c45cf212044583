//! Integration tests: through the command line and the verbs, against a real PostgreSQL.
