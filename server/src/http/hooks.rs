//! `/hooks/{provider}/{token}`: where providers call. The answers give nothing away: who is not believed gets an empty 403, whatever was wrong.
use super::{Limits, NotRead, read, read_away};
use crate::inbound::hooks::{Answer, Call, Hooks};
use axum::body::{Bytes, HttpBody};
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many bodies of `SHARE` bytes may be in memory at the same time: a quarter of a gigabyte. A larger one has several shares.
const MOST_SHARES: usize = 1024;
const SHARE: usize = 256 * 1024;

/// Where calls come in, and how many more may.
#[derive(Clone)]
pub(super) struct Calls {
    hooks: Hooks,
    permits: Arc<Semaphore>,
    limits: Limits,
}

impl Calls {
    pub(super) fn new(hooks: Hooks, limits: Limits) -> Self {
        Self {
            hooks,
            permits: Arc::new(Semaphore::new(MOST_SHARES)),
            limits,
        }
    }
}

/// How many shares a call's body may take: by the length that it has, or the largest that it may have when it does not say.
fn shares(request: &Request, largest: usize) -> u32 {
    let said = request.body().size_hint().exact();
    let bytes = said
        .and_then(|said| usize::try_from(said).ok())
        .unwrap_or(largest);
    u32::try_from(bytes.min(largest).div_ceil(SHARE).max(1)).unwrap_or(1)
}

pub(super) async fn hear(
    State(calls): State<Calls>,
    Path((provider, token)): Path<(String, String)>,
    request: Request,
) -> Response {
    if request.method() != Method::GET && request.method() != Method::POST {
        calls.hooks.count(&provider, "method");
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let largest = providers::described(&provider).map_or(providers::USUAL_BYTES, |one| one.most_bytes);
    let found = tokio::time::timeout(calls.limits.call, calls.hooks.find(&provider, &token)).await;
    let Ok(found) = found else {
        calls.hooks.sent_away(&provider, "too_long");
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let needed = shares(&request, largest);
    let room = match &found {
        Ok(()) => calls.permits.try_acquire_many(needed).map(Some).ok(),
        // a stranger takes no room, but is answered as if
        Err(_) => (calls.permits.available_permits() >= needed as usize).then_some(None),
    };
    let Some(_room) = room else {
        calls.hooks.sent_away(&provider, "busy");
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (head, body) = request.into_parts();
    let body = match &found {
        Ok(()) => read(body, largest, calls.limits.body).await,
        Err(_) => read_away(body, largest, calls.limits.body)
            .await
            .map(|()| Bytes::new()),
    };
    let body = match body {
        Ok(body) => body,
        Err(why) => {
            let outcome = match why {
                NotRead::TooLarge => "too_large",
                NotRead::Slow => "slow",
            };
            calls.hooks.count(&provider, outcome);
            return why.status().into_response();
        }
    };
    let call = Call {
        provider: &provider,
        token: &token,
        method: head.method.as_str(),
        path_and_query: head.uri.path_and_query().map_or("/", |path| path.as_str()),
        headers: &head.headers,
        body: &body,
    };
    let answer = match found {
        Ok(()) => tokio::time::timeout(calls.limits.call, calls.hooks.hear(&call)).await,
        Err(why) => Ok(calls.hooks.refuse(&provider, why)),
    };
    match answer {
        // Twilio reads the answer to a text as TwiML: this one says nothing
        Ok(Answer::Taken) if provider == "twilio" => {
            ([(header::CONTENT_TYPE, "text/xml")], "<Response/>").into_response()
        }
        Ok(Answer::Taken) => StatusCode::OK.into_response(),
        Ok(Answer::Echo(text)) => ([(header::CONTENT_TYPE, "text/plain")], text).into_response(),
        Ok(Answer::Forbidden) => StatusCode::FORBIDDEN.into_response(),
        Ok(Answer::NotNow) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(_) => {
            calls.hooks.sent_away(&provider, "too_long");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
