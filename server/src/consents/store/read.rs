//! The SQL that reads the ledger back: for the check, and as evidence.
use super::{as_hash, fact};
use crate::consents::chain::{Hash, Link};
use crate::consents::derive::{Fact, State};
use crate::db::{TenantTx, Time};
use serde_json::{Map, Value};
use uuid::Uuid;

/// An event as it is stored.
pub(in crate::consents) struct Stored {
    pub link: Link,
    pub previous: Hash,
    pub hash: Hash,
    /// Salt and personal part; None when erased.
    pub detail: Option<(Vec<u8>, Map<String, Value>)>,
}

impl Stored {
    /// What counts of it; None when a word is unknown.
    pub(in crate::consents) fn fact(&self) -> Option<Fact> {
        let occurred_at = jiff::Timestamp::from_microsecond(self.link.occurred_at).ok()?;
        let what = (self.link.kind.as_str(), self.link.scope.as_str());
        let how = (self.link.source.as_str(), self.link.method.as_str());
        let detail = self.detail.as_ref().map(|(_, detail)| detail);
        fact(self.link.seq, what, occurred_at, how, detail)
    }

    /// A text of the personal part.
    pub(in crate::consents) fn text(&self, key: &str) -> Option<String> {
        self.detail.as_ref()?.1.get(key)?.as_str().map(str::to_owned)
    }

    /// A yes or no of the personal part.
    pub(in crate::consents) fn flag(&self, key: &str) -> Option<bool> {
        self.detail.as_ref()?.1.get(key)?.as_bool()
    }
}

struct Row {
    seq: i64,
    id: Uuid,
    customer_id: Option<Uuid>,
    channel: String,
    kind: String,
    scope: String,
    occurred_at: Time,
    recorded_at: Time,
    source: String,
    method: String,
    detail_digest: Vec<u8>,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
    salt: Option<Vec<u8>>,
    detail: Option<Value>,
}

impl Row {
    fn read(self) -> anyhow::Result<Stored> {
        let detail = match (self.salt, self.detail) {
            (Some(salt), Some(Value::Object(detail))) => Some((salt, detail)),
            // a detail that is no object was never written by us: its digest will not fit
            (Some(salt), Some(_)) => Some((salt, Map::new())),
            (None, _) | (_, None) => None,
        };
        Ok(Stored {
            link: Link {
                seq: self.seq,
                id: self.id,
                customer: self.customer_id,
                channel: self.channel,
                kind: self.kind,
                scope: self.scope,
                occurred_at: self.occurred_at.0.as_microsecond(),
                recorded_at: self.recorded_at.0.as_microsecond(),
                source: self.source,
                method: self.method,
                detail_digest: as_hash(self.detail_digest)?,
            },
            previous: as_hash(self.prev_hash)?,
            hash: as_hash(self.hash)?,
            detail,
        })
    }
}

