//! A text as Bandwidth's Messaging API wants it, and what its list says of one.
use crate::message::{LookUp, Outcome, Request};
use rules::retry;
use rules::status::MessageStatus;
use serde_json::{Value, json};

/// The body of `POST /users/{accountId}/messages`; or the outcome, where it is too late to send it. Pictures go as MMS.
pub fn body(request: &Request, application_id: &str) -> Result<Value, Outcome> {
    let mut body = json!({
        "applicationId": application_id,
        "to": [request.to],
        "from": request.from,
        "text": request.body,
        "tag": request.message_id.to_string(),
    });
    if !request.media_urls.is_empty() {
        body["media"] = json!(request.media_urls);
    }
    if let Some(end) = request.expires_at {
        // it must be ahead when it gets there
        if end <= request.now {
            return Err(Outcome::Refused {
                code: "expired".to_owned(),
                detail: retry::meaning("expired").to_owned(),
            });
        }
        // by Bandwidth's description of the field: not supported on MMS
        if request.media_urls.is_empty() {
            body["expiration"] = json!(end.to_string());
        }
    }
    Ok(body)
}

/// What the list says of the message of this name; none when it is not in it. That is no proof of anything: the list lags behind.
pub fn found(list: &Value, external_id: &str) -> Option<LookUp> {
    let message = list["messages"]
        .as_array()?
        .iter()
        .find(|message| message["messageId"] == external_id)?;
    let code = message["errorCode"].as_u64().filter(|code| *code != 0);
    let status = match message["messageStatus"].as_str()? {
        "QUEUED" | "SENDING" | "SENT" | "ACCEPTED" | "DLR_EXPIRED" => MessageStatus::Sent,
        "DELIVERED" => MessageStatus::Delivered,
        "UNDELIVERED" | "FAILED" => failed(code),
        _ => return None,
    };
    let has_failed = matches!(status, MessageStatus::Failed | MessageStatus::Undelivered);
    Some(LookUp::Accepted {
        external_id: external_id.to_owned(),
        status: status.name().to_owned(),
        code: code.filter(|_| has_failed).map(|code| code.to_string()),
    })
}

/// Where a failure leaves a message. The second digit says whose it is: 6 and 7 are the carrier's, the others Bandwidth's own. 9902 is
/// none: no receipt came in time, and nobody knows.
pub fn failed(code: Option<u64>) -> MessageStatus {
    match code {
        Some(9902) => MessageStatus::Sent,
        Some(9000..=9999) => MessageStatus::Undelivered,
        Some(code) if matches!(code / 100 % 10, 6 | 7) => MessageStatus::Undelivered,
        Some(_) | None => MessageStatus::Failed,
    }
}
