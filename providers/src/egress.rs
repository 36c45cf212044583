//! Whom we connect to: public addresses by TLS, unless the installation says otherwise.
use std::net::{IpAddr, Ipv4Addr};
use url::Url;

/// Whom the client may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Egress {
    /// Public addresses, by TLS.
    Public,
    /// Any address, also without TLS: for a relay or a counterpart in one's own network.
    Anywhere,
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

/// The same of a URL as it was typed. Nothing is resolved.
pub fn allowed_as_typed(url: &str, egress: Egress) -> Result<(), String> {
    let url = Url::parse(url).map_err(|_| "it is no URL".to_owned())?;
    allowed(&url, egress)
}

/// A URL to which paths are added, of a service or of our own: by http or https, with a host and perhaps a path. Answers it without a slash
/// at its end, or what is wrong with it.
pub fn base_url(text: &str) -> Result<String, &'static str> {
    let no_url = "is not a whole URL: https://, a host, and perhaps a path";
    let url = Url::parse(text).map_err(|_| no_url)?;
    if !["https", "http"].contains(&url.scheme()) || !url.has_host() {
        return Err(no_url);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("should end with its host or path: paths are added to it, so it can have no ? and no #");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("should have no login in it");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Does what is sent to this URL leave the machine without TLS?
pub fn in_the_clear(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let is_here = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        url.scheme() != "https" && !is_here
    })
}

/// May a provider be asked to fetch this? It should be a URL of the public internet by https: no private address, no name of one's own
/// network, no credentials in it. Nothing is resolved or fetched.
pub fn public_https(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|_| "it is no URL".to_owned())?;
    allowed(&url, Egress::Public)?;
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_lowercase();
    let is_a_name = matches!(url.host(), Some(url::Host::Domain(_)));
    let is_local = ["localhost", "local", "internal", "lan", "home.arpa"]
        .iter()
        .any(|end| host == *end || host.ends_with(&format!(".{end}")));
    if is_a_name && (is_local || !host.contains('.')) {
        return Err("the address is not a public one".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a URL with credentials is not fetched".to_owned());
    }
    Ok(())
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

    #[test]
    fn a_url_that_paths_are_added_to_is_whole_and_has_nothing_behind_its_path() {
        for (given, taken) in [
            ("https://messages.example.com", "https://messages.example.com"),
            ("https://Messages.Example.com/", "https://messages.example.com"),
            ("http://127.0.0.1:8480", "http://127.0.0.1:8480"),
            ("https://x.example/sub//", "https://x.example/sub"),
        ] {
            assert_eq!(base_url(given).as_deref(), Ok(taken), "{given}");
        }
        for refused in [
            "",
            "notaurl",
            "messages.example.com",
            "messages.example.com:8443",
            "localhost:8480",
            "//messages.example.com",
            "ftp://messages.example.com",
            "https://",
            "https://x.example/sub/?q=1",
            "https://x.example/?",
            "https://x.example/#top",
            "https://user@x.example",
            "https://:secret@x.example",
        ] {
            assert!(base_url(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn what_leaves_the_machine_without_tls_is_in_the_clear() {
        assert!(in_the_clear("http://messages.example.com"));
        assert!(in_the_clear("http://10.0.0.1:8480"));
        for kept in [
            "https://messages.example.com",
            "http://127.0.0.1:8480",
            "http://[::1]",
            "http://localhost",
        ] {
            assert!(!in_the_clear(kept), "{kept}");
        }
    }

    #[test]
    fn a_provider_is_asked_to_fetch_from_the_public_internet_only() {
        for refused in [
            "http://example.com/a.png",
            "https://10.0.0.1/a.png",
            "https://[fd12::1]/a.png",
            "https://localhost/a.png",
            "https://printer.local/a.png",
            "https://db.internal./a.png",
            "https://intranet/a.png",
            "https://user:secret@example.com/a.png",
            "file:///etc/passwd",
            "a.png",
            "",
        ] {
            assert!(public_https(refused).is_err(), "{refused}");
        }
        for fetched in [
            "https://example.com/a.png",
            "https://8.8.8.8/a.png",
            "https://mylocal.example/a",
        ] {
            assert_eq!(public_https(fetched), Ok(()), "{fetched}");
        }
    }
}
