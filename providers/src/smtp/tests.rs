//! What each failure proves, and which settings make a connection.
use super::*;

fn said(code: u16, words: &str) -> Failed {
    Failed::Said {
        code,
        words: words.to_owned(),
    }
}

#[test]
fn a_no_is_a_refusal_with_the_relays_own_code_also_after_the_dot() {
    for (code, words, wanted) in [
        (
            550,
            "5.1.1 <jane@mail.example>: Recipient address rejected",
            "5.1.1",
        ),
        (550, "no such user here", "550"),
        (554, "5.7.515 Access denied", "5.7.515"),
        (535, "5.7.8 Error: authentication failed", "5.7.8"),
        (535, "Authentication failed", "535"),
        (552, "Exim 4.96.2 says too large", "552"),
        (550, "from 5.10.20.30: blocked", "550"),
    ] {
        for is_ended in [false, true] {
            let Outcome::Refused { code: found, detail } = outcome(&said(code, words), is_ended) else {
                panic!("{words}")
            };
            assert_eq!(found, wanted, "{words}");
            assert!(!detail.contains('@'), "{detail}");
        }
    }
}

#[test]
fn a_not_now_took_nothing_and_leaves_time() {
    for is_ended in [false, true] {
        assert_eq!(
            outcome(&said(451, "4.7.1 greylisted"), is_ended),
            Outcome::TryLater {
                code: "4.7.1".to_owned(),
                after: Some(LATER)
            }
        );
    }
    assert!(matches!(outcome(&said(421, "closing"), false), Outcome::TryLater { code, .. } if code == "421"));
}

#[test]
fn a_lost_line_is_unknown_from_the_dot_on() {
    assert!(matches!(
        outcome(&Failed::Lost(Lost::Line), false),
        Outcome::TryLater { .. }
    ));
    assert!(matches!(
        outcome(&Failed::Lost(Lost::Line), true),
        Outcome::Unknown { .. }
    ));
    assert!(matches!(
        outcome(&said(354, "go on"), true),
        Outcome::Unknown { .. }
    ));
}

fn made(egress: Egress, fields: &[(&str, &str)]) -> Result<Smtp, BadField> {
    let values = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Smtp::connect(Http::new(egress).unwrap(), &values)
}

#[test]
fn settings_that_can_not_work_name_the_field() {
    let host = ("host", "smtp.mail.example");
    for (fields, field) in [
        (vec![], "host"),
        (vec![("host", "smtp://mail.example")], "host"),
        (vec![("host", "smtp.mail.example:587")], "host"),
        (vec![host, ("port", "0")], "port"),
        (vec![host, ("port", "70000")], "port"),
        (vec![host, ("tls", "ssl")], "tls"),
        (vec![host, ("unsubscribe_mailbox", "off")], "unsubscribe_mailbox"),
        (
            vec![host, ("unsubscribe_mailbox", "off@mail.example?cc=a@b.example")],
            "unsubscribe_mailbox",
        ),
        (
            vec![host, ("unsubscribe_mailbox", "a@mail.example,b@mail.example")],
            "unsubscribe_mailbox",
        ),
        (vec![host, ("tls", "none")], "tls"),
        (vec![host, ("username", "joe")], "password"),
        (vec![host, ("password", "x")], "username"),
        (vec![host, ("ca_certificate", "MIIB")], "ca_certificate"),
        (
            vec![
                host,
                (
                    "ca_certificate",
                    "-----BEGIN CERTIFICATE----- %% -----END CERTIFICATE-----",
                ),
            ],
            "ca_certificate",
        ),
        (
            vec![
                host,
                (
                    "ca_certificate",
                    "-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----",
                ),
            ],
            "ca_certificate",
        ),
    ] {
        match made(Egress::Public, &fields) {
            Err(bad) => assert_eq!(bad.field, field, "{fields:?}"),
            Ok(_) => panic!("{fields:?}"),
        }
    }
    assert!(
        made(
            Egress::Public,
            &[host, ("unsubscribe_mailbox", "off+us@mail.example")]
        )
        .is_ok()
    );
    let smtp = made(Egress::Public, &[host]).unwrap();
    assert_eq!((smtp.port, smtp.security), (587, Security::StartTls));
    assert!(made(Egress::Anywhere, &[host, ("tls", "none")]).is_ok());
}

#[tokio::test]
async fn a_relay_in_our_own_network_is_not_connected_to() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    for host in ["127.0.0.1", "localhost", "::1"] {
        let smtp = made(Egress::Public, &[("host", host), ("port", &port)]).unwrap();
        assert!(
            matches!(smtp.check().await, Err(CheckFailed::NotNow(why)) if why.contains("in a private network")),
            "{host}"
        );
    }
    assert!(listener.accept().is_err(), "somebody connected");
}
