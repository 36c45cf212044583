//! The gate's look at answers to keywords.
use super::look::Look;
use crate::purpose::Purpose;
use crate::verdict::StopReason;
use jiff::{SignedDuration, Timestamp};

/// An opt-out's confirmation goes within five minutes, 47 CFR 64.1200(a)(12).
const CONFIRMATION_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// HELP and START are answered within this time: later the answer is to nobody's question, and may come at night. House rule, after the five
/// minutes that the law gives the answer to STOP.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_mins(15);
/// HELP is answered once in this time, so that two machines don't talk for ever.
const HELP_EVERY: SignedDuration = SignedDuration::from_mins(5);

impl Look<'_> {
    /// An answer to STOP, START or HELP: is it in time, and still true?
    pub fn at_keyword_answers(&mut self) {
        let asked_at = self.intent.in_answer_to_at;
        match self.intent.purpose {
            Purpose::OptOutConfirmation if !self.opt_out_stands() => self.stop(
                "K7",
                StopReason::TakenBack,
                "the opt-out that it confirms was taken back",
            ),
            Purpose::OptOutConfirmation => match asked_at {
                Some(at) if self.since(at) < CONFIRMATION_WITHIN => {
                    self.pass("K7", "the confirmation goes within five minutes of the opt-out");
                }
                _ => self.stop(
                    "K7",
                    StopReason::TooLate,
                    "an opt-out is confirmed within five minutes or not at all",
                ),
            },
            Purpose::HelpAnswer if self.is_answer_too_late() => {
                self.stop(
                    "K11",
                    StopReason::TooLate,
                    "HELP is answered within fifteen minutes",
                );
            }
            Purpose::OptInConfirmation if self.is_answer_too_late() => {
                self.stop(
                    "K9",
                    StopReason::TooLate,
                    "START is answered within fifteen minutes",
                );
            }
            Purpose::HelpAnswer => match self.facts.recipient.last_help_answer_at {
                Some(at) if self.since(at) < HELP_EVERY => {
                    self.stop(
                        "K11",
                        StopReason::AnsweredAlready,
                        "HELP was answered less than five minutes ago",
                    );
                }
                _ => self.pass("K11", "HELP is answered whatever the subscription"),
            },
            Purpose::OptInConfirmation => self.pass("K9", "the recipient asked for messages again"),
            Purpose::Marketing | Purpose::Service | Purpose::Transactional | Purpose::Reply => {}
        }
    }

    fn is_answer_too_late(&self) -> bool {
        self.intent
            .in_answer_to_at
            .is_none_or(|at| self.since(at) >= ANSWER_WITHIN)
    }

    /// Is the opt-out that this confirms still in force? It closed the address when the confirmation was made; one after a START closes it
    /// anew, later, and has a confirmation of its own.
    fn opt_out_stands(&self) -> bool {
        let suppression = self.facts.recipient.suppression.as_ref();
        suppression.is_some_and(|suppression| suppression.at <= self.intent.first_due_at)
    }

    /// Until when an answer may leave the provider: the minutes count from what is answered, not from when the gate was asked.
    pub(super) fn answer_by(&self) -> Option<Timestamp> {
        let within = match self.intent.purpose {
            Purpose::OptOutConfirmation => CONFIRMATION_WITHIN,
            Purpose::HelpAnswer | Purpose::OptInConfirmation => ANSWER_WITHIN,
            Purpose::Marketing | Purpose::Service | Purpose::Transactional | Purpose::Reply => return None,
        };
        Some(self.intent.in_answer_to_at? + within)
    }
}
