//! What customers wrote: each word with its time, when it was told first and when the product said that it has it. The drill's own book,
//! which nothing of the product is asked for.
use jiff::Timestamp;
use providers::{Event, EventKind, Inbound};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Our address and theirs.
pub type Pair = (String, String);

/// What a text means, as far as the drill writes any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Stop,
    Start,
    Help,
    /// A sentence that opts out without being a keyword.
    Sentence,
    Nothing,
}

impl Word {
    /// The words that the drill writes are ones that nobody can argue about.
    pub fn of(body: &str) -> Self {
        match body.trim_end_matches('.').to_lowercase().as_str() {
            "stop" | "unsubscribe" => Self::Stop,
            "start" | "unstop" => Self::Start,
            "help" => Self::Help,
            "please don't text me anymore" => Self::Sentence,
            _ => Self::Nothing,
        }
    }

    pub fn opts_out(self) -> bool {
        matches!(self, Self::Stop | Self::Sentence)
    }
}

/// A word that somebody wrote.
#[derive(Debug, Clone)]
pub struct Written {
    /// The event's key at who tells of it.
    pub key: String,
    pub word: Word,
    pub at: Timestamp,
    /// When the product could know of it first: it was being told, or listed.
    pub told: Timestamp,
    /// When it was surely on disk: the product had answered so.
    pub kept: Option<Timestamp>,
}

/// All that was written.
#[derive(Default)]
pub struct Book(Mutex<BTreeMap<Pair, Vec<Written>>>);

impl Book {
    /// A text is told, or listed, from now on. Once for each.
    pub fn told(&self, event: &Event, now: Timestamp) {
        let Some(said) = text_of(event) else { return };
        let mut book = self.lock();
        let all = book.entry((said.to.clone(), said.from.clone())).or_default();
        if all.iter().all(|written| written.key != event.key) {
            all.push(Written {
                key: event.key.clone(),
                word: Word::of(&said.body),
                at: event.occurred_at,
                told: now,
                kept: None,
            });
        }
    }

    /// The product has it.
    pub fn kept(&self, event: &Event, now: Timestamp) {
        let Some(said) = text_of(event) else { return };
        let mut book = self.lock();
        let all = book.entry((said.to.clone(), said.from.clone())).or_default();
        for written in all.iter_mut().filter(|written| written.key == event.key) {
            written.kept.get_or_insert(now);
        }
    }

    /// What everybody wrote so far, each in the order in which it was told first.
    pub fn all(&self) -> BTreeMap<Pair, Vec<Written>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Pair, Vec<Written>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text_of(event: &Event) -> Option<&Inbound> {
    match &event.kind {
        EventKind::Inbound(said) => Some(said),
        _ => None,
    }
}
