//! Why a connection can't be made, changed or used: which field, and what would be right.
use crate::seal::{BadKeyFile, CannotOpen};
use providers::{BadField, CheckFailed};
use rules::address::EmailError;
use std::path::PathBuf;

/// Why a verb on a connection did nothing.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error("there is no connection `{0}`; `courtesy connection list` shows all")]
    Unknown(String),
    #[error(
        "name: it should have 1 to 80 characters, no space before or behind it, and no line break or other control character"
    )]
    Name,
    #[error("name: another connection of this tenant is called `{0}`; choose another")]
    NameTaken(String),
    #[error("provider: `{name}` is not known; it should be one of {known}")]
    Provider { name: String, known: String },
    #[error("channel: {provider} does not carry {channel}; it carries {carries}")]
    Channel {
        provider: &'static str,
        channel: &'static str,
        carries: String,
    },
    #[error(
        "sender: it should be a phone number in E.164: a plus sign, the country's code and the number, such as +13125550142{or}"
    )]
    SenderPhone { or: String },
    #[error("sender: it {0}; it should be an e-mail address such as hello@example.com")]
    SenderEmail(EmailError),
    #[error(
        "sender: another tenant has this address on this channel, in a verified connection, and what is written to it can reach one tenant \
         only; if the address is not that tenant's any more, remove that connection or change its sender"
    )]
    SenderTaken,
    #[error(
        "sender: the pool has {0}, which a verified connection of another tenant has as well: a STOP that is written there would not reach \
         this tenant. Take it out of the pool at the provider; or, if it is not that tenant's any more, remove that connection or change its \
         sender"
    )]
    PoolOfOthers(String),
    #[error(
        "registration: it should be the id of a carrier registration: 1 to 64 letters, digits, dashes and underlines, such as CABC123"
    )]
    Registration,
    #[error(
        "this is a demo tenant: it reaches the sandbox only, since its customers may be real people; make another tenant"
    )]
    Demo,
    #[error(transparent)]
    Field(#[from] BadField),
    #[error("the sandbox has no fields, and stays: `courtesy connection deactivate` takes it out of use")]
    Sandbox,
    #[error("`{0}` was never verified: `courtesy connection verify` asks the provider whether it works")]
    NotVerified(String),
    #[error(transparent)]
    Check(#[from] CheckFailed),
    #[error(
        "nothing to change is given: --rename, --sender, --registration, --set, --secret, --secret-file, --secret-env, --stands-in-for or --stands-in-for-none"
    )]
    NothingToChange,
    #[error("it was changed by somebody else meanwhile; look at it, and try again")]
    ChangedMeanwhile,
    #[error("`{0}` is in use: deactivate it first, or activate another in its place")]
    Active(String),
    #[error(
        "{0} messages are on their way through it, or nobody knows yet what became of them; try again when that is settled"
    )]
    InFlight(i64),
    #[error("`{0}` stands in for it; let that one stand in for another, or remove it first")]
    StoodInFor(String),
    #[error("stands-in-for: {0}")]
    StandsInFor(&'static str),
    #[error("{0} is not called by its provider, so it has no hook")]
    NoHook(String),
    #[error("its credentials can't be opened: {0}")]
    Sealed(CannotOpen),
    #[error(transparent)]
    Keys(#[from] BadKeyFile),
    #[error(
        "the key file {path} is gone, and the credentials of {rows} connections are sealed under keys that were in it; put it back from its \
         backup: a new one would not open them"
    )]
    KeyFileGone { path: PathBuf, rows: i64 },
    #[error("the key `{0}` is not in the key file; `courtesy keys status` shows those that are")]
    NoSuchKey(String),
    #[error(
        "the key `{0}` is the one that new credentials are sealed under: `courtesy keys rotate` makes another"
    )]
    CurrentKey(String),
    #[error(
        "the credentials of {rows} connections are sealed under the key `{key}`: `courtesy keys rotate` seals them anew"
    )]
    KeyInUse { key: String, rows: i64 },
    #[error("this program has no client to speak to providers, or no key file")]
    NoClient,
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<CannotOpen> for ConnectionError {
    fn from(error: CannotOpen) -> Self {
        Self::Sealed(error)
    }
}

impl From<sqlx::Error> for ConnectionError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}
