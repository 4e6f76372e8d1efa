//! Envelopes: signed statements in the format DSSE (Dead Simple Signing Envelope, version 1 of its protocol).
//!
//! What is signed is the payload together with its type, under DSSE's pre-authentication encoding, so that a signature on one
//! kind of statement never counts for another.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::key::{KeyId, PublicKey, SecretKey};
use crate::signature::digest_of;

/// More bytes than an envelope of ours ever has.
pub(crate) const MOST_BYTES: usize = 4 << 20;
/// More signatures than anybody needs; each known one costs a verification.
const MOST_SIGNATURES: usize = 32;

/// An envelope that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// It is not JSON, or not the JSON of an envelope or of its statement.
    #[error("it is no signed statement; sign it again")]
    Unreadable {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// It is larger than any signed statement.
    #[error("it is no signed statement, because it is larger than 4 MiB; sign it again")]
    TooLarge,
    /// It has more signatures than anybody needs.
    #[error("it has more than 32 signatures; sign it again")]
    TooManySignatures,
    /// One key signed it twice.
    #[error("one key signed it twice; sign it again")]
    SignedTwice,
    /// Its payload or a signature is not in base64.
    #[error("it is no signed statement, because it is not in base64; sign it again")]
    NotBase64,
    /// It states something else than what is looked for.
    #[error("it is signed as `{found}` where `{expected}` is needed; give the right file")]
    OtherKind {
        /// The type it has.
        found: String,
        /// The type it should have.
        expected: String,
    },
    /// A signature under a known key does not fit: something was changed.
    #[error("the signature by key `{key}` does not fit what it stands on; something was changed after signing")]
    Forged {
        /// The key.
        key: KeyId,
    },
    /// A known key has a half that signs by SM2, and that signature is missing.
    #[error("key `{key}` signed it without its SM2 half; sign it again with the file that holds both")]
    WithoutSm2 {
        /// The key.
        key: KeyId,
    },
}

/// A statement with signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    payload_type: String,
    payload: String,
    signatures: Vec<Signed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    keyid: KeyId,
    sig: String,
}

impl Envelope {
    /// An envelope that nobody has signed yet.
    ///
    /// # Errors
    /// Where the statement has no JSON form.
    pub fn new<T: Serialize>(kind: &str, statement: &T) -> Result<Self, EnvelopeError> {
        let bytes = serde_json::to_vec(statement).map_err(|source| EnvelopeError::Unreadable { source })?;
        Ok(Self { payload_type: kind.to_owned(), payload: BASE64.encode(&bytes), signatures: Vec::new() })
    }

