//! What a customer allowed on a channel, and how it was given.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The state of consent on one channel. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentStatus {
    OptedIn,
    OptedOut,
    Unknown,
}

/// How consent was given or withdrawn. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentMethod {
    VerbalInPerson,
    PhoneCall,
    ServiceAgreement,
    WebsiteForm,
    Keyword,
    Import,
    Other,
}

/// What a consent or a suppression covers. `All` covers every purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    All,
    Marketing,
    Transactional,
}

/// The current consent of the customer for the address that is about to be messaged.
/// A consent recorded for another address of the customer is not a consent for this one: pass `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub status: ConsentStatus,
    pub at: Option<Timestamp>,
    pub method: Option<ConsentMethod>,
    pub scope: Scope,
    /// The ledger holds the disclosure text that was shown.
    pub has_disclosure: bool,
    /// The ledger names the seller, i.e. the tenant.
    pub names_seller: bool,
}
