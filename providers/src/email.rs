//! One e-mail as it travels (RFC 5322): made of a request with typed headers, so that nothing in an address, a name or a subject can
//! begin a header of its own.
use crate::{BadField, Field, Outcome, Request, Unsubscribe, Values};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::{Address, Message};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// The field of a connection that names its mailbox for unsubscribing.
pub const UNSUBSCRIBE_MAILBOX: &str = "unsubscribe_mailbox";

/// The same field for each provider of mail.
pub(crate) const MAILBOX_FIELD: Field = Field {
    name: UNSUBSCRIBE_MAILBOX,
    help: "a mailbox that takes mails to unsubscribe, offered to readers beside the link once a mail to it was heard here: that is, once an \
           SES connection of this tenant is told of its mail by a receipt rule",
    example: "unsubscribe@joes-plumbing.example",
    is_secret: false,
    is_required: false,
};

/// The code of a mail that outlived its window before it was handed over.
const EXPIRED: &str = "expired";

/// An e-mail ready to be handed to a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub from: Address,
    pub to: Address,
    /// `<our id@domain of the sender>`, so that a bounce names our message.
    pub message_id: String,
    /// Header and body, lines ended by CR LF, ASCII alone.
    pub bytes: Vec<u8>,
}

/// Why no e-mail can be made of a request. Says which part of it, never what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMail {
    #[error("its window is over")]
    Expired,
    #[error("the sender's address is no e-mail address")]
    From,
    #[error("the recipient's address is no e-mail address")]
    To,
    #[error("the sender's name has a line break or another control character in it")]
    Name,
    #[error("the subject has a line break or another control character in it")]
    Subject,
    #[error("the way to unsubscribe is no https link, or its mailbox no mail address")]
    Unsubscribe,
}

impl BadMail {
    /// The refusal of a hand-over that never began. The codes have rows in `rules::retry`.
    pub fn outcome(self) -> Outcome {
        let code = match self {
            Self::Expired => EXPIRED,
            // RFC 3463: bad destination mailbox address syntax; the same for the sender's
            Self::To => "5.1.3",
            Self::From => "5.1.7",
            Self::Name | Self::Subject | Self::Unsubscribe => "bad_header",
        };
        Outcome::Refused {
            code: code.to_owned(),
            detail: self.to_string(),
        }
    }
}

/// Makes the e-mail of a request: a text, both headers of RFC 8058 where the request has a way to unsubscribe, the hand-over's business
/// time as its date. Pure: the same request gives the same bytes.
///
/// # Errors
/// When a part of the request can't stand in a header, or the request's window is over.
pub fn mail(request: &Request, from_name: Option<&str>) -> Result<Mail, BadMail> {
    if request.expires_at.is_some_and(|end| request.now >= end) {
        return Err(BadMail::Expired);
    }
    let from = address(&request.from).ok_or(BadMail::From)?;
    let to = address(&request.to).ok_or(BadMail::To)?;
    let subject = request.subject.as_deref().unwrap_or_default();
    if from_name.is_some_and(has_control) {
        return Err(BadMail::Name);
    }
    if has_control(subject) {
        return Err(BadMail::Subject);
    }
    let message_id = format!("<{}@{}>", request.message_id, from.domain());
    let mut builder = Message::builder()
        .from(Mailbox::new(from_name.map(str::to_owned), from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .subject(subject)
        .message_id(Some(message_id.clone()))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(request.now.as_second().max(0).unsigned_abs()));
    if let Some(unsubscribe) = &request.unsubscribe {
        builder = builder
            .header(ListUnsubscribe::of(unsubscribe).ok_or(BadMail::Unsubscribe)?)
            .header(ListUnsubscribePost);
    }
    let text = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(lines(&request.body));
    // Envelope and body are there: what is left to fail is the sender.
    let message = builder.singlepart(text).map_err(|_| BadMail::From)?;
    Ok(Mail {
        from,
        to,
        message_id,
        bytes: message.formatted(),
    })
}

/// Looks at the mailbox for unsubscribing that a connection names, if it names one.
///
/// # Errors
/// When it is no address, or has a letter that would have to be written otherwise in a `mailto:` (RFC 6068).
pub(crate) fn check_mailbox(values: &Values) -> Result<(), BadField> {
    let Some(mailbox) = values.optional(UNSUBSCRIBE_MAILBOX) else {
        return Ok(());
    };
    let is_plain = mailbox
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'@'));
    if is_plain && mailbox.parse::<Address>().is_ok() {
        return Ok(());
    }
    Err(BadField::new(
        UNSUBSCRIBE_MAILBOX,
        "is no plain e-mail address: letters, digits and . _ - + alone, e.g. unsubscribe@joes-plumbing.example",
    ))
}

