//! Which event holds the piece in which it came: the first of a piece that is new. The others of that piece name it.
use super::NewEvent;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Where the evidence of an event is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Evidence {
    /// It holds the piece.
    Holds(Arc<Value>),
    /// The event of this key does, of the same provider.
    With(String),
    /// There is none: the sandbox says no more than the event.
    None,
}

/// Each event once, under its first mention.
pub(super) fn once(events: &[NewEvent]) -> Vec<&NewEvent> {
    let mut seen = HashSet::with_capacity(events.len());
    events
        .iter()
        .filter(|event| seen.insert((event.provider.as_str(), event.key.as_str())))
        .collect()
}

/// Where the evidence of each of these events is, if they are all that is new.
pub(super) fn evidence(events: &[&NewEvent]) -> Vec<Evidence> {
    let mut holders: HashMap<*const Value, &str> = HashMap::new();
    events
        .iter()
        .map(|event| match (&event.piece, &event.held_by) {
            (Some(piece), _) => {
                let holder = *holders.entry(Arc::as_ptr(piece)).or_insert(&event.key);
                if holder == event.key {
                    Evidence::Holds(Arc::clone(piece))
                } else {
                    Evidence::With(holder.to_owned())
                }
            }
            (None, Some(holder)) => Evidence::With(holder.clone()),
            (None, None) => Evidence::None,
        })
        .collect()
}

impl Evidence {
    pub fn raw(&self) -> Option<Value> {
        match self {
            Self::Holds(piece) => Some(Value::clone(piece)),
            Self::With(_) | Self::None => None,
        }
    }

    pub fn raw_with(&self) -> Option<String> {
        match self {
            Self::With(holder) => Some(holder.clone()),
            Self::Holds(_) | Self::None => None,
        }
    }
}
