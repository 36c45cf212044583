//! A message as the Cloud API wants it: an approved template, free text, or one file.
use crate::message::{Approved, Outcome, Request};
use rules::retry;
use serde_json::{Value, json};

/// The body of `POST /{phone_number_id}/messages`; or the outcome, where it is known without asking.
pub fn body(request: &Request) -> Result<Value, Outcome> {
    // Meta takes no time to live with a message, so this is the last moment to look
    if request.expires_at.is_some_and(|end| end <= request.now) {
        return Err(refused("expired", retry::meaning("expired")));
    }
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": request.message_id.to_string(),
    });
    // a person whose number we were not told is addressed by the id that WhatsApp gave them for us
    let whom = if request.to.starts_with('+') {
        "to"
    } else {
        "recipient"
    };
    body[whom] = json!(request.to);
    let (kind, content) = match (&request.approved, request.media_urls.as_slice()) {
        (Some(approved), _) => ("template", template(approved)),
        (None, []) => ("text", json!({ "body": request.body })),
        (None, [url]) => file(url, &request.body),
        (None, _) => {
            return Err(refused(
                "too_many_files",
                "WhatsApp takes one file with a message",
            ));
        }
    };
    body["type"] = json!(kind);
    body[kind] = content;
    Ok(body)
}

/// The template by its name, with its variables: by position when they are numbered, else by name.
fn template(approved: &Approved) -> Value {
    let mut template = json!({ "name": approved.name, "language": { "code": approved.language } });
    let numbered: Option<Vec<(u32, &str)>> = approved
        .variables
        .iter()
        .map(|(name, text)| Some((name.parse().ok()?, text.as_str())))
        .collect();
    let parameters: Vec<Value> = match numbered {
        Some(mut numbered) => {
            numbered.sort_by_key(|(number, _)| *number);
            numbered
                .into_iter()
                .map(|(_, text)| json!({ "type": "text", "text": text }))
                .collect()
        }
        None => approved
            .variables
            .iter()
            .map(|(name, text)| json!({ "type": "text", "parameter_name": name, "text": text }))
            .collect(),
    };
    if !parameters.is_empty() {
        template["components"] = json!([{ "type": "body", "parameters": parameters }]);
    }
    template
}

/// A file by its URL, with the text as its caption; of which kind, its ending says.
fn file(url: &str, caption: &str) -> (&'static str, Value) {
    let path = url.split(['?', '#']).next().unwrap_or(url).to_ascii_lowercase();
    let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("jpg" | "jpeg" | "png") => "image",
        Some("mp4" | "3gp") => "video",
        _ => "document",
    };
    let mut file = json!({ "link": url });
    if !caption.is_empty() {
        file["caption"] = json!(caption);
    }
    (kind, file)
}

/// The code of a refusal. 1 and 2 are none: they stand for failures of the service, after which nobody knows.
pub fn code(said: &Value) -> Option<String> {
    said["error"]["code"]
        .as_u64()
        .filter(|code| ![1, 2].contains(code))
        .map(|code| code.to_string())
}

fn refused(code: &str, detail: &str) -> Outcome {
    Outcome::Refused {
        code: code.to_owned(),
        detail: detail.to_owned(),
    }
}
