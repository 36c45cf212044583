//! What a provider allows an account, and what somebody set beside it: the lower of the two counts.
use super::Pace;

/// More in a second than anybody is given; who is told more is as free as with this.
const MOST: f64 = 100_000.0;

impl Pace {
    /// The pace of a rate in messages a second, as Amazon tells it (`MaxSendRate`): whole messages in whole seconds, never more than the
    /// rate. None of what is no rate.
    pub fn of_rate(per_second: f64) -> Option<Self> {
        if !per_second.is_finite() || per_second <= 0.0 {
            return None;
        }
        let (tokens, seconds) = if per_second >= 1.0 {
            (per_second.floor().min(MOST), 1.0)
        } else {
            (1.0, (1.0 / per_second).ceil().min(MOST))
        };
        // both are whole, and between 1 and 100,000
        let (tokens, seconds) = (tokens as u32, seconds as u32);
        Some(Self {
            tokens,
            seconds,
            burst: tokens,
        })
    }

    /// This pace where another is the most that is allowed: of rate and of burst the lower each.
    pub fn at_most(self, most: Self) -> Self {
        let ours = u64::from(self.tokens) * u64::from(most.seconds.max(1));
        let theirs = u64::from(most.tokens) * u64::from(self.seconds.max(1));
        let slower = if ours <= theirs { self } else { most };
        Self {
            burst: self.burst.min(most.burst).max(1),
            ..slower
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_becomes_whole_messages_and_never_more_than_it() {
        let pace = |tokens, seconds| Pace {
            tokens,
            seconds,
            burst: tokens,
        };
        assert_eq!(Pace::of_rate(14.0), Some(pace(14, 1)));
        assert_eq!(Pace::of_rate(1.0), Some(pace(1, 1)));
        assert_eq!(Pace::of_rate(2.9), Some(pace(2, 1)));
        assert_eq!(Pace::of_rate(0.5), Some(pace(1, 2)));
        assert_eq!(Pace::of_rate(0.3), Some(pace(1, 4)));
        assert_eq!(Pace::of_rate(1e300), Some(pace(100_000, 1)));
        assert_eq!(Pace::of_rate(1e-300), Some(pace(1, 100_000)));
        for none in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Pace::of_rate(none), None, "{none}");
        }
    }

    #[test]
    fn what_was_set_counts_when_it_is_less_and_never_bursts_over_what_is_allowed() {
        let told = Pace::per_second(14, 14);
        let minute = |tokens, burst| Pace {
            tokens,
            seconds: 60,
            burst,
        };
        assert_eq!(Pace::per_second(5, 50).at_most(told), Pace::per_second(5, 14));
        assert_eq!(Pace::per_second(20, 200).at_most(told), told);
        assert_eq!(Pace::per_second(20, 3).at_most(told), Pace::per_second(14, 3));
        assert_eq!(minute(840, 10).at_most(told), minute(840, 10));
        assert_eq!(minute(841, 10).at_most(told), Pace::per_second(14, 10));
        assert_eq!(told.at_most(told), told);
    }
}
