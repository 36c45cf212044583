//! Amazon SNS calls a webhook: is the call genuine, and what was published? The signature is RSA over fields of the body, by a
//! certificate whose address stands in the body: believed only where Amazon serves such certificates.
use crate::http::Http;
use crate::{Hook, Refusal};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use url::Url;
use webpki::EndEntityCert;

/// SNS publishes at most 256 KiB; the rest is what encoding and envelope add.
pub const LARGEST_BODY: usize = 1024 * 1024;
const LARGEST_CERTIFICATE: usize = 16 * 1024;
/// Amazon uses one certificate for a year; more than these are somebody's play.
const MOST_CERTIFICATES: usize = 8;
/// Longer than SNS tries by its own rules (some 23 minutes), so that what we could not take comes again and is believed.
const OLDEST: SignedDuration = SignedDuration::from_hours(1);
/// How far Amazon's clock may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Where topics of a tenant call us.
pub struct Sns {
    http: Http,
    /// What other topics say is refused: anybody may subscribe our address to a topic of theirs, and Amazon signs what they publish.
    topics: Vec<String>,
    /// A counterpart in one's own network that stands for Amazon: its certificates are believed, too.
    stand_in: Option<Url>,
    certificates: Mutex<BTreeMap<String, CertificateDer<'static>>>,
}

/// A call that is genuine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub kind: Kind,
    pub id: String,
    pub topic_arn: String,
    pub at: Timestamp,
    pub message: String,
    /// Where a subscription is confirmed; looked at already.
    pub confirm_at: Option<Url>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Notification,
    /// A topic asks whether we want what it says.
    SubscriptionConfirmation,
    /// Somebody ended the subscription.
    UnsubscribeConfirmation,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    #[serde(rename = "Type")]
    kind: String,
    message_id: String,
    topic_arn: String,
    #[serde(default)]
    subject: Option<String>,
    message: String,
    timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
    #[serde(rename = "SubscribeURL", default)]
    subscribe_url: Option<String>,
    #[serde(default)]
    token: Option<String>,
}

impl Sns {
    pub fn new(http: Http, topics: Vec<String>, stand_in: Option<Url>) -> Self {
        Self {
            http,
            topics,
            stand_in,
            certificates: Mutex::default(),
        }
    }

    /// Is there a topic that is believed?
    pub fn has_topics(&self) -> bool {
        !self.topics.is_empty()
    }

    /// Verifies a call: its topic, its time, where its certificate is, its signature.
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>
    ///
    /// # Errors
    /// `NotNow` when the certificate can't be had.
    pub async fn verify(&self, hook: &Hook<'_>) -> Result<Notice, Refusal> {
        let body = read(hook)?;
        let kind = match body.kind.as_str() {
            "Notification" => Kind::Notification,
            "SubscriptionConfirmation" => Kind::SubscriptionConfirmation,
            "UnsubscribeConfirmation" => Kind::UnsubscribeConfirmation,
            _ => return Err(Refusal::Malformed),
        };
        if !self.topics.contains(&body.topic_arn) {
            return Err(Refusal::Account);
        }
        let at: Timestamp = body.timestamp.parse().map_err(|_| Refusal::Malformed)?;
        let age = hook.now.duration_since(at);
        if age > OLDEST || age < -AHEAD {
            return Err(Refusal::Time);
        }
        let text = canonical(kind, &body).ok_or(Refusal::Malformed)?;
        let signature = BASE64_STANDARD
            .decode(&body.signature)
            .map_err(|_| Refusal::Signature)?;
        let algorithm: &dyn SignatureVerificationAlgorithm = match body.signature_version.as_str() {
            "1" => &RsaSha1,
            "2" => webpki::ring::RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(Refusal::Signature),
        };
        let url = self.certificate_url(&body.signing_cert_url, &body.topic_arn)?;
        let certificate = self.certificate(&url).await?;
        EndEntityCert::try_from(&certificate)
            .and_then(|certificate| certificate.verify_signature(algorithm, text.as_bytes(), &signature))
            .map_err(|_| Refusal::Signature)?;
        let confirm_at = match kind {
            Kind::SubscriptionConfirmation => Some(self.confirmation_url(&body)?),
            Kind::Notification | Kind::UnsubscribeConfirmation => None,
        };
        Ok(Notice {
            kind,
            id: body.message_id,
            topic_arn: body.topic_arn,
            at,
            message: body.message,
            confirm_at,
        })
    }

