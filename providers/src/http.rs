//! The one client by which providers are called. Knows what a lost answer means: whether the other side may have taken the message.
//!
//! It follows no redirect, asks no proxy of the environment, reads at most 256 KiB of an answer and gives up after 25 seconds. Names are
//! resolved by us and every address is looked at before it is connected to, so that a name that points at our own network leads nowhere
//! (SSRF, also by DNS rebinding).
use ::http::{HeaderMap, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

const LARGEST_ANSWER: usize = 256 * 1024;

/// Whom the client may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Egress {
    /// Public addresses, by TLS.
    Public,
    /// Any address, also without TLS: for a relay or a counterpart in one's own network.
    Anywhere,
}

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
    /// When there is none.
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
            if body.len() + piece.len() > LARGEST_ANSWER {
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

    /// `Retry-After` in seconds (RFC 9110 10.2.3), at most a day. The form with a date is not used by any provider here.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds: u64 = self
            .headers
            .get(::http::header::RETRY_AFTER)?
            .to_str()
            .ok()?
            .trim()
            .parse()
            .ok()?;
        Some(Duration::from_secs(seconds.min(86_400)))
    }
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

/// Says why a URL is not called.
pub fn allowed(url: &Url, egress: Egress) -> Result<(), String> {
    if egress == Egress::Anywhere {
        return Ok(());
    }
    if url.scheme() != "https" {
        return Err("only https is spoken".to_owned());
    }
    let address: Option<IpAddr> = match url.host() {
        Some(url::Host::Ipv4(address)) => Some(address.into()),
        Some(url::Host::Ipv6(address)) => Some(address.into()),
        _ => None,
    };
    match address {
        Some(address) if !is_public(address) => Err("the address is not a public one".to_owned()),
        _ => Ok(()),
    }
}

/// Is it an address of the public internet? Not so: loopback, private, link-local, carrier-grade NAT, documentation, benchmarking,
/// multicast, reserved, and IPv6 forms that carry one of these (RFC 6890 and the registries it began).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => {
            let words = v6.segments();
            if let Some(v4) = v6.to_ipv4_mapped() {
                return is_public_v4(v4);
            }
            let last = Ipv4Addr::new(
                (words[6] >> 8) as u8,
                words[6] as u8,
                (words[7] >> 8) as u8,
                words[7] as u8,
            );
            match words {
                // NAT64, well-known and local
                [0x64, 0xff9b, 0, 0, 0, 0, _, _] => is_public_v4(last),
                [0x64, 0xff9b, 1, ..] => false,
                // 6to4 and Teredo lead into IPv4 networks
                [0x2002, ..] | [0x2001, 0, ..] => false,
                // documentation, benchmarking, ORCHID
                [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] | [0x2001, 2, 0, ..] => false,
                [0x2001, 0x10..=0x2f, ..] => false,
                // all that was ever given out as global unicast lies in 2000::/3
                [first, ..] => first & 0xe000 == 0x2000,
            }
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

async fn resolve(egress: Egress, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host((host, port)).await?;
    let allowed: Vec<SocketAddr> = found
        .filter(|address| egress == Egress::Anywhere || is_public(address.ip()))
        .collect();
    if allowed.is_empty() {
        return Err(std::io::Error::other("the name has no public address"));
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

    #[test]
    fn only_addresses_of_the_public_internet_are_connected_to() {
        for refused in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "198.51.100.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:a00:1::1",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
        ] {
            assert!(!is_public(refused.parse().unwrap()), "{refused}");
        }
        for public in [
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.32.0.1",
            "198.20.0.1",
            "2600:1f18::1",
            "64:ff9b::808:808",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn a_url_with_a_private_address_or_without_tls_is_not_called() {
        let url = |text: &str| Url::parse(text).unwrap();
        for refused in [
            "http://example.com/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://0x7f000001/",
            "https://169.254.169.254/latest",
            "ftp://example.com/",
        ] {
            assert!(allowed(&url(refused), Egress::Public).is_err(), "{refused}");
        }
        assert_eq!(
            allowed(&url("https://api.twilio.com/2010-04-01"), Egress::Public),
            Ok(())
        );
        assert_eq!(allowed(&url("http://127.0.0.1:4010/"), Egress::Anywhere), Ok(()));
    }
}
