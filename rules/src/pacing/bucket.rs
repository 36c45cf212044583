//! The bucket itself.
use super::line::{self, Line};
use super::{Turn, next_midnight_pacific};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A token in the unit of `Bucket::level`.
pub(super) const TOKEN: i64 = 1_000_000;
/// A clock that stepped back by more than this is believed: the bucket goes on from there. By less, it waits for the clock.
const STEP: SignedDuration = SignedDuration::from_secs(60);
/// Nobody is told to come back later than this; who comes then is told again.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24 * 30);
/// No provider's limit lasts longer than a day and its longest hour: a block that ends later was set by a clock that was wrong.
const LONGEST_BLOCK: SignedDuration = SignedDuration::from_hours(26);

/// So many tokens in so many seconds, and how many may be saved up. All are at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    pub tokens: u32,
    pub seconds: u32,
    pub burst: u32,
}

impl Pace {
    /// So many a second.
    pub const fn per_second(tokens: u32, burst: u32) -> Self {
        Self {
            tokens,
            seconds: 1,
            burst,
        }
    }

    pub(super) fn full(self) -> i64 {
        i64::from(self.burst.max(1)) * TOKEN
    }

    /// What is kept for those who go first: a quarter. A bucket of one token can keep none.
    fn reserve(self) -> i64 {
        match self.burst {
            0 | 1 => 0,
            2..=7 => TOKEN,
            more => i64::from(more / 4) * TOKEN,
        }
    }

    /// How much comes in so long.
    pub(super) fn gain(self, elapsed: SignedDuration) -> i64 {
        let gained =
            elapsed.as_micros().max(0) * i128::from(self.tokens.max(1)) / i128::from(self.seconds.max(1));
        i64::try_from(gained).unwrap_or(i64::MAX)
    }

    /// How long so much takes to come, rounded up to the microsecond.
    pub(super) fn time_for(self, amount: i64) -> SignedDuration {
        let tokens = i128::from(self.tokens.max(1));
        let micros = (i128::from(amount.max(0)) * i128::from(self.seconds.max(1)) + tokens - 1) / tokens;
        SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX)).min(FURTHEST)
    }
}

/// What is known of one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// None: no limit of ours; the provider may have blocked it all the same.
    pub pace: Option<Pace>,
    /// A carrier's day: full again at midnight in California, and not before.
    pub is_daily: bool,
    /// Millionths of a token. Below zero after a message that is larger than the bucket.
    pub level: i64,
    pub refilled_at: Timestamp,
    /// The provider said that it takes nothing before.
    pub blocked_until: Option<Timestamp>,
    /// The campaigns whose messages were told to come later.
    pub lines: Vec<Line>,
    /// The last moment that was told to one that goes first.
    pub first_until: Option<Timestamp>,
}

impl Bucket {
    /// A full one.
    pub fn new(pace: Option<Pace>, now: Timestamp) -> Self {
        Self {
            pace,
            is_daily: false,
            level: pace.map_or(0, Pace::full),
            refilled_at: now,
            blocked_until: None,
            lines: Vec::new(),
            first_until: None,
        }
    }

    /// The last moment that was told to a campaign's message.
    pub fn line_until(&self) -> Option<Timestamp> {
        self.lines.iter().map(|line| line.until).max()
    }

    /// Whole tokens that are there at the last refill; none where there is no limit.
    pub fn tokens(&self) -> Option<i64> {
        self.pace.map(|_| self.level.div_euclid(TOKEN))
    }

    /// Brings it up to this moment.
    pub fn refill(&mut self, now: Timestamp) {
        if self
            .blocked_until
            .is_some_and(|until| until <= now || until > later(now, LONGEST_BLOCK))
        {
            self.blocked_until = None;
        }
        line::end(&mut self.lines, now);
        let Some(pace) = self.pace else {
            self.refilled_at = now;
            return;
        };
        if self.is_daily {
            if next_midnight_pacific(self.refilled_at) <= now {
                self.level = pace.full();
            }
            self.refilled_at = self.refilled_at.max(now);
            return;
        }
        let elapsed = now.duration_since(self.refilled_at);
        if elapsed >= SignedDuration::ZERO {
            self.level = self.level.saturating_add(pace.gain(elapsed)).min(pace.full());
            line::refill(&mut self.lines, pace, elapsed);
            self.refilled_at = now;
        } else if self.blocked_until.is_none() && -elapsed > STEP {
            self.refilled_at = now;
        }
        // nobody took anything for so long that whoever was told to come is gone
        if self.blocked_until.is_none() && self.level >= pace.full() {
            self.lines.clear();
            self.first_until = None;
        }
    }