    /// Tells the topic that we want what it says.
    ///
    /// # Errors
    /// `NotNow` when that could not be told; SNS asks again.
    pub async fn confirm(&self, notice: &Notice) -> Result<(), Refusal> {
        let url = notice.confirm_at.as_ref().ok_or(Refusal::Malformed)?;
        let answer = self
            .http
            .call(self.http.get(url.as_str()))
            .await
            .map_err(|_| Refusal::NotNow)?;
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(Refusal::NotNow)
        }
    }

    fn certificate_url(&self, text: &str, topic_arn: &str) -> Result<Url, Refusal> {
        let url = self.amazons(text, topic_arn)?;
        let name = url
            .path()
            .strip_prefix("/SimpleNotificationService-")
            .and_then(|rest| rest.strip_suffix(".pem"))
            .ok_or(Refusal::Signature)?;
        let is_name = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_name && url.query().is_none() {
            Ok(url)
        } else {
            Err(Refusal::Signature)
        }
    }

    /// Only a confirmation of this topic at Amazon: the body's author must not choose what we call.
    fn confirmation_url(&self, body: &Body) -> Result<Url, Refusal> {
        let url = self.amazons(body.subscribe_url.as_deref().unwrap_or_default(), &body.topic_arn)?;
        let says = |name: &str, value: &str| {
            url.query_pairs()
                .any(|(found, said)| found == name && said == value)
        };
        if url.path() == "/" && says("Action", "ConfirmSubscription") && says("TopicArn", &body.topic_arn) {
            Ok(url)
        } else {
            Err(Refusal::Signature)
        }
    }

    /// A URL by TLS at the SNS of the topic's own region, or at the stand-in.
    fn amazons(&self, text: &str, topic_arn: &str) -> Result<Url, Refusal> {
        let url = Url::parse(text).map_err(|_| Refusal::Signature)?;
        let has_no_account = url.username().is_empty() && url.password().is_none();
        let is_stand_in = self
            .stand_in
            .as_ref()
            .is_some_and(|ours| ours.origin() == url.origin());
        let is_amazon =
            url.scheme() == "https" && url.port().is_none() && is_sns_of(topic_arn, url.host_str());
        if has_no_account && (is_amazon || is_stand_in) {
            Ok(url)
        } else {
            Err(Refusal::Signature)
        }
    }

    async fn certificate(&self, url: &Url) -> Result<CertificateDer<'static>, Refusal> {
        if let Some(kept) = self.kept().get(url.as_str()) {
            return Ok(kept.clone());
        }
        let answer = self
            .http
            .call(self.http.get(url.as_str()))
            .await
            .map_err(|_| Refusal::NotNow)?;
        if !answer.status.is_success() {
            return Err(Refusal::NotNow);
        }
        if answer.body.len() > LARGEST_CERTIFICATE {
            return Err(Refusal::Signature);
        }
        let certificate = CertificateDer::from_pem_slice(&answer.body).map_err(|_| Refusal::Signature)?;
        let mut kept = self.kept();
        if kept.len() >= MOST_CERTIFICATES {
            kept.clear();
        }
        kept.insert(url.as_str().to_owned(), certificate.clone());
        Ok(certificate)
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, CertificateDer<'static>>> {
        self.certificates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// SNS posts JSON and calls it text, unless the topic's owner has it called JSON (`headerContentType` of the delivery policy).
fn read(hook: &Hook<'_>) -> Result<Body, Refusal> {
    let media = hook.media_type();
    let is_known = media.eq_ignore_ascii_case("text/plain") || media.eq_ignore_ascii_case("application/json");
    if hook.method != "POST" || !is_known {
        return Err(Refusal::ContentType);
    }
    if hook.body.len() > LARGEST_BODY {
        return Err(Refusal::Malformed);
    }
    serde_json::from_slice(hook.body).map_err(|_| Refusal::Malformed)
}

/// What is signed: names and values, each on a line of its own, in this order.
fn canonical(kind: Kind, body: &Body) -> Option<String> {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        for part in [name, value] {
            text.push_str(part);
            text.push('\n');
        }
    };
    line("Message", &body.message);
    line("MessageId", &body.message_id);
    match kind {
        Kind::Notification => {
            if let Some(subject) = &body.subject {
                line("Subject", subject);
            }
            line("Timestamp", &body.timestamp);
        }
        Kind::SubscriptionConfirmation | Kind::UnsubscribeConfirmation => {
            line("SubscribeURL", body.subscribe_url.as_deref()?);
            line("Timestamp", &body.timestamp);
            line("Token", body.token.as_deref()?);
        }
    }
    line("TopicArn", &body.topic_arn);
    line("Type", &body.kind);
    Some(text)
}

/// Is that `sns.<region>.amazonaws.com`, in China `….com.cn`, of the region of a topic that is believed? Any other word there may be
/// somebody's: `sns.s3.amazonaws.com` is a bucket called `sns`.
fn is_sns_of(topic_arn: &str, host: Option<&str>) -> bool {
    // arn:partition:sns:region:account:name
    let Some(region) = topic_arn.split(':').nth(3).filter(|region| !region.is_empty()) else {
        return false;
    };
    let ending = if region.starts_with("cn-") { ".cn" } else { "" };
    host == Some(format!("sns.{region}.amazonaws.com{ending}").as_str())
}

/// RSA with SHA-1, which topics use unless they are told otherwise. Two texts of the same digest can be made today, but one of them has to
/// be signed by Amazon first: who can have that done may publish to the topic anyway.
#[derive(Debug)]
struct RsaSha1;

impl SignatureVerificationAlgorithm for RsaSha1 {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        // sha1WithRSAEncryption, RFC 3279 2.2.1
        AlgorithmIdentifier::from_slice(&[
            0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00,
        ])
    }

    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let algorithm = &ring::signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY;
        ring::signature::UnparsedPublicKey::new(algorithm, public_key)
            .verify(message, signature)
            .map_err(|_| InvalidSignature)
    }
}

#[cfg(test)]
#[path = "sns_tests.rs"]
mod tests;
