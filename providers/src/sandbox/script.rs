//! What the sandbox does with each message: written by a test, calm, or rolled from a seed for the demo.
use super::demo;
use super::journal::Answer;
use rules::channel::Channel;
use rules::purpose::Purpose;
use std::collections::HashMap;
use std::time::Duration;

/// One thing that the sandbox, a carrier or a customer does. The first six answer a hand-over; the others add to the
/// answer before them. Every `after` counts from the hand-over, in business time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Takes it; it is delivered seconds later.
    Deliver,
    /// Takes it; the carrier fails it with this code seconds later.
    Fail { code: String },
    /// Refuses it with this code: nothing is sent.
    Refuse { code: String },
    /// 429: proves that it did not take it.
    RateLimit { after: Duration },
    /// Takes and delivers it, but the answer is lost.
    LoseAnswer,
    /// The request is lost on its way: no receipt, and nobody knows.
    NeverReceive,
    /// Waits before it answers, in real time; the receipt is written before the wait.
    Slow { wait: Duration },
    /// The callbacks come this late.
    LateCallback { after: Duration },
    /// Each callback comes twice, with the same key.
    DoubledCallbacks,
    /// The last callback comes first.
    ShuffledCallbacks,
    /// The customer opens the message.
    Read { after: Duration },
    /// The customer writes back.
    Reply { after: Duration, body: String },
    /// The customer opens the review link.
    Click { after: Duration },
    /// The customer gives feedback.
    Feedback { after: Duration, rating: u8 },
}

impl Act {
    /// The answer to the hand-over, if the act is one; `Some(None)` if nothing arrived that could be answered.
    pub(super) fn answer(&self) -> Option<Option<Answer>> {
        match self {
            Self::Deliver | Self::Fail { .. } => Some(Some(Answer::Accepted)),
            Self::Refuse { code } => Some(Some(Answer::Refused { code: code.clone() })),
            Self::RateLimit { after } => Some(Some(Answer::RateLimited {
                after_seconds: after.as_secs(),
            })),
            Self::LoseAnswer => Some(Some(Answer::Lost)),
            Self::NeverReceive => Some(None),
            Self::Slow { .. }
            | Self::LateCallback { .. }
            | Self::DoubledCallbacks
            | Self::ShuffledCallbacks
            | Self::Read { .. }
            | Self::Reply { .. }
            | Self::Click { .. }
            | Self::Feedback { .. } => None,
        }
    }

    pub(super) fn wait(&self) -> Option<Duration> {
        if let Self::Slow { wait } = self {
            Some(*wait)
        } else {
            None
        }
    }
}

/// Where a hand-over stands among all: counted from the journal, so that it is the same after a restart.
pub(super) struct Turn {
    pub to: String,
    /// How many hand-overs to this address came before, whatever became of them.
    pub turn: u32,
    /// How many other messages to this address came before.
    pub touch: u32,
    /// How many times this message came before.
    pub attempt: u32,
}

/// What the sandbox does with each message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Calm,
    Demo {
        seed: u64,
    },
    /// For each address the acts of its first hand-over, its second, and so on.
    Acts(HashMap<String, Vec<Vec<Act>>>),
}

impl Script {
    /// Everything is delivered and nobody answers.
    pub fn calm() -> Self {
        Self(Kind::Calm)
    }

    /// As a small business's customers and their carriers behave, rolled from the seed, the address and how many
    /// messages it has had: the same seed gives the same story.
    pub fn demo(seed: u64) -> Self {
        Self(Kind::Demo { seed })
    }

    /// Per address, what happens in order. Each act that answers a hand-over (deliver, fail, refuse, rate limit, lose
    /// the answer, never receive) is the next hand-over's; other acts add to the one before them, and before the
    /// first to a delivery. When the acts are used up, and for other addresses, everything is delivered.
    pub fn acts(of: Vec<(String, Vec<Act>)>) -> Self {
        Self(Kind::Acts(
            of.into_iter()
                .map(|(to, acts)| (to, by_hand_over(acts)))
                .collect(),
        ))
    }

    pub(super) fn acts_for(&self, turn: &Turn, channel: Channel, purpose: Purpose) -> Vec<Act> {
        match &self.0 {
            Kind::Calm => vec![Act::Deliver],
            Kind::Demo { seed } => demo::acts_for(*seed, turn, channel, purpose),
            Kind::Acts(of) => of
                .get(&turn.to)
                .and_then(|turns| turns.get(turn.turn as usize))
                .cloned()
                .unwrap_or_else(|| vec![Act::Deliver]),
        }
    }
}

fn by_hand_over(acts: Vec<Act>) -> Vec<Vec<Act>> {
    let mut turns: Vec<Vec<Act>> = Vec::new();
    for act in acts {
        if act.answer().is_some() {
            turns.push(vec![act]);
        } else if let Some(last) = turns.last_mut() {
            last.push(act);
        } else {
            turns.push(vec![Act::Deliver, act]);
        }
    }
    turns
}
