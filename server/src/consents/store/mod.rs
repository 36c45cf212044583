//! The SQL of the ledger: its head, its events, and the history of those that a record speaks of.
use super::chain::{Hash, Link};
use super::derive::{Fact, Told};
use super::new_consent::Source;
use crate::db::{TenantTx, Time};
use anyhow::Context;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use serde_json::{Map, Value};
use uuid::Uuid;

mod links;
pub(super) mod read;
pub(super) mod state;

pub(super) use links::*;

/// The end of a tenant's chain.
pub(super) struct Head {
    pub seq: i64,
    pub hash: Hash,
}

/// An event that was recorded before.
#[derive(Debug, Clone)]
pub(super) struct Past {
    pub customer: Option<Uuid>,
    pub channel: Channel,
    pub fact: Fact,
    /// None when it was erased.
    pub detail: Option<Map<String, Value>>,
}

impl Past {
    /// A text of the personal part.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let text = self.detail.as_ref()?.get(key)?.as_str()?;
        Some(text.to_owned())
    }

    /// A yes of the personal part.
    pub(super) fn is(&self, key: &str) -> bool {
        self.detail
            .as_ref()
            .and_then(|detail| detail.get(key))
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }
}

/// An event that is to be appended.
pub(super) struct Appended {
    pub link: Link,
    pub previous: Hash,
    pub hash: Hash,
    pub salt: Hash,
    pub detail: Map<String, Value>,
}

/// What the seller is called: the business's name and what messages call it.
pub(super) async fn seller_names(tx: &mut TenantTx) -> sqlx::Result<Vec<String>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select t.name as "name!" from tenants t where t.tenant_id = $1
           union select b.sender_name from tenant_business_info b where b.tenant_id = $1"#,
        tenant
    )
    .fetch_all(tx.conn())
    .await
}

