//! Any mail relay by SMTP: a connection for each mail, and an answer that says whether the relay has it.
mod failed;
mod wire;

use crate::http::{Egress, Http};
use crate::{
    Asked, BadField, CheckFailed, Checked, Description, Field, LookUp, Outcome, Provider, Request, Senders,
    Values, email,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use failed::{Failed, Lost, check_failed, outcome};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use rules::channel::Channel;
use rustls::pki_types::CertificateDer;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wire::Security;

/// What an owner is asked for.
pub const DESCRIPTION: Description = Description {
    name: "smtp",
    title: "Mail relay (SMTP)",
    channels: &[Channel::Email],
    senders: Senders::NUMBERS,
    fields: &[
        Field {
            name: "host",
            help: "the relay's name, for which its certificate must be; mails that come back go to the sender's mailbox and are not \
                   read here",
            example: "smtp.mail.example",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "port",
            help: "587 unless the relay says otherwise",
            example: "587",
            is_secret: false,
            is_required: false,
        },
        Field {
            name: "tls",
            help: "starttls (as on port 587), tls (from the first byte, as on port 465), or none, which only an installation that may \
                   connect anywhere takes",
            example: "starttls",
            is_secret: false,
            is_required: false,
        },
        Field {
            name: "username",
            help: "left out for a relay that knows us by our address",
            example: "hello@joes-plumbing.example",
            is_secret: false,
            is_required: false,
        },
        Field {
            name: "password",
            help: "of that user; an app password where the account has a second factor",
            example: "correct horse battery staple",
            is_secret: true,
            is_required: false,
        },
        Field {
            name: "from_name",
            help: "the sender's name as readers see it",
            example: "Joe's Plumbing",
            is_secret: false,
            is_required: false,
        },
        Field {
            name: "ca_certificate",
            help: "for a relay with a certificate authority of its own: its certificates in PEM, in one line, with \\n or spaces for \
                   line breaks",
            example: "-----BEGIN CERTIFICATE----- MIIB… -----END CERTIFICATE-----",
            is_secret: false,
            is_required: false,
        },
        email::MAILBOX_FIELD,
    ],
    hooks: None,
    repeats_5xx_alone: false,
    files: &[],
    most_bytes: crate::USUAL_BYTES,
    connect: |http, values| Ok(Arc::new(Smtp::connect(http, values)?)),
};

const PORT: u16 = 587;
/// What a relay means by "later" (4xx): greylisting lets a sender in after some minutes, a full mailbox takes longer.
const LATER: Duration = Duration::from_secs(15 * 60);
/// How long a farewell may take: what was said before it counts.
const FAREWELL: Duration = Duration::from_secs(1);
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

/// A connection to one relay.
pub struct Smtp {
    http: Http,
    host: String,
    port: u16,
    security: Security,
    tls: Arc<rustls::ClientConfig>,
    credentials: Option<Credentials>,
    from_name: Option<String>,
}

impl Smtp {
    fn connect(http: Http, values: &Values) -> Result<Self, BadField> {
        let host = values.required("host")?;
        let is_name = host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if !is_name && host.parse::<IpAddr>().is_err() {
            return Err(BadField::new(
                "host",
                "is a name alone, e.g. smtp.mail.example; the port is a field of its own",
            ));
        }
        let port = match values.optional("port") {
            None => PORT,
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| BadField::new("port", "is a number of 1 to 65535"))?,
        };
        let security = match values.optional("tls") {
            None | Some("starttls") => Security::StartTls,
            Some("tls") => Security::Tls,
            Some("none") if http.egress() == Egress::Anywhere => Security::None,
            Some("none") => {
                return Err(BadField::new(
                    "tls",
                    "none sends password and mail in the clear: only an installation that may connect anywhere takes it",
                ));
            }
            Some(_) => return Err(BadField::new("tls", "is starttls, tls or none")),
        };
        let credentials = match (values.optional("username"), values.optional("password")) {
            (Some(username), Some(password)) => {
                Some(Credentials::new(username.to_owned(), password.to_owned()))
            }
            (None, None) => None,
            (Some(_), None) => return Err(BadField::new("password", "is missing: a user name is given")),
            (None, Some(_)) => return Err(BadField::new("username", "is missing: a password is given")),
        };
        email::check_mailbox(values)?;
        Ok(Self {
            http,
            host: host.to_owned(),
            port,
            security,
            tls: Arc::new(tls(values.optional("ca_certificate"))?),
            credentials,
            from_name: values.optional("from_name").map(str::to_owned),
        })
    }

    /// Connected, in TLS, signed in.
    async fn open(&self, hello: &str) -> Result<AsyncSmtpConnection, Failed> {
        let relay = (self.host.as_str(), self.port);
        let wire = wire::open(&self.http, relay, self.security, &self.tls, hello).await?;
        let hello = ClientId::Domain(hello.to_owned());
        let mut relay = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello).await?;
        if let Some(credentials) = &self.credentials {
            if relay.server_info().get_auth_mechanism(MECHANISMS).is_none() {
                return Err(Failed::NoSignIn);
            }
            relay.auth(MECHANISMS, credentials).await?;
        }
        Ok(relay)
    }

    /// Open, and not closed to who does not sign in: a relay says that no earlier than at a mail's sender, which is taken back.
    async fn would_take(&self) -> Result<AsyncSmtpConnection, Failed> {
        let mut relay = self.open("localhost").await?;
        if self.credentials.is_none() {
            let begun = relay.command(Mail::new(None, vec![])).await;
            match begun.map_err(Failed::from) {
                Err(Failed::Said { code, words }) if matches!(code, 530 | 534 | 535 | 538) => {
                    return Err(Failed::Said { code, words });
                }
                // what it has against that sender says nothing of ours
                _ => {}
            }
        }
        Ok(relay)
    }

    /// `is_ended` is set when the mail's last byte is about to be written: from then on the relay may have it.
    async fn hand_over(
        &self,
        mail: &email::Mail,
        is_ended: &AtomicBool,
    ) -> Result<AsyncSmtpConnection, Failed> {
        let of_us = Failed::before_the_recipient;
        let opened = self.open(mail.from.domain()).await;
        let mut relay = opened.map_err(Failed::before_any_mail)?;
        let begun = relay.command(Mail::new(Some(mail.from.clone()), vec![])).await;
        begun.map_err(|error| of_us(error.into()))?;
        relay.command(Rcpt::new(mail.to.clone(), vec![])).await?;
        relay.command(Data).await?;
        // lettre writes a piece, flushes it and asks for the next; asked in vain, it writes the final dot
        let mut pieces = mail.bytes.chunks(16 * 1024);
        let until_dot = std::iter::from_fn(|| {
            let piece = pieces.next();
            is_ended.store(piece.is_none(), Ordering::SeqCst);
            piece
        });
        relay.message_iter(until_dot).await?;
        Ok(relay)
    }
}