/// The next events of the chain after that number, at most `limit`.
pub(in crate::consents) async fn events_after(
    tx: &mut TenantTx,
    after: i64,
    limit: i64,
) -> anyhow::Result<Vec<Stored>> {
    let tenant = tx.id();
    let rows = sqlx::query_as!(
        Row,
        r#"select e.seq, e.id, e.customer_id, e.channel, e.kind, e.scope, e.occurred_at, e.recorded_at, e.source, e.method,
                  e.detail_digest, e.prev_hash, e.hash, d.salt as "salt?", d.detail as "detail?"
           from consent_events e
           left join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
           where e.tenant_id = $1 and e.seq > $2
           order by e.seq limit $3"#,
        tenant,
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// All events of a customer, and those of the customer's addresses that nobody had then, in the order of the chain.
pub(in crate::consents) async fn events_about(
    tx: &mut TenantTx,
    customer: Uuid,
    addresses: &[String],
) -> anyhow::Result<Vec<Stored>> {
    let tenant = tx.id();
    let rows = sqlx::query_as!(
        Row,
        r#"select e.seq, e.id, e.customer_id, e.channel, e.kind, e.scope, e.occurred_at, e.recorded_at, e.source, e.method,
                  e.detail_digest, e.prev_hash, e.hash, d.salt as "salt?", d.detail as "detail?"
           from consent_events e
           left join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
           where e.tenant_id = $1
             and (e.customer_id = $2 or (e.customer_id is null and d.detail ->> 'address' = any($3)))
           order by e.seq"#,
        tenant,
        customer,
        addresses,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// A consent in force, as stored.
pub(in crate::consents) struct InForce {
    pub customer: Uuid,
    pub channel: String,
    pub words: Words,
    /// Are its personal columns those of its event, if that still has them?
    pub agrees_with_detail: bool,
}

/// Status, scope, time in microseconds, source, method and event.
pub(in crate::consents) type Words = (String, String, Option<i64>, Option<String>, Option<String>, i64);

/// What should be stored of that state.
pub(in crate::consents) fn words(state: &State) -> Words {
    (
        state.status.name().to_owned(),
        state.scope.name().to_owned(),
        Some(state.fact.occurred_at.as_microsecond()),
        Some(state.fact.source.name().to_owned()),
        Some(state.fact.method.name().to_owned()),
        state.fact.seq,
    )
}

/// Everything that is in force.
pub(in crate::consents) async fn states(tx: &mut TenantTx) -> sqlx::Result<Vec<InForce>> {
    let tenant = tx.id();
    let rows = sqlx::query_file!("src/consents/states.sql", tenant)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| InForce {
            customer: row.customer_id,
            channel: row.channel,
            words: (
                row.status,
                row.scope,
                row.at.map(|at| at.0.as_microsecond()),
                row.source,
                row.method,
                row.event_seq,
            ),
            agrees_with_detail: row.agrees,
        })
        .collect())
}

/// A consent in force, for people.
pub(in crate::consents) struct Current {
    pub channel: String,
    pub address: Option<String>,
    pub status: String,
    pub scope: String,
    pub at: Option<Time>,
    pub source: Option<String>,
    pub method: Option<String>,
    pub notes: Option<String>,
    pub ip: Option<String>,
    pub captured_by: Option<String>,
    pub has_disclosure: bool,
    pub names_seller: bool,
    pub event_seq: i64,
}

/// What a customer's consents are now, one per channel.
pub(in crate::consents) async fn current(tx: &mut TenantTx, customer: Uuid) -> sqlx::Result<Vec<Current>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Current,
        r#"select channel, address, status, scope, at, source, method, notes, ip, captured_by, has_disclosure, names_seller, event_seq
           from consents where tenant_id = $1 and customer_id = $2 order by channel"#,
        tenant,
        customer,
    )
    .fetch_all(tx.conn())
    .await
}

/// An address of a customer, and whether it is suppressed.
pub(in crate::consents) struct Reached {
    pub channel: String,
    pub address: String,
    pub suppressed_scope: Option<String>,
    pub suppressed_reason: Option<String>,
    pub suppressed_at: Option<Time>,
}

/// The recipients that a customer has or that a consent of the customer names.
pub(in crate::consents) async fn reached(tx: &mut TenantTx, customer: Uuid) -> sqlx::Result<Vec<Reached>> {
    let tenant = tx.id();
    sqlx::query_file_as!(Reached, "src/consents/reached.sql", tenant, customer)
        .fetch_all(tx.conn())
        .await
}

/// Who a customer is and whom for.
pub(in crate::consents) struct Who {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company_name: Option<String>,
    pub customer_zone: Option<String>,
    pub tenant_name: String,
    pub sender_name: String,
    pub tenant_zone: Option<String>,
}

pub(in crate::consents) async fn who(tx: &mut TenantTx, customer: Uuid) -> sqlx::Result<Option<Who>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Who,
        r#"select c.first_name, c.last_name, c.company_name, c.zone as customer_zone,
                  t.name as tenant_name, b.sender_name, t.zone as tenant_zone
           from customers c
           join tenants t on t.tenant_id = $1
           join tenant_business_info b on b.tenant_id = $1
           where c.tenant_id = $1 and c.id = $2"#,
        tenant,
        customer,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Messages to an address that the gate let go while an event was the newest of its customer and channel.
pub(in crate::consents) struct Relied {
    pub messages: i64,
    pub first: Option<Time>,
    pub last: Option<Time>,
}

/// How many messages to a customer on a channel were let go from that moment up to the next.
pub(in crate::consents) async fn relied(
    tx: &mut TenantTx,
    customer: Uuid,
    channel: &str,
    from: Time,
    until: Option<Time>,
) -> sqlx::Result<Relied> {
    let tenant = tx.id();
    sqlx::query_as!(
        Relied,
        r#"select count(distinct message_id) as "messages!", min(at) as first, max(at) as last
           from send_logs
           where tenant_id = $1 and customer_id = $2 and channel = $3 and verdict = 'send'
             and at >= $4 and ($5::timestamptz is null or at < $5)"#,
        tenant,
        customer,
        channel,
        from as Time,
        until as Option<Time>,
    )
    .fetch_one(tx.conn())
    .await
}
