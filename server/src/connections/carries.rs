//! What a connection carries of its channel: everything, or one purpose.

/// What a connection carries. Stored by its name. The answers to keywords go through the connection that the customer wrote to, else
/// through one that carries everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carries {
    /// All for which no other connection is there.
    Any,
    Marketing,
    Service,
    Transactional,
    Reply,
}

impl Carries {
    pub const ALL: [Self; 5] = [
        Self::Any,
        Self::Marketing,
        Self::Service,
        Self::Transactional,
        Self::Reply,
    ];

    /// The stored and displayed name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Marketing => "marketing",
            Self::Service => "service",
            Self::Transactional => "transactional",
            Self::Reply => "reply",
        }
    }

    /// What that name says.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|carries| carries.name() == name)
    }
}
