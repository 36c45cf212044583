//! Marketing by e-mail, and the link to unsubscribe.
use super::tests::{facts, intent, now};
use super::*;
use crate::verdict::{HoldReason, Verdict};
use jiff::SignedDuration;

#[test]
fn who_waits_for_a_link_is_looked_at_ever_less_often_up_to_every_six_hours() {
    let mut facts = facts();
    if let Some(connection) = &mut facts.connection {
        (connection.is_sandbox, connection.offers_unsubscribe) = (false, false);
    }
    let mut intent = intent(Channel::Email, Purpose::Marketing);
    for (waited, waits) in [(0, 10), (10, 10), (20, 20), (160, 160), (360, 360), (3_000, 360)] {
        intent.first_due_at = now() - SignedDuration::from_mins(waited);
        let Verdict::Hold { until, .. } = may_send(&intent, &facts, now()).verdict else {
            panic!("after {waited} minutes")
        };
        assert_eq!(until, Some(now() + SignedDuration::from_mins(waits)), "{waited}");
    }
}

#[test]
fn marketing_by_e_mail_waits_while_its_reader_could_not_unsubscribe() {
    let verdict = |purpose, is_sandbox, offers_unsubscribe| {
        let mut facts = facts();
        facts.connection = facts.connection.map(|connection| ConnectionFacts {
            is_sandbox,
            offers_unsubscribe,
            ..connection
        });
        may_send(&intent(Channel::Email, purpose), &facts, now()).verdict
    };
    assert_eq!(
        verdict(Purpose::Marketing, false, false),
        Verdict::Hold {
            until: Some(now() + SignedDuration::from_mins(10)),
            why: HoldReason::NoUnsubscribeLink
        }
    );
    for (purpose, is_sandbox, offers_unsubscribe) in [
        (Purpose::Marketing, false, true),
        (Purpose::Marketing, true, false),
        (Purpose::Service, false, false),
        (Purpose::Transactional, false, false),
    ] {
        let verdict = verdict(purpose, is_sandbox, offers_unsubscribe);
        assert!(
            matches!(verdict, Verdict::Send { .. }),
            "{purpose:?}: {verdict:?}"
        );
    }
}
