//! What SES publishes to a topic, in our words: both forms, notifications (`notificationType`) and event publishing (`eventType`).
use super::inbound;
use crate::{BounceClass, Event, EventKind, Refusal, email};
use jiff::Timestamp;
use rules::status::MessageStatus;
use serde_json::Value;
use uuid::Uuid;

/// The name of the tag that carries our message's id.
pub const TAG: &str = "message";

/// The mail that a notification is about.
pub(super) struct Told<'a> {
    pub(super) body: &'a Value,
    pub(super) external_id: &'a str,
    message_id: Option<Uuid>,
    our_address: String,
    pub(super) at: Timestamp,
}

/// The events of one published message. None of what is not of our concern: opens, clicks, delays, subscriptions, SES' own test.
///
/// # Errors
/// `Malformed` when it is a notification of SES, but lacks what such a one has.
/// <https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html>
pub fn of(body: &Value) -> Result<Vec<Event>, Refusal> {
    let Some(kind) = ["eventType", "notificationType"]
        .iter()
        .find_map(|field| text(body, field))
    else {
        return Ok(Vec::new());
    };
    match kind {
        "Send" => Ok(vec![Told::of(body)?.status(MessageStatus::Sent, None, "send")]),
        "Delivery" => Ok(vec![Told::of(body)?.happened("/delivery/timestamp").status(
            MessageStatus::Delivered,
            None,
            "delivery",
        )]),
        "Reject" => Ok(vec![Told::of(body)?.status(
            MessageStatus::Failed,
            Some("Reject"),
            "reject",
        )]),
        "Rendering Failure" => Ok(vec![Told::of(body)?.status(
            MessageStatus::Failed,
            Some("RenderingFailure"),
            "rendering_failure",
        )]),
        "Bounce" => bounces(&Told::of(body)?.happened("/bounce/timestamp")),
        "Complaint" => complaints(&Told::of(body)?.happened("/complaint/timestamp")),
        "Received" => inbound::of(&Told::of(body)?),
        _ => Ok(Vec::new()),
    }
}

fn bounces(told: &Told<'_>) -> Result<Vec<Event>, Refusal> {
    let bounce = told.body.get("bounce").ok_or(Refusal::Malformed)?;
    let (kind, subtype) = (
        text(bounce, "bounceType").ok_or(Refusal::Malformed)?,
        text(bounce, "bounceSubType").unwrap_or_default(),
    );
    people(bounce, "bouncedRecipients")?
        .into_iter()
        .map(|recipient| {
            let address = address_of(recipient)?;
            let code = text(recipient, "status")
                .and_then(email::enhanced)
                .or_else(|| text(recipient, "diagnosticCode").and_then(email::enhanced));
            let kind = EventKind::Bounce {
                message_id: told.message_id,
                external_id: told.external_id.to_owned(),
                class: class(kind, subtype, code.as_deref()),
                code,
                address: address.clone(),
            };
            Ok(told.event(kind, &key(told, "bounce", Some((bounce, &address)))))
        })
        .collect()
}

/// What a bounce says of the address. Rule E4: an expiry (4.4.7) counts as hard, what is wrong with the message never counts; nor does
/// what the receiver's policy has against the sender.
fn class(kind: &str, subtype: &str, code: Option<&str>) -> BounceClass {
    let code = code.unwrap_or_default();
    // RFC 3463: too large, content, policy
    let is_of_the_message = ["5.2.3", "5.3.4"].contains(&code)
        || code.starts_with("5.6.")
        || code.starts_with("5.7.")
        || ["MessageTooLarge", "ContentRejected", "AttachmentRejected"].contains(&subtype);
    match kind {
        _ if code == "4.4.7" => BounceClass::Hard,
        _ if is_of_the_message => BounceClass::Ignored,
        "Permanent" => BounceClass::Hard,
        // our own time-out of the message
        _ if subtype == "CustomTimeoutExceeded" => BounceClass::Ignored,
        _ => BounceClass::Soft,
    }
}