    /// May so many tokens be taken at this moment, to which the bucket was refilled?
    pub fn has(&self, cost: u32, turn: Turn, now: Timestamp) -> bool {
        if self.blocked_until.is_some_and(|until| until > now) {
            return false;
        }
        let Some(pace) = self.pace else { return true };
        if let Turn::InLine(of) = turn {
            let waits = self.first_until.is_some_and(|until| until > now);
            if waits || !self.is_daily && !line::may_take(&self.lines, of, pace, cost) {
                return false;
            }
        }
        self.level >= needed(pace, cost, turn)
    }

    /// Takes so many tokens, which `has` has promised.
    fn take(&mut self, cost: u32, turn: Turn) {
        if self.pace.is_some() {
            self.level = self.level.saturating_sub(i64::from(cost) * TOKEN);
            if let Turn::InLine(of) = turn {
                line::take(&mut self.lines, of, cost);
            }
        }
    }

    /// When one that found too few should come again, after `now`: behind all that were told before.
    fn place(&self, cost: u32, turn: Turn, now: Timestamp) -> Timestamp {
        let open = self.blocked_until.filter(|until| *until > now).unwrap_or(now);
        let Some(pace) = self.pace else { return open };
        if self.is_daily {
            return open.max(next_midnight_pacific(now));
        }
        let missing = needed(pace, cost, turn).saturating_sub(self.level);
        let there = later(open.max(self.refilled_at), pace.time_for(missing));
        let own = pace.time_for(i64::from(cost.max(1)) * TOKEN);
        let behind = |last: Option<Timestamp>, by| last.map_or(there, |last| later(last, by));
        let place = match turn {
            Turn::First => behind(self.first_until, own),
            Turn::InLine(of) => {
                let share = own.saturating_mul(line::sharers(&self.lines, of));
                let first = behind(self.first_until, own);
                first.max(behind(line::until(&self.lines, of), share))
            }
        };
        there.max(place).min(later(now, FURTHEST))
    }

    fn told(&mut self, turn: Turn, at: Timestamp) {
        match turn {
            Turn::First => self.first_until = self.first_until.max(Some(at)),
            Turn::InLine(of) => line::told(&mut self.lines, of, at),
        }
    }

    /// The provider takes nothing before `until`. What was saved up is gone: nothing bursts when the block ends.
    pub fn block(&mut self, until: Timestamp, now: Timestamp) {
        self.refill(now);
        self.blocked_until = self.blocked_until.max(Some(until));
        self.level = self.level.min(0);
        self.refilled_at = self.refilled_at.max(until);
    }
}

/// Takes so many tokens of each bucket, or of none: then answers when to come again. All are refilled to `now` before.
pub fn take(buckets: &mut [&mut Bucket], cost: u32, turn: Turn, now: Timestamp) -> Result<(), Timestamp> {
    if buckets.iter().all(|bucket| bucket.has(cost, turn, now)) {
        for bucket in buckets {
            bucket.take(cost, turn);
        }
        return Ok(());
    }
    let lacking = |bucket: &&&mut Bucket| !bucket.has(cost, turn, now);
    let again = buckets
        .iter()
        .filter(lacking)
        .map(|bucket| bucket.place(cost, turn, now))
        .max()
        .unwrap_or(now);
    for bucket in buckets {
        if !bucket.has(cost, turn, now) {
            bucket.told(turn, again);
        }
    }
    Err(again)
}

/// What must be there for so many tokens to be taken. A message larger than the bucket goes when the bucket is full.
fn needed(pace: Pace, cost: u32, turn: Turn) -> i64 {
    let kept = match turn {
        Turn::First => 0,
        Turn::InLine(_) => pace.reserve(),
    };
    (i64::from(cost) * TOKEN).min(pace.full() - kept) + kept
}

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
