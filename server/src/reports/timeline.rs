//! One customer's story: everything that happened, in order, in their own time.
use super::mask::Addresses;
use super::store::{self, Happening};
use super::words;
use crate::customers::recipients;
use crate::db::TenantTx;
use crate::ids::Noun;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use uuid::Uuid;

/// How much of a message's text is shown.
const SHOWN: usize = 48;

/// A customer's story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    pub customer: String,
    pub name: String,
    /// As they may be shown.
    pub addresses: Vec<String>,
    /// The IANA zone of the local times.
    pub zone: String,
    pub entries: Vec<Entry>,
}

/// What an entry is about, for its mark on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Fact,
    Consent,
    Send,
    Hold,
    Stop,
    Arrived,
    Lost,
    Answer,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub at: Timestamp,
    /// The customer's wall clock: `Mon 2 Mar 09:30`.
    pub local: String,
    pub mark: Mark,
    pub says: String,
    /// The message that it is about, for `courtesy why`.
    pub message: Option<String>,
}

/// A customer whose story shows a hold, a touch that arrived, and a STOP or a click; none if nobody's does.
pub async fn interesting_customer(tx: &mut TenantTx) -> sqlx::Result<Option<Uuid>> {
    store::interesting(tx).await
}

/// The story of a customer; none if there is no such customer.
pub async fn timeline(
    tx: &mut TenantTx,
    customer: Uuid,
    addresses: Addresses,
) -> sqlx::Result<Option<Timeline>> {
    let Some(person) = store::person(tx, customer).await? else {
        return Ok(None);
    };
    let name = person.zone.unwrap_or_else(|| "UTC".to_owned());
    let zone = TimeZone::get(&name).unwrap_or(TimeZone::UTC);
    let entries = store::timeline(tx, customer)
        .await?
        .iter()
        .map(|row| entry(row, &zone))
        .collect();
    let ids = recipients::user_ids(tx, customer).await?;
    let mut reached: Vec<String> = [person.phone, person.whatsapp_number, person.email]
        .into_iter()
        .flatten()
        .chain(ids)
        .map(|address| addresses.show(&address))
        .collect();
    reached.dedup();
    Ok(Some(Timeline {
        customer: Noun::Customer.show(customer),
        name: person
            .first_name
            .or(person.company_name)
            .unwrap_or_else(|| "a customer without a name".to_owned()),
        addresses: reached,
        zone: name,
        entries,
    }))
}

/// A moment on the wall clock of a zone: `Mon 2 Mar 09:30`.
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M").to_string()
}

