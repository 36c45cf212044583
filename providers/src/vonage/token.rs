//! The two tokens (JWT, RFC 7519): the one that we sign with the application's key, the one that Vonage signs with the account's secret.
use crate::hook::{Hook, Refusal, same_secret};
use crate::settings::BadField;
use crate::signed::{after_word, base64_url, from_base64, from_base64_url, is_hmac_sha256, sha256_hex};
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

/// A token is made for one call; a clock that is a little ahead or behind is no reason to refuse it.
const LIFETIME: i64 = 300;
/// How old a callback's signature may be, in seconds: Vonage repeats a call for a day, and does not say whether it signs it anew. What is
/// signed is the body, and a key is kept once, so an old call can do nothing anew.
const OLDEST: i64 = 25 * 3600;
/// And how far ahead.
const AHEAD: i64 = 300;

/// The private key of an application.
pub struct ApplicationKey {
    application_id: String,
    pair: RsaKeyPair,
}

impl ApplicationKey {
    /// Reads a PEM, PKCS#8 or PKCS#1, in whose place of line breaks `\n` or spaces may stand.
    pub fn read(application_id: &str, pem: &str) -> Result<Self, BadField> {
        let wrong = |problem: &str| BadField::new("private_key", problem.to_owned());
        let text = pem.replace("\\r", "").replace("\\n", "\n");
        let inside = |label: &str| {
            let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
            from_base64(rest.split_once(&format!("-----END {label}-----"))?.0)
        };
        let pair = match (inside("PRIVATE KEY"), inside("RSA PRIVATE KEY")) {
            (Some(der), _) => RsaKeyPair::from_pkcs8(&der),
            (None, Some(der)) => RsaKeyPair::from_der(&der),
            (None, None) => {
                return Err(wrong(
                    "is no private key: it is the whole file, from -----BEGIN PRIVATE KEY----- to the end",
                ));
            }
        };
        Ok(Self {
            application_id: application_id.to_owned(),
            pair: pair.map_err(|_| wrong("is not an RSA key of 2048 bits or more"))?,
        })
    }

    /// A token for one call. None when this machine gives no randomness.
    pub fn token(&self, now: Timestamp, about: &str) -> Option<String> {
        let claims = json!({
            "application_id": self.application_id,
            "iat": now.as_second(),
            "exp": now.as_second() + LIFETIME,
            // a token is told apart from the one of another try
            "jti": sha256_hex(format!("{}|{about}|{now}", self.application_id).as_bytes()),
        });
        let signed = format!(
            "{}.{}",
            base64_url(br#"{"alg":"RS256","typ":"JWT"}"#),
            base64_url(claims.to_string().as_bytes())
        );
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .ok()?;
        Some(format!("{signed}.{}", base64_url(&signature)))
    }
}

/// Whose callbacks we believe.
pub struct Caller {
    pub api_key: String,
    pub application_id: String,
    pub signature_secret: String,
}

impl Caller {
    /// Is this call of our account's, of now, and is the body what was signed?
    pub fn verify(&self, hook: &Hook<'_>) -> Result<(), Refusal> {
        let token = hook
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| after_word(value, "bearer"))
            .ok_or(Refusal::Signature)?;
        let claims = self.claims(token)?;
        let claim = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
        let age = hook.now.as_second() - claims["iat"].as_i64().ok_or(Refusal::Time)?;
        if !(-AHEAD..=OLDEST).contains(&age) {
            return Err(Refusal::Time);
        }
        if claims
            .get("exp")
            .is_some_and(|end| end.as_i64().is_none_or(|end| end < hook.now.as_second()))
        {
            return Err(Refusal::Time);
        }
        if claim("api_key") != self.api_key || claim("application_id") != self.application_id {
            return Err(Refusal::Account);
        }
        let payload_hash = claim("payload_hash").to_ascii_lowercase();
        if same_secret(sha256_hex(hook.body).as_bytes(), payload_hash.as_bytes()) {
            Ok(())
        } else {
            Err(Refusal::Signature)
        }
    }

    /// The claims of a token that the account's secret signed by HS256: no other algorithm is taken, whatever the token says.
    fn claims(&self, token: &str) -> Result<Value, Refusal> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Signature)?;
        let (header, claims) = signed.split_once('.').ok_or(Refusal::Signature)?;
        let signature = from_base64_url(signature).ok_or(Refusal::Signature)?;
        if !is_hmac_sha256(&self.signature_secret, signed.as_bytes(), &signature) {
            return Err(Refusal::Signature);
        }
        let json = |part: &str| {
            from_base64_url(part)
                .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
                .ok_or(Refusal::Signature)
        };
        if json(header)?["alg"] != "HS256" {
            return Err(Refusal::Signature);
        }
        json(claims)
    }
}
