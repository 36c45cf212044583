//! A text as the Messages API wants it, and the codes of its errors.
use crate::message::{Outcome, Request};
use rules::retry;
use serde_json::{Value, json};

/// Vonage tries to deliver for this many seconds at least, and at most.
const TIME_TO_LIVE: std::ops::RangeInclusive<i64> = 20..=604_800;

/// The body of `POST /v1/messages`; or the outcome, where it is known without asking: too late, or with a picture.
pub fn body(request: &Request) -> Result<Value, Outcome> {
    if !request.media_urls.is_empty() {
        return Err(refused(
            "media_not_supported",
            "pictures can't be sent by this connection",
        ));
    }
    let mut body = json!({
        "channel": "sms",
        "message_type": "text",
        "to": bare(&request.to),
        "from": bare(&request.from),
        "text": request.body,
        "client_ref": request.message_id,
    });
    if let Some(url) = &request.callback_url {
        body["webhook_url"] = json!(url);
        body["webhook_version"] = json!("v1");
    }
    if let Some(end) = request.expires_at {
        let seconds = end.as_second() - request.now.as_second();
        if seconds < *TIME_TO_LIVE.start() {
            return Err(refused("expired", retry::meaning("expired")));
        }
        body["ttl"] = json!(seconds.min(*TIME_TO_LIVE.end()));
    }
    Ok(body)
}

/// The code of an error, in a refusal (RFC 7807) or in a callback: a number in `title`, else the last part of `type`, which is a URL.
pub fn code(error: &Value) -> Option<String> {
    let title = match &error["title"] {
        Value::Number(number) => Some(number.to_string()),
        Value::String(title) if !title.is_empty() && title.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(title.clone())
        }
        _ => None,
    };
    title.or_else(|| {
        let (_, fragment) = error["type"].as_str()?.rsplit_once('#')?;
        Some(fragment.to_owned())
    })
}

/// Vonage writes numbers without the plus; a sender may also be a name.
fn bare(address: &str) -> &str {
    address.strip_prefix('+').unwrap_or(address)
}

fn refused(code: &str, detail: &str) -> Outcome {
    Outcome::Refused {
        code: code.to_owned(),
        detail: detail.to_owned(),
    }
}
