//! A mail that SES received for us by a receipt rule: its text and who wrote it.
use super::events::{Told, bare, text};
use crate::{Event, EventKind, Inbound, Refusal, Verdict, Verdicts};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mail_parser::{Message, MessageParser};
use rules::channel::Channel;
use serde_json::Value;

/// The longest text that is kept of a mail, in letters.
const LONGEST_TEXT: usize = 100_000;

/// The mail of a notification; none if it is the answer of a machine (RFC 3834), which says nothing that a person wants. Its text is
/// empty where the rule stores mail elsewhere and only tells of it.
pub(super) fn of(told: &Told<'_>) -> Result<Vec<Event>, Refusal> {
    let mail = told.body.get("mail").ok_or(Refusal::Malformed)?;
    let receipt = told.body.get("receipt").ok_or(Refusal::Malformed)?;
    let raw = text(told.body, "content").map(|content| decoded(receipt, content));
    let message = raw.as_deref().and_then(|raw| MessageParser::default().parse(raw));
    if message.as_ref().is_some_and(is_machine) {
        return Ok(Vec::new());
    }
    let to = receipt
        .pointer("/recipients/0")
        .or_else(|| mail.pointer("/destination/0"))
        .and_then(Value::as_str)
        .map(bare)
        .ok_or(Refusal::Malformed)?;
    let from = message
        .as_ref()
        .and_then(|message| message.from()?.first()?.address())
        .or_else(|| mail.pointer("/commonHeaders/from/0")?.as_str())
        .or_else(|| text(mail, "source"))
        .map(bare)
        .filter(|from| from.contains('@'))
        .ok_or(Refusal::Malformed)?;
    let body: String = message
        .as_ref()
        .and_then(|message| message.body_text(0))
        .map(|body| {
            body.replace("\r\n", "\n")
                .trim_end()
                .chars()
                .take(LONGEST_TEXT)
                .collect()
        })
        .unwrap_or_default();
    let subject = message
        .as_ref()
        .and_then(Message::subject)
        .or_else(|| mail.pointer("/commonHeaders/subject")?.as_str())
        .map(str::to_owned);
    let inbound = Inbound {
        subject,
        verdicts: Some(verdicts(receipt)),
        ..Inbound::text(told.external_id, Channel::Email, (from, to), &body)
    };
    Ok(vec![Event {
        key: format!("ses/{}/received", told.external_id),
        our_address: to.to_owned(),
        occurred_at: told.at,
        kind: EventKind::Inbound(inbound),
    }])
}

/// <https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html>: `GRAY` and `PROCESSING_FAILED` prove nothing.
fn verdicts(receipt: &Value) -> Verdicts {
    let of = |name: &str| match receipt[name]["status"].as_str() {
        Some("PASS") => Verdict::Pass,
        Some("FAIL") => Verdict::Fail,
        _ => Verdict::Unknown,
    };
    Verdicts {
        spf: of("spfVerdict"),
        dkim: of("dkimVerdict"),
        dmarc: of("dmarcVerdict"),
        spam: of("spamVerdict"),
        virus: of("virusVerdict"),
    }
}

/// The mail's bytes. The rule says whether it writes them as they are or in base64.
fn decoded(receipt: &Value, content: &str) -> Vec<u8> {
    let encoding = receipt
        .pointer("/action/encoding")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // a mail as it is has a colon in its first header
    let may_be = encoding.eq_ignore_ascii_case("base64") || !content.contains(':');
    let is_text = |letter: &char| !letter.is_ascii_whitespace();
    may_be
        .then(|| content.chars().filter(is_text).collect::<String>())
        .and_then(|packed| BASE64_STANDARD.decode(packed).ok())
        .unwrap_or_else(|| content.as_bytes().to_vec())
}

fn is_machine(message: &Message<'_>) -> bool {
    message
        .header("Auto-Submitted")
        .and_then(|value| value.as_text())
        .is_some_and(|value| value.trim().to_ascii_lowercase().starts_with("auto-replied"))
}
