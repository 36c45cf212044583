//! Calls of providers that were answered 503. Some come again; what others told has to be asked for.
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whose calls were sent away since what they told was last asked for. Not on disk: a start asks everybody.
#[derive(Debug, Default)]
pub struct SentAway {
    of: Mutex<BTreeMap<String, Between>>,
}

#[derive(Debug, Clone, Copy)]
struct Between {
    first: Timestamp,
    last: Timestamp,
}

impl SentAway {
    /// A call of that provider was sent away.
    pub fn note(&self, provider: &str, now: Timestamp) {
        let mut of = self.lock();
        let between = of.entry(provider.to_owned()).or_insert(Between {
            first: now,
            last: now,
        });
        between.last = between.last.max(now);
    }

    /// Providers of which a call was sent away at that moment or before it.
    pub fn until(&self, moment: Timestamp) -> BTreeSet<String> {
        let of = self.lock();
        let due = of.iter().filter(|(_, between)| between.first <= moment);
        due.map(|(provider, _)| provider.clone()).collect()
    }

    /// What was told until that moment has been asked for.
    pub fn asked(&self, moment: Timestamp) {
        let mut of = self.lock();
        of.retain(|_, between| between.last > moment);
        for between in of.values_mut() {
            // of those before, the list has told
            if between.first <= moment {
                between.first = between.last;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Between>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