/// Locks the end of the chain until the transaction ends; a new chain begins at `genesis`.
pub(super) async fn lock_head(tx: &mut TenantTx, genesis: &Hash) -> anyhow::Result<Head> {
    let tenant = tx.id();
    let row = sqlx::query!(
        r#"insert into consent_ledger_heads (tenant_id, seq, hash) values ($1, 0, $2)
           on conflict (tenant_id) do update set seq = consent_ledger_heads.seq
           returning seq, hash"#,
        tenant,
        genesis.as_slice(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Head {
        seq: row.seq,
        hash: as_hash(row.hash)?,
    })
}

pub(super) fn as_hash(bytes: Vec<u8>) -> anyhow::Result<Hash> {
    Hash::try_from(bytes)
        .ok()
        .context("a hash of the consent ledger is not 32 bytes long")
}

pub(super) async fn move_head(tx: &mut TenantTx, seq: i64, hash: &Hash) -> sqlx::Result<()> {
    let tenant = tx.id();
    sqlx::query!(
        "update consent_ledger_heads set seq = $2, hash = $3 where tenant_id = $1",
        tenant,
        seq,
        hash.as_slice(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// All events of these customers, on every channel.
pub(super) async fn history(tx: &mut TenantTx, customers: &[Uuid]) -> anyhow::Result<Vec<Past>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = tx.id();
    let rows = sqlx::query_as!(
        PastRow,
        r#"select e.seq, e.customer_id, e.channel, e.kind, e.scope, e.occurred_at, e.source, e.method, d.detail as "detail?"
           from consent_events e
           left join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
           where e.tenant_id = $1 and e.customer_id = any($2)"#,
        tenant,
        customers,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(PastRow::read).collect()
}

/// The events whose evidence is this message.
pub(super) async fn of_message(tx: &mut TenantTx, message: Uuid) -> anyhow::Result<Vec<Past>> {
    let tenant = tx.id();
    let rows = sqlx::query_as!(
        PastRow,
        r#"select e.seq, e.customer_id, e.channel, e.kind, e.scope, e.occurred_at, e.source, e.method, d.detail as "detail?"
           from consent_events e
           join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
           where e.tenant_id = $1 and d.detail ->> 'message_id' = $2"#,
        tenant,
        message.to_string(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(PastRow::read).collect()
}

/// All events of these addresses that no customer had.
pub(super) async fn history_of_strangers(
    tx: &mut TenantTx,
    addresses: &[String],
) -> anyhow::Result<Vec<Past>> {
    let tenant = tx.id();
    let rows = sqlx::query_as!(
        PastRow,
        r#"select e.seq, e.customer_id, e.channel, e.kind, e.scope, e.occurred_at, e.source, e.method, d.detail as "detail?"
           from consent_event_details d
           join consent_events e on e.tenant_id = $1 and e.id = d.event_id
           where d.tenant_id = $1 and d.stranger = any($2)"#,
        tenant,
        addresses,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(PastRow::read).collect()
}

struct PastRow {
    seq: i64,
    customer_id: Option<Uuid>,
    channel: String,
    kind: String,
    scope: String,
    occurred_at: Time,
    source: String,
    method: String,
    detail: Option<Value>,
}

impl PastRow {
    fn read(self) -> anyhow::Result<Past> {
        let detail = self.detail.and_then(|detail| match detail {
            Value::Object(detail) => Some(detail),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        });
        Ok(Past {
            customer: self.customer_id,
            channel: Channel::parse(&self.channel).context("the ledger has an unknown channel")?,
            fact: fact(
                self.seq,
                (&self.kind, &self.scope),
                self.occurred_at.0,
                (&self.source, &self.method),
                detail.as_ref(),
            )
            .with_context(|| format!("event {} of the consent ledger has an unknown word", self.seq))?,
            detail,
        })
    }
}

/// The stored words of an event as what they mean; None when one is unknown.
pub(super) fn fact(
    seq: i64,
    (kind, scope): (&str, &str),
    occurred_at: Timestamp,
    (source, method): (&str, &str),
    detail: Option<&Map<String, Value>>,
) -> Option<Fact> {
    let method = ConsentMethod::parse(method)?;
    Some(Fact {
        seq,
        kind: ConsentStatus::parse(kind)?,
        scope: Scope::parse(scope)?,
        occurred_at,
        source: Source::parse(source)?,
        method,
        told: detail.map(|detail| Told::of(method, detail)),
    })
}

/// Appends events with their personal parts: two statements, however many.
pub(super) async fn append(tx: &mut TenantTx, events: &[Appended]) -> anyhow::Result<()> {
    let tenant = tx.id();
    let column = |of: fn(&Link) -> &str| {
        events
            .iter()
            .map(|event| of(&event.link).to_owned())
            .collect::<Vec<String>>()
    };
    let bytes = |of: fn(&Appended) -> &Hash| {
        events
            .iter()
            .map(|event| of(event).to_vec())
            .collect::<Vec<Vec<u8>>>()
    };
    let times = |of: fn(&Link) -> i64| {
        events
            .iter()
            .map(|event| Timestamp::from_microsecond(of(&event.link)).map(Time))
            .collect::<Result<Vec<Time>, _>>()
    };
    let ids: Vec<Uuid> = events.iter().map(|event| event.link.id).collect();
    let seqs: Vec<i64> = events.iter().map(|event| event.link.seq).collect();
    let customers: Vec<Option<Uuid>> = events.iter().map(|event| event.link.customer).collect();
    sqlx::query_file!(
        "src/consents/append.sql",
        tenant,
        &seqs,
        &ids,
        &customers as &[Option<Uuid>],
        &column(|link| &link.channel),
        &column(|link| &link.kind),
        &column(|link| &link.scope),
        &times(|link| link.occurred_at)? as &[Time],
        &times(|link| link.recorded_at)? as &[Time],
        &column(|link| &link.source),
        &column(|link| &link.method),
        &bytes(|event| &event.link.detail_digest),
        &bytes(|event| &event.previous),
        &bytes(|event| &event.hash),
    )
    .fetch_all(tx.conn())
    .await?;
    let details: Vec<Value> = events
        .iter()
        .map(|event| Value::Object(event.detail.clone()))
        .collect();
    sqlx::query!(
        r#"insert into consent_event_details (tenant_id, event_id, salt, detail, stranger)
           select $1, d.event_id, d.salt, d.detail, case when d.customer_id is null then d.detail ->> 'address' end
           from unnest($2::uuid[], $3::bytea[], $4::jsonb[], $5::uuid[]) as d (event_id, salt, detail, customer_id)
           returning event_id"#,
        tenant,
        &ids,
        &bytes(|event| &event.salt),
        &details,
        &customers as &[Option<Uuid>],
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}
