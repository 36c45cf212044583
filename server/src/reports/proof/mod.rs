//! The proof: what was really sent, counted from the sandbox's own journal with checks written by hand. It shares no code with
//! the rules that decided, so that a mistake there can't hide itself here.
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use providers::sandbox::journal::{Answer, Line, Receipt};
use providers::{EventKind, Inbound};
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// No text before this hour of the recipient's day (47 CFR 64.1200(c)(1)).
const EARLIEST: Time = Time::constant(8, 0, 0, 0);
/// No text at this hour of the recipient's day, or later.
const LATEST: Time = Time::constant(21, 0, 0, 0);
/// An opt-out is confirmed once, and within five minutes (47 CFR 64.1200(a)(12)).
const CONFIRM_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// The same words to the same person again within a day are the same message sent twice.
const SAME_WORDS: SignedDuration = SignedDuration::from_hours(24);
/// A reply of one of these words and nothing else is an opt-out that nobody can argue about.
const OPT_OUT_WORDS: [&str; 9] = [
    "stop",
    "stopall",
    "quit",
    "end",
    "cancel",
    "unsubscribe",
    "revoke",
    "optout",
    "opt out",
];
const OPT_IN_WORDS: [&str; 2] = ["start", "unstop"];
/// What a carrier answers when it knows of an opt-out.
const CARRIER_OPT_OUT: &str = "21610";

/// One promise: what breaks it, line by line. It holds when there is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// In plain words, for the screen.
    pub says: &'static str,
    /// How many receipts it was checked on.
    pub checked: usize,
    pub broken_by: Vec<Offence>,
}

/// A line of the journal that breaks a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offence {
    /// The line's number in the journal, from 1.
    pub line: usize,
    pub at: Timestamp,
    #[serde(serialize_with = "crate::ids::json::message")]
    pub message: Uuid,
    pub why: String,
}

/// What the journal proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Hand-overs that reached the sandbox, whatever it answered.
    pub receipts: usize,
    /// Those that it took.
    pub taken: usize,
    /// Different messages among those that it took.
    pub distinct_messages: usize,
    /// Opt-outs that the product acknowledged.
    pub opt_outs: usize,
    /// The same message, by its id, was taken twice.
    pub sent_twice: Promise,
    /// The same words went to the same person twice within a day.
    pub same_words_twice: Promise,
    pub in_quiet_hours: Promise,
    pub after_stop: Promise,
    /// An opt-out that was confirmed more than once, or late.
    pub confirmations: Promise,
    /// Sent on after the carrier said that the recipient had opted out.
    pub after_carrier_opt_out: Promise,
}

impl Proof {
    /// Counts. `zone_of` answers every IANA zone that the recipient may be in, from our address, theirs and the channel; a
    /// recipient without one breaks the promise of quiet hours, since nobody can say that it was day.
    pub fn from_journal(lines: &[Line], zone_of: impl Fn(&str, &str, Channel) -> Vec<String>) -> Self {
        let receipts: Vec<(usize, &Receipt)> = lines
            .iter()
            .enumerate()
            .filter_map(|(index, line)| match line {
                Line::Receipt(receipt) => Some((index + 1, receipt)),
                Line::NeverReceived { .. } | Line::Event { .. } | Line::Acknowledged { .. } => None,
            })
            .collect();
        let taken: Vec<(usize, &Receipt)> = receipts
            .iter()
            .copied()
            .filter(|(_, r)| r.answer.is_taken())
            .collect();
        let stops = Stops::follow(lines);
        Self {
            receipts: receipts.len(),
            taken: taken.len(),
            distinct_messages: taken
                .iter()
                .map(|(_, r)| r.message_id)
                .collect::<HashSet<_>>()
                .len(),
            opt_outs: stops.opt_outs,
            sent_twice: sent_twice(&taken),
            same_words_twice: same_words_twice(&taken),
            in_quiet_hours: in_quiet_hours(&taken, zone_of),
            after_stop: Promise {
                says: "nobody was messaged after STOP",
                checked: taken.len(),
                broken_by: stops.after_stop,
            },
            confirmations: Promise {
                says: "each opt-out was confirmed at most once, within five minutes",
                checked: stops.confirmations_seen,
                broken_by: stops.confirmations,
            },
            after_carrier_opt_out: Promise {
                says: "nobody was messaged after the carrier told of an opt-out",
                checked: taken.len(),
                broken_by: stops.after_carrier_opt_out,
            },
        }
    }

