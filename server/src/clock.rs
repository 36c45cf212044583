//! The clock: the only place that reads the time. Everything else is given `now`.
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

/// Business time. The virtual one stands still until it is set, so that fourteen days pass in seconds.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    /// Runs as the system's, at another date, and wrong by so many microseconds, which may change at any time: for drills.
    Shifted {
        by: SignedDuration,
        wrong_by: Arc<AtomicI64>,
    },
    Virtual(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands at `start` until it is set.
    pub fn starting_at(start: Timestamp) -> Self {
        Self::Virtual(Arc::new(Mutex::new(start)))
    }

    /// The moment it is, in whole microseconds, as the database keeps it.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => system_now(),
            Self::Shifted { by, wrong_by } => {
                let wrong = SignedDuration::from_micros(wrong_by.load(Ordering::Relaxed));
                system_now()
                    .saturating_add(*by)
                    .and_then(|at| at.saturating_add(wrong))
                    .unwrap_or(Timestamp::MAX)
            }
            Self::Virtual(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    /// What the database's clock should say when this one says `at`. None: a virtual clock is nobody's.
    pub fn for_database(&self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::System => Some(at),
            Self::Shifted { by, .. } => at.checked_sub(*by).ok(),
            Self::Virtual(_) => None,
        }
    }

    /// Moves a virtual clock forward to `to`; it never goes back. The system's clock does not listen.
    pub fn move_to(&self, to: Timestamp) {
        match self {
            Self::System | Self::Shifted { .. } => {}
            Self::Virtual(at) => {
                let mut at = at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                *at = to.max(*at);
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
fn system_now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_micros())
        .ok()
        .and_then(|micros| Timestamp::from_microsecond(micros).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}
