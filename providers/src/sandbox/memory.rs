//! What the lines of the journal amount to: who was sent what, and what is still to be told. Built from nothing else,
//! so that a restart knows what the process before it knew.
use super::events::{self, Scheduled};
use super::journal::Line;
use super::script::{Script, Turn};
use crate::Event;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// What the lines of the journal amount to.
#[derive(Default)]
pub(super) struct Memory {
    /// How many times something was sent to the address, for the script's turn.
    turns: HashMap<String, u32>,
    /// The messages sent to the address, in order of their first coming.
    touches: HashMap<String, Vec<Uuid>>,
    /// How often the message came.
    attempts: HashMap<Uuid, u32>,
    /// The name given to the message when it was first taken.
    pub taken: HashMap<Uuid, String>,
    /// Events not yet acknowledged, by when they are due; one that is told twice stands here twice.
    pub waiting: BTreeMap<(Timestamp, u64), Event>,
    /// Where the tellings of an event stand in `waiting`, while one does.
    tellings: HashMap<String, Vec<(Timestamp, u64)>>,
    /// Those of them whose line is in the journal.
    pub written: HashSet<String>,
    next_number: u64,
}

impl Memory {
    /// Where a hand-over that comes now stands among all.
    pub fn turn(&self, message_id: Uuid, to: &str) -> Turn {
        let touches = self.touches.get(to).map_or(&[][..], Vec::as_slice);
        let touch = touches
            .iter()
            .position(|each| *each == message_id)
            .unwrap_or(touches.len());
        Turn {
            to: to.to_owned(),
            turn: self.turns.get(to).copied().unwrap_or(0),
            touch: u32::try_from(touch).unwrap_or(u32::MAX),
            attempt: self.attempts.get(&message_id).copied().unwrap_or(0),
        }
    }

    /// Takes a line of the journal up.
    pub fn take_up(&mut self, line: Line, script: &Script) {
        match line {
            Line::Receipt(receipt) => {
                let turn = self.turn(receipt.message_id, &receipt.to);
                self.came(receipt.message_id, &receipt.to);
                if let Some(external_id) = &receipt.external_id {
                    self.taken
                        .entry(receipt.message_id)
                        .or_insert_with(|| external_id.clone());
                    let acts = script.acts_for(&turn, receipt.channel, receipt.purpose);
                    for scheduled in events::that_follow(&receipt, external_id, &acts) {
                        self.schedule(scheduled);
                    }
                }
            }
            Line::NeverReceived { message_id, to, .. } => self.came(message_id, &to),
            Line::Event { key, .. } => {
                self.written.insert(key);
            }
            Line::Acknowledged { key, .. } => self.acknowledged(&key),
        }
    }

    fn came(&mut self, message_id: Uuid, to: &str) {
        *self.turns.entry(to.to_owned()).or_default() += 1;
        *self.attempts.entry(message_id).or_default() += 1;
        let touches = self.touches.entry(to.to_owned()).or_default();
        if !touches.contains(&message_id) {
            touches.push(message_id);
        }
    }

    fn schedule(&mut self, scheduled: Scheduled) {
        for told_at in scheduled.told_at {
            let place = (told_at, self.next_number);
            self.next_number += 1;
            self.tellings
                .entry(scheduled.event.key.clone())
                .or_default()
                .push(place);
            self.waiting.insert(place, scheduled.event.clone());
        }
    }

    /// The oldest telling of the event is done with; after the last nothing of the event is kept.
    pub fn acknowledged(&mut self, key: &str) {
        let Some(places) = self.tellings.get_mut(key) else {
            return;
        };
        self.waiting.remove(&places.remove(0));
        if places.is_empty() {
            self.tellings.remove(key);
            self.written.remove(key);
        }
    }
}
