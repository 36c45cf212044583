//! What the other side does with a hand-over, and what must come of it.
use providers::Outcome;
use std::time::Duration;

/// What the other side does with a hand-over. The first eleven are answers that came whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Takes,
    /// Takes it, and answers in small pieces over a moment.
    IsSlow,
    /// The request is wrong, for good.
    RefusesForGood,
    /// The carrier knows of an opt-out.
    RefusesOptedOut,
    /// Took nothing; asks for thirty seconds where its protocol can say so.
    LimitsTheRate,
    /// A 5xx, and nothing was taken: nobody can see that from here.
    FailsBeforeTaking,
    /// A 5xx, and the message was taken all the same.
    FailsAfterTaking,
    /// Takes it, and answers with a page for people: something between us and the provider spoke.
    AnswersHtml,
    /// Takes it, and answers without the message's name.
    AnswersWithoutAName,
    /// Takes it, and sends us elsewhere.
    Redirects,
    /// Takes it, and answers without an end.
    AnswersTooMuch,
    /// Takes it and never answers.
    SaysNothing,
    /// Takes it, begins to answer and falls silent.
    StopsMidAnswer,
    /// Takes it, and answers byte by byte, for longer than anybody waits.
    Drips,
    /// Takes it and closes the connection.
    HangsUp,
    /// Cuts the connection before anything was read.
    ResetsUnread,
    /// Takes it and cuts the connection.
    ResetsAfterReading,
    /// Takes it and cuts the connection within the answer.
    ResetsMidAnswer,
    /// Nobody listens.
    RefusesTheConnection,
}

/// An `Outcome` without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Accepted,
    Refused,
    TryLater,
    Unknown,
}

impl Mood {
    pub const ALL: &[Self] = &[
        Self::Takes,
        Self::IsSlow,
        Self::RefusesForGood,
        Self::RefusesOptedOut,
        Self::LimitsTheRate,
        Self::FailsBeforeTaking,
        Self::FailsAfterTaking,
        Self::AnswersHtml,
        Self::AnswersWithoutAName,
        Self::Redirects,
        Self::AnswersTooMuch,
        Self::SaysNothing,
        Self::StopsMidAnswer,
        Self::Drips,
        Self::HangsUp,
        Self::ResetsUnread,
        Self::ResetsAfterReading,
        Self::ResetsMidAnswer,
        Self::RefusesTheConnection,
    ];

    /// For a provider that tells of an opt-out by its callbacks alone.
    pub const ALL_BUT_OPT_OUTS: &[Self] = &[
        Self::Takes,
        Self::IsSlow,
        Self::RefusesForGood,
        Self::LimitsTheRate,
        Self::FailsBeforeTaking,
        Self::FailsAfterTaking,
        Self::AnswersHtml,
        Self::AnswersWithoutAName,
        Self::Redirects,
        Self::AnswersTooMuch,
        Self::SaysNothing,
        Self::StopsMidAnswer,
        Self::Drips,
        Self::HangsUp,
        Self::ResetsUnread,
        Self::ResetsAfterReading,
        Self::ResetsMidAnswer,
        Self::RefusesTheConnection,
    ];

    /// What a hand-over to that other side must come to. `TryLater` leads to a second hand-over, so it is only for what was proven not
    /// to be taken.
    pub fn must_come_to(self) -> Kind {
        match self {
            Self::Takes | Self::IsSlow => Kind::Accepted,
            Self::RefusesForGood | Self::RefusesOptedOut => Kind::Refused,
            Self::LimitsTheRate | Self::RefusesTheConnection => Kind::TryLater,
            Self::FailsBeforeTaking
            | Self::FailsAfterTaking
            | Self::AnswersHtml
            | Self::AnswersWithoutAName
            | Self::Redirects
            | Self::AnswersTooMuch
            | Self::SaysNothing
            | Self::StopsMidAnswer
            | Self::Drips
            | Self::HangsUp
            | Self::ResetsUnread
            | Self::ResetsAfterReading
            | Self::ResetsMidAnswer => Kind::Unknown,
        }
    }

    /// Did the other side take the message?
    pub fn takes(self) -> bool {
        match self {
            Self::RefusesForGood
            | Self::RefusesOptedOut
            | Self::LimitsTheRate
            | Self::FailsBeforeTaking
            | Self::ResetsUnread
            | Self::RefusesTheConnection => false,
            Self::Takes
            | Self::IsSlow
            | Self::FailsAfterTaking
            | Self::AnswersHtml
            | Self::AnswersWithoutAName
            | Self::Redirects
            | Self::AnswersTooMuch
            | Self::SaysNothing
            | Self::StopsMidAnswer
            | Self::Drips
            | Self::HangsUp
            | Self::ResetsAfterReading
            | Self::ResetsMidAnswer => true,
        }
    }

    /// How long we wait for an answer: shortly where none will come whole, and long where a busy machine must not turn an answer into
    /// a silence.
    pub fn patience(self) -> Duration {
        match self {
            Self::SaysNothing | Self::StopsMidAnswer | Self::Drips => Duration::from_millis(400),
            _ => Duration::from_secs(20),
        }
    }
}

/// Which of the four it is.
pub fn kind(outcome: &Outcome) -> Kind {
    match outcome {
        Outcome::Accepted { .. } => Kind::Accepted,
        Outcome::Refused { .. } => Kind::Refused,
        Outcome::TryLater { .. } => Kind::TryLater,
        Outcome::Unknown { .. } => Kind::Unknown,
    }
}