    /// Every promise, in the order in which they are shown.
    pub fn promises(&self) -> [&Promise; 6] {
        [
            &self.sent_twice,
            &self.same_words_twice,
            &self.in_quiet_hours,
            &self.after_stop,
            &self.confirmations,
            &self.after_carrier_opt_out,
        ]
    }

    /// Does every promise hold?
    pub fn holds(&self) -> bool {
        self.promises().iter().all(|promise| promise.broken_by.is_empty())
    }
}

fn offence(line: usize, receipt: &Receipt, why: String) -> Offence {
    Offence {
        line,
        at: receipt.at,
        message: receipt.message_id,
        why,
    }
}

fn sent_twice(taken: &[(usize, &Receipt)]) -> Promise {
    let mut first = HashMap::new();
    let mut broken_by = Vec::new();
    for (line, receipt) in taken {
        if let Some(before) = first.insert(receipt.message_id, *line) {
            broken_by.push(offence(*line, receipt, format!("taken before, on line {before}")));
        }
    }
    Promise {
        says: "no message was sent twice",
        checked: taken.len(),
        broken_by,
    }
}

/// Two ids with the same words: a follow-up that was made twice.
fn same_words_twice(taken: &[(usize, &Receipt)]) -> Promise {
    let mut last: HashMap<(&str, &str, &str), (usize, Timestamp)> = HashMap::new();
    let mut broken_by = Vec::new();
    let mut checked = 0;
    for (line, receipt) in taken.iter().filter(|(_, r)| is_follow_up(r.purpose)) {
        checked += 1;
        let words = (receipt.from.as_str(), receipt.to.as_str(), receipt.body.as_str());
        if let Some((before, at)) = last.insert(words, (*line, receipt.at))
            && receipt.at.duration_since(at).abs() < SAME_WORDS
        {
            broken_by.push(offence(
                *line,
                receipt,
                format!("the same words as line {before}, within a day"),
            ));
        }
    }
    Promise {
        says: "nobody got the same words twice within a day",
        checked,
        broken_by,
    }
}

fn is_follow_up(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Marketing | Purpose::Service => true,
        Purpose::Transactional
        | Purpose::Reply
        | Purpose::OptOutConfirmation
        | Purpose::OptInConfirmation
        | Purpose::HelpAnswer => false,
    }
}

fn in_quiet_hours(
    taken: &[(usize, &Receipt)],
    zone_of: impl Fn(&str, &str, Channel) -> Vec<String>,
) -> Promise {
    let mut broken_by = Vec::new();
    let mut checked = 0;
    for (line, receipt) in taken {
        let is_on_a_phone = match receipt.channel {
            Channel::Sms | Channel::Whatsapp => true,
            Channel::Email => false,
        };
        if !is_on_a_phone || !is_follow_up(receipt.purpose) {
            continue;
        }
        checked += 1;
        let zones = zone_of(&receipt.from, &receipt.to, receipt.channel);
        if let Some(why) = asleep(&zones, receipt.at) {
            broken_by.push(offence(*line, receipt, why));
        }
    }
    Promise {
        says: "no text went out before 08:00 or after 21:00 where its recipient may be",
        checked,
        broken_by,
    }
}

/// Why it was night for the recipient of a text, if it was in any of the zones (IANA names).
pub fn asleep(zones: &[String], at: Timestamp) -> Option<String> {
    if zones.is_empty() {
        return Some("nobody knows the recipient's zone".to_owned());
    }
    zones.iter().find_map(|name| {
        let Ok(zone) = TimeZone::get(name) else {
            return Some(format!("{name} is no zone"));
        };
        let time = at.to_zoned(zone).time();
        (time < EARLIEST || time >= LATEST)
            .then(|| format!("it was {:02}:{:02} in {name}", time.hour(), time.minute()))
    })
}

