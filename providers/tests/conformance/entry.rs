//! How a provider joins the suite: an entry that says what it is, and makes it in front of an other side with moods.
use crate::mood::{Mood, Moods};
use jiff::Timestamp;
use providers::{Asked, Provider, Request};
use rules::channel::Channel;
use rules::purpose::Purpose;
use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use uuid::Uuid;

/// A provider, and what may be expected of it.
pub struct Entry {
    pub name: &'static str,
    /// Whose codes it answers with, as `rules::retry` lists them.
    pub codes: &'static str,
    pub channel: Channel,
    /// Our address and theirs.
    pub from: &'static str,
    pub to: &'static str,
    /// What its other side can be brought to do: all of it over HTTP.
    pub moods: &'static [Mood],
    /// Never to be seen in an outcome, any more than addresses and the text.
    pub secrets: &'static [&'static str],
    /// Does its rate limit say when to come back?
    pub says_when: bool,
    /// Does it find a message when it is not told the provider's name for it?
    pub finds_without_name: bool,
    /// Can it prove that it never took a message?
    pub proves_absence: bool,
    /// Makes the provider.
    pub make: fn(Moods) -> Making,
}

pub type Making = Pin<Box<dyn Future<Output = Made>>>;

/// A provider in front of an other side.
pub struct Made {
    pub provider: Arc<dyn Provider>,
    /// How many hand-overs reached the other side until now, read or not.
    pub came: Box<dyn Fn() -> usize>,
    /// Lives as long as the provider.
    pub _keeps: Box<dyn Any>,
}

pub const BODY: &str = "Thanks from Joe's Plumbing & Söhne.";

impl Entry {
    /// One message of the size and shape of every day.
    pub fn request(&self, number: u128) -> Request {
        Request {
            message_id: Uuid::from_u128(number),
            channel: self.channel,
            purpose: Purpose::Service,
            from: self.from.to_owned(),
            to: self.to.to_owned(),
            subject: (self.channel == Channel::Email).then(|| "Your visit".to_owned()),
            body: BODY.to_owned(),
            media_urls: vec![],
            approved: None,
            unsubscribe: None,
            callback_url: Some(format!(
                "https://courtesy.example/hooks/{}/t0ken?message={}",
                self.name,
                Uuid::from_u128(number)
            )),
            expires_at: None,
            now: now(),
        }
    }

    /// What is asked about that message when its answer was lost.
    pub fn asked(&self, number: u128, external_id: Option<&str>) -> Asked {
        Asked {
            message_id: Uuid::from_u128(number),
            external_id: external_id.map(str::to_owned),
            from: self.from.to_owned(),
            to: self.to.to_owned(),
            body: BODY.to_owned(),
            since: now(),
        }
    }
}

/// The business time of all hand-overs here.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_795_273_200).unwrap()
}
