//! When a touch is due: absolute hours on the time line, from completion or from the touch before.
use jiff::{SignedDuration, Timestamp};

/// When the first touch is due: `delay_hours` hours after the work order was completed.
pub fn first_touch_at(completed_at: Timestamp, delay_hours: u32) -> Timestamp {
    hours_after(completed_at, delay_hours)
}

/// When the next touch is due: `delay_hours` hours after the previous touch was *scheduled*, not sent, so that a
/// night's hold does not push the rest.
pub fn next_touch_at(previous_scheduled_at: Timestamp, delay_hours: u32) -> Timestamp {
    hours_after(previous_scheduled_at, delay_hours)
}

/// The moment, or now if it is past: work that is found by its due time is found from the oldest due time still
/// alive, so a due time is never written into the past.
pub fn not_in_the_past(at: Timestamp, now: Timestamp) -> Timestamp {
    at.max(now)
}

fn hours_after(start: Timestamp, hours: u32) -> Timestamp {
    start
        .checked_add(SignedDuration::from_hours(i64::from(hours)))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_delay_counts_hours_on_the_time_line_also_when_the_clocks_change() {
        // New York, 2026-11-01: the hour from 01:00 to 02:00 happens twice, so 24 hours later is 17:00, not 18:00.
        let completed = at("2026-10-31T18:00:00-04:00");
        assert_eq!(first_touch_at(completed, 24), at("2026-11-01T17:00:00-05:00"));
    }

    #[test]
    fn the_next_touch_counts_from_the_schedule_of_the_one_before() {
        let first = first_touch_at(at("2026-11-21T20:00:00Z"), 4);
        assert_eq!(next_touch_at(first, 72), at("2026-11-25T00:00:00Z"));
    }

    #[test]
    fn a_due_time_in_the_past_becomes_now() {
        let (early, late) = (at("2026-11-21T08:00:00Z"), at("2026-11-21T09:00:00Z"));
        assert_eq!(not_in_the_past(early, late), late);
        assert_eq!(not_in_the_past(late, early), late);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn a_touch_is_due_so_many_hours_later_to_the_nanosecond_and_never_beyond_the_end_of_time(
            second in -377705023201i64..253402207200,
            nano in 0i32..1_000_000_000,
            delays in proptest::collection::vec(prop_oneof![4 => 0u32..2_000, 1 => any::<u32>()], 1..8),
        ) {
            let completed = Timestamp::new(second, nano).unwrap();
            let mut due = first_touch_at(completed, delays[0]);
            let mut hours = i128::from(delays[0]);
            for delay in &delays[1..] {
                due = next_touch_at(due, *delay);
                hours += i128::from(*delay);
            }
            let wanted = completed.as_nanosecond() + hours * 3_600_000_000_000;
            prop_assert_eq!(due.as_nanosecond(), wanted.min(Timestamp::MAX.as_nanosecond()));
            prop_assert!(due >= completed);
        }

        #[test]
        fn what_is_not_in_the_past_is_the_later_of_the_two(one in -1_000i64..1_000, other in -1_000i64..1_000) {
            let (at, now) = (Timestamp::from_second(one).unwrap(), Timestamp::from_second(other).unwrap());
            prop_assert_eq!(not_in_the_past(at, now).as_second(), if one > other { one } else { other });
        }
    }
}
