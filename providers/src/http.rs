//! The one client by which providers are called. Knows what a lost answer means: whether the other side may have taken the message.
//!
//! It follows no redirect, asks no proxy of the environment, reads at most 256 KiB of an answer unless more is asked for, and gives up after 25 seconds. Names are
//! resolved by us and every address is looked at before it is connected to, so that a name that points at our own network leads nowhere
//! (SSRF, also by DNS rebinding).
pub use crate::egress::{Egress, allowed, allowed_as_typed, base_url, in_the_clear, is_public, public_https};
use ::http::header::{DATE, RETRY_AFTER};
use ::http::{HeaderMap, StatusCode};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const LARGEST_ANSWER: usize = 256 * 1024;

/// How long the client waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer, the connection included.
    pub answer: Duration,
}

impl Default for Timeouts {
    /// Less than the engine waits for a provider, so that the provider's own file says what a silence means.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(25),
        }
    }
}

/// A client; cheap to clone.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
    egress: Egress,
    timeouts: Timeouts,
}

/// An answer that came whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Proven: not a byte of the request left.
    #[error("no connection: {0}")]
    NotSent(String),
    /// The other side may have it.
    #[error("the answer was lost: {0}")]
    Lost(String),
}

impl Http {
    /// An error when TLS can't be set up on this machine.
    pub fn new(egress: Egress) -> Result<Self, reqwest::Error> {
        Self::with_timeouts(egress, Timeouts::default())
    }

    /// The same, with a patience of its own.
    pub fn with_timeouts(egress: Egress, timeouts: Timeouts) -> Result<Self, reqwest::Error> {
        let roots = rustls::RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let tls =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions();
        let mut builder = Client::builder()
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.answer)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .user_agent(concat!("courtesy/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Looked { egress }));
        if let Ok(tls) = tls {
            builder =
                builder.tls_backend_preconfigured(tls.with_root_certificates(roots).with_no_client_auth());
        }
        Ok(Self {
            client: builder.build()?,
            egress,
            timeouts,
        })
    }

    /// Whom it may connect to.
    pub fn egress(&self) -> Egress {
        self.egress
    }

    /// How long it waits.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// The addresses of a host that may be connected to, for what is not spoken over HTTP: connect to these, and to no name.
    ///
    /// # Errors
    /// When there is none: `PermissionDenied` when the name has some, and none of them may be connected to.
    pub async fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        resolve(self.egress, host, port).await
    }

    /// Starts a request; `call` makes it.
    pub fn post(&self, url: &str) -> reqwest::RequestBuilder {
        self.client.post(url)
    }

    /// Starts a request; `call` makes it.
    pub fn get(&self, url: &str) -> reqwest::RequestBuilder {
        self.client.get(url)
    }

    /// Makes a request and reads the whole answer.
    pub async fn call(&self, request: reqwest::RequestBuilder) -> Result<Answer, NoAnswer> {
        self.call_for(request, LARGEST_ANSWER).await
    }

    /// The same where an answer may have so many bytes.
    pub async fn call_for(
        &self,
        request: reqwest::RequestBuilder,
        largest: usize,
    ) -> Result<Answer, NoAnswer> {
        let request = request
            .build()
            .map_err(|error| NoAnswer::NotSent(plain(&error)))?;
        allowed(request.url(), self.egress).map_err(NoAnswer::NotSent)?;
        let mut response = self.client.execute(request).await.map_err(|error| {
            if error.is_connect() {
                NoAnswer::NotSent(plain(&error))
            } else {
                NoAnswer::Lost(plain(&error))
            }
        })?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| NoAnswer::Lost(plain(&error)))?
        {
            if body.len() + piece.len() > largest {
                return Err(NoAnswer::Lost("the answer is too large".to_owned()));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

impl Answer {
    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// `Retry-After` in seconds (RFC 9110 10.2.3), at most a day. A date in it counts from the answer's own `Date`, so that it is the other
    /// side's clock alone that says how long.
    pub fn retry_after(&self) -> Option<Duration> {
        let said = |name| Some(self.headers.get(name)?.to_str().ok()?.trim());
        let after = said(RETRY_AFTER)?;
        let seconds = match after.parse::<u64>() {
            Ok(seconds) => seconds,
            Err(_) => {
                let seconds = moment(after)? - moment(said(DATE)?)?;
                u64::try_from(seconds).unwrap_or(0)
            }
        };
        Some(Duration::from_secs(seconds.min(86_400)))
    }
}

/// The seconds of 1970 that a date of HTTP means, in any of the three forms that RFC 9110 5.6.7 has a recipient read.
fn moment(date: &str) -> Option<i64> {
    ["%a, %d %b %Y %T GMT", "%A, %d-%b-%y %T GMT", "%a %b %e %T %Y"]
        .iter()
        .find_map(|form| DateTime::strptime(form, date).ok())
        .and_then(|date| date.to_zoned(TimeZone::UTC).ok())
        .map(|date| date.timestamp().as_second())
}

/// Without the URL: it may hold an account's name or a token.
fn plain(error: &reqwest::Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        source.to_string()
    }
}

async fn resolve(egress: Egress, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host((host, port)).await?;
    let allowed: Vec<SocketAddr> = found
        .filter(|address| egress == Egress::Anywhere || is_public(address.ip()))
        .collect();
    if allowed.is_empty() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::PermissionDenied,
            "the name has no public address",
        ));
    }
    Ok(allowed)
}

/// Resolves by the system and leaves out what may not be connected to.
#[derive(Debug)]
struct Looked {
    egress: Egress,
}

impl Resolve for Looked {
    fn resolve(&self, name: Name) -> Resolving {
        let egress = self.egress;
        Box::pin(async move {
            let allowed = resolve(egress, name.as_str(), 0).await?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        let answer = Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers,
            body: Vec::new(),
        };
        answer.retry_after().map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_told_in_seconds_or_by_a_date_that_counts_from_the_answers_own() {
        const NOON: Option<&str> = Some("Sun, 06 Nov 1994 12:00:00 GMT");
        for (after, date, seconds) in [
            ("7", None, Some(7)),
            (" 120 ", NOON, Some(120)),
            ("999999", None, Some(86_400)),
            ("Sun, 06 Nov 1994 12:02:30 GMT", NOON, Some(150)),
            ("Sunday, 06-Nov-94 12:02:30 GMT", NOON, Some(150)),
            ("Sun Nov  6 12:02:30 1994", NOON, Some(150)),
            ("Tue, 08 Nov 1994 12:00:00 GMT", NOON, Some(86_400)),
            ("Sun, 06 Nov 1994 11:59:59 GMT", NOON, Some(0)),
            ("Sun, 06 Nov 1994 12:02:30 GMT", None, None),
            ("Sun, 06 Nov 1994 12:02:30 GMT", Some("today"), None),
            ("soon", NOON, None),
            ("-1", NOON, None),
        ] {
            assert_eq!(waits(after, date), seconds, "{after}");
        }
    }
}
