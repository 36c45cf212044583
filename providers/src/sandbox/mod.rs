//! A provider that works offline: it writes a receipt for whatever reaches it into a journal of its own, and answers,
//! calls back and lets customers reply as its script says. The journal is the evidence of what was really sent.
mod demo;
mod events;
pub mod journal;
mod memory;
mod script;

pub use script::{Act, Script};

use crate::{Asked, CheckFailed, Checked, Event, LookUp, Outcome, Provider, Request};
use jiff::Timestamp;
use journal::{Answer, Journal, Line, Receipt};
use memory::Memory;
use rules::status::MessageStatus;
use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Twilio's code for a message whose validity period ended before it could be sent.
const EXPIRED: &str = "30036";
/// Twilio's code for too many requests.
const TOO_MANY_REQUESTS: &str = "20429";

/// The sandbox provider. What it knows is in its journal: opened again, also after a kill, it goes on where it was.
pub struct Sandbox {
    script: Script,
    state: Mutex<State>,
}

struct State {
    journal: Journal,
    memory: Memory,
}

impl Sandbox {
    /// Opens the journal, or begins one, and takes up what it holds: events that were not acknowledged are told again,
    /// events to come are derived anew from the script. A last line that a kill tore is cut off.
    ///
    /// # Errors
    /// When the file can't be opened, read or written, or when a line other than the last is no line of a journal.
    pub fn open(journal: &Path, script: Script) -> io::Result<Self> {
        let (journal, lines) = Journal::open(journal)?;
        let mut memory = Memory::default();
        for line in lines {
            memory.take_up(line, &script);
        }
        Ok(Self {
            script,
            state: Mutex::new(State { journal, memory }),
        })
    }

    /// The events that are due at `now` and not acknowledged, oldest first. Each is in the journal before it is told;
    /// while the journal can't be written, no new event is told. Ask again, and unacknowledged ones come again.
    pub fn due_events(&self, now: Timestamp) -> Vec<Event> {
        let mut state = self.state();
        let State { journal, memory } = &mut *state;
        let due: Vec<Event> = memory
            .waiting
            .range(..=(now, u64::MAX))
            .map(|(_, event)| event.clone())
            .collect();
        let mut new = HashSet::new();
        let lines: Vec<Line> = due
            .iter()
            .filter(|event| !memory.written.contains(&event.key) && new.insert(event.key.clone()))
            .map(|event| Line::Event {
                key: event.key.clone(),
                at: now,
                event: event.clone(),
            })
            .collect();
        match journal.append(&lines) {
            Ok(()) => memory.written.extend(new),
            Err(_) => {
                return due
                    .into_iter()
                    .filter(|event| memory.written.contains(&event.key))
                    .collect();
            }
        }
        due
    }

    /// When the next event is due; in the past if it waits to be acknowledged. None: nothing more will happen unless
    /// something is sent.
    pub fn next_event_at(&self) -> Option<Timestamp> {
        self.state()
            .memory
            .waiting
            .first_key_value()
            .map(|((at, _), _)| *at)
    }

    /// The product stored these events: they are not told again. An event that was told twice is acknowledged twice.
    ///
    /// # Errors
    /// When the journal can't be written; the events are told again.
    pub fn acknowledge(&self, keys: &[String], at: Timestamp) -> io::Result<()> {
        let mut state = self.state();
        let lines: Vec<Line> = keys
            .iter()
            .map(|key| Line::Acknowledged { key: key.clone(), at })
            .collect();
        state.journal.append(&lines)?;
        for key in keys {
            state.memory.acknowledged(key);
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides the answer and writes the receipt; the receipt is on disk when this returns.
    fn receive(&self, request: &Request) -> io::Result<(Outcome, Vec<Act>)> {
        let mut state = self.state();
        let turn = state.memory.turn(request.message_id, &request.to);
        let acts = self.script.acts_for(&turn, request.channel, request.purpose);
        let line = line_of(request, &acts, turn.attempt);
        state.journal.append(std::slice::from_ref(&line))?;
        state.memory.take_up(line.clone(), &self.script);
        Ok((outcome_of(&line), acts))
    }
}

#[async_trait::async_trait]
impl Provider for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    async fn send(&self, request: &Request) -> Outcome {
        match self.receive(request) {
            Ok((outcome, acts)) => {
                for wait in acts.iter().filter_map(Act::wait) {
                    tokio::time::sleep(wait).await;
                }
                outcome
            }
            Err(error) => Outcome::Unknown {
                detail: format!("the sandbox's journal: {error}"),
            },
        }
    }

    async fn look_up(&self, asked: &Asked) -> LookUp {
        match self.state().memory.taken.get(&asked.message_id) {
            Some(external_id) => LookUp::Accepted {
                external_id: external_id.clone(),
                status: MessageStatus::Sent.name().to_owned(),
                code: None,
            },
            None => LookUp::NeverAccepted,
        }
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        Ok(Checked::says("the sandbox: nothing leaves this machine"))
    }
}

/// What is written of a request: a receipt, or, if it never arrived, that nothing did.
fn line_of(request: &Request, acts: &[Act], attempt: u32) -> Line {
    let answer = if request.expires_at.is_some_and(|end| request.now >= end) {
        Answer::Refused {
            code: EXPIRED.to_owned(),
        }
    } else {
        match acts.iter().find_map(Act::answer) {
            Some(Some(answer)) => answer,
            Some(None) => {
                return Line::NeverReceived {
                    at: request.now,
                    message_id: request.message_id,
                    to: request.to.clone(),
                };
            }
            None => Answer::Accepted,
        }
    };
    Line::Receipt(Receipt {
        at: request.now,
        message_id: request.message_id,
        channel: request.channel,
        purpose: request.purpose,
        from: request.from.clone(),
        to: request.to.clone(),
        subject: request.subject.clone(),
        body: request.body.clone(),
        external_id: answer
            .is_taken()
            .then(|| events::external_id(request.message_id, attempt)),
        answer,
    })
}

fn outcome_of(line: &Line) -> Outcome {
    let nobody_knows = || Outcome::Unknown {
        detail: "the connection was lost before an answer came".to_owned(),
    };
    let Line::Receipt(receipt) = line else {
        return nobody_knows();
    };
    match (&receipt.answer, &receipt.external_id) {
        (Answer::Accepted, Some(external_id)) => Outcome::Accepted {
            external_id: external_id.clone(),
        },
        (Answer::Accepted, None) | (Answer::Lost, _) => nobody_knows(),
        (Answer::Refused { code }, _) => Outcome::Refused {
            code: code.clone(),
            detail: rules::retry::meaning(code).to_owned(),
        },
        (Answer::RateLimited { after_seconds }, _) => Outcome::TryLater {
            code: TOO_MANY_REQUESTS.to_owned(),
            after: Some(std::time::Duration::from_secs(*after_seconds)),
        },
    }
}
