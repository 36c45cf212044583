//! What customers' own words promise: closed after STOP, open after START, answered once. The drill knows what was written, the journal
//! what was accepted.
use super::story::Story;
use super::{Decision, Promise, is_follow_up};
use crate::words::{Pair, Word};
use providers::sandbox::journal::Receipt;
use rules::purpose::Purpose;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What the provider accepted for each, in its order.
pub struct Accepted<'a>(HashMap<Pair, Vec<&'a Receipt>>);

impl<'a> Accepted<'a> {
    pub fn of(taken: &[&'a Receipt]) -> Self {
        let mut of: HashMap<Pair, Vec<&Receipt>> = HashMap::new();
        for receipt in taken {
            let pair = (receipt.from.clone(), receipt.to.clone());
            of.entry(pair).or_default().push(receipt);
        }
        Self(of)
    }

    pub fn by(&self, pair: &Pair) -> &[&'a Receipt] {
        self.0.get(pair).map_or(&[], Vec::as_slice)
    }

    fn count(&self, pair: &Pair, purpose: Purpose) -> usize {
        let different: HashSet<Uuid> = self
            .by(pair)
            .iter()
            .filter(|receipt| receipt.purpose == purpose)
            .map(|receipt| receipt.message_id)
            .collect();
        different.len()
    }
}

/// Between STOP and START one confirmation, and an answer to each HELP: nothing else that was let go after STOP was on disk. Answers also
/// how many messages were on their way already.
pub fn closed(
    stories: &[Story],
    accepted: &Accepted<'_>,
    decided: &HashMap<Uuid, Decision>,
) -> (Promise, usize) {
    let (mut broken_by, mut in_flight, mut checked) = (Vec::new(), 0, 0);
    for story in stories {
        let helps = story.heard.iter().filter(|heard| heard.word == Word::Help);
        if accepted.count(&story.pair, Purpose::HelpAnswer) > helps.count() {
            broken_by.push(format!("{} got more answers than they asked for", story.pair.1));
        }
        for (from, until) in story.closed() {
            checked += 1;
            let mut confirmations = 0;
            for receipt in accepted.by(&story.pair) {
                if receipt.at < from || receipt.at >= until || receipt.purpose == Purpose::HelpAnswer {
                    continue;
                }
                match decided.get(&receipt.message_id) {
                    None => broken_by.push(format!("{} was never decided", receipt.message_id)),
                    Some(decision) if decision.at <= from => in_flight += usize::from(is_follow_up(receipt)),
                    Some(_) if receipt.purpose == Purpose::OptOutConfirmation && confirmations == 0 => {
                        confirmations = 1;
                    }
                    Some(decision) => broken_by.push(format!(
                        "{} {} to {} decided at {}, closed from {from} to {until}",
                        receipt.purpose.name(),
                        receipt.message_id,
                        story.pair.1,
                        decision.at
                    )),
                }
            }
        }
    }
    let promise = Promise {
        says: "between STOP and START nothing was let go but one confirmation",
        broken_by,
        checked,
    };
    (promise, in_flight)
}

/// When the customer reads that they are unsubscribed, no follow-up comes after it, until they say START.
pub fn after_confirmation(stories: &[Story], accepted: &Accepted<'_>) -> Promise {
    let (mut broken_by, mut checked) = (Vec::new(), 0);
    for story in stories {
        let mut confirmed = false;
        for receipt in accepted.by(&story.pair) {
            let may_be_in = || {
                story
                    .heard
                    .iter()
                    .any(|heard| heard.word == Word::Start && heard.told <= receipt.at)
            };
            if receipt.purpose == Purpose::OptOutConfirmation {
                checked += usize::from(!confirmed);
                confirmed = true;
            } else if confirmed && is_follow_up(receipt) && !may_be_in() {
                broken_by.push(format!("{} at {}", receipt.message_id, receipt.at));
            }
        }
    }
    Promise {
        says: "no follow-up reached the provider after the confirmation of an opt-out",
        broken_by,
        checked,
    }
}

/// An answer to STOP or START says what is so when it is let go, and there is none to a START that changed nothing.
pub fn answers(stories: &[Story], accepted: &Accepted<'_>, decided: &HashMap<Uuid, Decision>) -> Promise {
    let (mut broken_by, mut checked) = (Vec::new(), 0);
    for story in stories {
        let (turns, to) = (story.turns(), &story.pair.1);
        let opened = turns.iter().filter(|turn| !turn.is_out).count();
        let told = accepted.count(&story.pair, Purpose::OptInConfirmation);
        if told > opened {
            broken_by.push(format!(
                "{to} came back {opened} times and was told so {told} times"
            ));
        }
        for receipt in accepted.by(&story.pair) {
            let says_out = match receipt.purpose {
                Purpose::OptOutConfirmation => true,
                Purpose::OptInConfirmation => false,
                _ => continue,
            };
            checked += 1;
            let Some(decision) = decided.get(&receipt.message_id) else {
                continue;
            };
            let before = turns.iter().rev().find(|turn| turn.at < decision.committed);
            if before.is_none_or(|turn| turn.is_out != says_out) {
                broken_by.push(format!(
                    "{} {} to {to} let go at {}",
                    receipt.purpose.name(),
                    receipt.message_id,
                    decision.committed
                ));
            }
        }
    }
    Promise {
        says: "answers to STOP and START say what is so when they are let go",
        broken_by,
        checked,
    }
}
