//! Where a message stands, and how reports about it are merged: only upward, in whatever order they come.
use serde::{Deserialize, Serialize};

/// The status of a message. Stored as its snake_case name. What a provider calls accepted, queued or scheduled on its
/// side is our `Sent`: it took the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Waits for its time or for the gate.
    Queued,
    /// The gate said send; the hand-over may be under way. The point of no return.
    Sending,
    /// The provider took it.
    Sent,
    /// It reached the handset or mailbox.
    Delivered,
    /// The customer opened it.
    Read,
    /// The provider took it, the carrier could not deliver it.
    Undelivered,
    /// The provider refused it, or nobody will try again.
    Failed,
    /// The gate said stop: never handed over.
    Stopped,
    /// Handed over, the answer was lost: settled by a report, a look-up or a person, never by sending again.
    Unknown,
    /// Taken back before the gate saw it.
    Cancelled,
}

impl MessageStatus {
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Undelivered,
        Self::Failed,
        Self::Stopped,
        Self::Unknown,
        Self::Cancelled,
    ];

    /// The stored and displayed name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// How far up the status is. A report moves a message only to a higher rank. A delivery outranks a failure: the
    /// carriers' "undelivered" is at times followed by the handset's own receipt, never the other way round.
    pub fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Sending => 1,
            Self::Unknown => 2,
            Self::Sent => 3,
            Self::Failed => 4,
            Self::Undelivered => 5,
            Self::Delivered => 6,
            Self::Read => 7,
            Self::Stopped | Self::Cancelled => 8,
        }
    }

    /// Is it our own decision not to send, which no report changes?
    pub fn is_our_decision(self) -> bool {
        match self {
            Self::Stopped | Self::Cancelled => true,
            Self::Queued
            | Self::Sending
            | Self::Sent
            | Self::Delivered
            | Self::Read
            | Self::Undelivered
            | Self::Failed
            | Self::Unknown => false,
        }
    }

    /// Has the message come to rest? `Unknown` has not: it waits to be settled.
    pub fn is_final(self) -> bool {
        match self {
            Self::Delivered
            | Self::Read
            | Self::Undelivered
            | Self::Failed
            | Self::Stopped
            | Self::Cancelled => true,
            Self::Queued | Self::Sending | Self::Sent | Self::Unknown => false,
        }
    }
}

/// The status after a report. The higher rank wins, so order and duplicates do not matter. `Stopped` and `Cancelled`
/// never change and are never reported: only the gate and the owner decide them.
pub fn merge(current: MessageStatus, reported: MessageStatus) -> MessageStatus {
    if current.is_our_decision() || reported.is_our_decision() || reported.rank() <= current.rank() {
        current
    } else {
        reported
    }
}

#[cfg(test)]
mod tests {
    use super::MessageStatus::*;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_status_is_stored_under_a_name_that_parses_back() {
        for status in MessageStatus::ALL {
            assert_eq!(MessageStatus::parse(status.name()), Some(status));
            assert_eq!(
                serde_json::to_string(&status).unwrap(),
                format!("\"{}\"", status.name())
            );
        }
        assert_eq!(MessageStatus::parse("Sent"), None);
    }

    #[test]
    fn an_unknown_outcome_is_settled_by_a_later_report_and_not_by_an_earlier_one() {
        assert_eq!(merge(Unknown, Sent), Sent);
        assert_eq!(merge(Unknown, Failed), Failed);
        assert_eq!(merge(Unknown, Delivered), Delivered);
        assert_eq!(merge(Unknown, Sending), Unknown);
        assert_eq!(merge(Sent, Unknown), Sent);
    }

    #[test]
    fn what_we_stopped_or_cancelled_stays_so_and_cannot_be_reported() {
        for ours in [Stopped, Cancelled] {
            for other in MessageStatus::ALL {
                assert_eq!(merge(ours, other), ours);
            }
            for other in MessageStatus::ALL
                .into_iter()
                .filter(|status| !status.is_our_decision())
            {
                assert_eq!(merge(other, ours), other);
            }
        }
    }

    /// Every order of the items (Heap's algorithm).
    fn orders(items: &mut Vec<MessageStatus>, upto: usize, seen: &mut dyn FnMut(&[MessageStatus])) {
        if upto <= 1 {
            return seen(items);
        }
        for index in 0..upto {
            orders(items, upto - 1, seen);
            items.swap(if upto.is_multiple_of(2) { index } else { 0 }, upto - 1);
        }
    }

