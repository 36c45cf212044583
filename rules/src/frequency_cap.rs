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
    use proptest::prelude::*;

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

    /// How many went in the 24 hours before a moment, one of 24 hours ago not counted.
    fn lately(sent: &[i64], minute: i64) -> usize {
        sent.iter()
            .filter(|at| **at <= minute && minute - **at < 24 * 60)
            .count()
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn it_is_free_at_the_first_minute_before_which_fewer_than_three_went(
            sent in proptest::collection::vec(0i64..4_000, 0..9),
            now in 4_000i64..5_500,
        ) {
            let times: Vec<Timestamp> = sent.iter().map(|minute| at(*minute)).collect();
            let first = (now..).find(|minute| lately(&sent, *minute) < 3).unwrap();
            prop_assert_eq!(free_at(&times, at(now)), (first > now).then(|| at(first)));
        }

        #[test]
        fn who_sends_as_soon_as_it_is_free_never_sends_a_fourth_in_a_day(wishes in proptest::collection::vec(0i64..400, 1..30)) {
            let (mut sent, mut now) = (Vec::new(), 0);
            for wait in wishes {
                now += wait;
                if let Some(free) = free_at(&sent, at(now)) {
                    now = free.as_second() / 60;
                }
                sent.push(at(now));
            }
            for last in sent.windows(4) {
                prop_assert!(last[3].duration_since(last[0]) >= SPAN, "{last:?}");
            }
        }
    }
}
