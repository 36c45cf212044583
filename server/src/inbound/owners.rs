//! Whose the addresses are that a call tells of. An account, a topic or a number at a provider may be entered for two tenants by
//! mistake: then each is called for the other's messages too, by a caller that proves itself to both.
use super::NewEvent;
use crate::app::App;
use crate::connections;
use crate::db::TenantId;
use jiff::{SignedDuration, Timestamp};
use rules::channel::Channel;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long it is taken for true whose an address is.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(10);
/// So many addresses are remembered; with more, all are asked for anew.
const MOST: usize = 10_000;

type Address = (Option<Channel>, String);
/// Whose each address is, and when that was found.
type Found = HashMap<Address, (Option<TenantId>, Timestamp)>;

/// Whose addresses of ours are, as it was found lately.
#[derive(Clone, Default)]
pub(super) struct Owners {
    known: Arc<Mutex<Found>>,
}

impl Owners {
    /// These events without those that tell of an address which a verified connection of another tenant has, and these addresses. An address
    /// of nobody stays: it may be a number of a pool, or an alias of a mailbox; so does one that another tenant entered and never proved.
    pub(super) async fn without_others(
        &self,
        app: &App,
        tenant: TenantId,
        events: Vec<NewEvent>,
        now: Timestamp,
    ) -> sqlx::Result<(Vec<NewEvent>, BTreeSet<String>)> {
        let mut own = Vec::with_capacity(events.len());
        let mut theirs = BTreeSet::new();
        for event in events {
            let owner = match &event.ours {
                Some(address) => self.owner(app, address, now).await?,
                None => None,
            };
            if owner.is_none_or(|owner| owner == tenant) {
                own.push(event);
            } else if let Some((_, address)) = event.ours {
                theirs.insert(address);
            }
        }
        Ok((own, theirs))
    }

    async fn owner(&self, app: &App, address: &Address, now: Timestamp) -> sqlx::Result<Option<TenantId>> {
        if let Some((owner, at)) = self.known().get(address)
            && now.duration_since(*at).abs() <= REMEMBERED
        {
            return Ok(*owner);
        }
        let owner = connections::whose_proved(app, address.0, &address.1).await?;
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(address.clone(), (owner, now));
        Ok(owner)
    }

    fn known(&self) -> MutexGuard<'_, Found> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