    /// Reads an envelope: JSON, nothing unknown in it, every encoding canonical, every key once.
    ///
    /// # Errors
    /// Where it is anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > MOST_BYTES {
            return Err(EnvelopeError::TooLarge);
        }
        let envelope: Self = serde_json::from_slice(bytes).map_err(|source| EnvelopeError::Unreadable { source })?;
        envelope.check()?;
        Ok(envelope)
    }

    pub(crate) fn check(&self) -> Result<(), EnvelopeError> {
        if self.signatures.len() > MOST_SIGNATURES {
            return Err(EnvelopeError::TooManySignatures);
        }
        let mut keys = BTreeSet::new();
        if !self.signatures.iter().all(|signed| keys.insert(&signed.keyid)) {
            return Err(EnvelopeError::SignedTwice);
        }
        if BASE64.decode(self.payload.as_bytes()).is_err() || self.signatures.iter().any(|s| s.bytes().is_none()) {
            return Err(EnvelopeError::NotBase64);
        }
        Ok(())
    }

    /// The envelope as JSON, in one line.
    pub fn to_json(&self) -> Vec<u8> {
        // INVARIANT: three texts have a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Signs it; a signature by the same key is replaced. A key with an SM2 half leaves two signatures.
    pub fn sign(&mut self, key: &SecretKey) {
        let (message, public) = (self.signed_bytes(), key.public());
        self.put(public.id(), &key.sign(&message));
        if let (Some(id), Some(signature)) = (public.sm2_id(), key.sm2_sign(&message)) {
            self.put(id, &signature);
        }
    }

    fn put(&mut self, keyid: KeyId, signature: &[u8; 64]) {
        self.signatures.retain(|signed| signed.keyid != keyid);
        self.signatures.push(Signed { keyid, sig: BASE64.encode(signature) });
        self.signatures.sort_by(|a, b| a.keyid.cmp(&b.keyid));
    }

    /// The statement. It says nothing about who signed it.
    ///
    /// # Errors
    /// Where it is of another kind, or does not have the form of a `T`.
    pub fn statement<T: DeserializeOwned>(&self, kind: &str) -> Result<T, EnvelopeError> {
        if self.payload_type != kind {
            let (found, expected) = (self.payload_type.clone(), kind.to_owned());
            return Err(EnvelopeError::OtherKind { found, expected });
        }
        serde_json::from_slice(&self.payload_bytes()).map_err(|source| EnvelopeError::Unreadable { source })
    }

    /// The digest of the statement, whoever signed it.
    pub fn digest(&self) -> String {
        digest_of(&self.payload_bytes())
    }

    /// The keys that are said to have signed it.
    pub fn key_ids(&self) -> impl Iterator<Item = &KeyId> {
        self.signatures.iter().map(|signed| &signed.keyid)
    }

    /// Which of `keys` signed it. Signatures by other keys count for nothing; of a key with an SM2 half only both count.
    ///
    /// # Errors
    /// Where a signature under one of `keys` does not fit, or one of its two signatures is missing.
    pub fn signed_by<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k PublicKey>,
    ) -> Result<Vec<&'k PublicKey>, EnvelopeError> {
        let message = self.signed_bytes();
        let mut found = Vec::new();
        for key in keys {
            let id = key.id();
            let Some(signature) = self.signature(&id) else { continue };
            if !key.verifies(&message, &signature) {
                return Err(EnvelopeError::Forged { key: id });
            }
            if let Some(second) = key.sm2_id() {
                let Some(signature) = self.signature(&second) else {
                    return Err(EnvelopeError::WithoutSm2 { key: id });
                };
                if !key.sm2_verifies(&message, &signature) {
                    return Err(EnvelopeError::Forged { key: second });
                }
            }
            found.push(key);
        }
        Ok(found)
    }

    /// The signature that is said to be by a key. One of another length is no signature by anybody.
    fn signature(&self, key: &KeyId) -> Option<[u8; 64]> {
        let signed = self.signatures.iter().find(|signed| signed.keyid == *key)?;
        Some(signed.bytes().unwrap_or([0; 64]))
    }

    fn payload_bytes(&self) -> Vec<u8> {
        BASE64.decode(self.payload.as_bytes()).unwrap_or_default()
    }

    /// DSSE's pre-authentication encoding: `DSSEv1 LEN(type) type LEN(payload) payload`, with single blanks between.
    fn signed_bytes(&self) -> Vec<u8> {
        let payload = self.payload_bytes();
        let mut bytes =
            format!("DSSEv1 {} {} {} ", self.payload_type.len(), self.payload_type, payload.len()).into_bytes();
        bytes.extend(payload);
        bytes
    }
}

