//! What is said of a consent when it is recorded, and what came of it.
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use rules::suppression::SuppressionReason;
use serde::Serialize;
use uuid::Uuid;

/// As many characters of notes are typed or imported. What people themselves wrote to us is kept whole.
pub const LONGEST_NOTES: usize = 2_000;

/// Who tells us of a consent. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The person who has the address, by an act of their own that reached us: only this re-opens after an opt-out.
    Consumer,
    /// Somebody of the business wrote it down.
    Staff,
    /// A file of customers or of opt-outs.
    Import,
    /// The move from another tool.
    Migration,
    /// The carrier or the provider.
    Carrier,
    /// A person who read a sentence that was taken for a revocation, and found that it is none: only this undoes one.
    Review,
}

impl Source {
    pub const ALL: [Self; 6] = [
        Self::Consumer,
        Self::Staff,
        Self::Import,
        Self::Migration,
        Self::Carrier,
        Self::Review,
    ];

    /// The stored and displayed name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consumer => "consumer",
            Self::Staff => "staff",
            Self::Import => "import",
            Self::Migration => "migration",
            Self::Carrier => "carrier",
            Self::Review => "review",
        }
    }

    /// The source of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// A consent, a refusal, or that nothing is known, on one channel and for one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConsent {
    /// None for an address that no customer has: only an opt-out says something of it.
    pub customer: Option<Uuid>,
    pub channel: Channel,
    /// Normalised: E.164 for phones, lower case for e-mail.
    pub address: String,
    pub kind: ConsentStatus,
    pub scope: Scope,
    /// When it was given, to the microsecond; what is recorded later may be older.
    pub occurred_at: Timestamp,
    pub source: Source,
    pub method: ConsentMethod,
    pub notes: Option<String>,
    pub ip: Option<String>,
    /// The person or the form that took it down.
    pub captured_by: Option<String>,
    /// The wording that was shown.
    pub disclosure_text: Option<String>,
    /// Whether the person did something to agree: ticked an empty box, signed. A box that was ticked already is none.
    /// When not said, only a keyword and a signed agreement are taken for such an act (47 CFR 64.1200(f)(9)).
    pub affirmative_act: Option<bool>,
    /// The message that is the evidence.
    pub message: Option<Uuid>,
}

impl NewConsent {
    /// An opt-in, opt-out or unknown of everything, recorded with nothing but when, by whom and how.
    pub fn new(
        customer: Uuid,
        channel: Channel,
        address: &str,
        kind: ConsentStatus,
        occurred_at: Timestamp,
        (source, method): (Source, ConsentMethod),
    ) -> Self {
        Self {
            customer: Some(customer),
            channel,
            address: address.to_owned(),
            kind,
            scope: Scope::All,
            occurred_at,
            source,
            method,
            notes: None,
            ip: None,
            captured_by: None,
            disclosure_text: None,
            affirmative_act: None,
            message: None,
        }
    }

    /// What is known of an imported customer whose file proves nothing: `source` is `Import` or `Migration`. Never texted.
    pub fn unproven_import(
        customer: Uuid,
        channel: Channel,
        address: &str,
        at: Timestamp,
        source: Source,
    ) -> Self {
        Self::new(
            customer,
            channel,
            address,
            ConsentStatus::Unknown,
            at,
            (source, ConsentMethod::Import),
        )
    }

    /// Does the record hold a wording that was shown and agreed to by an act?
    pub(super) fn has_disclosure(&self) -> bool {
        let shown = self
            .disclosure_text
            .as_deref()
            .is_some_and(|text| !text.trim().is_empty());
        let by_nature = match self.method {
            ConsentMethod::Keyword | ConsentMethod::ServiceAgreement => true,
            ConsentMethod::VerbalInPerson
            | ConsentMethod::PhoneCall
            | ConsentMethod::WebsiteForm
            | ConsentMethod::Import
            | ConsentMethod::OwnAddress
            | ConsentMethod::Other => false,
        };
        shown && self.affirmative_act.unwrap_or(by_nature)
    }

    /// Why the address is suppressed when this is an opt-out.
    pub(super) fn suppression_reason(&self) -> SuppressionReason {
        suppression_reason(self.source, self.method)
    }
}

/// Why an address is suppressed by an opt-out that was told so.
pub(super) fn suppression_reason(source: Source, method: ConsentMethod) -> SuppressionReason {
    match (source, method) {
        (Source::Consumer, ConsentMethod::Keyword) => SuppressionReason::Keyword,
        (Source::Consumer, _) => SuppressionReason::FreeText,
        (Source::Staff | Source::Review, _) => SuppressionReason::Staff,
        (Source::Import | Source::Migration, _) => SuppressionReason::Import,
        (Source::Carrier, _) => SuppressionReason::Carrier,
    }
}

/// What came of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    /// It is in the ledger under this number, and changes what is in force, or decides it.
    Applied { seq: i64 },
    /// The ledger has this very record already; nothing was written.
    Unchanged,
    /// It is in the ledger as evidence; what is in force is newer, or allows no less without it.
    Outdated { seq: i64 },
    /// It is in the ledger as evidence; only the consumer's own act re-opens after an opt-out.
    NotReopened { seq: i64 },
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    #[error("address: it is empty; it should be the phone number or e-mail address that the consent is for")]
    NoAddress,
    #[error(
        "customer: an address without a customer can be opted out, or reopened by its own START, but not opted in"
    )]
    NoCustomer,
    #[error("message: nothing in it was taken for a revocation in words")]
    NoRevocation,
    #[error(
        "message: another of the same moment was taken for a revocation too, and the two can't be told apart; only their own START re-opens"
    )]
    SameMoment,
    #[error("at: {0} lies in the future; consent is recorded after it was given")]
    Future(Timestamp),
    #[error("notes: {is} characters; at most {LONGEST_NOTES}")]
    NotesTooLong { is: usize },
    #[error("ip: it should be an IP address such as 203.0.113.7 or 2001:db8::7")]
    Ip,
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl ConsentError {
    /// What failed beneath, as it is: an error of the database is known by its type, so that one tries again.
    pub fn beneath(self) -> anyhow::Error {
        match self {
            Self::Other(error) => error,
            of_the_consent => of_the_consent.into(),
        }
    }
}

impl From<sqlx::Error> for ConsentError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}
