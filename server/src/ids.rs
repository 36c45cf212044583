//! Ids: UUIDv7 of the business time they are made at, and how they are shown (`cus_…`).
use jiff::Timestamp;
use uuid::Uuid;

/// A new id whose order is that of `now`.
pub fn new(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

/// No id that was made at `moment` or later comes before this one.
pub fn first_of(moment: Timestamp) -> Uuid {
    let millis = u128::try_from(moment.as_millisecond()).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

/// The nouns whose ids people see, each with its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    Tenant,
    Customer,
    WorkOrder,
    Template,
    Campaign,
    Enrollment,
    Message,
    Connection,
    Conversation,
    Task,
}

impl Noun {
    pub const ALL: [Self; 10] = [
        Self::Tenant,
        Self::Customer,
        Self::WorkOrder,
        Self::Template,
        Self::Campaign,
        Self::Enrollment,
        Self::Message,
        Self::Connection,
        Self::Conversation,
        Self::Task,
    ];

    fn prefix(self) -> &'static str {
        match self {
            Self::Tenant => "ten",
            Self::Customer => "cus",
            Self::WorkOrder => "wo",
            Self::Template => "tpl",
            Self::Campaign => "cmp",
            Self::Enrollment => "enr",
            Self::Message => "msg",
            Self::Connection => "con",
            Self::Conversation => "cnv",
            Self::Task => "task",
        }
    }

    /// The id as people see it: `cus_0198…`.
    pub fn show(self, id: Uuid) -> String {
        format!("{}_{}", self.prefix(), id.simple())
    }

    /// The id that was shown so, with or without the prefix. An error says what would be right.
    pub fn read(self, shown: &str) -> Result<Uuid, String> {
        let plain = shown
            .strip_prefix(self.prefix())
            .and_then(|rest| rest.strip_prefix('_'))
            .unwrap_or(shown);
        Uuid::try_parse(plain).map_err(|_| {
            format!(
                "`{shown}` is not an id; it should look like {}_ and 32 hexadecimal digits",
                self.prefix()
            )
        })
    }
}

/// For `#[serde(serialize_with = …)]`: in JSON an id looks as it does to people.
pub mod json {
    use super::Noun;
    use serde::{Serialize, Serializer};
    use uuid::Uuid;

    pub fn tenant<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::Tenant.show(*id))
    }

    pub fn customer<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::Customer.show(*id))
    }

    pub fn next_customer<S: Serializer>(id: &Option<Uuid>, to: S) -> Result<S::Ok, S::Error> {
        id.map(|id| Noun::Customer.show(id)).serialize(to)
    }

    pub fn work_order<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::WorkOrder.show(*id))
    }

    pub fn template<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::Template.show(*id))
    }

    pub fn campaign<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::Campaign.show(*id))
    }

    pub fn enrollment<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::Enrollment.show(*id))
    }

    pub fn connection<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::Connection.show(*id))
    }

    pub fn message<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::Message.show(*id))
    }

    pub fn next_message<S: Serializer>(id: &Option<Uuid>, to: S) -> Result<S::Ok, S::Error> {
        id.map(|id| Noun::Message.show(id)).serialize(to)
    }

    pub fn conversation<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::Conversation.show(*id))
    }

    pub fn task<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Noun::Task.show(*id))
    }

    pub fn next_task<S: Serializer>(id: &Option<Uuid>, to: S) -> Result<S::Ok, S::Error> {
        id.map(|id| Noun::Task.show(id)).serialize(to)
    }

    pub fn next_conversation<S: Serializer>(id: &Option<Uuid>, to: S) -> Result<S::Ok, S::Error> {
        id.map(|id| Noun::Conversation.show(id)).serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_read_back() {
        let id = new(Timestamp::UNIX_EPOCH);
        for noun in Noun::ALL {
            assert_eq!(noun.read(&noun.show(id)), Ok(id));
        }
        assert!(Noun::Customer.read("cus_zzz").is_err());
    }

    #[test]
    fn ids_of_a_later_moment_come_later() {
        let early = new(Timestamp::UNIX_EPOCH);
        let late = new(Timestamp::from_second(5).unwrap());
        assert!(early < late);
        let at = Timestamp::from_second(5).unwrap();
        assert!(early < first_of(at) && first_of(at) <= new(at));
    }
}
