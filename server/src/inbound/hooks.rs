//! A call of a provider to our webhook: whose it is, whether it is genuine, what it says; stored and committed before it is answered.
use super::committer::{Committer, NotKept};
use super::owners::Owners;
use super::unheard::Unheard;
use super::{NO_EVENT, NewEvent, UNREADABLE, siblings};
use crate::app::App;
use crate::carriers::Opened;
use crate::connections;
use crate::db::TenantId;
use jiff::{SignedDuration, Timestamp};
use providers::{Heard, Hook, Others, Provider, Refusal};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// How long it is taken for true whose a token is, and what its connection is made of.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(10);
/// A call that is refused by what is remembered is looked at once more when that is older: credentials may have been changed.
const DOUBTED: SignedDuration = SignedDuration::from_secs(1);

/// Where calls come in. Cloned for each.
#[derive(Clone)]
pub struct Hooks {
    app: App,
    committer: Committer,
    known: Arc<Mutex<HashMap<[u8; 32], Known>>>,
    owners: Owners,
    unheard: Unheard,
    /// Held while a token is looked up, one of them for each: what a thousand callers want to know is asked once.
    asking: Arc<[tokio::sync::Mutex<()>; 16]>,
}

/// Whose a token is.
#[derive(Clone)]
struct Known {
    tenant: TenantId,
    connection: Uuid,
    provider: Arc<dyn Provider>,
    at: Timestamp,
}

/// A call as it came.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub provider: &'a str,
    pub token: &'a str,
    pub method: &'a str,
    pub path_and_query: &'a str,
    pub headers: &'a http::HeaderMap,
    pub body: &'a [u8],
}

/// What a call is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What it says is on disk, or there was nothing to keep.
    Taken,
    /// The same, and the provider wants this text back.
    Echo(String),
    /// It is not believed; the caller learns no more.
    Forbidden,
    /// Not now: it should come again.
    NotNow,
}

impl Hooks {
    pub fn new(app: App, committer: Committer) -> Self {
        Self {
            app,
            committer,
            known: Arc::default(),
            owners: Owners::default(),
            unheard: Unheard::default(),
            asking: Arc::default(),
        }
    }

    /// Whether a call came to somebody's hook. Asked before its body is read: only what may be genuine takes room.
    ///
    /// # Errors
    /// Why it is not heard, for `refuse` once its body has come.
    pub async fn find(&self, provider: &str, token: &str) -> Result<(), NotHeard> {
        if self.app.public_url.is_none() {
            return Err(NotHeard::NoPublicUrl);
        }
        self.whose(provider, token, self.app.clock.now(), REMEMBERED)
            .await
            .map(drop)
    }

    /// Verifies a call, stores what it says, and answers when that is on disk. What is refused stores nothing.
    pub async fn hear(&self, call: &Call<'_>) -> Answer {
        match self.heard(call).await {
            Ok((answer, outcome)) => {
                self.count(call.provider, outcome);
                answer
            }
            Err(why) => self.refuse(call.provider, why),
        }
    }

    /// What a call is answered that is not heard; counted.
    pub fn refuse(&self, provider: &str, why: NotHeard) -> Answer {
        let (answer, outcome) = match why {
            NotHeard::Refused(Refusal::NotNow) => (Answer::NotNow, Refusal::NotNow.name()),
            NotHeard::Refused(refusal) => (Answer::Forbidden, refusal.name()),
            NotHeard::UnknownToken => (Answer::Forbidden, "unknown_token"),
            NotHeard::NoPublicUrl => {
                tracing::error!(
                    "webhooks can't be verified: set --public-url to the address that providers call"
                );
                (Answer::NotNow, "no_public_url")
            }
            NotHeard::NotOpened => (Answer::NotNow, "not_opened"),
            NotHeard::NotKept(NotKept::Busy) => (Answer::NotNow, "busy"),
            NotHeard::NotKept(NotKept::Refused) => (Answer::NotNow, "not_stored"),
            NotHeard::Database(error) => {
                tracing::error!(%error, "a webhook can't be looked up");
                (Answer::NotNow, "database")
            }
        };
        if answer == Answer::NotNow {
            self.sent_away(provider, outcome);
            return answer;
        }
        self.count(provider, outcome);
        // whoever's token it is: the answer gives nothing away
        let comes_again = providers::described(provider).is_some_and(|one| one.repeats_5xx_alone);
        if comes_again { Answer::NotNow } else { answer }
    }

    /// Counts a call that is answered 503, and remembers that what it told may have to be asked for.
    pub fn sent_away(&self, provider: &str, outcome: &'static str) {
        self.count(provider, outcome);
        if self.is_known(provider) {
            self.app.sent_away.note(provider, self.app.clock.now());
        }
    }

    /// Counts a call that never came to be heard: `method`, `too_large`, `slow`.
    pub fn count(&self, provider: &str, outcome: &'static str) {
        // a name that anybody can make up is no label
        let provider = if self.is_known(provider) {
            provider.to_owned()
        } else {
            "unknown".to_owned()
        };
        metrics::counter!("courtesy_hooks_total", "provider" => provider, "outcome" => outcome).increment(1);
    }

    fn is_known(&self, provider: &str) -> bool {
        self.app.described(provider).is_some() || self.app.provider(provider).is_some()
    }

