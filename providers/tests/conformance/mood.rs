//! What the other side does with a hand-over, and what must come of it.
use providers::Outcome;
use providers::http::Timeouts;
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
    /// Listens, and takes no connection in: a time-out before a byte was written.
    IsNeverReached,
}

/// The moods of an other side.
#[derive(Debug, Clone, Default)]
pub struct Moods {
    /// Of hand-overs in turn; after them it takes all.
    pub of_hand_overs: Vec<Mood>,
    /// Of all questions; none: it answers them.
    pub of_questions: Option<Mood>,
}

impl From<Vec<Mood>> for Moods {
    fn from(of_hand_overs: Vec<Mood>) -> Self {
        Self {
            of_hand_overs,
            of_questions: None,
        }
    }
}

impl Moods {
    /// As long as each of them is waited for.
    pub fn timeouts(&self) -> Timeouts {
        let all = || self.of_hand_overs.iter().chain(&self.of_questions).copied();
        let shortest = |of: fn(Mood) -> Duration| all().map(of).min().unwrap_or(of(Mood::Takes));
        Timeouts {
            connect: shortest(Mood::patience_to_connect),
            answer: shortest(Mood::patience),
        }
    }
}

/// Takes what is handed over, and does this with questions.
pub fn asked_in(mood: Mood) -> Moods {
    Moods {
        of_hand_overs: vec![Mood::Takes],
        of_questions: Some(mood),
    }
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
        Self::IsNeverReached,
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
        Self::IsNeverReached,
    ];

    /// What a hand-over to that other side must come to. `TryLater` leads to a second hand-over, so it is only for what was proven not
    /// to be taken.
    pub fn must_come_to(self) -> Kind {
        match self {
            Self::Takes | Self::IsSlow => Kind::Accepted,
            Self::RefusesForGood | Self::RefusesOptedOut => Kind::Refused,
            Self::LimitsTheRate | Self::RefusesTheConnection | Self::IsNeverReached => Kind::TryLater,
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

    /// What can be done with a question that is no answer to it.
    pub const OF_QUESTIONS: &[Self] = &[
        Self::LimitsTheRate,
        Self::FailsBeforeTaking,
        Self::AnswersHtml,
        Self::Redirects,
        Self::AnswersTooMuch,
        Self::SaysNothing,
        Self::StopsMidAnswer,
        Self::Drips,
        Self::HangsUp,
        Self::ResetsAfterReading,
        Self::ResetsMidAnswer,
    ];

    /// Did the other side take the message?
    pub fn takes(self) -> bool {
        match self {
            Self::RefusesForGood
            | Self::RefusesOptedOut
            | Self::LimitsTheRate
            | Self::FailsBeforeTaking
            | Self::ResetsUnread
            | Self::RefusesTheConnection
            | Self::IsNeverReached => false,
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

    /// Does a hand-over come as far as the other side?
    pub fn is_reached(self) -> bool {
        !matches!(self, Self::RefusesTheConnection | Self::IsNeverReached)
    }

    /// How long we wait for a connection, which one of them never gives.
    pub fn patience_to_connect(self) -> Duration {
        match self {
            Self::IsNeverReached => Duration::from_millis(400),
            _ => Duration::from_secs(10),
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
