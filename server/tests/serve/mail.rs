//! An e-mail as a reader's program sees it, read by a parser that did not write it.
use crate::desk::Taken;
use mail_parser::{HeaderValue, Message, MessageParser};

/// A mail that was taken.
pub struct Mail {
    pub subject: String,
    pub from_name: String,
    /// Where one click unsubscribes, and the mailbox that does the same, where they are said.
    pub unsubscribe: Vec<String>,
    pub taken: Taken,
}

/// Reads a mail that was taken with the envelope's addresses; its name is its Message-ID.
pub fn read((from, to): (&str, &str), raw: &str) -> Mail {
    let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
    let sender = mail.from().unwrap().first().unwrap().clone();
    assert_eq!(sender.address(), Some(from));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(to));
    let name = mail.message_id().unwrap();
    let message = name.split('@').next().unwrap();
    Mail {
        subject: mail.subject().unwrap_or_default().to_owned(),
        from_name: sender.name().unwrap_or_default().to_owned(),
        unsubscribe: unsubscribe(&mail),
        taken: Taken {
            name: name.to_owned(),
            message: message.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            // a line's end at the end is the mail's, not the text's
            body: mail
                .body_text(0)
                .unwrap()
                .replace("\r\n", "\n")
                .trim_end()
                .to_owned(),
            callback: None,
        },
    }
}

fn unsubscribe(mail: &Message<'_>) -> Vec<String> {
    match mail.header("List-Unsubscribe") {
        Some(HeaderValue::Address(list)) => list
            .iter()
            .filter_map(|one| one.address())
            .map(str::to_owned)
            .collect(),
        Some(HeaderValue::Text(text)) => text
            .split(',')
            .map(|one| one.trim().trim_matches(['<', '>']).to_owned())
            .collect(),
        Some(other) => panic!("{other:?}"),
        None => Vec::new(),
    }
}
