//! Calls that Twilio's own library signed are believed, and those that it refuses are not.
use crate::connect;
use crate::node::Node;
use crate::{ACCOUNT, TOKEN};
use http::{HeaderMap, HeaderValue};
use providers::{EventKind, Heard, Hook, Provider, Refusal};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use url::form_urlencoded;

pub const URL: &str =
    "https://courtesy.example/hooks/twilio/t0ken?message=00000000-0000-0000-0000-000000000007";
const SUB_ACCOUNT: &str = "ACfedcba9876543210fedcba9876543210";
const SID: &str = "SM0123456789abcdef0123456789abcdef";

pub type Pairs = Vec<(String, String)>;

fn pairs(fields: &[(&str, &str)]) -> Pairs {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// As Twilio's library takes them: a list where a field repeats.
fn as_fields(pairs: &Pairs) -> Value {
    let mut fields: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        match fields.get_mut(name) {
            None => {
                fields.insert(name.clone(), json!(value));
            }
            Some(Value::Array(values)) => values.push(json!(value)),
            Some(one) => *one = json!([one.clone(), value]),
        }
    }
    Value::Object(fields)
}

fn form(pairs: &Pairs) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// What we hear of a call with that body.
async fn hear(
    provider: &Arc<dyn Provider>,
    url: &str,
    signature: Option<&str>,
    (content_type, body): (&'static str, &str),
) -> Result<Heard, Refusal> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static(content_type));
    if let Some(signature) = signature {
        headers.insert("x-twilio-signature", HeaderValue::from_str(signature).unwrap());
    }
    let hook = Hook {
        method: "POST",
        url,
        headers: &headers,
        body: body.as_bytes(),
        now: "2026-11-21T15:00:00Z".parse().unwrap(),
    };
    provider.hear(&hook).await
}

const FORM: &str = "application/x-www-form-urlencoded";

pub async fn hear_form(
    provider: &Arc<dyn Provider>,
    url: &str,
    signature: Option<&str>,
    pairs: &Pairs,
) -> Result<Heard, Refusal> {
    hear(provider, url, signature, (FORM, &form(pairs))).await
}

pub async fn sign(node: &mut Node, token: &str, url: &str, pairs: &Pairs) -> String {
    let fields = as_fields(pairs);
    let signature = node
        .ask(&json!({ "verb": "sign", "token": token, "url": url, "fields": fields }))
        .await;
    signature.as_str().unwrap().to_owned()
}

pub async fn judge(node: &mut Node, url: &str, signature: &str, pairs: &Pairs) -> bool {
    let fields = as_fields(pairs);
    let question =
        json!({ "verb": "judge", "token": TOKEN, "url": url, "fields": fields, "signature": signature });
    node.ask(&question).await == json!(true)
}

pub fn status(further: &[(&str, &str)]) -> Pairs {
    let all = [
        ("SmsSid", SID),
        ("SmsStatus", "delivered"),
        ("MessageStatus", "delivered"),
        ("To", "+12125550123"),
        ("MessageSid", SID),
        ("AccountSid", ACCOUNT),
        ("From", "+12125550100"),
        ("ApiVersion", "2010-04-01"),
    ];
    pairs(&[&all, further].concat())
}

fn inbound(further: &[(&str, &str)]) -> Pairs {
    let all = [
        ("ToCountry", "US"),
        ("MessageSid", SID),
        ("SmsMessageSid", SID),
        ("SmsStatus", "received"),
        ("From", "+12125550123"),
        ("To", "+12125550100"),
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
    ];
    pairs(&[&all, further].concat())
}