fn complaints(told: &Told<'_>) -> Result<Vec<Event>, Refusal> {
    let complaint = told.body.get("complaint").ok_or(Refusal::Malformed)?;
    // RFC 6430: the reader says that it is no spam
    if text(complaint, "complaintFeedbackType") == Some("not-spam") {
        return Ok(Vec::new());
    }
    people(complaint, "complainedRecipients")?
        .into_iter()
        .map(|recipient| {
            let address = address_of(recipient)?;
            let kind = EventKind::Complaint {
                message_id: told.message_id,
                external_id: told.external_id.to_owned(),
                address: address.clone(),
            };
            Ok(told.event(kind, &key(told, "complaint", Some((complaint, &address)))))
        })
        .collect()
}

impl<'a> Told<'a> {
    fn of(body: &'a Value) -> Result<Self, Refusal> {
        let mail = body.get("mail").ok_or(Refusal::Malformed)?;
        let source = text(mail, "source").unwrap_or_default();
        Ok(Self {
            body,
            external_id: text(mail, "messageId")
                .filter(|id| !id.is_empty())
                .ok_or(Refusal::Malformed)?,
            message_id: ours(mail),
            our_address: bare(source).to_owned(),
            at: text(mail, "timestamp")
                .and_then(|at| at.parse().ok())
                .ok_or(Refusal::Malformed)?,
        })
    }

    /// The moment of the event itself, where it is said.
    fn happened(mut self, pointer: &str) -> Self {
        if let Some(at) = self
            .body
            .pointer(pointer)
            .and_then(Value::as_str)
            .and_then(|at| at.parse().ok())
        {
            self.at = at;
        }
        self
    }

    fn status(&self, status: MessageStatus, code: Option<&str>, what: &str) -> Event {
        let kind = EventKind::Status {
            message_id: self.message_id,
            external_id: self.external_id.to_owned(),
            status: status.name().to_owned(),
            code: code.map(str::to_owned),
        };
        self.event(kind, &key(self, what, None))
    }

    fn event(&self, kind: EventKind, key: &str) -> Event {
        Event {
            key: key.to_owned(),
            our_address: self.our_address.clone(),
            occurred_at: self.at,
            kind,
        }
    }
}

/// The same for the same event, by whichever topic it comes and however often. The address is in it as a name that does not show it.
fn key(told: &Told<'_>, what: &str, whose: Option<(&Value, &str)>) -> String {
    let id = told.external_id;
    match whose {
        None => format!("ses/{id}/{what}"),
        Some((feedback, address)) => {
            let feedback = text(feedback, "feedbackId").unwrap_or_default();
            let person = Uuid::new_v5(&Uuid::NAMESPACE_OID, address.to_ascii_lowercase().as_bytes());
            format!("ses/{id}/{what}/{feedback}/{}", person.simple())
        }
    }
}

/// Our message's id: from our tag, which event publishing repeats; else from the Message-ID that we gave it, which SES replaces on the
/// way, but tells among the headers.
fn ours(mail: &Value) -> Option<Uuid> {
    let tag = mail
        .pointer(&format!("/tags/{TAG}/0"))
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    let header = || {
        mail.get("headers")?
            .as_array()?
            .iter()
            .filter(|header| text(header, "name").is_some_and(|name| name.eq_ignore_ascii_case("message-id")))
            .find_map(|header| email::message_of(text(header, "value")?))
    };
    tag.or_else(header)
}

fn people<'a>(body: &'a Value, field: &str) -> Result<Vec<&'a Value>, Refusal> {
    Ok(body
        .get(field)
        .and_then(Value::as_array)
        .ok_or(Refusal::Malformed)?
        .iter()
        .collect())
}

fn address_of(recipient: &Value) -> Result<String, Refusal> {
    text(recipient, "emailAddress")
        .map(|address| bare(address).to_owned())
        .filter(|address| address.contains('@'))
        .ok_or(Refusal::Malformed)
}

/// `jane@mail.example` of `"Jane" <jane@mail.example>`.
pub(super) fn bare(address: &str) -> &str {
    match (address.rfind('<'), address.rfind('>')) {
        (Some(open), Some(close)) if open < close => address[open + 1..close].trim(),
        _ => address.trim(),
    }
}

pub(super) fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
