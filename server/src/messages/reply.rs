//! A person's reply in a conversation: queued like any message, and the gate decides. Whoever replies is told what it would say now.
use super::foretell::{Foretold, foretell};
use super::{NewMessage, queue, store};
use crate::connections;
use crate::conversations::{self, Conversation, ConversationError};
use crate::customers::recipients;
use crate::db::TenantTx;
use jiff::{SignedDuration, Timestamp};
use providers::http::public_https;
use rules::channel::Channel;
use rules::purpose::Purpose;
use rules::verdict::{StopReason, Verdict};
use rules::{short_links, template};
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

/// Twilio takes ten (rule W4).
const MOST_MEDIA: usize = 10;
const LONGEST_URL: usize = 2000;
/// How far ahead a reply can be scheduled.
const LONGEST_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 90);

/// A reply that somebody wants sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReply {
    pub body: String,
    /// By https, of the public internet; none by e-mail.
    pub media_urls: Vec<String>,
    /// When it should go; as soon as it may when none is given.
    pub at: Option<Timestamp>,
}

/// A reply that is queued.
#[derive(Debug, Clone)]
pub struct Replied {
    pub message: Uuid,
    /// When it goes, as things stand now, and what it waits for until then.
    pub foretold: Foretold,
    /// The way that it goes, as things stand now.
    pub way: Option<Way>,
}

/// Through which connection a reply goes, and from which address of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    pub connection: String,
    pub provider: String,
    /// Our address, or the pool that its provider takes one of.
    pub sender: String,
    /// Our address that they wrote to, when it goes from another.
    pub instead_of: Option<String>,
}

/// Why a reply is refused.
#[derive(Debug, thiserror::Error)]
pub enum ReplyError {
    #[error("text: it is empty")]
    Empty,
    #[error("text: {is} characters; at most {most}")]
    TooLong { is: usize, most: usize },
    /// Rule T3.
    #[error("text: carriers block links of public shorteners such as {0}; use a domain of your own")]
    PublicShortener(&'static str),
    #[error("media: `{url}`: {why}")]
    Media { url: String, why: String },
    #[error("media: {0} are too many; {MOST_MEDIA} at most")]
    TooManyMedia(usize),
    /// What the provider would not take, or would leave away.
    #[error("media: {title} takes {} with a message by {}; put a link into the text", files(*most), channel.name())]
    TooManyForProvider {
        title: &'static str,
        channel: Channel,
        most: usize,
    },
    #[error("media: an e-mail carries none; put a link into the text")]
    MediaByEmail,
    #[error("at: it should be a moment to come, within 90 days")]
    At,
    #[error("the gate would stop it: {said} ({})", why.name())]
    Stopped { why: StopReason, said: String },
    #[error(
        "a message of theirs has come and is not read yet: try again in a moment; where a task asks about it (untold_text), close that first"
    )]
    Unheard,
    #[error(
        "this person was known by a WhatsApp id alone and is known by their number now: answer in the conversation with that number"
    )]
    KnownByNumber,
    #[error("message: there is no reply with that id")]
    UnknownReply,
    #[error("message: it can't be cancelled any more: it is {0}")]
    NotQueued(String),
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Facts(anyhow::Error),
}