/// Calls as Twilio makes them.
fn calls() -> Vec<(&'static str, Pairs)> {
    vec![
        ("a status", status(&[])),
        (
            "a failure",
            status(&[("ErrorCode", "30006"), ("RawDlrDoneDate", "2611211459")]),
        ),
        (
            "a text of a pool",
            inbound(&[
                ("MessagingServiceSid", "MG0123456789abcdef0123456789abcdef"),
                ("Body", "Hi"),
            ]),
        ),
        (
            "empty values",
            inbound(&[("Body", ""), ("ToCity", ""), ("FromZip", ""), ("NumMedia", "0")]),
        ),
        (
            "every writing",
            inbound(&[
                ("Body", "Grüße 👋🏽 +1&2=3 %41 \"'\u{0}\r\n\t ﬁ é e\u{301} 日本"),
                ("ProfileName", "Zoë "),
            ]),
        ),
        (
            "values that repeat",
            inbound(&[
                ("Body", "b"),
                ("X", "z"),
                ("X", "👋"),
                ("X", "ﬁ"),
                ("X", "z"),
                ("X", ""),
            ]),
        ),
        (
            "names that sort in their own way",
            inbound(&[
                ("Body", "a"),
                ("body", "b"),
                ("_x", "c"),
                ("MediaUrl10", "d"),
                ("MediaUrl2", "e"),
                ("É", "f"),
            ]),
        ),
        ("an opt-out", inbound(&[("Body", "Stop"), ("OptOutType", "STOP")])),
    ]
}

#[tokio::test]
async fn what_twilio_signed_is_believed_and_what_was_changed_since_is_not() {
    let mut node = Node::start("twilio_signer.mjs");
    let provider = connect(&[]);
    for (what, call) in calls() {
        let signature = sign(&mut node, TOKEN, URL, &call).await;
        assert!(judge(&mut node, URL, &signature, &call).await, "{what}");
        let heard = hear_form(&provider, URL, Some(&signature), &call).await;
        assert!(matches!(heard, Ok(Heard::Pieces(_))), "{what}: {heard:?}");

        let other_url = URL.replace("07", "08");
        assert_refused(&mut node, &provider, &other_url, &signature, &call, what).await;
        assert_refused(
            &mut node,
            &provider,
            &URL.replace("https", "http"),
            &signature,
            &call,
            what,
        )
        .await;
        let by_another = sign(&mut node, "00112233445566778899aabbccddeefe", URL, &call).await;
        assert_refused(&mut node, &provider, URL, &by_another, &call, what).await;
        for wrong in [
            "",
            "=",
            &signature[1..],
            &signature.to_ascii_lowercase(),
            &format!("{signature} "),
        ] {
            assert_refused(&mut node, &provider, URL, wrong, &call, what).await;
        }
        for changed in 0..call.len() {
            let mut with_more = call.clone();
            with_more[changed].1.push('1');
            assert_refused(&mut node, &provider, URL, &signature, &with_more, what).await;
        }
        let mut longer = call.clone();
        longer.push(("OptOutType".to_owned(), "START".to_owned()));
        assert_refused(&mut node, &provider, URL, &signature, &longer, what).await;
        assert_refused(&mut node, &provider, URL, &signature, &call[1..].to_vec(), what).await;
        assert_eq!(
            hear_form(&provider, URL, None, &call).await,
            Err(Refusal::Signature),
            "{what}"
        );
    }
}

/// Both refuse it.
async fn assert_refused(
    node: &mut Node,
    provider: &Arc<dyn Provider>,
    url: &str,
    signature: &str,
    call: &Pairs,
    what: &str,
) {
    assert!(
        !judge(node, url, signature, call).await,
        "{what}: Twilio believes {url} {signature} {call:?}"
    );
    assert_eq!(
        hear_form(provider, url, Some(signature), call).await,
        Err(Refusal::Signature),
        "{what}: {url} {signature} {call:?}"
    );
}

#[tokio::test]
async fn a_url_counts_with_and_without_its_port_as_it_does_for_twilio() {
    let mut node = Node::start("twilio_signer.mjs");
    let provider = connect(&[]);
    let call = status(&[]);
    let bare = "https://courtesy.example/hooks/twilio/t0ken?message=1";
    let urls = [
        bare.to_owned(),
        bare.replace(".example", ".example:443"),
        bare.replace(".example", ".example:8443"),
        bare.replace("https", "http"),
        bare.replace("https", "http").replace(".example", ".example:80"),
        bare.replace("courtesy.example", "[2001:db8::1]"),
        bare.replace("courtesy.example", "[2001:db8::1]:443"),
        bare.replace("courtesy.example", "user:word@courtesy.example"),
        bare.replace("hooks", "hooks/a%20b/%27"),
    ];
    let mut believed = 0;
    for signed in &urls {
        let signature = sign(&mut node, TOKEN, signed, &call).await;
        for called in &urls {
            let theirs = judge(&mut node, called, &signature, &call).await;
            let ours = hear_form(&provider, called, Some(&signature), &call)
                .await
                .is_ok();
            assert_eq!(ours, theirs, "signed {signed}, called {called}");
            believed += usize::from(ours);
        }
    }
    assert!(believed > urls.len(), "{believed}");
}

