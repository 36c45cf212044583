//! Twilio's signature of a call: HMAC-SHA1 with the account's Auth Token over the URL that it called and what it posted.
//!
//! Source: "Validating requests are coming from Twilio", and what Twilio's own libraries do: the URL counts with and without its port;
//! fields are sorted by name; of a field that repeats, each different value counts once, sorted.
use super::settings::Settings;
use crate::hook::same_secret;
use crate::signed::sha256_hex;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// What JavaScript sorts by, in which Twilio's reference is written.
type Utf16 = Vec<u16>;

/// Does the header sign a call of this URL with these fields?
pub fn signs(settings: &Settings, header: &str, url: &str, fields: &[(String, String)]) -> bool {
    with_and_without_port(url).iter().any(|url| {
        let ours = signature(&settings.auth_token, url, fields);
        same_secret(ours.as_bytes(), header.as_bytes())
    })
}

/// The signature of a call of exactly this URL.
pub fn signature(token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<Utf16, (&str, BTreeMap<Utf16, &str>)> = BTreeMap::new();
    for (name, value) in fields {
        let (_, values) = sorted
            .entry(name.encode_utf16().collect())
            .or_insert((name, BTreeMap::new()));
        values.insert(value.encode_utf16().collect(), value);
    }
    let mut signed = url.to_owned();
    for (name, values) in sorted.values() {
        for value in values.values() {
            signed += name;
            signed += value;
        }
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

/// Does the URL name the body by its SHA-256, as it does for a body that is no form? The signature covers the URL alone then.
pub fn names_body(url: &str, body: &[u8]) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let named = url.query_pairs().find(|(name, _)| name == "bodySHA256");
    let digest = sha256_hex(body);
    named.is_some_and(|(_, named)| same_secret(digest.as_bytes(), named.as_bytes()))
}

/// The two writings of a URL that Twilio may have signed. Nothing else of it is touched: any other escape would be another text.
fn with_and_without_port(url: &str) -> BTreeSet<String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return BTreeSet::from([url.to_owned()]);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    // a colon within the brackets of an IPv6 address begins no port
    let host_from = authority.rfind(['@', ']']).unwrap_or(0);
    let host_to = authority[host_from..]
        .find(':')
        .map_or(authority.len(), |colon| host_from + colon);
    let bare = format!("{scheme}://{}{rest}", &authority[..host_to]);
    let ported = if host_to < authority.len() {
        url.to_owned()
    } else {
        let port = if scheme.eq_ignore_ascii_case("https") {
            443
        } else {
            80
        };
        format!("{scheme}://{authority}:{port}{rest}")
    };
    BTreeSet::from([bare, ported])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_example_of_twilios_page_has_the_signature_of_that_page() {
        let posted = fields(&[
            ("Digits", "1234"),
            ("To", "+18005551212"),
            ("From", "+14158675309"),
            ("Caller", "+14158675309"),
            ("CallSid", "CA1234567890ABCDE"),
        ]);
        assert_eq!(
            signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &posted),
            "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        );
    }

    #[test]
    fn a_value_that_repeats_counts_once_and_values_are_sorted() {
        let repeated = fields(&[("b", "ß👋"), ("B", "z"), ("B", "a"), ("A", ""), ("B", "a")]);
        let url = "https://example.com/h";
        assert_eq!(signature("12345", url, &repeated), "Ql7kdRIFw4FskYI1ZDqutEEIMO0=");
        let once = fields(&[("A", ""), ("B", "a"), ("B", "z"), ("b", "ß👋")]);
        assert_eq!(signature("12345", url, &once), "Ql7kdRIFw4FskYI1ZDqutEEIMO0=");
    }

    #[test]
    fn a_url_is_tried_with_and_without_its_port() {
        for (url, tried) in [
            (
                "https://a.example/h?x=1:2",
                ["https://a.example/h?x=1:2", "https://a.example:443/h?x=1:2"],
            ),
            (
                "http://a.example?x",
                ["http://a.example:80?x", "http://a.example?x"],
            ),
            (
                "https://a.example:8443/h",
                ["https://a.example/h", "https://a.example:8443/h"],
            ),
            (
                "https://u:p@a.example/h",
                ["https://u:p@a.example/h", "https://u:p@a.example:443/h"],
            ),
            ("https://[::1]/h", ["https://[::1]/h", "https://[::1]:443/h"]),
            (
                "https://[::1]:8443/h",
                ["https://[::1]/h", "https://[::1]:8443/h"],
            ),
        ] {
            let both: BTreeSet<String> = tried.into_iter().map(str::to_owned).collect();
            assert_eq!(with_and_without_port(url), both, "{url}");
        }
        assert_eq!(with_and_without_port("no url").len(), 1);
    }

    #[test]
    fn a_body_that_is_no_form_is_named_by_its_digest() {
        let of_empty_object = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let url = format!("https://a.example/h?foo=1&bodySHA256={of_empty_object}");
        assert!(names_body(&url, b"{}"));
        assert!(!names_body(&url, b"{ }"));
        assert!(!names_body("https://a.example/h?foo=1", b"{}"));
        assert!(!names_body("https://a.example/h?bodySHA256=", b""));
        assert!(!names_body("no url", b"{}"));
    }
}
