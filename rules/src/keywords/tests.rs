//! Tests of keywords.
