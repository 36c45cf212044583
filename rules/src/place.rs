//! Where a recipient may be, from the evidence: ZIP, explicit zone, area code.
use serde::{Deserialize, Serialize};

/// Every zone and state that the evidence allows. A message must be inside the window in all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// IANA names, sorted; never empty.
    pub zones: Vec<String>,
    /// Two-letter codes of US states and territories, sorted; empty when unknown.
    pub states: Vec<String>,
    pub source: ZoneSource,
}

/// Where the zone comes from, the best evidence first. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneSource {
    Zip,
    Explicit,
    AreaCode,
    None,
}
