//! Answers to STOP, START and HELP that are no longer true, or too old, when it is their turn.
use super::may_send;
use super::tests::{facts, intent, now, said_stop};
use super::{Facts, Intent};
use crate::channel::Channel;
use crate::consent::ConsentStatus;
use crate::purpose::Purpose;
use crate::verdict::{StopReason, Verdict};
use jiff::SignedDuration;

fn verdict(intent: &Intent, facts: &Facts) -> Verdict {
    may_send(intent, facts, now()).verdict
}

#[test]
fn an_opt_out_that_was_taken_back_is_not_confirmed_though_another_followed() {
    let mut confirmation = intent(Channel::Sms, Purpose::OptOutConfirmation);
    let asked_at = now() - SignedDuration::from_mins(2);
    confirmation.in_answer_to_at = Some(asked_at);
    confirmation.first_due_at = asked_at;
    let taken_back = Verdict::Stop {
        why: StopReason::TakenBack,
    };
    let mut facts = facts();
    assert_eq!(verdict(&confirmation, &facts), taken_back);
    facts.recipient.suppression = Some(said_stop(asked_at + SignedDuration::from_secs(1)));
    assert_eq!(verdict(&confirmation, &facts), taken_back);
    facts.recipient.suppression = Some(said_stop(asked_at));
    assert!(matches!(verdict(&confirmation, &facts), Verdict::Send { .. }));
}

#[test]
fn a_stop_after_a_start_stops_the_confirmation_of_the_start() {
    let confirmation = intent(Channel::Sms, Purpose::OptInConfirmation);
    assert!(matches!(verdict(&confirmation, &facts()), Verdict::Send { .. }));
    let stopped = Verdict::Stop {
        why: StopReason::OptedOut,
    };
    let mut again = facts();
    again.recipient.suppression = Some(said_stop(now()));
    assert_eq!(verdict(&confirmation, &again), stopped);
    let mut out = facts();
    out.consent.as_mut().unwrap().status = ConsentStatus::OptedOut;
    assert_eq!(verdict(&confirmation, &out), stopped);
}

#[test]
fn help_and_start_are_answered_within_a_quarter_of_an_hour_or_not_at_all() {
    for purpose in [Purpose::HelpAnswer, Purpose::OptInConfirmation] {
        let mut answer = intent(Channel::Sms, purpose);
        let mut asked = |minutes| {
            let at = now() - SignedDuration::from_mins(minutes);
            answer.in_answer_to_at = Some(at);
            (verdict(&answer, &facts()), at)
        };
        let (in_time, at) = asked(14);
        let Verdict::Send { expires_at, .. } = in_time else {
            panic!("{purpose:?}: {in_time:?}")
        };
        assert_eq!(
            expires_at,
            Some(at + SignedDuration::from_mins(15)),
            "{purpose:?}"
        );
        let too_late = Verdict::Stop {
            why: StopReason::TooLate,
        };
        for minutes in [15, 7 * 60, 21 * 24 * 60] {
            assert_eq!(asked(minutes).0, too_late, "{purpose:?}");
        }
        answer.in_answer_to_at = None;
        assert_eq!(verdict(&answer, &facts()), too_late, "{purpose:?}");
    }
}
