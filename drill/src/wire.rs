//! What travels between a worker and the drill's provider: one line of JSON each way, one connection per question.
use providers::{Asked, LookUp, Outcome, Request};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Question {
    Send(Box<Request>),
    LookUp(Box<Asked>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    Accepted { external_id: String },
    Refused { code: String, detail: String },
    TryLater { code: String, after: Option<Duration> },
    Unknown { detail: String },
    NeverAccepted,
    NotKnown,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Accepted { external_id } => Self::Accepted { external_id },
            Outcome::Refused { code, detail } => Self::Refused { code, detail },
            Outcome::TryLater { code, after } => Self::TryLater { code, after },
            Outcome::Unknown { detail } => Self::Unknown { detail },
        }
    }
}

impl From<LookUp> for Answer {
    fn from(found: LookUp) -> Self {
        match found {
            LookUp::Accepted { external_id, .. } => Self::Accepted { external_id },
            LookUp::NeverAccepted => Self::NeverAccepted,
            LookUp::NotKnown => Self::NotKnown,
        }
    }
}

impl Answer {
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Accepted { external_id } => Outcome::Accepted { external_id },
            Self::Refused { code, detail } => Outcome::Refused { code, detail },
            Self::TryLater { code, after } => Outcome::TryLater { code, after },
            Self::Unknown { detail } => Outcome::Unknown { detail },
            Self::NeverAccepted | Self::NotKnown => Outcome::Unknown {
                detail: "an answer to another question".to_owned(),
            },
        }
    }

    pub fn look_up(self) -> LookUp {
        match self {
            Self::Accepted { external_id } => LookUp::Accepted {
                external_id,
                status: "sent".to_owned(),
                code: None,
            },
            Self::NeverAccepted => LookUp::NeverAccepted,
            Self::Refused { .. } | Self::TryLater { .. } | Self::Unknown { .. } | Self::NotKnown => {
                LookUp::NotKnown
            }
        }
    }
}
