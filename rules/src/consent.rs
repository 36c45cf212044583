//! What a customer allowed on a channel, and how it was given.
use crate::purpose::Purpose;
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

impl ConsentStatus {
    pub const ALL: [Self; 3] = [Self::OptedIn, Self::OptedOut, Self::Unknown];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OptedIn => "opted_in",
            Self::OptedOut => "opted_out",
            Self::Unknown => "unknown",
        }
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
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
    /// An operator says that the address is their own, to try a connection out: it covers tests, whatever its scope.
    OwnAddress,
    Other,
}

impl ConsentMethod {
    pub const ALL: [Self; 8] = [
        Self::VerbalInPerson,
        Self::PhoneCall,
        Self::ServiceAgreement,
        Self::WebsiteForm,
        Self::Keyword,
        Self::Import,
        Self::OwnAddress,
        Self::Other,
    ];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::VerbalInPerson => "verbal_in_person",
            Self::PhoneCall => "phone_call",
            Self::ServiceAgreement => "service_agreement",
            Self::WebsiteForm => "website_form",
            Self::Keyword => "keyword",
            Self::Import => "import",
            Self::OwnAddress => "own_address",
            Self::Other => "other",
        }
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Was it given so that the person agreed in writing, 47 CFR 64.1200(f)(9)?
    pub fn is_in_writing(self) -> bool {
        match self {
            Self::WebsiteForm | Self::ServiceAgreement | Self::Keyword => true,
            Self::VerbalInPerson | Self::PhoneCall | Self::Import | Self::OwnAddress | Self::Other => false,
        }
    }
}

/// What a consent or a suppression covers. `All` covers every purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    All,
    Marketing,
    Transactional,
}

impl Scope {
    pub const ALL: [Self; 3] = [Self::All, Self::Marketing, Self::Transactional];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Marketing => "marketing",
            Self::Transactional => "transactional",
        }
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Does it cover messages of this purpose? The same for a consent, which lets them go, and for a suppression, which stops them.
    /// A follow-up of a job is informational, as what carries it out is.
    pub fn covers(self, purpose: Purpose) -> bool {
        match self {
            Self::All => true,
            Self::Marketing => purpose == Purpose::Marketing,
            Self::Transactional => matches!(purpose, Purpose::Transactional | Purpose::Service),
        }
    }
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