    async fn heard(&self, call: &Call<'_>) -> Result<(Answer, &'static str), NotHeard> {
        let public_url = self.app.public_url.as_deref().ok_or(NotHeard::NoPublicUrl)?;
        let url = format!("{}{}", public_url.trim_end_matches('/'), call.path_and_query);
        let hook = Hook {
            method: call.method,
            url: &url,
            headers: call.headers,
            body: call.body,
            now: self.app.clock.now(),
        };
        let mut known = self
            .whose(call.provider, call.token, hook.now, REMEMBERED)
            .await?;
        let heard = match known.provider.hear(&hook).await {
            Err(refusal) if refusal != Refusal::NotNow && is_older(known.at, hook.now, DOUBTED) => {
                known = self.whose(call.provider, call.token, hook.now, DOUBTED).await?;
                known.provider.hear(&hook).await
            }
            heard => heard,
        };
        let (pieces, others) = match heard.map_err(NotHeard::Refused)? {
            Heard::Nothing => return Ok((Answer::Taken, "nothing")),
            Heard::Echo(text) => return Ok((Answer::Echo(text), "echo")),
            Heard::Pieces(pieces) => (pieces, None),
            Heard::Shared { pieces, others } => (pieces, Some(others)),
        };
        let mut events = Vec::new();
        for piece in &pieces {
            events.extend(rows(known.provider.as_ref(), known.connection, piece, hook.now));
        }
        let is_shared = others.is_some();
        if let Some(others) = others {
            events.extend(self.heard_beside(&known, call.provider, &hook, others).await?);
        }
        if events.is_empty() && !is_shared {
            return Ok((Answer::Taken, "nothing"));
        }
        let came = self.keep(&known, events, hook.now).await?;
        Ok((Answer::Taken, came))
    }

    /// What is told of other connections of the tenant. Of whom no connection is, a person is told.
    async fn heard_beside(
        &self,
        known: &Known,
        provider: &str,
        hook: &Hook<'_>,
        others: Others,
    ) -> Result<Vec<NewEvent>, NotHeard> {
        let (events, nobodys) = siblings::hear(&self.app, known.tenant, provider, hook, others).await?;
        self.unheard
            .of_no_connection(&self.app, (known.tenant, known.connection), &nobodys)
            .await;
        Ok(events)
    }

    /// Stores events, but for those of another tenant's addresses. Answers what came of them.
    async fn keep(
        &self,
        known: &Known,
        events: Vec<NewEvent>,
        now: Timestamp,
    ) -> Result<&'static str, NotHeard> {
        let (events, theirs) = self
            .owners
            .without_others(&self.app, known.tenant, events, now)
            .await?;
        self.unheard
            .of_another_tenant(&self.app, (known.tenant, known.connection), &theirs)
            .await;
        if events.is_empty() {
            return Err(NotHeard::Refused(Refusal::Account));
        }
        let came = if events.iter().any(|event| event.outcome == Some(UNREADABLE)) {
            "kept_unread"
        } else if events.iter().all(|event| event.outcome == Some(NO_EVENT)) {
            "kept_no_event"
        } else {
            "kept"
        };
        self.committer
            .keep(known.tenant, events)
            .await
            .map_err(NotHeard::NotKept)?;
        Ok(came)
    }

    /// Whose the token is and what its connection is made of, as it was found at most so long ago.
    async fn whose(
        &self,
        provider: &str,
        token: &str,
        now: Timestamp,
        longest: SignedDuration,
    ) -> Result<Known, NotHeard> {
        let digest: [u8; 32] = Sha256::digest([provider.as_bytes(), b"/", token.as_bytes()].concat()).into();
        if let Some(known) = self.remembered(&digest, now, longest) {
            return Ok(known);
        }
        let _asking = self.asking[usize::from(digest[0] % 16)].lock().await;
        // somebody else may have asked meanwhile
        if let Some(known) = self.remembered(&digest, now, longest) {
            return Ok(known);
        }
        let Some((tenant, connection)) = connections::whose_hook(&self.app, provider, token).await? else {
            self.known
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&digest);
            return Err(NotHeard::UnknownToken);
        };
        let versions = connections::versions(&self.app, tenant, &[connection]).await?;
        let opened: Opened = connections::carriers(&self.app, tenant, &versions)
            .await?
            .remove(&connection)
            .ok_or(NotHeard::NotOpened)?;
        let known = Known {
            tenant,
            connection,
            provider: opened.provider,
            at: now,
        };
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(digest, known.clone());
        Ok(known)
    }

    fn remembered(&self, digest: &[u8; 32], now: Timestamp, longest: SignedDuration) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(digest)
            .filter(|known| !is_older(known.at, now, longest))
            .cloned()
    }
}

/// The rows of a piece: one for each of its events, each with the piece; or the piece alone when it can't be read, or has none.
pub(super) fn rows(
    provider: &dyn Provider,
    connection: Uuid,
    piece: &serde_json::Value,
    now: Timestamp,
) -> Vec<NewEvent> {
    let name = provider.name();
    let read = provider.read(piece).ok().and_then(|events| {
        let rows: serde_json::Result<Vec<NewEvent>> =
            events.iter().map(|event| NewEvent::of(name, event)).collect();
        rows.ok()
    });
    let alone = |why| vec![NewEvent::alone(name, piece, now, why)];
    let mut rows = match read {
        Some(rows) if rows.is_empty() => alone(NO_EVENT),
        Some(rows) => rows,
        None => alone(UNREADABLE),
    };
    let piece = Arc::new(super::without_nul(piece.clone()));
    for row in &mut rows {
        row.connection = Some(connection);
        row.piece = Some(Arc::clone(&piece));
    }
    rows
}

fn is_older(at: Timestamp, now: Timestamp, than: SignedDuration) -> bool {
    now.duration_since(at) > than
}

/// Why a call is not answered 2xx.
#[derive(Debug)]
pub enum NotHeard {
    Refused(Refusal),
    UnknownToken,
    NoPublicUrl,
    NotOpened,
    NotKept(NotKept),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for NotHeard {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}
