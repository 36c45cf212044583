//! SMTP against a relay that we did not write: aiosmtpd, which wants TLS and a user, with certificates of an authority of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]
mod counterpart;

use counterpart::Counterpart;
use providers::http::{Egress, Http, Timeouts};
use providers::{Asked, CheckFailed, LookUp, Outcome, Provider, Request, Unsubscribe, Values};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde_json::Value;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

const OURS: Uuid = Uuid::from_u128(0x0198_7654_0000_7000_8000_0000_0000_0001);

/// A relay, and where it keeps what it took.
struct Relay {
    process: Counterpart,
    folder: TempDir,
    /// Of its authority, as an owner would paste it: in one line.
    authority: String,
}

impl Relay {
    fn start(security: &str, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::new(vec![]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &issuer).unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("leaf.pem"), leaf.pem()).unwrap();
        std::fs::write(path("key.pem"), key.serialize_pem()).unwrap();
        let arguments = [&path("leaf.pem"), &path("key.pem"), &path(""), security];
        Self {
            process: Counterpart::start("relay.py", &arguments.map(AsRef::as_ref)),
            authority: pem.replace(['\n', '\r'], " "),
            folder,
        }
    }

    fn smtp(&self, more: &[(&str, &str)]) -> Arc<dyn Provider> {
        self.within(Duration::from_secs(20), more)
    }

    /// The same with so much patience.
    fn within(&self, answer: Duration, more: &[(&str, &str)]) -> Arc<dyn Provider> {
        let mut values = Values::default();
        for (field, value) in [
            ("host", "127.0.0.1"),
            ("port", self.process.says.as_str()),
            ("username", "joe"),
            ("password", "s3cret, with words"),
            ("from_name", "Joe’s Plumbing"),
            ("ca_certificate", self.authority.as_str()),
        ]
        .iter()
        .chain(more)
        {
            values.set(field, *value);
        }
        let smtp = providers::described("smtp").unwrap();
        providers::settings::check(smtp.fields, &values).unwrap();
        let timeouts = Timeouts {
            connect: Duration::from_secs(10),
            answer,
        };
        (smtp.connect)(Http::with_timeouts(Egress::Anywhere, timeouts).unwrap(), &values).unwrap()
    }

    /// What it took, in turn.
    fn mails(&self) -> Vec<Value> {
        (1..)
            .map_while(|number| std::fs::read(self.folder.path().join(format!("{number}.json"))).ok())
            .map(|bytes| serde_json::from_slice(&bytes).unwrap())
            .collect()
    }
}

fn request(to: &str) -> Request {
    Request {
        message_id: OURS,
        channel: Channel::Email,
        purpose: Purpose::Service,
        from: "hello@joes-plumbing.example".to_owned(),
        to: format!("{to}@mail.example"),
        subject: Some("How did we do, Zoë?".to_owned()),
        body: "Dear Jane,\n.\n..two dots\nhow was it?\n".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: Some(Unsubscribe {
            url: "https://courtesy.example/u/t0ken".to_owned(),
            mailto: Some("unsubscribe@joes-plumbing.example?subject=t0ken".to_owned()),
        }),
        callback_url: None,
        expires_at: None,
        now: "2026-11-21T15:00:00Z".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_made_under_tls_and_signed_in() {
    for security in ["starttls", "tls"] {
        let relay = Relay::start(security, "127.0.0.1");
        let smtp = relay.smtp(&[("tls", security)]);
        assert_eq!(
            smtp.send(&request("jane")).await,
            Outcome::Accepted {
                external_id: format!("{OURS}@joes-plumbing.example")
            },
            "{security}"
        );
        let mails = relay.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0]["from"], "hello@joes-plumbing.example");
        assert_eq!(mails[0]["to"], serde_json::json!(["jane@mail.example"]));
        assert_eq!(
            (&mails[0]["encrypted"], &mails[0]["login"]),
            (&Value::Bool(true), &Value::from("joe"))
        );
        let data = mails[0]["data"].as_str().unwrap().replace("\r\n ", " ");
        for line in [
            "List-Unsubscribe: <https://courtesy.example/u/t0ken>, <mailto:unsubscribe@joes-plumbing.example?subject=t0ken>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            &format!("Message-ID: <{OURS}@joes-plumbing.example>"),
            "Date: Sat, 21 Nov 2026 15:00:00 +0000",
            ".",
            "..two dots",
        ] {
            assert!(data.lines().any(|found| found == line), "{line}\n{data}");
        }
    }
}