/// Our message's id in a Message-ID that `mail` made, in the header's form or without brackets.
pub fn message_of(header: &str) -> Option<Uuid> {
    let inside = header.trim().trim_start_matches('<').trim_end_matches('>');
    let (id, _) = inside.split_once('@')?;
    // only the form with hyphens: 32 digits may be anybody's
    (id.len() == 36).then(|| id.parse().ok()).flatten()
}

/// The first code of RFC 3463 among the words of a mail server, e.g. `5.1.1` of `550 5.1.1 <…> User unknown`.
pub fn enhanced(words: &str) -> Option<String> {
    words
        .split(|letter: char| !(letter.is_ascii_digit() || letter == '.'))
        .map(|word| word.trim_matches('.'))
        .find(|word| {
            let parts: Vec<&str> = word.split('.').collect();
            let (is_class, rest) = match parts.as_slice() {
                [class, rest @ ..] => (matches!(*class, "2" | "4" | "5"), rest),
                [] => (false, [].as_slice()),
            };
            is_class && rest.len() == 2 && rest.iter().all(|part| (1..=3).contains(&part.len()))
        })
        .map(str::to_owned)
}

/// An ASCII mailbox; a domain in other letters becomes the ASCII form that mail is delivered by (RFC 5891).
fn address(text: &str) -> Option<Address> {
    let (user, domain) = text.rsplit_once('@')?;
    if has_control(text) || !user.is_ascii() {
        return None;
    }
    let domain = match url::Host::parse(domain).ok()? {
        url::Host::Domain(domain) => domain,
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => return None,
    };
    Address::new(user, domain).ok()
}

/// Each line ended as mail has it: done at once, since lettre inserts the missing characters one by one.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\n'], "\r\n")
}

fn has_control(text: &str) -> bool {
    // the line and paragraph separators end a line for some readers
    text.chars()
        .any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}'))
}

/// RFC 2369: where a reader gets off the list.
#[derive(Debug, Clone)]
struct ListUnsubscribe(String);

impl ListUnsubscribe {
    fn of(unsubscribe: &Unsubscribe) -> Option<Self> {
        let mut value = bracketed(&unsubscribe.url, "https://")?;
        if let Some(mailto) = &unsubscribe.mailto {
            let mailto = match mailto.strip_prefix("mailto:") {
                Some(_) => mailto.clone(),
                None => format!("mailto:{mailto}"),
            };
            value = format!("{value}, {}", bracketed(&mailto, "mailto:")?);
        }
        Some(Self(value))
    }
}

/// `<uri>`, if the URI is of that kind and holds nothing that would end it.
fn bracketed(uri: &str, begins: &str) -> Option<String> {
    let is_plain = uri
        .chars()
        .all(|letter| letter.is_ascii_graphic() && !matches!(letter, '<' | '>' | '"'));
    (is_plain && uri.len() > begins.len() && uri.starts_with(begins)).then(|| format!("<{uri}>"))
}

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// RFC 8058: that link takes a POST of exactly this.
#[derive(Debug, Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

#[cfg(test)]
#[path = "email_tests.rs"]
mod tests;
