//! Why a relay did not take a mail, or can't be used: what became of the mail, and which of its fields somebody should correct.
use super::LATER;
use super::wire::Security;
use crate::{CheckFailed, Outcome, email};
use rules::circuit::is_of_the_account;
use rules::retry::{self, NextStep};
use std::error::Error;

/// Why a mail was not taken, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failed {
    /// The relay said no, with a code of RFC 5321.
    Said { code: u16, words: String },
    /// It said no before any mail was spoken of: it would to each, whatever its code says.
    Relay,
    /// It said no before a recipient was named: whatever its code says of an address, it is ours.
    Sender,
    /// It was given a user, and offers no way to sign in that we know.
    NoSignIn,
    /// No TLS, or a certificate that is not trusted.
    Tls(NoTls),
    /// No connection, or none any more.
    Lost(Lost),
}

/// Why nothing can be said to a relay under TLS, today or tomorrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTls {
    /// STARTTLS is not among its abilities.
    NotOffered,
    /// Somebody on the way says in the clear what the relay should say under TLS.
    SaidEarly,
    /// The certificate is of nobody that we trust.
    NotTrusted,
    /// It is another host's.
    OtherName,
    /// It is over, or has not begun.
    NotNow,
}

/// Where a connection was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// Nobody knows the name.
    Name,
    /// It is an address that this installation does not connect to.
    Forbidden,
    /// Nobody listens there.
    NotReached,
    /// The other side says something, and it is no TLS.
    NotTls,
    /// It did not answer in time.
    Silent,
    /// In the middle of the talk.
    Line,
}

impl Failed {
    /// The same where no mail was begun: what is refused for good at the greeting or the signing in is refused to every mail. What is wrong
    /// with user or password stays so.
    pub fn before_any_mail(self) -> Self {
        let Self::Said {
            code: code @ 500..=599,
            words,
        } = &self
        else {
            return self;
        };
        let of_the_account = |name: &str| is_of_the_account("smtp", name);
        if of_the_account(&name(*code, words)) {
            self
        } else if of_the_account(&code.to_string()) {
            let (code, words) = (*code, String::new());
            Self::Said { code, words }
        } else {
            Self::Relay
        }
    }

    /// The same where no recipient was named yet. A relay that does not know our sender, or takes no mail at all (521, RFC 7504), would else
    /// end the address of everybody who is written to.
    pub fn before_the_recipient(self) -> Self {
        let Self::Said { code, words } = &self else {
            return self;
        };
        let name = name(*code, words);
        // without a code of RFC 3463 these are of some address
        let is_of_an_address = ["550", "551", "553"].contains(&name.as_str())
            || retry::after("smtp", &name, 1) == NextStep::MarkInvalid;
        if is_of_an_address { Self::Sender } else { self }
    }
}

/// The relay's code by RFC 3463 where it says one, else by RFC 5321.
fn name(code: u16, words: &str) -> String {
    email::enhanced(words)
        .filter(|name| name.starts_with(&(code / 100).to_string()))
        .unwrap_or_else(|| code.to_string())
}

/// What became of a hand-over that failed.
pub(super) fn outcome(failed: &Failed, is_ended: bool) -> Outcome {
    let later = |code: String, after| Outcome::TryLater { code, after };
    let refused = |code: String| Outcome::Refused {
        detail: retry::meaning(&code).to_owned(),
        code,
    };
    match failed {
        Failed::Said { code, words } => {
            let name = name(*code, words);
            // also after the final dot: by RFC 5321 4.2.5 a relay that says no has not taken it
            match code {
                500..=599 => refused(name),
                400..=499 => later(name, Some(LATER)),
                _ if is_ended => Outcome::Unknown {
                    detail: "the relay's answer can't be understood".to_owned(),
                },
                _ => later("no_connection".to_owned(), None),
            }
        }
        Failed::Relay => refused("relay_refused".to_owned()),
        Failed::Sender => refused("sender_refused".to_owned()),
        Failed::NoSignIn => refused("534".to_owned()),
        Failed::Tls(_) => refused("tls".to_owned()),
        Failed::Lost(_) if is_ended => Outcome::Unknown {
            detail: "the connection was lost after the mail, before the relay's answer".to_owned(),
        },
        Failed::Lost(_) => later("no_connection".to_owned(), None),
    }
}

/// The same for somebody who asks whether the settings are right: which field is not, and what would be.
pub(super) fn check_failed(
    failed: &Failed,
    (host, port): (&str, u16),
    security: Security,
    has_user: bool,
) -> CheckFailed {
    let refused = |what: String| CheckFailed::Refused(what);
    let not_now = |what: String| CheckFailed::NotNow(what);
    match failed {
        Failed::Said { code, .. } if matches!(code, 530 | 534 | 535 | 538) && has_user => refused(format!(
            "username, password: the relay does not take them ({code}); an account with a second factor wants an app password"
        )),
        Failed::Said { code, .. } if matches!(code, 530 | 534 | 535 | 538) => refused(format!(
            "username, password: are missing: the relay wants whoever sends to sign in ({code})"
        )),
        Failed::Said { code, .. } => not_now(format!("the relay answers {code}")),
        Failed::Relay | Failed::Sender => not_now("host: the relay takes no mail from us".to_owned()),
        Failed::NoSignIn => refused(
            "username: the relay offers no way to sign in here (PLAIN or LOGIN); port 587 or 465 mostly does"
                .to_owned(),
        ),
        Failed::Tls(NoTls::NotOffered) => refused(format!(
            "tls: the relay offers no STARTTLS on port {port}; port 587 mostly does, and port 465 is for tls"
        )),
        Failed::Tls(NoTls::SaidEarly) => {
            refused("tls: somebody on the way speaks in the relay's place; nothing was said to it".to_owned())
        }
        Failed::Tls(NoTls::NotTrusted) => refused(format!(
            "ca_certificate: the certificate of {host} is not trusted; a relay with an authority of its own needs that one's certificate \
             here"
        )),
        Failed::Tls(NoTls::OtherName) => refused(format!(
            "host: the relay's certificate is not for {host}; it should be the name in the certificate"
        )),
        Failed::Tls(NoTls::NotNow) => refused(format!(
            "host: the certificate of {host} is over, or not valid yet: whoever runs the relay has to renew it"
        )),
        Failed::Lost(Lost::Name) => not_now(format!(
            "host: no address is known for {host}; is it written right?"
        )),
        Failed::Lost(Lost::Forbidden) => not_now(format!(
            "host: {host} is in a private network, which only an installation with --allow-private-egress connects to"
        )),
        Failed::Lost(Lost::NotReached) => not_now(format!(
            "host, port: nobody can be reached at {host} on port {port}; 587 is usual for starttls, 465 for tls"
        )),
        Failed::Lost(Lost::NotTls) => not_now(format!(
            "tls: what answers on port {port} speaks no TLS from the first byte; for starttls, as on port 587, say so"
        )),
        Failed::Lost(Lost::Silent) => not_now(match security {
            Security::StartTls | Security::None => format!(
                "port, tls: {host} is silent on port {port}; a port that wants TLS from the first byte, as 465 does, needs tls"
            ),
            Security::Tls => format!("port, tls: {host} is silent on port {port}"),
        }),
        Failed::Lost(Lost::Line) => not_now(format!(
            "host, port: what answers at {host} on port {port} hangs up, or is no mail relay"
        )),
    }
}

impl From<lettre::transport::smtp::Error> for Failed {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Said {
                code: u16::from(code),
                words: error.source().map(ToString::to_string).unwrap_or_default(),
            },
            None => Self::Lost(Lost::Line),
        }
    }
}