/// Queues a reply from the conversation's address of ours, and counts the conversation as read. Refused when the gate would stop it as
/// things stand: drop the transaction then. A hold is no refusal; `foretold` says until when and why.
pub async fn reply(tx: &mut TenantTx, conversation: Uuid, new: &NewReply) -> Result<Replied, ReplyError> {
    let to = conversations::get(tx, conversation).await?;
    check(&to, new, tx.now())?;
    // what they said since counts there
    if to.channel == Channel::Whatsapp && recipients::of_user_id(tx, &to.their_address).await?.is_some() {
        return Err(ReplyError::KnownByNumber);
    }
    let message = NewMessage {
        id: tx.new_id(),
        channel: to.channel,
        purpose: Purpose::Reply,
        customer: to.customer,
        from: Some(to.our_address.clone()),
        to: to.their_address.clone(),
        subject: subject(tx, &to).await?,
        body: new.body.trim().to_owned(),
        media_urls: new.media_urls.clone(),
        template: None,
        variables: Vec::new(),
        touch: None,
        answers: None,
        due_at: new.at.unwrap_or(tx.now()),
    };
    queue(tx, std::slice::from_ref(&message)).await?;
    let foretold = foretell(tx, &[message.id], &HashMap::new())
        .await
        .map_err(ReplyError::Facts)?
        .pop()
        .ok_or(ReplyError::Unheard)?;
    if let Verdict::Stop { why } = foretold.decision.verdict {
        let said = foretold
            .decision
            .findings
            .iter()
            .find(|finding| !finding.passed)
            .map_or("no reason was recorded", |finding| finding.said.as_str());
        return Err(ReplyError::Stopped {
            why,
            said: said.to_owned(),
        });
    }
    let carries = foretold.provider.as_deref().and_then(providers::described);
    if let Some(carries) = carries.filter(|one| new.media_urls.len() > one.most_files(to.channel)) {
        return Err(ReplyError::TooManyForProvider {
            title: carries.title,
            channel: to.channel,
            most: carries.most_files(to.channel),
        });
    }
    conversations::read(tx, conversation).await?;
    Ok(Replied {
        message: message.id,
        way: way(tx, &to, &foretold).await?,
        foretold,
    })
}

async fn way(tx: &mut TenantTx, to: &Conversation, foretold: &Foretold) -> Result<Option<Way>, ReplyError> {
    let (Some(id), Some(provider), Some(sender)) =
        (foretold.connection, &foretold.provider, &foretold.sender)
    else {
        return Ok(None);
    };
    let all = connections::list(tx)
        .await
        .map_err(|error| ReplyError::Facts(error.into()))?;
    let is_another = conversations::address(to.channel, sender) != to.our_address;
    Ok(all.into_iter().find(|one| one.id == id).map(|one| Way {
        connection: one.name,
        provider: provider.clone(),
        sender: sender.clone(),
        instead_of: is_another.then(|| to.our_address.clone()),
    }))
}

/// Cancels a reply while it is queued.
pub async fn cancel(tx: &mut TenantTx, message: Uuid) -> Result<(), ReplyError> {
    match store::cancel_reply(tx, message).await? {
        None => Err(ReplyError::UnknownReply),
        Some(status) if status == "cancelled" => Ok(()),
        Some(status) => Err(ReplyError::NotQueued(status)),
    }
}

fn check(to: &Conversation, new: &NewReply, now: Timestamp) -> Result<(), ReplyError> {
    let body = new.body.trim();
    if body.is_empty() {
        return Err(ReplyError::Empty);
    }
    let (is, most) = (body.chars().count(), template::longest(to.channel));
    if is > most {
        return Err(ReplyError::TooLong { is, most });
    }
    if let Some(host) = short_links::public_shortener(body) {
        return Err(ReplyError::PublicShortener(host));
    }
    if !new.media_urls.is_empty() && to.channel == Channel::Email {
        return Err(ReplyError::MediaByEmail);
    }
    if new.media_urls.len() > MOST_MEDIA {
        return Err(ReplyError::TooManyMedia(new.media_urls.len()));
    }
    for url in &new.media_urls {
        let why = if url.len() > LONGEST_URL {
            Err(format!("it has more than {LONGEST_URL} characters"))
        } else {
            public_https(url)
        };
        why.map_err(|why| ReplyError::Media {
            url: url.chars().take(100).collect(),
            why,
        })?;
    }
    match new.at {
        Some(at) if at < now || at.duration_since(now) > LONGEST_AHEAD => Err(ReplyError::At),
        _ => Ok(()),
    }
}

fn files(most: usize) -> String {
    match most {
        0 => "no file".to_owned(),
        1 => "one file".to_owned(),
        more => format!("{more} files"),
    }
}

/// That of the e-mail which is answered.
async fn subject(tx: &mut TenantTx, to: &Conversation) -> sqlx::Result<Option<String>> {
    if to.channel != Channel::Email {
        return Ok(None);
    }
    let last = store::last_subject(tx, to.id).await?.unwrap_or_default();
    let last = last.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = match last.get(..3) {
        Some(re) if re.eq_ignore_ascii_case("re:") => last[3..].trim(),
        _ => last.as_str(),
    };
    let bare = if bare.is_empty() { "your message" } else { bare };
    Ok(Some(format!("Re: {bare}").chars().take(200).collect()))
}
