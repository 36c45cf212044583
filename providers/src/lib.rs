//! How each provider is spoken to: one file per provider, one conformance suite. Knows no database and no tenant.
use jiff::Timestamp;
use rules::channel::Channel;
use rules::pacing::{CarrierCap, Pace};
use rules::suppression::SuppressionReason;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

pub mod answered;
pub mod bandwidth;
mod egress;
pub mod email;
pub mod event;
pub mod hook;
pub mod http;
pub mod message;
pub mod sandbox;
pub mod ses;
pub mod settings;
pub mod signed;
pub mod smtp;
mod sns;
pub mod twilio;
pub mod vonage;
pub mod whatsapp;

pub use event::{BounceClass, Event, EventKind, Inbound, OptOutType, Verdict, Verdicts};
pub use hook::{Heard, Hook, Others, Refusal};
pub use message::{Approved, Asked, LookUp, Outcome, Request, Unsubscribe};
pub use settings::{BadField, Field, Values};

use self::http::Http;

/// A provider that a tenant can have a connection to.
pub struct Description {
    /// The stored name, e.g. `twilio`.
    pub name: &'static str,
    pub title: &'static str,
    pub channels: &'static [Channel],
    pub fields: &'static [Field],
    /// What phones may be written to from, beside numbers in E.164.
    pub senders: Senders,
    /// Does it call our webhook? If so, this is where its address is entered at the provider.
    pub hooks: Option<&'static str>,
    /// Does it repeat a call only when it is answered 429 or 5xx? One that is not believed is answered 503 then: it may be genuine,
    /// as a call is that the provider could not sign.
    pub repeats_5xx_alone: bool,
    /// How many files a message may carry, by channel; none by one that is not named.
    pub files: &'static [(Channel, usize)],
    /// How many bytes a call of it may have; what is larger is not read.
    pub most_bytes: usize,
    /// Makes the provider of a connection's values, which `settings::check` has passed. Speaks to nobody.
    pub connect: Connect,
}

impl Description {
    /// How many files a message may carry by that channel.
    pub fn most_files(&self, channel: Channel) -> usize {
        self.files
            .iter()
            .find(|(of, _)| *of == channel)
            .map_or(0, |(_, most)| *most)
    }
}

/// What a provider of texts sends from beside numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Senders {
    /// Short codes, of five or six digits.
    pub short_codes: bool,
    /// What the name of a pool begins with, 32 hexadecimal digits after it. The provider picks one of the pool's numbers for each
    /// recipient and stays with it, so that a pool is one address of ours, to whichever number an answer comes.
    pub pools: Option<&'static str>,
}

impl Senders {
    /// Numbers in E.164 and nothing else.
    pub const NUMBERS: Self = Self {
        short_codes: false,
        pools: None,
    };

    /// Is it the name of a pool, as the provider writes it?
    pub fn is_pool(&self, sender: &str) -> bool {
        self.pools
            .and_then(|prefix| sender.strip_prefix(prefix))
            .is_some_and(|rest| {
                rest.len() == 32
                    && rest
                        .bytes()
                        .all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
            })
    }

    /// Is it a short code that the provider can send from?
    pub fn is_short_code(&self, sender: &str) -> bool {
        self.short_codes && (5..=6).contains(&sender.len()) && sender.bytes().all(|c| c.is_ascii_digit())
    }
}

pub type Connect = fn(Http, &Values) -> Result<Arc<dyn Provider>, BadField>;

/// How many bytes most providers' calls never come near: one event each, or a few.
pub const USUAL_BYTES: usize = 256 * 1024;

/// All that can be connected to. The sandbox is not among them: an installation has one, or none.
pub const PROVIDERS: &[Description] = &[
    twilio::DESCRIPTION,
    vonage::DESCRIPTION,
    bandwidth::DESCRIPTION,
    whatsapp::DESCRIPTION,
    ses::DESCRIPTION,
    smtp::DESCRIPTION,
];

