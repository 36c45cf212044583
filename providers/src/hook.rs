//! A call of a provider to our webhook: verified by the provider's own signature, then split into pieces that can be kept and read.
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use subtle::ConstantTimeEq;

/// A call as it came, before anything in it is believed.
#[derive(Debug, Clone, Copy)]
pub struct Hook<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The public URL that the provider called, with path and query: what it signed. Behind a proxy it is made of the configured public
    /// URL, never of the request's own `Host`.
    pub url: &'a str,
    pub headers: &'a HeaderMap,
    /// The bytes as they came; signatures are over these.
    pub body: &'a [u8],
    pub now: Timestamp,
}

impl Hook<'_> {
    /// Does the call say that its body is JSON? Parameters, as a charset, may follow.
    pub fn is_json(&self) -> bool {
        self.media_type().eq_ignore_ascii_case("application/json")
    }

    /// The content type without parameters; empty when there is none.
    pub fn media_type(&self) -> &str {
        let value = self.headers.get(http::header::CONTENT_TYPE);
        let written = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
        written.split(';').next().unwrap_or_default().trim()
    }
}

/// What a call that is genuine says.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// Pieces to be stored, each of one event or of one batch that can't be parted: the provider's own fields. `Provider::read` makes
    /// events of a piece, today or when it is replayed after a correction.
    Pieces(Vec<Value>),
    /// The same of a call, with the same proof, that tells of other senders too; the pieces, perhaps none, are this connection's.
    Shared { pieces: Vec<Value>, others: Others },
    /// Nothing to keep; the provider wants this back as text (Meta's `hub.challenge`).
    Echo(String),
    /// Nothing to keep: a subscription was confirmed, or a test was sent.
    Nothing,
}

/// Of whom else a genuine call tells: other senders of the account or app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Others {
    /// The field, no secret, by which a connection says that it is such a sender's.
    pub field: &'static str,
    /// What the call names, each once.
    pub values: BTreeSet<String>,
    /// What a person should do about one that no connection is of.
    pub advice: &'static str,
}

/// Why a call was not believed. The caller learns none of it; a counter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    #[error("the signature is missing or wrong")]
    Signature,
    #[error("it was signed too long ago, or for later")]
    Time,
    #[error("it is for another account")]
    Account,
    #[error("it can't be read")]
    Malformed,
    #[error("the provider does not call with this method or content type")]
    ContentType,
    /// Not the caller's fault: what verifying needs can't be had now. It is answered 503, so that it comes again.
    #[error("it can't be verified now")]
    NotNow,
}

impl Refusal {
    /// The counter's label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Time => "time",
            Self::Account => "account",
            Self::Malformed => "malformed",
            Self::ContentType => "content_type",
            Self::NotNow => "not_now",
        }
    }
}

/// Are the two the same? Takes as long for any two of one length: what differs can't be felt out.
pub fn same_secret(ours: &[u8], theirs: &[u8]) -> bool {
    ours.ct_eq(theirs).into()
}
