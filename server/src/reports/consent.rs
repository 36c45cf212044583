//! Who allowed what, how it came about, who must not be messaged, and what a person should look at.
use super::store;
use super::touches::count;
use crate::db::TenantTx;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The state of consent of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consent {
    pub channels: Vec<ChannelRow>,
    pub origins: Vec<OriginRow>,
    pub suppressions: Vec<SuppressionRow>,
    pub tasks: Vec<TaskRow>,
}

/// Customers who can be reached on a channel, by what they allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ChannelRow {
    pub channel: String,
    pub opted_in: u64,
    pub opted_out: u64,
    /// Never asked, or nothing is known.
    pub unknown: u64,
}

/// How a consent or opt-out came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OriginRow {
    pub channel: String,
    pub status: String,
    pub source: String,
    pub method: String,
    pub count: u64,
}

/// Addresses that must not be messaged, or that don't work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuppressionRow {
    pub channel: String,
    pub reason: String,
    pub scope: String,
    pub count: u64,
}

/// What a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskRow {
    pub kind: String,
    pub count: u64,
    pub oldest: Timestamp,
}

/// The state of consent now.
pub async fn consent(tx: &mut TenantTx) -> sqlx::Result<Consent> {
    let mut channels: BTreeMap<String, ChannelRow> = BTreeMap::new();
    let mut origins = Vec::new();
    for row in store::consent_states(tx).await? {
        let channel = channels.entry(row.channel.clone()).or_insert_with(|| ChannelRow {
            channel: row.channel.clone(),
            ..ChannelRow::default()
        });
        match row.status.as_str() {
            "opted_in" => channel.opted_in += count(row.count),
            "opted_out" => channel.opted_out += count(row.count),
            _ => channel.unknown += count(row.count),
        }
        if let (Some(source), Some(method)) = (row.source, row.method) {
            origins.push(OriginRow {
                channel: row.channel,
                status: row.status,
                source,
                method,
                count: count(row.count),
            });
        }
    }
    let suppressions = store::suppressions(tx)
        .await?
        .into_iter()
        .map(|row| SuppressionRow {
            channel: row.channel,
            reason: row.reason,
            scope: row.scope,
            count: count(row.count),
        })
        .collect();
    let tasks = store::open_tasks(tx)
        .await?
        .into_iter()
        .map(|row| TaskRow {
            kind: row.kind,
            count: count(row.count),
            oldest: row.oldest.0,
        })
        .collect();
    Ok(Consent {
        channels: channels.into_values().collect(),
        origins,
        suppressions,
        tasks,
    })
}
