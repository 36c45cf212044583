//! An operator's own address, so that a connection can be tried out before anybody is a customer: who says that it is theirs is taken down in
//! the ledger, as consent to tests and to nothing else. The gate then asks as for everybody.
use crate::consents::{self, ConsentError, NewConsent, Recorded, Source};
use crate::customers::{self, CustomerError, Profile, recipients};
use crate::db::TenantTx;
use jiff::SignedDuration;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use serde::Serialize;
use uuid::Uuid;

/// Whoever makes the records of such addresses: by it they are told from customers.
const ACTOR: &str = "own address";
/// So many addresses may be somebody's own in thirty days: more are no operators.
const MOST: i64 = 10;
const WITHIN: SignedDuration = SignedDuration::from_hours(24 * 30);
const LONGEST_NAME: usize = 100;

/// What was taken down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenDown {
    #[serde(serialize_with = "crate::ids::json::customer")]
    pub customer: Uuid,
    /// The event of the ledger.
    pub event: i64,
    /// What whoever gave their name agreed to.
    pub wording: String,
}

/// Why an address is not taken for somebody's own.
#[derive(Debug, thiserror::Error)]
pub enum NotOwn {
    #[error("mine: it should be the name of whoever has the address, in {LONGEST_NAME} characters at most")]
    Name,
    #[error(
        "to: whoever has this address opted out; only their own START takes that back. Nothing was queued, and nothing was recorded"
    )]
    OptedOut,
    #[error(
        "to: a customer has this number. What they agreed to is recorded by `courtesy consent record`, and is for them to say"
    )]
    Customers,
    #[error(
        "to: {MOST} addresses were somebody's own in thirty days; another is a customer's, with consent on record"
    )]
    TooMany,
    #[error(transparent)]
    Consent(#[from] ConsentError),
    #[error(transparent)]
    Customer(#[from] CustomerError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<sqlx::Error> for NotOwn {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

/// Takes down that an address is that person's own and that they agree to tests there (47 CFR 64.1200(a)(9): consent by whoever has the
/// number). Of an address that a customer has, nothing is taken down: what the ledger says of them counts. Refused for an address that
/// opted out.
pub(super) async fn take_down(
    tx: &mut TenantTx,
    (channel, address): (Channel, &str),
    name: &str,
    sender: &str,
) -> Result<Option<TakenDown>, NotOwn> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(NotOwn::Name);
    }
    recipients::lock(tx, &[(channel, address.to_owned())]).await?;
    if !recipients::customers_of(tx, channel, address).await?.is_empty() {
        return Ok(None);
    }
    if channel.reaches_a_phone() {
        let other = match channel {
            Channel::Sms => Channel::Whatsapp,
            Channel::Whatsapp | Channel::Email => Channel::Sms,
        };
        for customer in recipients::customers_of(tx, other, address).await? {
            if !customers::was_made_by(tx, customer, ACTOR).await? {
                return Err(NotOwn::Customers);
            }
        }
    }
    if consents::is_refused(tx, channel, address).await? {
        return Err(NotOwn::OptedOut);
    }
    if customers::made_by(tx, ACTOR, tx.now() - WITHIN).await? >= MOST {
        return Err(NotOwn::TooMany);
    }
    let customer = customers::create(tx, ACTOR, profile(channel, address, name)).await?;
    let wording = format!(
        "I am {name}. {address} is my own, and I agree that {sender} sends me test messages there. I can take this back at any time by \
         answering STOP."
    );
    let new = NewConsent {
        scope: Scope::Transactional,
        notes: Some("an operator's own address, to try out connections".to_owned()),
        captured_by: Some(name.to_owned()),
        disclosure_text: Some(wording.clone()),
        affirmative_act: Some(true),
        ..NewConsent::new(
            customer,
            channel,
            address,
            ConsentStatus::OptedIn,
            tx.now(),
            (Source::Staff, ConsentMethod::OwnAddress),
        )
    };
    match consents::record(tx, new).await? {
        Recorded::Applied { seq } => Ok(Some(TakenDown {
            customer,
            event: seq,
            wording,
        })),
        Recorded::Unchanged | Recorded::Outdated { .. } | Recorded::NotReopened { .. } => {
            Err(NotOwn::OptedOut)
        }
    }
}

fn profile(channel: Channel, address: &str, name: &str) -> Profile {
    let (first, last) = name
        .split_once(' ')
        .map_or((name, None), |(first, last)| (first, Some(last)));
    let mut profile = Profile {
        first_name: Some(first.to_owned()),
        last_name: last.map(|last| last.trim().to_owned()),
        tags: vec![ACTOR.to_owned()],
        notes: Some("An operator's own address: it gets tests of connections.".to_owned()),
        ..Profile::default()
    };
    match channel {
        Channel::Sms => {
            profile.phone = Some(address.to_owned());
            profile.phone_raw = Some(address.to_owned());
        }
        Channel::Whatsapp => profile.whatsapp_number = Some(address.to_owned()),
        Channel::Email => profile.email = Some(address.to_owned()),
    }
    profile
}
