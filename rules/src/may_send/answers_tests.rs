//! Answers to STOP, START and HELP: which go, and until when.
use super::tests::{facts, intent, now};
use super::*;
use crate::consent::{ConsentStatus, Scope};
use crate::suppression::SuppressionReason;
use crate::verdict::StopReason;
use jiff::SignedDuration;

fn verdict(intent: &Intent, facts: &Facts) -> Verdict {
    may_send(intent, facts, now()).verdict
}

fn suppressed(scope: Scope) -> Option<Suppression> {
    Some(Suppression {
        scope,
        reason: SuppressionReason::Keyword,
        at: now(),
    })
}

#[test]
fn the_confirmation_and_help_go_at_night_after_an_opt_out() {
    let night: Timestamp = "2026-03-04T07:00:00Z".parse().unwrap();
    let mut facts = facts();
    facts.recipient.suppression = Some(Suppression {
        scope: Scope::All,
        reason: SuppressionReason::Keyword,
        at: night,
    });
    for purpose in [Purpose::OptOutConfirmation, Purpose::HelpAnswer] {
        let mut intent = intent(Channel::Sms, purpose);
        intent.in_answer_to_at = Some(night);
        assert!(
            matches!(may_send(&intent, &facts, night).verdict, Verdict::Send { .. }),
            "{purpose:?}"
        );
    }
}

#[test]
fn the_confirmation_of_an_opt_out_expires_five_minutes_after_it_however_late_the_gate_was_asked() {
    let mut confirmation = intent(Channel::Sms, Purpose::OptOutConfirmation);
    let asked_at = now() - SignedDuration::from_mins(4);
    confirmation.in_answer_to_at = Some(asked_at);
    let mut facts = facts();
    facts.recipient.suppression = suppressed(Scope::All);
    let Verdict::Send { expires_at, .. } = verdict(&confirmation, &facts) else {
        panic!("not sent")
    };
    assert_eq!(expires_at, Some(asked_at + SignedDuration::from_mins(5)));
    confirmation.in_answer_to_at = Some(now() - SignedDuration::from_mins(5));
    assert_eq!(
        verdict(&confirmation, &facts),
        Verdict::Stop {
            why: StopReason::TooLate
        }
    );
}

#[test]
fn an_opt_out_that_was_taken_back_is_not_confirmed() {
    let confirmation = intent(Channel::Sms, Purpose::OptOutConfirmation);
    for (suppression, goes) in [
        (suppressed(Scope::All), true),
        (suppressed(Scope::Marketing), false),
        (None, false),
    ] {
        let mut facts = facts();
        facts.recipient.suppression = suppression;
        let verdict = verdict(&confirmation, &facts);
        assert_eq!(matches!(verdict, Verdict::Send { .. }), goes);
        let why = StopReason::TooLate;
        assert_eq!(verdict == Verdict::Stop { why }, !goes);
    }
}

#[test]
fn a_stop_after_a_start_stops_the_confirmation_of_the_start() {
    let confirmation = intent(Channel::Sms, Purpose::OptInConfirmation);
    assert!(matches!(verdict(&confirmation, &facts()), Verdict::Send { .. }));
    let stopped = Verdict::Stop {
        why: StopReason::OptedOut,
    };
    let mut again = facts();
    again.recipient.suppression = Some(Suppression {
        scope: Scope::All,
        reason: SuppressionReason::Keyword,
        at: now(),
    });
    assert_eq!(verdict(&confirmation, &again), stopped);
    let mut out = facts();
    out.consent.as_mut().unwrap().status = ConsentStatus::OptedOut;
    assert_eq!(verdict(&confirmation, &out), stopped);
}
