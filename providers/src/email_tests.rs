//! An e-mail, read back by a parser that did not make it.
use super::*;
use mail_parser::MessageParser;
use rules::channel::Channel;
use rules::purpose::Purpose;

fn request() -> Request {
    Request {
        message_id: Uuid::from_u128(0x0198_7654_0000_7000_8000_0000_0000_0001),
        channel: Channel::Email,
        purpose: Purpose::Service,
        from: "hello@joes-plumbing.example".to_owned(),
        to: "jane.doe+home@mail.example".to_owned(),
        subject: Some("How did we do, Zoë?".to_owned()),
        body: "Dear Zoë,\n.\n.a line that begins with a dot\nhow was it? 😀\n".to_owned(),
        media_urls: vec![],
        approved: None,
        unsubscribe: Some(Unsubscribe {
            url: format!("https://courtesy.example/u/{}", "t0ken".repeat(20)),
            mailto: Some("unsubscribe@joes-plumbing.example?subject=t0ken".to_owned()),
        }),
        callback_url: None,
        expires_at: None,
        now: "2026-11-21T15:00:00Z".parse().unwrap(),
    }
}

fn raw(mail: &Mail) -> String {
    String::from_utf8(mail.bytes.clone()).unwrap()
}

#[test]
fn a_parser_reads_back_what_was_said() {
    let mail = mail(&request(), Some("Joe’s Plumbing, Inc.")).unwrap();
    let read = MessageParser::default().parse(&mail.bytes).unwrap();
    let from = read.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("Joe’s Plumbing, Inc."));
    assert_eq!(from.address(), Some("hello@joes-plumbing.example"));
    assert_eq!(
        read.to().unwrap().first().unwrap().address(),
        Some("jane.doe+home@mail.example")
    );
    assert_eq!(read.subject(), Some("How did we do, Zoë?"));
    // the last line's end belongs to the message
    assert_eq!(
        read.body_text(0).unwrap().replace("\r\n", "\n").trim_end(),
        request().body.trim_end()
    );
    assert_eq!(read.date().unwrap().to_rfc3339(), "2026-11-21T15:00:00Z");
    assert_eq!(
        read.message_id(),
        Some("01987654-0000-7000-8000-000000000001@joes-plumbing.example")
    );
    assert_eq!(message_of(&mail.message_id), Some(request().message_id));
}

#[test]
fn both_headers_of_a_click_to_unsubscribe_stand_word_for_word() {
    let text = raw(&mail(&request(), None).unwrap()).replace("\r\n ", " ");
    let wanted = format!(
        "\r\nList-Unsubscribe: <https://courtesy.example/u/{}>, <mailto:unsubscribe@joes-plumbing.example?subject=t0ken>\r\n",
        "t0ken".repeat(20)
    );
    assert!(text.contains(&wanted), "{text}");
    assert!(text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    let without = Request {
        unsubscribe: None,
        ..request()
    };
    assert!(!raw(&mail(&without, None).unwrap()).contains("List-Unsubscribe"));
}

#[test]
fn every_line_is_ascii_short_and_ended_by_both_characters() {
    let long = Request {
        body: "ä".repeat(5_000),
        subject: Some("ü".repeat(900)),
        ..request()
    };
    for made in [mail(&request(), Some("Zoë")).unwrap(), mail(&long, None).unwrap()] {
        let text = raw(&made);
        assert!(text.is_ascii());
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        assert!(text.split("\r\n").all(|line| line.len() <= 998));
    }
}

#[test]
fn what_would_begin_a_header_is_refused_and_not_smuggled() {
    for evil in [
        "a\r\nBcc: x@evil.example",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\u{2028}b",
        "a\u{85}b",
    ] {
        let subject = Request {
            subject: Some(evil.to_owned()),
            ..request()
        };
        assert_eq!(mail(&subject, None), Err(BadMail::Subject), "{evil:?}");
        assert_eq!(mail(&request(), Some(evil)), Err(BadMail::Name), "{evil:?}");
        for address in [format!("{evil}@mail.example"), format!("jane@{evil}.example")] {
            let to = Request {
                to: address.clone(),
                ..request()
            };
            assert_eq!(mail(&to, None), Err(BadMail::To), "{address:?}");
            let from = Request {
                from: address,
                ..request()
            };
            assert_eq!(mail(&from, None), Err(BadMail::From), "{evil:?}");
        }
        for (url, mailto) in [
            (format!("https://courtesy.example/{evil}"), None),
            (
                "https://courtesy.example/".to_owned(),
                Some(format!("u@a.example?subject={evil}")),
            ),
        ] {
            let unsubscribe = Request {
                unsubscribe: Some(Unsubscribe { url, mailto }),
                ..request()
            };
            assert_eq!(mail(&unsubscribe, None), Err(BadMail::Unsubscribe), "{evil:?}");
        }
    }
}

#[test]
fn a_way_to_unsubscribe_is_https_and_ends_where_it_ends() {
    for url in [
        "http://courtesy.example/u/1",
        "https://",
        "https://a.example/> <b",
        "javascript:1",
        "",
    ] {
        let unsubscribe = Request {
            unsubscribe: Some(Unsubscribe {
                url: url.to_owned(),
                mailto: None,
            }),
            ..request()
        };
        assert_eq!(mail(&unsubscribe, None), Err(BadMail::Unsubscribe), "{url}");
    }
}

#[test]
fn what_is_no_mailbox_is_refused() {
    for to in [
        "",
        "jane",
        "@mail.example",
        "jane@",
        "jane doe@mail.example",
        "jäne@mail.example",
        "jane@[10.0.0.1]",
        "jane@127.0.0.1",
        "a@b@c.example",
        "Jane <jane@mail.example>",
        "a@x.example, b@y.example",
    ] {
        let request = Request {
            to: to.to_owned(),
            ..request()
        };
        assert_eq!(mail(&request, None), Err(BadMail::To), "{to}");
    }
}

#[test]
fn a_domain_in_other_letters_gets_its_ascii_form() {
    let request = Request {
        to: "jane@bücher.example".to_owned(),
        ..request()
    };
    assert_eq!(mail(&request, None).unwrap().to.domain(), "xn--bcher-kva.example");
}

#[test]
fn a_mail_past_its_window_is_not_made_and_a_code_of_ours_has_a_row() {
    let late = Request {
        expires_at: Some(request().now),
        ..request()
    };
    assert_eq!(mail(&late, None), Err(BadMail::Expired));
    for (bad, step) in [
        (BadMail::Expired, rules::retry::NextStep::Replan),
        (BadMail::To, rules::retry::NextStep::MarkInvalid),
        (BadMail::From, rules::retry::NextStep::FailAndAlert),
        (BadMail::Subject, rules::retry::NextStep::FailAndAlert),
    ] {
        let Outcome::Refused { code, .. } = bad.outcome() else {
            panic!("{bad}")
        };
        for provider in ["ses", "smtp"] {
            assert_eq!(rules::retry::after(provider, &code, 1), step, "{provider} {code}");
        }
    }
}

#[test]
fn only_our_message_ids_are_read_as_ours() {
    let id = Uuid::from_u128(7);
    assert_eq!(message_of(&format!("<{id}@a.example>")), Some(id));
    assert_eq!(message_of(&format!(" {id}@a.example ")), Some(id));
    for other in [
        "<0100018f@email.amazonses.com>",
        "",
        "<>",
        "no-at-all",
        "<00000000000000000000000000000007@a.example>",
    ] {
        assert_eq!(message_of(other), None, "{other}");
    }
}
