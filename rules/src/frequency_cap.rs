//! At most so many messages that advertise or follow up to one recipient in 24 hours (rule Q6).
use crate::jurisdiction::PER_DAY;
use jiff::{SignedDuration, Timestamp};

/// The span over which messages are counted.
const SPAN: SignedDuration = SignedDuration::from_hours(24);

/// When the next one may go: none means now. `recent` are the times of those that went, in any order.
pub fn free_at(recent: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let mut counted: Vec<Timestamp> = recent.iter().copied().filter(|at| *at > now - SPAN).collect();
    counted.sort_unstable();
    let over = counted.len().checked_sub(PER_DAY)?;
    counted.get(over).map(|oldest| *oldest + SPAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fourth_waits_until_the_first_is_a_day_old() {
        let hour = |hours| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        assert_eq!(free_at(&[], hour(100)), None);
        assert_eq!(free_at(&[hour(80), hour(90)], hour(100)), None);
        assert_eq!(
            free_at(&[hour(90), hour(80), hour(95)], hour(100)),
            Some(hour(104))
        );
        assert_eq!(free_at(&[hour(90), hour(80), hour(95)], hour(104)), None);
        assert_eq!(
            free_at(&[hour(90), hour(91), hour(92), hour(93)], hour(100)),
            Some(hour(115))
        );
    }
}
