//! What must hold, and why: the one list of checks.

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    AcceptedOnce,
    OneMessagePerTouch,
    TouchAndMessage,
    PassedTheGate,
    OptOutRespected,
    QuietHours,
    FrequencyCap,
    Usage,
    DemoInTheSandbox,
    Connections,
    Counts,
    Leases,
    QueuedOverdue,
    TouchesOverdue,
    EventsApplied,
    UnknownWithAPerson,
    EventsOnce,
    StatusOnlyUp,
    Ledger,
    Suppressions,
    OneActiveEnrollment,
    EnrollmentsAndTouches,
    OrderCounts,
    Threads,
    Terms,
    References,
    Words,
    Times,
    Routes,
    Journal,
    Restored,
}

impl Check {
    /// Those of one tenant, in the order in which they run.
    pub const OF_A_TENANT: [Self; 28] = [
        Self::AcceptedOnce,
        Self::OneMessagePerTouch,
        Self::TouchAndMessage,
        Self::PassedTheGate,
        Self::OptOutRespected,
        Self::QuietHours,
        Self::FrequencyCap,
        Self::Usage,
        Self::DemoInTheSandbox,
        Self::Connections,
        Self::Counts,
        Self::Leases,
        Self::QueuedOverdue,
        Self::TouchesOverdue,
        Self::EventsApplied,
        Self::UnknownWithAPerson,
        Self::EventsOnce,
        Self::StatusOnlyUp,
        Self::Ledger,
        Self::Suppressions,
        Self::OneActiveEnrollment,
        Self::EnrollmentsAndTouches,
        Self::OrderCounts,
        Self::Threads,
        Self::Terms,
        Self::References,
        Self::Words,
        Self::Times,
    ];

    /// Those of the whole installation.
    pub const OF_THE_INSTALLATION: [Self; 3] = [Self::Routes, Self::Journal, Self::Restored];

    /// Its name for machines.
    pub fn id(self) -> &'static str {
        self.sheet().0
    }

    /// What must hold, in a sentence.
    pub fn says(self) -> &'static str {
        self.sheet().1
    }

    /// Why it must.
    pub fn because(self) -> &'static str {
        self.sheet().2
    }

    fn sheet(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::AcceptedOnce => (
                "accepted_once",
                "no message was taken by a provider more than once",
                "a follow-up that comes twice is what the product promises not to send",
            ),
            Self::OneMessagePerTouch => (
                "one_message_per_touch",
                "each touch of an enrollment has one message at most",
                "two messages of a touch are the same words twice",
            ),
            Self::TouchAndMessage => (
                "touch_and_message",
                "touches and their messages agree",
                "a touch that is queued without a message, or sent without one, never ends",
            ),
            Self::PassedTheGate => (
                "passed_the_gate",
                "what went passed the gate, each hand-over by a recorded decision",
                "a message without a decision is one that nobody can account for",
            ),
            Self::OptOutRespected => (
                "opt_out_respected",
                "nothing was let go after an opt-out that covers it",
                "47 CFR 64.1200(a)(10): a revocation must be honoured",
            ),
            Self::QuietHours => (
                "quiet_hours",
                "nothing was let go in the quiet hours of its recipient",
                "47 CFR 64.1200(c)(1), the states' hours, and the house's for e-mail",
            ),
            Self::FrequencyCap => (
                "frequency_cap",
                "nobody was sent more follow-ups in 24 hours than the cap allows",
                "three in 24 hours is the limit of several states",
            ),
            Self::Usage => (
                "usage",
                "the months' counts are those of the decisions to send",
                "quotas and bills are counted by them",
            ),
            Self::DemoInTheSandbox => (
                "demo_in_the_sandbox",
                "no message of a demo tenant went to a real provider",
                "a demo's customers may be real people",
            ),
            Self::Connections => (
                "connections",
                "connections in use are verified, sealed under a key that is there, and their hooks lead to them",
                "one that can't be opened carries nothing, and a STOP to a hook that leads nowhere is lost",
            ),
            Self::Counts => (
                "counts",
                "planned = sent + stopped + failed + unknown + cancelled + waiting",
                "what stands nowhere is lost",
            ),
            Self::Leases => (
                "leases",
                "nothing is being handed over without an owner",
                "its outcome is not asked about",
            ),
            Self::QueuedOverdue => (
                "queued_overdue",
                "no queued message is long overdue",
                "the engine does not run, or passes it over",
            ),
            Self::TouchesOverdue => (
                "touches_overdue",
                "no touch is long overdue",
                "the engine does not run, or passes it over",
            ),
            Self::EventsApplied => (
                "events_applied",
                "what providers told us was acted on",
                "a STOP may be in it",
            ),
            Self::UnknownWithAPerson => (
                "unknown_with_a_person",
                "outcomes that nobody knows are asked about, or with a person",
                "they are never sent again by themselves",
            ),
            Self::EventsOnce => (
                "events_once",
                "what providers told us is kept once",
                "what is kept twice is acted on twice",
            ),
            Self::StatusOnlyUp => (
                "status_only_up",
                "no message stands below what its provider said of it",
                "a status only moves up, in whatever order reports come",
            ),
            Self::Ledger => (
                "ledger",
                "the consent ledger is whole, and what is in force follows from it",
                "it is the evidence for every message",
            ),
            Self::Suppressions => (
                "suppressions",
                "addresses are suppressed when the ledger opted them out, and only then",
                "the gate asks the address, the law asks the ledger",
            ),
            Self::OneActiveEnrollment => (
                "one_active_enrollment",
                "nobody is on the way through a campaign twice at a time",
                "they would get every touch twice",
            ),
            Self::EnrollmentsAndTouches => (
                "enrollments_and_touches",
                "enrollments and their touches agree",
                "an enrollment that ended must not send, one that is active must end",
            ),
            Self::OrderCounts => (
                "order_counts",
                "customers' counts of work orders are those of their work orders",
                "the lists of customers are filtered by them",
            ),
            Self::Threads => (
                "threads",
                "every message that came or went is in one conversation, whose counts are true",
                "what is in no conversation nobody reads, and what is in another's the wrong person reads",
            ),
            Self::Terms => (
                "terms",
                "customers are found by their own words and tags",
                "the terms stand beside the customer, written by the program",
            ),
            Self::References => (
                "references",
                "whatever a row refers to is there, and of the same tenant",
                "a reference across tenants shows one's rows to another",
            ),
            Self::Words => (
                "words",
                "every stored word is known to this version",
                "what is not understood is passed over",
            ),
            Self::Times => (
                "times",
                "nothing ended before it began",
                "clocks that jump make due times and windows wrong",
            ),
            Self::Routes => (
                "routes",
                "every address of ours leads to its tenant",
                "a STOP that finds no tenant is lost",
            ),
            Self::Journal => (
                "journal",
                "by the sandbox's journal nobody got a message twice or after an opt-out",
                "it was written outside the database, and shares no code with the rules",
            ),
            Self::Restored => (
                "restored",
                "what the sandbox took is in the database and will not go again",
                "a restored backup has forgotten what was sent after it",
            ),
        }
    }
}
