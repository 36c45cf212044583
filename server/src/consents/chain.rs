//! How an event of the ledger is hashed. Whoever holds the events can check the chain with SHA-256 alone:
//!
//! - genesis: `sha256("courtesy consent ledger v1\n" + tenant_id)`, the id as 36 lower-case characters;
//! - hash: `sha256(previous hash, 32 bytes + encoding)`;
//! - encoding: `courtesy.consent.v1`, seq, id, customer_id, channel, kind, scope, occurred_at, recorded_at, source, method,
//!   detail_digest, each as four bytes of length (big endian) and its UTF-8 text; ids as 36 lower-case characters, times as decimal
//!   microseconds since 1970-01-01 UTC, digests as 64 lower-case hexadecimal digits; no customer is the length `ffffffff` alone;
//! - detail_digest: `sha256(salt, 32 bytes + detail as JSON in UTF-8, keys sorted, no spaces, nothing escaped that need not be)`.
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A SHA-256.
pub type Hash = [u8; 32];

/// What the chain protects of one event, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub seq: i64,
    pub id: Uuid,
    pub customer: Option<Uuid>,
    pub channel: String,
    pub kind: String,
    pub scope: String,
    /// Microseconds since 1970-01-01 UTC.
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub source: String,
    pub method: String,
    pub detail_digest: Hash,
}

/// What the first event of a tenant follows.
pub fn genesis(tenant: Uuid) -> Hash {
    sha256(&[b"courtesy consent ledger v1\n", tenant.to_string().as_bytes()])
}

/// The hash of an event that follows one of hash `previous`.
pub fn hash(previous: &Hash, link: &Link) -> Hash {
    let mut encoding = Vec::with_capacity(400);
    let customer = link.customer.map(|id| id.to_string());
    for field in [
        Some("courtesy.consent.v1"),
        Some(link.seq.to_string().as_str()),
        Some(link.id.to_string().as_str()),
        customer.as_deref(),
        Some(&link.channel),
        Some(&link.kind),
        Some(&link.scope),
        Some(link.occurred_at.to_string().as_str()),
        Some(link.recorded_at.to_string().as_str()),
        Some(&link.source),
        Some(&link.method),
        Some(hex::encode(link.detail_digest).as_str()),
    ] {
        let text = field.unwrap_or_default();
        let length = match field {
            Some(text) => u32::try_from(text.len()).unwrap_or(u32::MAX - 1),
            None => u32::MAX,
        };
        encoding.extend_from_slice(&length.to_be_bytes());
        encoding.extend_from_slice(text.as_bytes());
    }
    sha256(&[previous, &encoding])
}

/// The digest of an event's personal part.
pub fn detail_digest(salt: &[u8], detail: &Map<String, Value>) -> Hash {
    sha256(&[salt, canonical(detail).as_bytes()])
}

/// A detail is flat, so sorting its keys makes it canonical.
fn canonical(detail: &Map<String, Value>) -> String {
    let sorted: BTreeMap<&String, &Value> = detail.iter().collect();
    serde_json::to_string(&sorted).unwrap_or_default()
}

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        Link {
            seq: 1,
            id: Uuid::from_u128(7),
            customer: Some(Uuid::from_u128(9)),
            channel: "sms".to_owned(),
            kind: "opted_in".to_owned(),
            scope: "all".to_owned(),
            occurred_at: 1_767_225_600_000_000,
            recorded_at: 1_767_225_600_000_001,
            source: "staff".to_owned(),
            method: "other".to_owned(),
            detail_digest: [3; 32],
        }
    }

    #[test]
    fn the_hash_is_the_one_that_the_description_gives() {
        // computed by a few lines of Python from the description above
        assert_eq!(
            hex::encode(genesis(Uuid::from_u128(1))),
            "f3087465af42fa9d21e2e9ba33c3b6936b7ad82b879c1ca71a5cec02baa673c1"
        );
        assert_eq!(
            hex::encode(hash(&genesis(Uuid::from_u128(1)), &link())),
            "392139a69778f87396693cf2edabd0d32db706c1fad6aa0bd6df327e04b59604"
        );
    }

    #[test]
    fn no_field_can_lend_a_letter_to_its_neighbour() {
        let mut shifted = link();
        shifted.channel = "smso".to_owned();
        shifted.kind = "pted_in".to_owned();
        let mut stranger = link();
        stranger.customer = None;
        let hashes = [link(), shifted, stranger].map(|link| hash(&[0; 32], &link));
        assert!(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
    }

    #[test]
    fn the_order_of_keys_makes_no_difference_to_a_detail() {
        let read = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let one = read(r#"{"notes":"a","address":"b"}"#);
        let other = read(r#"{"address":"b","notes":"a"}"#);
        assert_eq!(detail_digest(&[1; 32], &one), detail_digest(&[1; 32], &other));
        assert_ne!(detail_digest(&[1; 32], &one), detail_digest(&[2; 32], &one));
    }
}
