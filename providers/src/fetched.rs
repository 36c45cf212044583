//! What a provider may be asked to fetch: pictures and the like, by a URL of the public internet.
use crate::http::{Egress, allowed};
use reqwest::Url;

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

#[cfg(test)]
mod tests {
    use super::*;

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
