//! The demo's script: how carriers and customers behave, in parts of a thousand, rolled from a seed.
use super::script::{Act, Turn};
use rules::channel::Channel;
use rules::purpose::Purpose;
use sha2::{Digest, Sha256};
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// Addresses that never work, per thousand: the code, and whether the provider refuses (true) or the carrier fails it.
const BAD_NUMBERS: &[(u32, &str, bool)] = &[
    (16, "30005", false),
    (16, "30006", false),
    (10, "21610", true),
    (10, "21211", true),
];
const BAD_MAILBOXES: &[(u32, &str, bool)] = &[(50, "5.1.1", false), (6, "5.1.2", false)];
/// Messages that fail though the address works, per thousand.
const BAD_TEXTS: &[(u32, &str, bool)] = &[(24, "30003", false), (20, "30007", false), (14, "30008", false)];
const BAD_WHATSAPPS: &[(u32, &str, bool)] = &[(20, "63016", true), (14, "30003", false)];
const BAD_MAILS: &[(u32, &str, bool)] = &[(28, "5.2.2", false), (14, "5.7.1", false)];

const STOPS: &[&str] = &[
    "STOP",
    "Stop",
    "stop please",
    "STOP.",
    "Unsubscribe",
    "QUIT",
    "🛑 STOP",
    "cancel",
];
const STARTS: &[&str] = &["START", "Unstop"];
const HELPS: &[&str] = &["HELP", "info"];
const WORDS: &[&str] = &[
    "great work!",
    "please stop texting me",
    "don't stop smiling",
    "yup next stop",
    "Thanks, will do",
    "Can you start Monday on the other one?",
    "Who is this?",
    "👍",
];

/// What happens to one hand-over. A retry of a message that failed or was limited is delivered.
pub(super) fn acts_for(seed: u64, turn: &Turn, channel: Channel, purpose: Purpose) -> Vec<Act> {
    let mut dice = Dice::of(seed, &turn.to, &format!("message {}", turn.touch));
    let (limit, answer, manner) = (dice.thousand(), dice.thousand(), dice.thousand());
    if limit < 30 && turn.attempt == 0 {
        return vec![Act::RateLimit {
            after: Duration::from_secs(20 + dice.up_to(40)),
        }];
    }
    let mut acts = vec![first_act(seed, turn, channel, answer)];
    if let Some(act) = callback_manner(&mut dice, manner) {
        acts.push(act);
    }
    let is_follow_up = match purpose {
        Purpose::Service | Purpose::Marketing => true,
        Purpose::Transactional
        | Purpose::Reply
        | Purpose::OptOutConfirmation
        | Purpose::OptInConfirmation
        | Purpose::HelpAnswer => false,
    };
    if is_follow_up && matches!(acts[0], Act::Deliver | Act::LoseAnswer) {
        acts.extend(customer(&mut dice, channel));
    }
    acts
}

fn first_act(seed: u64, turn: &Turn, channel: Channel, roll: u32) -> Act {
    let (addresses, messages) = match channel {
        Channel::Sms => (BAD_NUMBERS, BAD_TEXTS),
        Channel::Whatsapp => (BAD_NUMBERS, BAD_WHATSAPPS),
        Channel::Email => (BAD_MAILBOXES, BAD_MAILS),
    };
    let of_address = Dice::of(seed, &turn.to, "address").thousand();
    if let Some(act) = failure(addresses, of_address) {
        return act;
    }
    if turn.attempt > 0 {
        return Act::Deliver;
    }
    // The rolls that fail come first; what is lost comes from the other end.
    failure(messages, roll).unwrap_or(match roll {
        975..985 => Act::NeverReceive,
        985.. => Act::LoseAnswer,
        _ => Act::Deliver,
    })
}

fn failure(table: &[(u32, &str, bool)], roll: u32) -> Option<Act> {
    let mut below = 0;
    table.iter().find_map(|(share, code, refused)| {
        below += share;
        let code = (*code).to_owned();
        (roll < below).then_some(if *refused {
            Act::Refuse { code }
        } else {
            Act::Fail { code }
        })
    })
}

fn callback_manner(dice: &mut Dice, roll: u32) -> Option<Act> {
    match roll {
        0..60 => Some(Act::LateCallback {
            after: Duration::from_secs(HOUR + dice.up_to(30 * HOUR)),
        }),
        60..140 => Some(Act::DoubledCallbacks),
        140..240 => Some(Act::ShuffledCallbacks),
        240..260 => Some(Act::Slow {
            wait: Duration::from_millis(5 + dice.up_to(20)),
        }),
        _ => None,
    }
}

/// What the customer does with a message that arrived. Nobody texts STOP to an e-mail.
fn customer(dice: &mut Dice, channel: Channel) -> Vec<Act> {
    let roll = dice.thousand();
    let soon = Duration::from_secs(2 * MINUTE + dice.up_to(6 * HOUR));
    let late = Duration::from_secs(10 * MINUTE + dice.up_to(20 * HOUR));
    match roll {
        0..60 if !channel.reaches_a_phone() => vec![],
        0..50 => {
            let mut acts = vec![Act::Reply {
                after: soon,
                body: dice.one_of(STOPS),
            }];
            if dice.thousand() < 150 {
                let days = Duration::from_secs(2 * DAY + dice.up_to(3 * DAY));
                acts.push(Act::Reply {
                    after: soon + days,
                    body: dice.one_of(STARTS),
                });
            }
            acts
        }
        50..60 => vec![Act::Reply {
            after: soon,
            body: dice.one_of(HELPS),
        }],
        60..110 => vec![Act::Reply {
            after: late,
            body: dice.one_of(WORDS),
        }],
        110..250 => vec![Act::Click { after: late }],
        250..340 => vec![Act::Feedback {
            after: late,
            rating: dice.rating(),
        }],
        _ if channel == Channel::Whatsapp => vec![Act::Read { after: soon }],
        _ => vec![],
    }
}

/// Rolls that are the same for the same seed, address and occasion: SHA-256, two bytes at a time.
struct Dice {
    bytes: [u8; 32],
    next: usize,
}

impl Dice {
    fn of(seed: u64, to: &str, occasion: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(seed.to_be_bytes())
            .chain_update(to)
            .chain_update([0])
            .chain_update(occasion)
            .finalize();
        Self {
            bytes: digest.into(),
            next: 0,
        }
    }

    /// A number below 65,536. A throw takes two bytes; no occasion throws more than sixteen times.
    fn throw(&mut self) -> u64 {
        let at = self.next % 32;
        self.next += 2;
        u64::from(self.bytes[at]) << 8 | u64::from(self.bytes[at + 1])
    }

    fn thousand(&mut self) -> u32 {
        u32::try_from(self.throw() * 1000 / 65_536).unwrap_or(0)
    }

    fn up_to(&mut self, most: u64) -> u64 {
        self.throw() * most / 65_536
    }

    fn one_of(&mut self, choices: &[&str]) -> String {
        let index = usize::try_from(self.up_to(choices.len() as u64)).unwrap_or(0);
        choices[index].to_owned()
    }

    /// Most who answer are glad: 5 for six in ten, 1 for one in twenty.
    fn rating(&mut self) -> u8 {
        match self.thousand() {
            0..50 => 1,
            50..100 => 2,
            100..180 => 3,
            180..400 => 4,
            _ => 5,
        }
    }
}
