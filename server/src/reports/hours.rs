//! At what hour of the recipient's day follow-ups went, and from which hour to which they were held for the night.
use super::store;
use super::touches::count;
use crate::db::TenantTx;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Follow-ups that went, by the hour (0 to 23) of the recipient's first zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SendsByLocalHour {
    /// SMS and WhatsApp: bound by quiet hours.
    pub texts: [u64; 24],
    pub emails: [u64; 24],
}

/// Follow-ups that were held from one hour of the recipient's day to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldRow {
    pub from_hour: i8,
    /// None: until something happens.
    pub until_hour: Option<i8>,
    pub count: u64,
}

/// When follow-ups went.
pub async fn sends_by_local_hour(
    tx: &mut TenantTx,
    campaign: Option<Uuid>,
) -> sqlx::Result<SendsByLocalHour> {
    let mut sends = SendsByLocalHour::default();
    for row in store::hours(tx, campaign).await? {
        if row.verdict != "send" {
            continue;
        }
        let hours = if row.channel == "email" {
            &mut sends.emails
        } else {
            &mut sends.texts
        };
        if let Some(slot) = usize::try_from(local_hour(row.at.0, &row.zone))
            .ok()
            .and_then(|hour| hours.get_mut(hour))
        {
            *slot += count(row.count);
        }
    }
    Ok(sends)
}

/// From when to when follow-ups were held for the night.
pub async fn holds_by_local_hour(tx: &mut TenantTx, campaign: Option<Uuid>) -> sqlx::Result<Vec<HoldRow>> {
    let mut holds: BTreeMap<(i8, Option<i8>), u64> = BTreeMap::new();
    for row in store::hours(tx, campaign).await? {
        if row.verdict == "hold" {
            let from = local_hour(row.at.0, &row.zone);
            let until = row.until.map(|until| local_hour(until.0, &row.zone));
            *holds.entry((from, until)).or_default() += count(row.count);
        }
    }
    Ok(holds
        .into_iter()
        .map(|((from_hour, until_hour), count)| HoldRow {
            from_hour,
            until_hour,
            count,
        })
        .collect())
}

fn local_hour(at: Timestamp, zone: &str) -> i8 {
    at.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC)).hour()
}
