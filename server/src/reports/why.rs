//! Why a message went, waited or was stopped: its whole record, for a person who asks.
use super::mask::Addresses;
use super::store::{self, Look, Settled, Spoken, Told};
use super::timeline::local;
use super::words;
use crate::app::App;
use crate::db::TenantTx;
use crate::ids::Noun;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rules::verdict::Finding;
use serde::Serialize;
use uuid::Uuid;

/// The record of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    pub message: String,
    pub direction: String,
    pub channel: String,
    pub purpose: String,
    /// Campaign and touch number, for a touch.
    pub campaign: Option<String>,
    pub touch: Option<i16>,
    /// As they may be shown.
    pub to: String,
    pub from: String,
    pub subject: Option<String>,
    pub body: String,
    /// The IANA zone of the local times.
    pub zone: String,
    pub created: Moment,
    pub first_due: Option<Moment>,
    pub looks: Vec<GateLook>,
    pub attempts: i16,
    pub provider: Option<String>,
    pub external_id: Option<String>,
    pub reports: Vec<Report>,
    pub status: String,
    pub error_code: Option<String>,
    /// Who settled it when nobody knew its outcome, and why.
    pub settled: Option<SettledBy>,
    /// The end in plain words.
    pub end: String,
}

/// A moment, and the recipient's wall clock at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    pub at: Timestamp,
    pub local: String,
}

/// One look of the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateLook {
    pub when: Moment,
    pub verdict: String,
    pub reason: Option<String>,
    /// In plain words.
    pub words: Option<String>,
    pub until: Option<Moment>,
    /// Every zone that the recipient may be in, as the gate saw it.
    pub zones: Vec<String>,
    pub findings: Vec<Finding>,
}

/// A person who found out what became of the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettledBy {
    pub when: Moment,
    pub by: String,
    pub because: String,
}

/// What somebody told of the message afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub when: Moment,
    pub says: String,
}

/// The slug of the tenant whose message it is; the operator asks.
pub async fn tenant_of(app: &App, message: Uuid) -> sqlx::Result<Option<String>> {
    let mut tx = app.db.operator().await?;
    store::slug_of_message(&mut tx, message).await
}

/// The record of a message; none if the tenant has no such message.
pub async fn why(tx: &mut TenantTx, message: Uuid, addresses: Addresses) -> anyhow::Result<Option<Why>> {
    let Some(spoken) = store::message(tx, message).await? else {
        return Ok(None);
    };
    let looks = store::looks(tx, message).await?;
    let told = store::told(tx, message).await?;
    let settled = store::settled(tx, message).await?;
    let name = looks
        .last()
        .and_then(|look| zones(look).into_iter().next())
        .or_else(|| spoken.zone.clone())
        .unwrap_or_else(|| "UTC".to_owned());
    let zone = TimeZone::get(&name).unwrap_or(TimeZone::UTC);
    let moment = |at: Timestamp| Moment {
        at,
        local: local(at, &zone),
    };
    let looks = looks
        .iter()
        .map(|look| {
            Ok(GateLook {
                when: moment(look.at.0),
                verdict: look.verdict.clone(),
                reason: look.reason.clone(),
                words: look.reason.as_deref().map(words::reason),
                until: look.hold_until.map(|until| moment(until.0)),
                zones: zones(look),
                findings: serde_json::from_value(look.findings.clone())?,
            })
        })
        .collect::<Result<Vec<_>, serde_json::Error>>()?;
    Ok(Some(Why {
        message: Noun::Message.show(message),
        to: addresses.show(&spoken.their_address),
        from: spoken.our_address.clone(),
        zone: name,
        created: moment(spoken.created_at.0),
        first_due: spoken.first_due_at.map(|at| moment(at.0)),
        looks,
        reports: told
            .iter()
            .map(|told| Report {
                when: moment(told.at.0),
                says: said(told),
            })
            .collect(),
        settled: settled.map(|Settled { at, by, because }| SettledBy {
            when: moment(at.0),
            by,
            because,
        }),
        end: end(&spoken, &zone),
        direction: spoken.direction,
        channel: spoken.channel,
        purpose: spoken.purpose,
        campaign: spoken.campaign,
        touch: spoken.touch_number,
        subject: spoken.subject,
        body: spoken.body,
        attempts: spoken.attempts,
        provider: spoken.provider,
        external_id: spoken.external_id,
        status: spoken.status,
        error_code: spoken.error_code,
    }))
}

fn zones(look: &Look) -> Vec<String> {
    look.zones
        .clone()
        .and_then(|zones| serde_json::from_value(zones).ok())
        .unwrap_or_default()
}

fn said(told: &Told) -> String {
    let what = match (told.kind.as_str(), &told.status) {
        ("click", _) => "the review link was opened".to_owned(),
        ("feedback", _) => "feedback was given".to_owned(),
        (_, Some(status)) => format!("the provider reported {status}"),
        (kind, None) => words::plain(kind),
    };
    let why = told
        .code
        .as_deref()
        .map(|code| format!(": {}", words::reason(code)))
        .unwrap_or_default();
    let came = match told.outcome.as_deref() {
        None => " (not applied yet)",
        Some("nothing_new") => " (nothing new)",
        Some("applied") => "",
        Some(_) => " (not understood)",
    };
    format!("{what}{why}{came}")
}

fn end(spoken: &Spoken, zone: &TimeZone) -> String {
    let why = spoken
        .error_code
        .as_deref()
        .map(words::reason)
        .unwrap_or_else(|| "no reason was recorded".to_owned());
    match spoken.status.as_str() {
        "queued" => spoken.due_at.map_or_else(
            || "it waits for its campaign to be resumed".to_owned(),
            |due| format!("it waits; the gate looks again on {}", local(due.0, zone)),
        ),
        "sending" => "it is being handed over".to_owned(),
        "sent" => "the provider has it; no delivery was reported yet".to_owned(),
        "delivered" => "it arrived".to_owned(),
        "read" => "it was read".to_owned(),
        "undelivered" => format!("it was sent, and could not be delivered: {why}"),
        "failed" => format!("it failed: {why}"),
        "stopped" => format!("it was stopped and never handed over: {why}"),
        "unknown" => format!("nobody knows whether it arrived: {why}. It is never sent again by itself"),
        "cancelled" => format!("it was taken back before it went: {why}"),
        "received" => "a customer sent it to us; nothing was decided about it".to_owned(),
        other => words::plain(other),
    }
}
