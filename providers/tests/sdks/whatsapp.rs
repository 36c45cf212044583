//! WhatsApp beside signatures that node's own crypto made.
use crate::{heard, node};
use providers::http::{Egress, Http};
use providers::whatsapp::Whatsapp;
use providers::{Heard, Refusal, Values};
use serde_json::json;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn what_is_signed_over_these_bytes_is_believed_and_what_is_changed_is_not() {
    let mut values = Values::default();
    values.set("phone_number_id", "106540352242922");
    values.set("business_account_id", "419561257915477");
    values.set("access_token", "token");
    values.set("app_secret", SECRET);
    values.set("verify_token", "word");
    let whatsapp = Whatsapp::new(Http::new(Egress::Public).unwrap(), &values).unwrap();
    let call = json!({"object": "whatsapp_business_account", "entry": [{"id": "419561257915477", "changes": [{
        "field": "messages",
        "value": {"metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
                  "note": "Söhne 🙂 </script>"},
    }]}]});
    let plain = call.to_string();
    // Meta escapes what is not ASCII, and slashes: the signature is over what came, however it is written
    let escaped = plain
        .replace("ö", "\\u00f6")
        .replace("🙂", "\\ud83d\\ude42")
        .replace('/', "\\/");
    let spaced = serde_json::to_string_pretty(&call).unwrap();
    let bodies = [&plain, &escaped, &spaced];
    let tasks: Vec<_> = bodies
        .iter()
        .map(|body| json!({ "secret": SECRET, "body": body }))
        .collect();
    let signatures = node::tasks("meta.mjs", "", &json!(tasks)).await;
    let mut pieces = Vec::new();
    for (at, signature) in signatures.iter().enumerate() {
        let signature = signature.as_str().unwrap();
        for (of, body) in bodies.iter().enumerate() {
            let ours = heard(&whatsapp, ("x-hub-signature-256", signature), body).await;
            match ours {
                Ok(Heard::Pieces(found)) if at == of => pieces.push(found),
                other => assert_eq!((other, at == of), (Err(Refusal::Signature), false)),
            }
        }
    }
    assert_eq!(pieces.len(), 3);
    assert!(pieces.windows(2).all(|two| two[0] == two[1]), "they say the same");
}
