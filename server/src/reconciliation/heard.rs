//! What was written to us and no call told: a provider's list of it, asked for since it was last read to its end.
use super::{LIST_TIMEOUT, NOT_AFTER, NOT_OPENED, connections_of, day_of, opened, store};
use crate::app::App;
use crate::db::TenantId;
use crate::inbound::missed;
use jiff::{SignedDuration, Timestamp};
use rules::channel::Channel;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What was written shortly before the last list is asked for again: a provider's list may lag.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// Of a tenant's connections, whose lists are asked for.
#[derive(Debug, Clone, Default)]
pub struct Whom {
    pub all: bool,
    /// Those of these providers.
    pub of: BTreeSet<String>,
    pub connections: BTreeSet<Uuid>,
}

impl Whom {
    fn includes(&self, one: &store::Due) -> bool {
        self.all || self.of.contains(&one.provider) || self.connections.contains(&one.id)
    }
}

/// A connection whose provider was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub connection: Uuid,
    /// It told all that it has, or keeps no list.
    pub is_heard: bool,
}

/// What came of asking for a list.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Of what it told, so many we did not know.
    pub missed: Option<i32>,
    /// It told all that was written until then.
    pub heard_until: Option<Timestamp>,
    pub failed: Option<String>,
}

/// Asks a tenant's providers what was written to it until a moment, and writes down what came of it. What they say is stored as any event.
pub async fn hear(app: &App, tenant: TenantId, whom: &Whom, up_to: Timestamp) -> anyhow::Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for one in connections_of(app, tenant, true).await? {
        if whom.includes(&one) {
            asked.push(Asked {
                connection: one.id,
                is_heard: hear_one(app, tenant, &one, up_to).await?,
            });
        }
    }
    Ok(asked)
}

/// The same of one connection. Was it heard?
pub(super) async fn hear_one(
    app: &App,
    tenant: TenantId,
    one: &store::Due,
    up_to: Timestamp,
) -> anyhow::Result<bool> {
    let Some(listed) = listed(app, tenant, one, up_to).await? else {
        return Ok(true);
    };
    let mut tx = app.tenant(tenant).await?;
    let day = day_of(tx.now());
    store::write_listed(&mut tx, day, one.id, &listed).await?;
    tx.commit().await?;
    Ok(listed.failed.is_none())
}

/// None: it keeps no list. Of one that breaks off, what was read of it is kept; the next begins where this one did.
async fn listed(
    app: &App,
    tenant: TenantId,
    one: &store::Due,
    up_to: Timestamp,
) -> anyhow::Result<Option<Listed>> {
    let Some(channel) = Channel::parse(&one.channel) else {
        return Ok(None);
    };
    let since = (one.heard_until.0 - OVERLAP).max(app.clock.now() - NOT_AFTER);
    let mut found = Listed::default();
    let Some(provider) = opened(app, tenant, one.id).await? else {
        found.failed = Some(NOT_OPENED.to_owned());
        return Ok(Some(found));
    };
    let mut pieces = Vec::new();
    let asked = provider.received(channel, &one.sender_address, since, &mut pieces);
    match tokio::time::timeout(LIST_TIMEOUT, asked).await {
        Ok(Ok(false)) => return Ok(None),
        Ok(Ok(true)) => found.heard_until = Some(up_to.min(app.clock.now())),
        Ok(Err(error)) => found.failed = Some(error.to_string()),
        Err(_) => found.failed = Some("no answer in time".to_owned()),
    }
    let missed = missed::keep(app, tenant, provider.as_ref(), one.id, &pieces, up_to).await?;
    found.missed = Some(i32::try_from(missed).unwrap_or(i32::MAX));
    if missed > 0 {
        tracing::warn!(connection.id = %one.id, missed, "the provider lists texts of which no call told us");
    }
    if let Some(why) = &found.failed {
        tracing::warn!(connection.id = %one.id, why, "what was written to us can't be listed to its end");
    }
    Ok(Some(found))
}