/// The beginning of a text, in one line.
pub fn shortened(text: &str, longest: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= longest {
        return line;
    }
    let kept: String = line.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn entry(row: &Happening, zone: &TimeZone) -> Entry {
    let (mark, says) = told(row, zone);
    Entry {
        at: row.at.0,
        local: local(row.at.0, zone),
        mark,
        says,
        message: row.message_id.map(|id| Noun::Message.show(id)),
    }
}

fn told(row: &Happening, zone: &TimeZone) -> (Mark, String) {
    let a = row.a.as_deref().unwrap_or_default();
    let b = row.b.as_deref();
    let c = row.c.as_deref();
    let channel = words::channel(row.channel.as_deref().unwrap_or_default());
    let number = b.map(|number| format!(" {number}")).unwrap_or_default();
    match row.kind.as_str() {
        // a: where the customer came from
        "created" => (
            Mark::Fact,
            format!("became a customer (from {})", words::plain(a)),
        ),
        // a: the kind of activity
        "changed" => (Mark::Fact, activity(a).to_owned()),
        // a: state, b: method, c: source
        "consent" => {
            let method = words::plain(b.unwrap_or_default());
            let source = c.map(|source| format!(", from {source}")).unwrap_or_default();
            (
                Mark::Consent,
                format!("{} {channel} ({method}{source})", words::plain(a)),
            )
        }
        // a: service type, b: number
        "work_order" => (Mark::Fact, format!("{a} job{number} was entered")),
        "work_completed" => (Mark::Fact, format!("{a} job{number} was completed")),
        // a: campaign
        "enrolled" => (Mark::Fact, format!("follow-up \"{a}\" began")),
        // a: verdict, b: reason, c: purpose
        "gate" => gate(row, a, b, &what(row, c, &channel), zone),
        // a: body, b: purpose
        "sent" => (
            Mark::Send,
            format!("{} sent: “{}”", what(row, b, &channel), shortened(a, SHOWN)),
        ),
        // a: status, b: code, c: purpose
        "not_sent" => {
            let why = b
                .map(|why| format!(": {}", words::reason(why)))
                .unwrap_or_default();
            (
                Mark::Lost,
                format!("{} {}{why}", what(row, c, &channel), ended_as(a)),
            )
        }
        // a: status, b: code, c: what came of it, d: purpose
        "callback" => callback(row, a, b, c, &channel),
        // a: body
        "wrote" => (
            Mark::Answer,
            format!("wrote by {channel}: “{}”", shortened(a, SHOWN)),
        ),
        "review_click" => (Mark::Answer, "opened the review link".to_owned()),
        // a: rating, b: comment
        "feedback" => {
            let words = b
                .map(|words| format!(": “{}”", shortened(words, SHOWN)))
                .unwrap_or_default();
            (Mark::Answer, format!("gave feedback, {a} of 5{words}"))
        }
        // a: campaign, b: status, c: reason
        "ended" => match c {
            Some(reason) => (
                Mark::Stop,
                format!("follow-up \"{a}\" stopped: {}", words::reason(reason)),
            ),
            None => (
                Mark::Fact,
                format!("follow-up \"{a}\" {}", words::plain(b.unwrap_or("ended"))),
            ),
        },
        // a: kind, b: what was said
        "task" => (
            Mark::Fact,
            format!("a person was asked to look: {}", words::plain(a)),
        ),
        // a: the kind, b: who, c: why
        "task_closed" => (
            Mark::Fact,
            format!(
                "{} settled it ({}): {}",
                b.unwrap_or("somebody"),
                words::plain(a),
                c.unwrap_or_default()
            ),
        ),
        other => (Mark::Fact, words::plain(other)),
    }
}

fn activity(kind: &str) -> &'static str {
    match kind {
        "CustomerUpdated" => "was changed",
        "CustomerArchived" => "was archived",
        "CustomerReactivated" => "was taken back",
        "StageChanged" => "moved to another stage",
        _ => "had something happen that this version does not know",
    }
}

/// `touch 2 by SMS`, `opt out confirmation by SMS`.
fn what(row: &Happening, purpose: Option<&str>, channel: &str) -> String {
    match row.touch {
        Some(number) => format!("touch {number} by {channel}"),
        None => format!("{} by {channel}", words::plain(purpose.unwrap_or("message"))),
    }
}

fn gate(row: &Happening, verdict: &str, reason: Option<&str>, what: &str, zone: &TimeZone) -> (Mark, String) {
    let why = reason.map(words::reason).unwrap_or_default();
    match verdict {
        "hold" => {
            let until = row.until.map_or_else(
                || "until that ends".to_owned(),
                |until| format!("until {}", local(until.0, zone)),
            );
            (Mark::Hold, format!("gate held {what} {until}: {why}"))
        }
        "stop" => (Mark::Stop, format!("gate stopped {what}: {why}")),
        _ => (Mark::Fact, format!("gate let {what} go")),
    }
}

fn callback(
    row: &Happening,
    status: &str,
    code: Option<&str>,
    outcome: Option<&str>,
    channel: &str,
) -> (Mark, String) {
    let mark = match status {
        "delivered" | "read" => Mark::Arrived,
        "undelivered" | "failed" => Mark::Lost,
        _ => Mark::Fact,
    };
    let why = code
        .map(|code| format!(": {}", words::reason(code)))
        .unwrap_or_default();
    let late = match outcome {
        Some("nothing_new") => " (known already)",
        None => " (not applied yet)",
        Some(_) => "",
    };
    (
        mark,
        format!("{} is {status}{why}{late}", what(row, row.d.as_deref(), channel)),
    )
}

fn ended_as(status: &str) -> &'static str {
    match status {
        "failed" => "failed",
        "cancelled" => "was taken back",
        _ => "has an outcome that nobody knows",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(shortened("Hi\n  Ann", 20), "Hi Ann");
        assert_eq!(shortened("Thank you for everything", 10), "Thank you…");
        assert_eq!(shortened("äöüäöüäöüäöü", 5), "äöüä…");
    }

    #[test]
    fn times_are_the_customers_own() {
        let at: Timestamp = "2026-03-09T02:30:00Z".parse().unwrap();
        let zone = TimeZone::get("America/Chicago").unwrap();
        assert_eq!(local(at, &zone), "Sun 8 Mar 21:30");
    }
}
