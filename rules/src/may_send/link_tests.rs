//! Marketing by e-mail, and the link to unsubscribe.
use super::tests::{facts, intent, now};
use super::*;
use crate::verdict::{HoldReason, Verdict};
use jiff::SignedDuration;

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