    /// The flows of the probe that measured this: with duplicates, in every order.
    #[test]
    fn every_order_of_a_flow_with_duplicates_ends_in_one_status() {
        let flows: [(&[MessageStatus], MessageStatus); 6] = [
            (&[Queued, Sending, Sent, Delivered], Delivered),
            (&[Queued, Sent, Undelivered], Undelivered),
            (&[Sent, Delivered, Read], Read),
            (&[Sent, Undelivered, Delivered], Delivered),
            (&[Sent, Failed], Failed),
            (&[Unknown, Sent, Delivered], Delivered),
        ];
        let mut tried = 0;
        for (flow, end) in flows {
            let mut reports = flow.to_vec();
            reports.extend(&flow[..2]);
            reports.extend(flow.last());
            let length = reports.len();
            orders(&mut reports, length, &mut |order| {
                tried += 1;
                assert_eq!(
                    order.iter().fold(Sending, |now, report| merge(now, *report)),
                    end,
                    "{order:?}"
                );
            });
        }
        assert_eq!(tried, 5040 + 4 * 720 + 120);
    }

    /// The same order, written a second time as one says it: each outranks those before it.
    const UPWARD: [&str; 8] = [
        "queued",
        "sending",
        "unknown",
        "sent",
        "failed",
        "undelivered",
        "delivered",
        "read",
    ];

    /// Where a message ends that began so and was told these, in whatever order: at the highest of them, and our own word stays.
    fn ends(start: MessageStatus, told: u16) -> MessageStatus {
        let was_told = |status: &MessageStatus| *status == start || told & (1 << *status as u16) != 0;
        if ["stopped", "cancelled"].contains(&start.name()) {
            return start;
        }
        let highest = UPWARD
            .iter()
            .rev()
            .filter_map(|name| MessageStatus::parse(name))
            .find(was_told);
        highest.unwrap()
    }

    /// Walks every sequence of reports up to a length, and looks at the status after each report.
    fn walk(
        start: MessageStatus,
        now: MessageStatus,
        told: u16,
        left: usize,
        seen: &mut BTreeMap<(u8, u16), MessageStatus>,
    ) -> usize {
        assert_eq!(now, ends(start, told), "{start:?} after {told:b}");
        assert_eq!(*seen.entry((start as u8, told)).or_insert(now), now);
        if left == 0 {
            return 1;
        }
        let further = MessageStatus::ALL.into_iter().map(|report| {
            walk(
                start,
                merge(now, report),
                told | (1 << report as u16),
                left - 1,
                seen,
            )
        });
        1 + further.sum::<usize>()
    }

    /// Each of the ten statuses, told anything up to six times: every set of reports, in every order, with every repetition.
    #[test]
    fn every_sequence_of_reports_ends_where_its_set_of_reports_does() {
        let mut seen = BTreeMap::new();
        let walked: usize = MessageStatus::ALL
            .into_iter()
            .map(|start| walk(start, start, 0, 6, &mut seen))
            .sum();
        assert_eq!(walked, 10 * 1_111_111);
        // sets of none to six out of ten
        assert_eq!(seen.len(), 10 * (1 + 10 + 45 + 120 + 210 + 252 + 210));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn merging_is_the_same_in_any_order(mut reports in proptest::collection::vec(0..10usize, 0..12), seed in any::<u64>()) {
            let end = |reports: &[usize]| reports.iter().fold(Queued, |now, index| merge(now, MessageStatus::ALL[*index]));
            let first = end(&reports);
            for index in (1..reports.len()).rev() {
                reports.swap(index, (seed >> (index % 60)) as usize % (index + 1));
            }
            prop_assert_eq!(end(&reports), first);
            reports.extend(reports.clone());
            prop_assert_eq!(end(&reports), first);
        }

        #[test]
        fn a_status_never_moves_down(current in 0..10usize, reported in 0..10usize) {
            let (current, reported) = (MessageStatus::ALL[current], MessageStatus::ALL[reported]);
            prop_assert!(merge(current, reported).rank() >= current.rank());
        }
    }
}
