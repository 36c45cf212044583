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

/// The mail of a notification. Its text is empty where the rule stores mail elsewhere and only tells of it.
pub(super) fn of(told: &Told<'_>) -> Result<Vec<Event>, Refusal> {
    let mail = told.body.get("mail").ok_or(Refusal::Malformed)?;
    let receipt = told.body.get("receipt").ok_or(Refusal::Malformed)?;
    let raw = text(told.body, "content").map(|content| decoded(receipt, content));
    let message = raw.as_deref().and_then(|raw| MessageParser::default().parse(raw));
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
        is_machine: is_machine(&|name| header(message.as_ref(), mail, name)),
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

/// The value of a header: of the mail itself, else as the notification tells it.
fn header<'a>(message: Option<&'a Message<'_>>, mail: &'a Value, name: &'static str) -> Option<&'a str> {
    let of_the_mail = message.and_then(|message| message.header_raw(name));
    let told = || {
        let headers = mail.get("headers")?.as_array()?;
        headers
            .iter()
            .filter(|header| text(header, "name").is_some_and(|other| other.eq_ignore_ascii_case(name)))
            .find_map(|header| text(header, "value"))
    };
    of_the_mail.or_else(told).map(str::trim)
}

/// Did no person write it? RFC 3834 5: `Auto-Submitted` says so with any word but `no`. Those who don't know it say so in older ways; a
/// report (RFC 6522) has no address to come back to (RFC 5321 4.5.5).
fn is_machine<'a>(header: &dyn Fn(&'static str) -> Option<&'a str>) -> bool {
    // parameters and comments may follow
    let word = |name| {
        let value = header(name)?;
        let word = value.split([';', '(', ' ', '\t', '\r']).next()?;
        Some(word.to_ascii_lowercase()).filter(|word| !word.is_empty())
    };
    let says_so = |name| word(name).is_some_and(|word| word != "no");
    ["Auto-Submitted", "X-Autoreply", "X-Autorespond"]
        .into_iter()
        .any(says_so)
        || word("Precedence").is_some_and(|word| ["auto_reply", "bulk", "junk"].contains(&word.as_str()))
        || word("Content-Type").is_some_and(|word| word == "multipart/report")
        || header("Return-Path") == Some("<>")
}