#[tokio::test]
async fn what_the_relay_says_of_an_address_or_a_mail_is_told_with_its_code() {
    let relay = Relay::start("starttls", "127.0.0.1");
    let smtp = relay.smtp(&[]);
    for (to, wanted) in [("bounce", "5.1.1"), ("bare-bounce", "550"), ("spam", "5.7.1")] {
        let outcome = smtp.send(&request(to)).await;
        let Outcome::Refused { code, detail } = outcome else {
            panic!("{to}: {outcome:?}")
        };
        assert_eq!(code, wanted);
        assert!(!detail.contains(to), "{detail}");
    }
    for (to, wanted) in [("defer", "4.7.1"), ("busy", "4.3.1")] {
        let outcome = smtp.send(&request(to)).await;
        let Outcome::TryLater { code, after } = outcome else {
            panic!("{to}: {outcome:?}")
        };
        assert_eq!(code, wanted);
        assert_eq!(after, Some(Duration::from_secs(900)));
    }
    assert_eq!(relay.mails(), Vec::<Value>::new(), "it took none");
}

#[tokio::test]
async fn a_line_that_is_cut_before_the_mails_end_took_nothing_and_one_cut_after_it_is_unknown() {
    let relay = Relay::start("starttls", "127.0.0.1");
    let smtp = relay.smtp(&[]);
    let outcome = smtp.send(&request("cut-at-data")).await;
    assert!(matches!(outcome, Outcome::TryLater { .. }), "{outcome:?}");
    // longer than what a machine keeps for a line that is gone
    let long = Request {
        body: "how was it?\n".repeat(1_000_000),
        ..request("cut-in-mail")
    };
    let outcome = smtp.send(&long).await;
    assert!(matches!(outcome, Outcome::TryLater { .. }), "{outcome:?}");
    assert_eq!(relay.mails().len(), 0);
    let outcome = smtp.send(&request("cut-after-mail")).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(relay.mails().len(), 1, "and it has it");
    let asked = Asked {
        message_id: OURS,
        external_id: None,
        from: String::new(),
        to: String::new(),
        body: String::new(),
        since: request("jane").now,
    };
    assert_eq!(smtp.look_up(&asked).await, LookUp::NotKnown);
}

#[tokio::test]
async fn credentials_are_checked_without_a_mail() {
    let relay = Relay::start("starttls", "127.0.0.1");
    let said = relay.smtp(&[]).check().await.unwrap();
    assert!(
        said.summary
            .contains("by TLS, signed in; a relay tells of no answers"),
        "{}",
        said.summary
    );
    let wrong = relay.smtp(&[("password", "guessed")]);
    assert!(
        matches!(wrong.check().await, Err(CheckFailed::Refused(why)) if why.starts_with("username, password"))
    );
    let outcome = wrong.send(&request("jane")).await;
    let Outcome::Refused { code, detail } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(code, "5.7.8");
    assert!(!detail.contains("guessed"));
    assert_eq!(relay.mails().len(), 0);
}

#[tokio::test]
async fn without_the_authority_or_with_another_name_nothing_is_said_under_tls() {
    let relay = Relay::start("starttls", "127.0.0.1");
    let named = Relay::start("starttls", "relay.example");
    for smtp in [relay.smtp(&[("ca_certificate", "")]), named.smtp(&[])] {
        let outcome = smtp.send(&request("jane")).await;
        assert!(
            matches!(&outcome, Outcome::Refused { code, .. } if code == "tls"),
            "{outcome:?}"
        );
    }
    assert_eq!((relay.mails().len(), named.mails().len()), (0, 0));
}