/// The description of a stored name.
pub fn described(name: &str) -> Option<&'static Description> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}

/// The account answers, and this is what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// A line for a person: the account's name or state. No secret.
    pub summary: String,
    /// How fast the account may send, where the provider says it.
    pub pace: Option<Pace>,
    /// From which number (E.164) everything goes, where the provider sends by its own name of it.
    pub number: Option<String>,
}

impl Checked {
    /// That line, and nothing else.
    pub fn says(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            pace: None,
            number: None,
        }
    }
}

/// What carriers take of a sender's registration (10DLC), as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The campaign's id, as its registry or the provider writes it.
    pub id: String,
    /// A line for a person: which campaign it is, and how it stands.
    pub summary: String,
    pub caps: Vec<(CarrierCap, Pace)>,
}

/// Why a connection's credentials do not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckFailed {
    /// The provider refused them, or they don't belong to what the settings name. Says which field is to be corrected.
    #[error("the provider refuses them: {0}")]
    Refused(String),
    /// Nothing was learned: no connection, an answer that can't be read.
    #[error("the provider can't be asked now: {0}")]
    NotNow(String),
}

/// Somebody who must not be messaged, as the provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownOptOut {
    pub channel: Channel,
    pub address: String,
    /// What it says of the address: that it bounces is no word about consent.
    pub reason: SuppressionReason,
}

/// A way to hand messages over.
#[async_trait::async_trait]
pub trait Provider: Send + Sync {
    /// The stored name, e.g. `sandbox`.
    fn name(&self) -> &'static str;

    /// Hands one message over. Never panics, never waits longer than its own time-out (25 seconds).
    async fn send(&self, request: &Request) -> Outcome;

    /// What became of this message?
    async fn look_up(&self, asked: &Asked) -> LookUp;

    /// Do the credentials work? Sends nothing to anybody.
    async fn check(&self) -> Result<Checked, CheckFailed>;

    /// Under which registration this address of ours is, and what carriers take of it. None where it has none, or the provider tells
    /// nothing of it.
    async fn registered(&self, channel: Channel, ours: &str) -> Result<Option<Registered>, CheckFailed> {
        let _ = (channel, ours);
        Ok(None)
    }

    /// The addresses of a pool of that name, as events name them. None where it is no pool, or the provider lists none.
    async fn senders(&self, channel: Channel, ours: &str) -> Result<BTreeSet<String>, CheckFailed> {
        let _ = (channel, ours);
        Ok(BTreeSet::new())
    }

    /// Is this call genuine, and what does it say?
    async fn hear(&self, hook: &Hook<'_>) -> Result<Heard, Refusal> {
        let _ = hook;
        Err(Refusal::ContentType)
    }

    /// The events of a piece that `hear` answered. Pure: the same piece gives the same events, with the same keys. What is not of our
    /// concern gives none; what can't be read is an error.
    fn read(&self, piece: &Value) -> Result<Vec<Event>, Refusal> {
        let _ = piece;
        Ok(Vec::new())
    }

    /// Can `look_up` ask somebody? Else it answers `NotKnown` without a call.
    fn can_be_asked(&self) -> bool {
        true
    }

    /// Adds what was written to an address of ours since then, as calls of the provider would have told it: pieces for `read`, with the
    /// provider's times, which give events of the same keys; where the list has no words, untold ones. Answers whether it keeps a list that
    /// can be read at all.
    ///
    /// # Errors
    /// Why the list's end was not reached. What was added until then is so all the same.
    async fn received(
        &self,
        channel: Channel,
        ours: &str,
        since: Timestamp,
        pieces: &mut Vec<Value>,
    ) -> Result<bool, CheckFailed> {
        let _ = (channel, ours, since, pieces);
        Ok(false)
    }

    /// Who opted out, as far as the provider can say: none where it keeps no list that can be read.
    async fn opt_outs(&self) -> Result<Option<Vec<KnownOptOut>>, CheckFailed> {
        Ok(None)
    }
}
