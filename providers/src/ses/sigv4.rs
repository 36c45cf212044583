//! The signature that Amazon asks of a request: Signature Version 4, in the `Authorization` header.
use jiff::Timestamp;
use ring::{digest, hmac};
use std::fmt::Write;

/// Whose signature it is, and for which service where.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
    pub region: &'a str,
    pub service: &'a str,
}

/// A request as it will be sent.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub method: &'a str,
    /// With the port, if it is not the scheme's own.
    pub host: &'a str,
    /// As it stands in the request line: its parts percent-encoded already.
    pub path: &'a str,
    /// Names and values before encoding, in any order.
    pub query: &'a [(&'a str, &'a str)],
    pub content_type: Option<&'a str>,
    pub body: &'a [u8],
    pub at: Timestamp,
}

/// The headers `X-Amz-Date` and `Authorization` of a call.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
pub fn sign(signer: Signer<'_>, call: Call<'_>) -> (String, String) {
    let moment = call.at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &moment[..8];
    let mut headers = String::new();
    let mut names = String::from("host;x-amz-date");
    if let Some(content_type) = call.content_type {
        let _ = writeln!(headers, "content-type:{}", content_type.trim());
        names.insert_str(0, "content-type;");
    }
    let _ = writeln!(headers, "host:{}\nx-amz-date:{moment}", call.host);
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{names}\n{}",
        call.method,
        encoded(call.path, "/"),
        query(call.query),
        hex::encode(digest::digest(&digest::SHA256, call.body).as_ref())
    );
    let scope = format!("{day}/{}/{}/aws4_request", signer.region, signer.service);
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}",
        hex::encode(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
    );
    let secret = format!("AWS4{}", signer.secret_access_key);
    let key = [day, signer.region, signer.service, "aws4_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| mac(&key, part));
    let signature = hex::encode(mac(&key, &to_sign));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        signer.access_key_id
    );
    (moment, authorization)
}

/// The query as it is signed, and as it is to be sent: encoded, then sorted.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let mut encoded: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name, ""), encoded(value, "")))
        .collect();
    encoded.sort();
    encoded.join("&")
}

/// Percent-encoded: all but letters, digits, `-_.~` and what is kept besides.
pub fn encoded(text: &str, kept: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || "-_.~".contains(letter) || kept.contains(letter) {
            out.push(letter);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}
