//! What the person who has an address chose without writing to us: an unsubscribe link, the channel's own settings.
use super::consumer::for_everyone_at;
use super::new_consent::{ConsentError, NewConsent, Recorded, Source};
use super::record::normal;
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use rules::suppression::SuppressionReason;
use uuid::Uuid;

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// Nothing more on this channel.
    Nothing,
    NoMarketing,
    Marketing,
}

/// A choice by the person who has an address.
#[derive(Debug, Clone)]
pub struct Choice<'a> {
    pub channel: Channel,
    pub address: &'a str,
    pub chosen: Chosen,
    /// What is dated later than now counts as of now.
    pub at: Timestamp,
    /// The message in which the choice was offered.
    pub message: Option<Uuid>,
    pub method: ConsentMethod,
    /// By what it was chosen.
    pub notes: &'a str,
}

/// Records the choice for every customer who has the address, or for the address alone when none has. To leave twice is to leave once.
/// One click unsubscribes: RFC 8058, 15 U.S.C. 7704(a)(3); a choice in WhatsApp's settings revokes or grants marketing.
pub async fn consumer_choice(tx: &mut TenantTx, choice: &Choice<'_>) -> Result<Vec<Recorded>, ConsentError> {
    let (kind, scope) = match choice.chosen {
        Chosen::Nothing => (ConsentStatus::OptedOut, Scope::All),
        Chosen::NoMarketing => (ConsentStatus::OptedOut, Scope::Marketing),
        Chosen::Marketing => (ConsentStatus::OptedIn, Scope::Marketing),
    };
    let new = NewConsent {
        customer: None,
        channel: choice.channel,
        address: normal(choice.channel, choice.address),
        kind,
        scope,
        occurred_at: choice.at.min(tx.now()),
        source: Source::Consumer,
        method: choice.method,
        notes: Some(choice.notes.to_owned()),
        ip: None,
        captured_by: None,
        disclosure_text: None,
        affirmative_act: Some(true),
        message: choice.message,
    };
    // a link can be opened any number of times; choices in settings come dated and in any order
    let is_dated = choice.chosen != Chosen::Nothing;
    for_everyone_at(tx, vec![new], SuppressionReason::Keyword, is_dated).await
}
