//! What the adapter posts and asks is what Twilio's OpenAPI document allows, as Stoplight's Prism reads it.
use crate::connect;
use crate::node::Node;
use jiff::{SignedDuration, Timestamp};
use providers::http::{Egress, Http};
use providers::{Approved, Asked, CheckFailed, LookUp, Outcome, Request};
use rules::channel::Channel;
use rules::purpose::Purpose;
use uuid::Uuid;

const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
const TEMPLATE: &str = "HX0123456789abcdef0123456789abcdef";

/// Prism, and where it listens.
struct Prism {
    url: String,
    _node: Node,
}

impl Prism {
    async fn start() -> Self {
        let mut node = Node::start("twilio_prism.mjs");
        Self {
            url: node.line().await,
            _node: node,
        }
    }

    /// What it found wrong until now.
    async fn refused(&self) -> Vec<String> {
        let http = Http::new(Egress::Anywhere).unwrap();
        let answer = http
            .call(http.get(&format!("{}/refused", self.url)))
            .await
            .unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// What comes of a message through the adapter, with these values of the connection beside those that all have.
    async fn send(&self, values: &[(&str, &str)], request: &Request) -> Outcome {
        let mut all = values.to_vec();
        all.push(("api_url", &self.url));
        connect(&all).send(request).await
    }
}

fn now() -> Timestamp {
    "2026-11-21T15:00:00Z".parse().unwrap()
}

fn text() -> Request {
    Request {
        message_id: Uuid::from_u128(1),
        channel: Channel::Sms,
        purpose: Purpose::Service,
        from: "+12125550100".to_owned(),
        to: "+12125550123".to_owned(),
        subject: None,
        body: "Thanks from Joe's Plumbing & Söhne 👋".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: None,
        callback_url: Some(
            "https://courtesy.example/hooks/twilio/t0ken?message=00000000-0000-0000-0000-000000000001"
                .to_owned(),
        ),
        expires_at: Some(now() + SignedDuration::from_hours(6)),
        now: now(),
    }
}

fn by_whatsapp(template: Option<&str>) -> Request {
    Request {
        channel: Channel::Whatsapp,
        approved: template.map(|name| Approved {
            name: name.to_owned(),
            language: "en_US".to_owned(),
            variables: vec![
                ("1".to_owned(), "Jo".to_owned()),
                ("2".to_owned(), "Monday".to_owned()),
            ],
        }),
        ..text()
    }
}

#[tokio::test]
async fn what_is_posted_is_what_twilios_own_document_allows() {
    let prism = Prism::start().await;
    let pictures = Request {
        media_urls: vec![
            "https://a.example/1.png".to_owned(),
            "https://a.example/2.png?x=1&y=2".to_owned(),
        ],
        ..text()
    };
    let bare = Request {
        callback_url: None,
        expires_at: None,
        ..text()
    };
    let of_the_pool = Request {
        from: SERVICE.to_owned(),
        ..text()
    };
    let of_a_short_code = Request {
        from: "24273".to_owned(),
        ..text()
    };
    let key: &[(&str, &str)] = &[
        ("api_key_sid", "SK0123456789abcdef0123456789abcdef"),
        ("api_key_secret", "k3y"),
    ];
    let service: &[(&str, &str)] = &[("messaging_service_sid", SERVICE)];
    for (what, values, request) in [
        ("a text", &[][..], text()),
        ("a bare text", &[], bare),
        ("a text by a key", key, text()),
        ("two pictures", &[], pictures),
        ("a text of a service", service, text()),
        ("a text of a service's pool", &[], of_the_pool),
        ("a text of a short code", &[], of_a_short_code),
        ("words by WhatsApp", &[], by_whatsapp(None)),
        ("a template by WhatsApp", &[], by_whatsapp(Some(TEMPLATE))),
    ] {
        let outcome = prism.send(values, &request).await;
        assert!(
            matches!(outcome, Outcome::Accepted { .. }),
            "{what}: {outcome:?}: {:?}",
            prism.refused().await
        );
    }
    assert_eq!(prism.refused().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_spoiled_on_purpose_is_refused_by_that_document_and_not_taken_as_sent() {
    let prism = Prism::start().await;
    let nowhere = Request {
        callback_url: Some("nowhere".to_owned()),
        ..text()
    };
    for (field, request) in [
        ("ContentSid", by_whatsapp(Some("welcome"))),
        ("StatusCallback", nowhere),
    ] {
        let before = prism.refused().await.len();
        let outcome = prism.send(&[], &request).await;
        assert!(
            !matches!(outcome, Outcome::Accepted { .. }),
            "{field}: {outcome:?}"
        );
        let refused = prism.refused().await;
        assert_eq!(refused.len(), before + 1, "{field}");
        assert!(refused[before].contains(field), "{refused:?}");
    }
    // the same form with one name misspelt, and without credentials
    let http = Http::new(Egress::Anywhere).unwrap();
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Messages.json",
        prism.url,
        crate::ACCOUNT
    );
    for (field, status, has_credentials) in [("From", 201, true), ("Form", 422, true), ("From", 401, false)] {
        let form = [("To", "+12125550123"), (field, "+12125550100"), ("Body", "Hi")];
        let mut call = http.post(&url).form(&form);
        if has_credentials {
            call = call.basic_auth(crate::ACCOUNT, Some(crate::TOKEN));
        }
        let answer = http.call(call).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{field} {has_credentials}");
    }
}

#[tokio::test]
async fn what_is_asked_is_what_twilios_own_document_allows_and_its_examples_can_be_read() {
    let prism = Prism::start().await;
    let provider = connect(&[("api_url", &prism.url)]);
    let asked = Asked {
        message_id: Uuid::from_u128(1),
        external_id: Some("SM0123456789abcdef0123456789abcdef".to_owned()),
        from: "+12125550100".to_owned(),
        to: "+12125550123".to_owned(),
        body: "Hi".to_owned(),
        since: now(),
    };
    let found = provider.look_up(&asked).await;
    assert!(matches!(found, LookUp::Accepted { .. }), "{found:?}");
    let by_words = Asked {
        external_id: None,
        ..asked
    };
    assert_eq!(provider.look_up(&by_words).await, LookUp::NotKnown);
    let checked = provider.check().await.unwrap();
    assert!(checked.summary.contains("active"), "{}", checked.summary);
    // of its examples the first of the list
    let registered = provider.registered(Channel::Sms, SERVICE).await.unwrap().unwrap();
    assert_eq!(
        registered.summary,
        "10DLC campaign CFOOBAR is PENDING, AT&T 600 a second, T-Mobile's tier TOP"
    );
    assert_eq!(registered.caps.len(), 2);
    for (channel, ours) in [(Channel::Whatsapp, SERVICE), (Channel::Sms, "+12125550100")] {
        assert_eq!(provider.registered(channel, ours).await, Ok(None), "{ours}");
    }
    for (channel, ours) in [
        (Channel::Sms, "+12125550100"),
        (Channel::Whatsapp, "+12125550100"),
        (Channel::Sms, SERVICE),
        (Channel::Whatsapp, SERVICE),
    ] {
        // all of its example is of 2019, and goes on in another account, where nobody looks
        let listed = provider.received(channel, ours, now(), &mut Vec::new()).await;
        assert_eq!(listed, Ok(true));
        let before = "2019-05-24T00:00:00Z".parse().unwrap();
        let listed = provider.received(channel, ours, before, &mut Vec::new()).await;
        assert!(
            matches!(&listed, Err(CheckFailed::NotNow(why)) if why.contains("a page of messages")),
            "{listed:?}"
        );
    }
    assert_eq!(prism.refused().await, Vec::<String>::new());
}