impl Signed {
    fn bytes(&self) -> Option<[u8; 64]> {
        BASE64.decode(self.sig.as_bytes()).ok()?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "application/x-test";

    fn signed(seed: u8) -> (Envelope, PublicKey) {
        let key = SecretKey::from_seed([seed; 32]);
        let mut envelope = Envelope::new(KIND, &("text", 1)).unwrap();
        envelope.sign(&key);
        (envelope, key.public())
    }

    #[test]
    fn the_signed_bytes_are_those_of_the_protocol() {
        // The example of the DSSE specification.
        let envelope = Envelope {
            payload_type: "http://example.com/HelloWorld".to_owned(),
            payload: BASE64.encode(b"hello world"),
            signatures: Vec::new(),
        };
        assert_eq!(envelope.signed_bytes(), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn a_signature_counts_for_its_key_and_its_kind_alone() {
        let (envelope, key) = signed(1);
        let again = Envelope::parse(&envelope.to_json()).unwrap();
        assert_eq!(again.signed_by([&key]).unwrap(), [&key]);
        let other = SecretKey::from_seed([2; 32]).public();
        assert!(again.signed_by([&other]).unwrap().is_empty());
        assert!(matches!(again.statement::<(String, u8)>("application/x-other"), Err(EnvelopeError::OtherKind { .. })));
        let mut renamed = again;
        renamed.payload_type = "application/x-other".to_owned();
        assert!(matches!(renamed.signed_by([&key]), Err(EnvelopeError::Forged { .. })));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let (envelope, key) = signed(1);
        every_change_is_noticed(&envelope, &key);
    }

    #[test]
    fn every_changed_byte_is_noticed_where_a_key_signs_by_sm2_too() {
        let mut envelope = Envelope::new(KIND, &("text", 1)).unwrap();
        envelope.sign(&both(1));
        every_change_is_noticed(&envelope, &both(1).public());
    }

    fn every_change_is_noticed(envelope: &Envelope, key: &PublicKey) {
        let json = envelope.to_json();
        for at in 0..json.len() {
            for change in [1, 0x20, 0x80] {
                let mut json = json.clone();
                json[at] ^= change;
                let is_accepted = Envelope::parse(&json).is_ok_and(|envelope| {
                    envelope.statement::<(String, u8)>(KIND).is_ok()
                        && envelope.signed_by([key]).is_ok_and(|keys| !keys.is_empty())
                });
                assert!(!is_accepted, "byte {at} changed by {change}");
            }
        }
    }

    /// A key that signs by SM2 too.
    fn both(seed: u8) -> SecretKey {
        SecretKey::from_seed([seed; 32]).with_sm2([seed; 32]).unwrap()
    }

    #[test]
    fn key_with_an_sm2_half_counts_with_both_signatures_alone() {
        let key = both(1);
        let mut envelope = Envelope::new(KIND, &("text", 1)).unwrap();
        envelope.sign(&key);
        envelope.sign(&key);
        let again = Envelope::parse(&envelope.to_json()).unwrap();
        assert_eq!(again.key_ids().count(), 2);
        assert_eq!(again.signed_by([&key.public()]).unwrap(), [&key.public()]);
        // Whoever knows the first half alone still verifies it.
        let first = SecretKey::from_seed([1; 32]).public();
        assert_eq!(again.signed_by([&first]).unwrap(), [&first]);

        let public = key.public();
        let (id, second) = (public.id(), public.sm2_id().unwrap());
        let mut without = again.clone();
        without.signatures.retain(|signed| signed.keyid == id);
        assert!(matches!(without.signed_by([&public]), Err(EnvelopeError::WithoutSm2 { .. })));
        let mut alone = again.clone();
        alone.signatures.retain(|signed| signed.keyid == second);
        assert!(alone.signed_by([&public]).unwrap().is_empty(), "SM2 alone is no signature");

        let mut other = Envelope::new(KIND, &("text", 2)).unwrap();
        other.sign(&key);
        let mut forged = again;
        forged.signatures.retain(|signed| signed.keyid == id);
        forged.signatures.extend(other.signatures.into_iter().filter(|signed| signed.keyid == second));
        let refused = forged.signed_by([&public]);
        assert!(matches!(refused, Err(EnvelopeError::Forged { key }) if key == second));
    }

    #[test]
    fn one_key_signs_once() {
        let (mut envelope, key) = signed(1);
        envelope.sign(&SecretKey::from_seed([1; 32]));
        assert_eq!(envelope.key_ids().count(), 1);
        let doubled =
            Envelope { signatures: [envelope.signatures.clone(), envelope.signatures].concat(), ..signed(1).0 };
        assert!(Envelope::parse(&doubled.to_json()).is_err(), "{key}");
    }
}