/// A port of the loopback at which a connection is greeted so, or by silence, and its number.
fn greeter(greets: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        // one is enough, and it is held until the other side hangs up
        let (mut stream, _) = listener.accept().unwrap();
        for line in greets.lines() {
            stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
            let _heard = stream.read(&mut [0; 1000]);
        }
        let _until_then = stream.read_to_end(&mut Vec::new());
    });
    port
}

/// A port at which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[tokio::test]
async fn what_can_not_work_is_said_with_its_field_and_what_would_be_right() {
    let relay = Relay::start("starttls", "127.0.0.1");
    let by_tls = Relay::start("tls", "127.0.0.1");
    let named = Relay::start("starttls", "relay.example");
    let (closed, silent) = (nobody(), greeter(""));
    let without_tls = greeter("220 relay.example\n250 relay.example");
    let authless = greeter("220 relay.example\n250 relay.example");
    let short = Duration::from_secs(2);
    let no_user = [("username", ""), ("password", "")];
    let cases: Vec<(Arc<dyn Provider>, bool, &str)> = vec![
        (
            relay.smtp(&no_user),
            true,
            "username, password: are missing: the relay wants whoever sends to sign in (530)",
        ),
        (
            relay.smtp(&[("password", "guessed")]),
            true,
            "username, password: the relay does not take them (535)",
        ),
        (
            relay.smtp(&[("ca_certificate", "")]),
            true,
            "ca_certificate: the certificate of 127.0.0.1 is not trusted",
        ),
        (
            named.smtp(&[]),
            true,
            "host: the relay's certificate is not for 127.0.0.1",
        ),
        (
            relay.smtp(&[("port", &without_tls)]),
            true,
            "tls: the relay offers no STARTTLS on port ",
        ),
        (
            relay.smtp(&[("port", &authless), ("tls", "none")]),
            true,
            "username: the relay offers no way to sign in here",
        ),
        (
            relay.smtp(&[("port", &closed)]),
            false,
            "host, port: nobody can be reached at 127.0.0.1 on port ",
        ),
        (
            relay.smtp(&[("host", "relay.nowhere.invalid")]),
            false,
            "host: no address is known for relay.nowhere.invalid",
        ),
        (relay.smtp(&[("tls", "tls")]), false, "tls: what answers on port "),
        (
            by_tls.within(short, &[]),
            false,
            "port, tls: 127.0.0.1 is silent on port ",
        ),
        (
            relay.within(short, &[("port", &silent), ("tls", "tls")]),
            false,
            "port, tls: 127.0.0.1 is silent on port ",
        ),
    ];
    for (smtp, is_refused, wanted) in cases {
        let failed = smtp.check().await.unwrap_err();
        let (CheckFailed::Refused(said) | CheckFailed::NotNow(said)) = &failed;
        assert!(said.starts_with(wanted), "{wanted}: {said}");
        assert_eq!(matches!(failed, CheckFailed::Refused(_)), is_refused, "{said}");
        assert!(!said.contains("guessed") && !said.contains("s3cret"), "{said}");
    }
    assert_eq!(
        (relay.mails().len(), by_tls.mails().len(), named.mails().len()),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn many_mails_side_by_side_all_arrive_once() {
    let relay = Relay::start("starttls", "127.0.0.1");
    let smtp = relay.smtp(&[]);
    let mut flying = tokio::task::JoinSet::new();
    for number in 0..50u128 {
        let smtp = Arc::clone(&smtp);
        let request = Request {
            message_id: Uuid::from_u128(number),
            ..request("jane")
        };
        flying.spawn(async move { smtp.send(&request).await });
    }
    for outcome in flying.join_all().await {
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    let mut names: Vec<String> = relay
        .mails()
        .iter()
        .filter_map(|mail| {
            mail["data"]
                .as_str()?
                .lines()
                .find(|line| line.starts_with("Message-ID:"))
                .map(str::to_owned)
        })
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 50);
}