#[async_trait::async_trait]
impl Provider for Smtp {
    fn name(&self) -> &'static str {
        DESCRIPTION.name
    }

    async fn send(&self, request: &Request) -> Outcome {
        let mail = match email::mail(request, self.from_name.as_deref()) {
            Ok(mail) => mail,
            Err(bad) => return bad.outcome(),
        };
        let is_ended = AtomicBool::new(false);
        let handing_over = self.hand_over(&mail, &is_ended);
        let result = tokio::time::timeout(self.http.timeouts().answer, handing_over)
            .await
            .unwrap_or(Err(Failed::Lost(Lost::Silent)));
        match result {
            Ok(mut relay) => {
                let _farewell = tokio::time::timeout(FAREWELL, relay.quit()).await;
                Outcome::Accepted {
                    external_id: mail.message_id.trim_matches(['<', '>']).to_owned(),
                }
            }
            Err(failed) => outcome(&failed, is_ended.load(Ordering::SeqCst)),
        }
    }

    fn can_be_asked(&self) -> bool {
        false
    }

    /// A relay can't be asked.
    async fn look_up(&self, _: &Asked) -> LookUp {
        LookUp::NotKnown
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        let opened = tokio::time::timeout(self.http.timeouts().answer, self.would_take())
            .await
            .unwrap_or(Err(Failed::Lost(Lost::Silent)));
        match opened {
            Ok(mut relay) => {
                let _farewell = tokio::time::timeout(FAREWELL, relay.quit()).await;
                let signed_in = if self.credentials.is_some() {
                    ", signed in"
                } else {
                    ""
                };
                let how = match self.security {
                    Security::None => "without TLS",
                    Security::StartTls | Security::Tls => "by TLS",
                };
                Ok(Checked::says(format!(
                    "{} on port {} {how}{signed_in}; a relay tells of no answers: let an SES connection hear them, or read the \
                     sender's mailbox and record who unsubscribes",
                    self.host, self.port
                )))
            }
            Err(failed) => Err(check_failed(
                &failed,
                (&self.host, self.port),
                self.security,
                self.credentials.is_some(),
            )),
        }
    }
}

/// The public authorities, and those of the relay.
fn tls(ca_certificate: Option<&str>) -> Result<rustls::ClientConfig, BadField> {
    let mut roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    for certificate in ca_certificate
        .map(certificates)
        .transpose()?
        .into_iter()
        .flatten()
    {
        roots
            .add(certificate)
            .map_err(|_| BadField::new("ca_certificate", "holds what is no certificate of an authority"))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| BadField::new("tls", "can't be set up on this machine"))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Those of a PEM whose lines may have been joined.
fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, BadField> {
    let wrong = || {
        BadField::new(
            "ca_certificate",
            "is no PEM: -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----",
        )
    };
    let found: Vec<CertificateDer<'static>> = pem
        .split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .map(|rest| {
            let (inside, _) = rest.split_once("-----END CERTIFICATE-----")?;
            let packed: String = inside.replace("\\n", "").split_whitespace().collect();
            BASE64_STANDARD.decode(packed).ok().map(CertificateDer::from)
        })
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    if found.is_empty() { Err(wrong()) } else { Ok(found) }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