#[tokio::test]
async fn a_sub_accounts_calls_are_signed_by_its_own_token_and_belong_to_its_own_connection() {
    let mut node = Node::start("twilio_signer.mjs");
    let own_token = "ffeeddccbbaa99887766554433221100";
    let parent = connect(&[]);
    let sub = connect(&[("account_sid", SUB_ACCOUNT), ("auth_token", own_token)]);
    let mut call = status(&[]);
    call[5].1 = SUB_ACCOUNT.to_owned();
    let by_own = sign(&mut node, own_token, URL, &call).await;
    assert!(hear_form(&sub, URL, Some(&by_own), &call).await.is_ok());
    assert_eq!(
        hear_form(&parent, URL, Some(&by_own), &call).await,
        Err(Refusal::Signature)
    );
    let by_parents = sign(&mut node, TOKEN, URL, &call).await;
    assert_eq!(
        hear_form(&parent, URL, Some(&by_parents), &call).await,
        Err(Refusal::Account)
    );
    assert_eq!(
        hear_form(&sub, URL, Some(&by_parents), &call).await,
        Err(Refusal::Signature)
    );
}

#[tokio::test]
async fn json_is_judged_by_its_digest_as_twilio_does() {
    let mut node = Node::start("twilio_signer.mjs");
    let provider = connect(&[]);
    let body = "{\"a\":\"ß\"}";
    let digest = node.ask(&json!({ "verb": "digest", "body": body })).await;
    let url = format!("{URL}&bodySHA256={}", digest.as_str().unwrap());
    let signature = sign(&mut node, TOKEN, &url, &vec![]).await;
    let other = sign(&mut node, TOKEN, URL, &vec![]).await;
    for (url, signature, body, is_genuine) in [
        (url.as_str(), &signature, body, true),
        (&url, &signature, "{\"a\":\"s\"}", false),
        (&url, &other, body, false),
        (URL, &other, body, false),
    ] {
        let question =
            json!({ "verb": "judge_body", "token": TOKEN, "url": url, "signature": signature, "body": body });
        assert_eq!(node.ask(&question).await, json!(is_genuine), "{url} {body}");
        let heard = hear(&provider, url, Some(signature), ("application/json", body)).await;
        let wanted = if is_genuine {
            Ok(Heard::Nothing)
        } else {
            Err(Refusal::Signature)
        };
        assert_eq!(heard, wanted, "{url} {body}");
    }
}

#[tokio::test]
async fn what_is_believed_becomes_the_events_that_it_tells_of() {
    let mut node = Node::start("twilio_signer.mjs");
    let provider = connect(&[]);
    let mut told = Vec::new();
    for (_, call) in calls() {
        let signature = sign(&mut node, TOKEN, URL, &call).await;
        let Ok(Heard::Pieces(pieces)) = hear_form(&provider, URL, Some(&signature), &call).await else {
            panic!("{call:?}")
        };
        for piece in pieces {
            let events = provider.read(&piece).unwrap();
            assert_eq!(provider.read(&piece).unwrap(), events);
            told.extend(events);
        }
    }
    assert_eq!(told.len(), calls().len());
    assert!(told.iter().all(|event| event.our_address == "+12125550100"));
    let EventKind::Status {
        message_id, status, ..
    } = &told[0].kind
    else {
        panic!("{:?}", told[0])
    };
    assert_eq!((message_id.unwrap().as_u128(), status.as_str()), (7, "delivered"));
    let bodies: Vec<&str> = told
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Inbound(inbound) => Some(inbound.body.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        bodies,
        [
            "Hi",
            "",
            "Grüße 👋🏽 +1&2=3 %41 \"'\r\n\t ﬁ é e\u{301} 日本",
            "b",
            "a",
            "Stop"
        ]
    );
}
