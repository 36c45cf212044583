//! What some customers say one after the other: STOP and START again, the same word twice, HELP in between; and how badly it is told.
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::ops::Range;
use std::time::Duration;

/// One text of a customer.
#[derive(Debug, Clone)]
pub struct Line {
    pub body: &'static str,
    /// How long after the one before it is written.
    pub after: Duration,
    /// How long it is on its way: what was written later may come first.
    pub delay: Duration,
    /// Told once more so long after the product had it.
    pub again_after: Option<Duration>,
    /// No call tells of it: it is found in the provider's list, where there is one.
    pub is_only_listed: bool,
}

/// All that a customer says.
#[derive(Debug, Clone)]
pub struct Talk {
    /// How long after their job was done.
    pub begins_after: Duration,
    /// Each line is written when the product has the one before it.
    pub is_in_turn: bool,
    pub lines: Vec<Line>,
}

const TALKS: [&[&str]; 11] = [
    &["STOP", "START"],
    &["STOP", "START"],
    &["STOP", "START", "STOP"],
    &["STOP", "START", "STOP", "START"],
    &["STOP", "STOP"],
    &["START", "STOP"],
    &["STOP", "START", "START"],
    &["STOP", "HELP", "START"],
    &["STOP", "HELP", "Unsubscribe"],
    &["Stop.", "stop", "START", "unstop"],
    &["please don't text me anymore", "STOP", "START"],
];

impl Talk {
    pub fn roll(rng: &mut StdRng) -> Self {
        let bodies = TALKS.choose(rng).copied().unwrap_or(TALKS[0]);
        let is_in_turn = rng.random_bool(0.5);
        Self {
            begins_after: millis(rng, 200..6_000),
            is_in_turn,
            lines: bodies.iter().map(|body| line(rng, body, is_in_turn)).collect(),
        }
    }
}

fn line(rng: &mut StdRng, body: &'static str, is_in_turn: bool) -> Line {
    let is_late = !is_in_turn && rng.random_bool(0.6);
    let is_told_again = rng.random_bool(0.4);
    Line {
        body,
        after: if is_in_turn {
            millis(rng, 200..3_000)
        } else {
            millis(rng, 5..1_200)
        },
        delay: if is_late {
            millis(rng, 100..3_000)
        } else {
            Duration::ZERO
        },
        again_after: is_told_again.then(|| millis(rng, 10..4_000)),
        is_only_listed: rng.random_bool(0.2),
    }
}

fn millis(rng: &mut StdRng, range: Range<u64>) -> Duration {
    Duration::from_millis(rng.random_range(range))
}
