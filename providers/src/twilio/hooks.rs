//! A call of Twilio: is it Twilio's, is it of this account, and what is kept of it.
use super::settings::Settings;
use super::signature;
use crate::hook::{Heard, Hook, Refusal};
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};
use uuid::Uuid;

const SIGNATURE: &str = "x-twilio-signature";

/// A form becomes one piece: its fields; as `_message` ours that the called URL names, which is signed too; as `_heard` when it came,
/// since Twilio's calls carry no time.
pub fn hear(settings: &Settings, hook: &Hook<'_>) -> Result<Heard, Refusal> {
    if hook.method != "POST" {
        return Err(Refusal::ContentType);
    }
    let content_type = hook
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let header = hook
        .headers
        .get(SIGNATURE)
        .and_then(|value| value.to_str().ok())
        .ok_or(Refusal::Signature)?;
    match content_type.as_str() {
        "application/x-www-form-urlencoded" => {}
        "application/json" => {
            let is_genuine = signature::names_body(hook.url, hook.body)
                && signature::signs(settings, header, hook.url, &[]);
            // Studio and others of Twilio's products post JSON; no message does
            return if is_genuine {
                Ok(Heard::Nothing)
            } else {
                Err(Refusal::Signature)
            };
        }
        _ => return Err(Refusal::ContentType),
    }
    let fields: Vec<(String, String)> = form_urlencoded::parse(hook.body).into_owned().collect();
    if !signature::signs(settings, header, hook.url, &fields) {
        return Err(Refusal::Signature);
    }
    let account = fields.iter().find(|(name, _)| name == "AccountSid");
    if account.is_none_or(|(_, sid)| *sid != settings.account_sid) {
        return Err(Refusal::Account);
    }
    let mut piece: Map<String, Value> = fields
        .into_iter()
        .filter(|(name, _)| !name.starts_with('_'))
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    if let Some(message) = message_of(hook.url) {
        piece.insert("_message".to_owned(), Value::from(message.to_string()));
    }
    piece.insert("_heard".to_owned(), Value::from(hook.now.to_string()));
    Ok(Heard::Pieces(vec![Value::Object(piece)]))
}

/// Our message, by the URL that was called.
fn message_of(url: &str) -> Option<Uuid> {
    let url = Url::parse(url).ok()?;
    let (_, message) = url.query_pairs().find(|(name, _)| name == "message")?;
    message.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Values;
    use http::{HeaderMap, HeaderValue};
    use serde_json::json;

    const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
    const URL: &str = "https://c.example/hooks/twilio/t0ken?message=00000000-0000-0000-0000-000000000007";

    fn settings() -> Settings {
        let mut values = Values::default();
        values.set("account_sid", ACCOUNT);
        values.set("auth_token", "12345");
        Settings::of(&values).unwrap()
    }

    /// What is heard of a call of `method` and `content_type` to `called`, whose signature is of `signed` and this body.
    fn heard(
        method: &str,
        content_type: &str,
        body: &str,
        (signed, called): (&str, &str),
    ) -> Result<Heard, Refusal> {
        let fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let fields = if content_type == "application/json" {
            &[]
        } else {
            fields.as_slice()
        };
        let signature = signature::signature("12345", signed, fields);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
        headers.insert("X-Twilio-Signature", HeaderValue::from_str(&signature).unwrap());
        let hook = Hook {
            method,
            url: called,
            headers: &headers,
            body: body.as_bytes(),
            now: "2026-11-21T15:00:00Z".parse().unwrap(),
        };
        hear(&settings(), &hook)
    }

    fn form(fields: &str) -> String {
        format!("MessageSid=SM1&AccountSid={ACCOUNT}&{fields}")
    }

    #[test]
    fn a_genuine_call_becomes_a_piece_that_names_our_message_and_when_it_came() {
        let piece = json!({
            "MessageSid": "SM1", "AccountSid": ACCOUNT, "Body": "Hi there", "Empty": "", "_heard": "2026-11-21T15:00:00Z",
            "_message": "00000000-0000-0000-0000-000000000007",
        });
        let body = form("Body=Hi+there&Empty=&_message=forged&_other=1");
        let heard_by = |urls| heard("POST", FORM, &body, urls);
        assert_eq!(heard_by((URL, URL)), Ok(Heard::Pieces(vec![piece.clone()])));
        let ported = URL.replace("c.example", "c.example:443");
        assert_eq!(heard_by((&ported, URL)), Ok(Heard::Pieces(vec![piece.clone()])));
        assert_eq!(heard_by((URL, &ported)), Ok(Heard::Pieces(vec![piece])));
        let bare = "https://c.example/hooks/twilio/t0ken";
        let Ok(Heard::Pieces(pieces)) = heard_by((bare, bare)) else {
            panic!()
        };
        assert_eq!(pieces[0].get("_message"), None);
    }

    #[test]
    fn what_is_not_genuine_or_of_another_account_is_refused() {
        let other = "https://c.example/hooks/twilio/t0ken?message=00000000-0000-0000-0000-000000000008";
        let body = form("Body=Hi");
        for (method, content_type, body, urls, why) in [
            ("GET", FORM, body.as_str(), (URL, URL), Refusal::ContentType),
            ("POST", "text/plain", &body, (URL, URL), Refusal::ContentType),
            ("POST", FORM, &body, (other, URL), Refusal::Signature),
            ("POST", "application/json", "{}", (URL, URL), Refusal::Signature),
            ("POST", FORM, "MessageSid=SM1", (URL, URL), Refusal::Account),
            (
                "POST",
                FORM,
                "MessageSid=SM1&AccountSid=ACffffffffffffffffffffffffffffffff",
                (URL, URL),
                Refusal::Account,
            ),
        ] {
            assert_eq!(
                heard(method, content_type, body, urls),
                Err(why),
                "{method} {content_type} {body}"
            );
        }
        let unsigned = Hook {
            method: "POST",
            url: URL,
            headers: &HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(FORM))]),
            body: body.as_bytes(),
            now: "2026-11-21T15:00:00Z".parse().unwrap(),
        };
        assert_eq!(hear(&settings(), &unsigned), Err(Refusal::Signature));
    }

    #[test]
    fn json_that_is_genuine_is_taken_and_nothing_is_kept_of_it() {
        let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let url = format!("https://c.example/hooks/twilio/t0ken?bodySHA256={digest}");
        assert_eq!(
            heard("POST", "application/json", "{}", (&url, &url)),
            Ok(Heard::Nothing)
        );
        assert_eq!(
            heard("POST", "application/json", "[]", (&url, &url)),
            Err(Refusal::Signature)
        );
    }
}
