//! The lines before one bucket, one for each campaign that found it empty. While there are several, each takes no more than its share
//! of what comes in, so that one's million does not delay another's ten; one alone takes all.
use super::bucket::{Pace, TOKEN, later};
use jiff::{SignedDuration, Timestamp};

/// One campaign's messages that were told to come later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The campaign's id; 0 of what belongs to none.
    pub of: u128,
    /// The last moment that was told.
    pub until: Timestamp,
    /// What is left of its share, in millionths of a token. Counts while there are several lines.
    pub level: i64,
}

/// How late the last of a line may come, and still be of it.
const LATE: SignedDuration = SignedDuration::from_secs(2);

/// Ends lines of which all that were told have come.
pub(super) fn end(lines: &mut Vec<Line>, now: Timestamp) {
    lines.retain(|line| later(line.until, LATE) > now);
}

/// Gives each its share of what came in so long. Of which nobody came until its share was full, those that were told are gone.
pub(super) fn refill(lines: &mut Vec<Line>, pace: Pace, elapsed: SignedDuration) {
    let share = pace.gain(elapsed) / count(lines);
    for line in lines.iter_mut() {
        line.level = line.level.saturating_add(share);
    }
    lines.retain(|line| line.level < most(pace));
    if let [alone] = lines.as_mut_slice() {
        alone.level = TOKEN;
    }
}

/// May the line of this campaign take so much of its share? Who has no line yet found the bucket full until now.
pub(super) fn may_take(lines: &[Line], of: u128, pace: Pace, cost: u32) -> bool {
    let needed = (i64::from(cost) * TOKEN).min(pace.full());
    lines.len() < 2 || find(lines, of).is_none_or(|line| line.level >= needed)
}

pub(super) fn take(lines: &mut [Line], of: u128, cost: u32) {
    if lines.len() > 1
        && let Some(line) = lines.iter_mut().find(|line| line.of == of)
    {
        line.level = line.level.saturating_sub(i64::from(cost) * TOKEN);
    }
}

/// Among how many what comes in is shared, once this campaign waits too.
pub(super) fn sharers(lines: &[Line], of: u128) -> i32 {
    let others = lines.iter().filter(|line| line.of != of).count();
    i32::try_from(others + 1).unwrap_or(i32::MAX)
}

/// The last moment that was told to a message of this campaign.
pub(super) fn until(lines: &[Line], of: u128) -> Option<Timestamp> {
    find(lines, of).map(|line| line.until)
}

/// A message of this campaign was told to come at that moment.
pub(super) fn told(lines: &mut Vec<Line>, of: u128, at: Timestamp) {
    match lines.iter_mut().find(|line| line.of == of) {
        Some(line) => line.until = line.until.max(at),
        None => lines.push(Line {
            of,
            until: at,
            level: TOKEN,
        }),
    }
}

/// What a line saves up before it is taken to be deserted.
fn most(pace: Pace) -> i64 {
    pace.full().max(4 * TOKEN)
}

fn count(lines: &[Line]) -> i64 {
    i64::try_from(lines.len()).unwrap_or(i64::MAX).max(1)
}

fn find(lines: &[Line], of: u128) -> Option<&Line> {
    lines.iter().find(|line| line.of == of)
}