/// Who has opted out, and what reached them since; followed line by line, in the order in which it happened.
#[derive(Default)]
struct Stops {
    opt_outs: usize,
    confirmations_seen: usize,
    after_stop: Vec<Offence>,
    confirmations: Vec<Offence>,
    after_carrier_opt_out: Vec<Offence>,
}

/// An opt-out that is in force.
struct InForce {
    line: usize,
    since: Timestamp,
    is_confirmed: bool,
}

impl Stops {
    fn follow(lines: &[Line]) -> Self {
        let mut stops = Self::default();
        let mut told: HashMap<&str, &EventKind> = HashMap::new();
        let mut acknowledged: HashSet<&str> = HashSet::new();
        let mut in_force: HashMap<(&str, &str), InForce> = HashMap::new();
        let mut carrier_knows: HashMap<(&str, &str), usize> = HashMap::new();
        for (index, line) in lines.iter().enumerate() {
            let number = index + 1;
            match line {
                Line::Event { key, event, .. } => {
                    told.insert(key, &event.kind);
                }
                Line::Acknowledged { key, at } => {
                    if !acknowledged.insert(key) {
                        continue;
                    }
                    let Some(EventKind::Inbound(Inbound { from, to, body, .. })) = told.get(key.as_str())
                    else {
                        continue;
                    };
                    let word = lone_word(body);
                    if OPT_OUT_WORDS.contains(&word.as_str()) {
                        stops.opt_outs += 1;
                        in_force.insert(
                            (to.as_str(), from.as_str()),
                            InForce {
                                line: number,
                                since: *at,
                                is_confirmed: false,
                            },
                        );
                    } else if OPT_IN_WORDS.contains(&word.as_str()) {
                        in_force.remove(&(to.as_str(), from.as_str()));
                        carrier_knows.remove(&(to.as_str(), from.as_str()));
                    }
                }
                Line::Receipt(receipt) => {
                    let pair = (receipt.from.as_str(), receipt.to.as_str());
                    match &receipt.answer {
                        Answer::Accepted | Answer::Lost => {
                            stops.receive(number, receipt, in_force.get_mut(&pair));
                            if let Some(before) = carrier_knows.get(&pair) {
                                let why = format!("the carrier told of an opt-out on line {before}");
                                stops.after_carrier_opt_out.push(offence(number, receipt, why));
                            }
                        }
                        Answer::Refused { code } if code == CARRIER_OPT_OUT => {
                            carrier_knows.entry(pair).or_insert(number);
                        }
                        Answer::Refused { .. } | Answer::RateLimited { .. } => {}
                    }
                }
                Line::NeverReceived { .. } => {}
            }
        }
        stops
    }

    fn receive(&mut self, line: usize, receipt: &Receipt, stop: Option<&mut InForce>) {
        match receipt.purpose {
            Purpose::OptOutConfirmation => {
                self.confirmations_seen += 1;
                if let Some(why) = wrongly_confirmed(receipt, stop) {
                    self.confirmations.push(offence(line, receipt, why));
                }
            }
            // whoever asks for help gets an answer, opted out or not
            Purpose::HelpAnswer => {}
            Purpose::Marketing
            | Purpose::Service
            | Purpose::Transactional
            | Purpose::Reply
            | Purpose::OptInConfirmation => {
                if let Some(stop) = stop {
                    let why = format!("STOP was acknowledged on line {}", stop.line);
                    self.after_stop.push(offence(line, receipt, why));
                }
            }
        }
    }
}

fn wrongly_confirmed(receipt: &Receipt, stop: Option<&mut InForce>) -> Option<String> {
    // an opt-out in other words than ours, or one that START took back meanwhile: nothing to measure it by
    let stop = stop?;
    let was_confirmed = std::mem::replace(&mut stop.is_confirmed, true);
    if was_confirmed {
        return Some(format!("the opt-out of line {} was confirmed before", stop.line));
    }
    let after = receipt.at.duration_since(stop.since);
    (after > CONFIRM_WITHIN).then(|| {
        format!(
            "the opt-out of line {} was confirmed {} minutes late",
            stop.line,
            after.as_mins()
        )
    })
}

/// The body without case and without what is no letter at its ends: `🛑 STOP.` is `stop`.
fn lone_word(body: &str) -> String {
    body.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}
