//! Signatures and the writings that they come in: HMAC-SHA256, hexadecimal, base64, the credentials of HTTP Basic.
use crate::hook::{Refusal, same_secret};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use ring::hmac;
use sha2::{Digest, Sha256};

/// HMAC-SHA256 in lower-case hexadecimal.
pub fn hmac_sha256_hex(secret: &str, bytes: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex::encode(hmac::sign(&key, bytes).as_ref())
}

/// Is this the HMAC-SHA256 of these bytes? Takes as long for any wrong one.
pub fn is_hmac_sha256(secret: &str, bytes: &[u8], signature: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, bytes, signature).is_ok()
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Base64 as JWTs have it: URL-safe, without padding.
pub fn base64_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of such base64; none when it is another writing.
pub fn from_base64_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The bytes of standard base64, white space aside.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(plain).ok()
}

/// Does the call carry this name and password (RFC 7617)? Name and password are compared together, so that it takes as long whichever
/// is wrong.
pub fn has_basic_auth(headers: &HeaderMap, name: &str, password: &str) -> Result<(), Refusal> {
    let theirs = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| after_word(value, "basic"))
        .and_then(from_base64)
        .ok_or(Refusal::Signature)?;
    let ours = format!("{name}:{password}");
    // hashed, so that a difference in length takes no other time
    let (ours, theirs) = (sha256_hex(ours.as_bytes()), sha256_hex(&theirs));
    if same_secret(ours.as_bytes(), theirs.as_bytes()) {
        Ok(())
    } else {
        Err(Refusal::Signature)
    }
}

/// What stands after the scheme's name in `Authorization`.
pub fn after_word<'a>(value: &'a str, scheme: &str) -> Option<&'a str> {
    let (word, rest) = value.trim().split_once(' ')?;
    word.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// The time of the outside world, for a signature that is dated: whatever our business time is, the other side compares it with its own
/// clock.
#[expect(
    clippy::disallowed_methods,
    reason = "a signature is dated for somebody else's clock; nothing of ours is decided by it"
)]
pub fn wall_clock() -> Timestamp {
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_of_hmac_hold() {
        // RFC 4231, test case 2
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hmac_sha256_hex("Jefe", b"what do ya want for nothing?"), wanted);
        // FIPS 180-2
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_name_and_password_are_known_in_any_writing_of_the_scheme_and_in_no_other() {
        let call = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            has_basic_auth(&headers, "Aladdin", "open sesame")
        };
        // RFC 7617, section 2
        assert_eq!(call("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Ok(()));
        assert_eq!(call("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Ok(()));
        for wrong in [
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZR==",
            "Basic QWxhZGRpbjpvcGVu",
            "Basic",
            "Basic !",
            "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ] {
            assert_eq!(call(wrong), Err(Refusal::Signature), "{wrong}");
        }
        assert_eq!(
            has_basic_auth(&HeaderMap::new(), "Aladdin", "open sesame"),
            Err(Refusal::Signature)
        );
    }
}
