//! What a genuine call or list tells and nobody here keeps: a person is asked what it is, once while that stands.
use crate::app::App;
use crate::db::TenantId;
use crate::messages::tasks;
use jiff::{SignedDuration, Timestamp};
use providers::Others;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

const KIND: &str = "account_event";
/// How long nothing more is said of the same: a call for each message may tell it.
const QUIET: SignedDuration = SignedDuration::from_secs(10);
/// So much is remembered; with more, all is said anew.
const MOST: usize = 10_000;

/// What was said lately, of which connection.
#[derive(Clone, Default)]
pub(super) struct Unheard {
    said: Arc<Mutex<HashMap<(Uuid, String), Timestamp>>>,
}

impl Unheard {
    /// What tells of these addresses of ours came to a connection, and verified connections of another tenant have them. Whose they are is
    /// not said here.
    pub(super) async fn of_another_tenant(
        &self,
        app: &App,
        (tenant, connection): (TenantId, Uuid),
        addresses: &BTreeSet<String>,
    ) {
        for address in addresses {
            let said = format!(
                "What the provider tells of {address}, also a STOP that is written there, is not kept here: a verified connection of another \
                 tenant has this address. If it is not that tenant's any more, remove that connection or change its sender; if it is, take it \
                 out of this account, pool or topic at the provider. Told to: "
            );
            self.say(app, (tenant, connection), said).await;
        }
    }

    /// A genuine call to a connection told of other senders, of which the tenant has no connection that believes it.
    pub(super) async fn of_no_connection(
        &self,
        app: &App,
        (tenant, connection): (TenantId, Uuid),
        others: &Others,
    ) {
        for value in &others.values {
            let said = format!(
                "What is told of {} {value} is not kept: no connection of this tenant is of it. {}. Told to: ",
                others.field, others.advice
            );
            self.say(app, (tenant, connection), said).await;
        }
    }

    /// Opens the task. What can't be written now is written when it is told again: the call is answered as it would be.
    async fn say(&self, app: &App, (tenant, connection): (TenantId, Uuid), said: String) {
        let now = app.clock.now();
        let what = (connection, said);
        if self.was_said(&what, now) {
            return;
        }
        match open(app, tenant, connection, &what.1).await {
            Ok(()) => {
                let mut all = self.said.lock().unwrap_or_else(PoisonError::into_inner);
                if all.len() >= MOST {
                    all.clear();
                }
                all.insert(what, now);
            }
            Err(error) => {
                tracing::error!(tenant.id = %tenant.as_uuid(), connection.id = %connection, %error, "a task can't be opened");
            }
        }
    }

    fn was_said(&self, what: &(Uuid, String), now: Timestamp) -> bool {
        let all = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(what)
            .is_some_and(|at| now.duration_since(*at).abs() <= QUIET)
    }
}

async fn open(app: &App, tenant: TenantId, connection: Uuid, said: &str) -> anyhow::Result<()> {
    let mut tx = app.tenant(tenant).await?;
    tasks::open_once_of(&mut tx, KIND, connection, said).await?;
    tx.commit().await?;
    Ok(())
}
