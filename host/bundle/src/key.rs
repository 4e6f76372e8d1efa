//! Keys: Ed25519, in the files that other tools read and write too.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What stands before a public key as text.
const SCHEME: &str = "ed25519:";

/// A key that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A text that is no public key.
    #[error("`{text}` is no public key; write it like `ed25519:` and 44 characters, as `key show` prints it")]
    Public {
        /// The text.
        text: String,
    },
    /// A file that holds no secret key.
    #[error("it holds no Ed25519 secret key; `key new` makes one")]
    Secret {
        /// What the decoder says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Names a key without being one: the first 16 bytes of the SHA-256 of the public key, in hex. What is signed carries this
/// and never the key itself, so that nobody comes to trust a key because it was delivered along.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A public key, as text `ed25519:` and base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// What names it.
    pub fn id(&self) -> KeyId {
        let digest = Sha256::digest(self.0.as_bytes());
        KeyId(HEXLOWER.encode(digest.get(..16).unwrap_or_default()))
    }

    /// Whether `signature` is its signature of `message`. Strict: keys and signatures with small components count as none,
    /// so that one signature fits one message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let read = || {
            let bytes = BASE64.decode(text.strip_prefix(SCHEME)?.as_bytes()).ok()?;
            let key = VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()?;
            (!key.is_weak()).then_some(Self(key))
        };
        read().ok_or_else(|| KeyError::Public { text: text.to_owned() })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", BASE64.encode(self.0.as_bytes()))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A secret key. It is wiped from memory when it is dropped, and its `Debug` shows nothing.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key with this seed: 32 bytes of the system's entropy, or of a test's choice.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Reads a PKCS #8 file, as [`SecretKey::to_pem`] and `openssl genpkey -algorithm ed25519` write it.
    ///
    /// # Errors
    /// Where it holds something else.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let key = SigningKey::from_pkcs8_pem(text).map_err(|e| KeyError::Secret { source: Box::new(e) })?;
        Ok(Self(key))
    }

    /// The key as a PKCS #8 file.
    ///
    /// # Errors
    /// Where the encoder refuses it, which an Ed25519 key gives no reason for.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF).map_err(|e| KeyError::Secret { source: Box::new(e) })?;
        Ok(pem.as_str().to_owned())
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_file_and_its_text() {
        let key = SecretKey::from_seed([7; 32]);
        let again = SecretKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(key.public(), again.public());
        assert_eq!(key.public().to_string().parse::<PublicKey>().unwrap(), key.public());
    }

    #[test]
    fn what_openssl_writes_is_read() {
        // RFC 8410, section 10.3, and the public key that goes with it.
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let key = SecretKey::from_pem(pem).unwrap();
        assert_eq!(key.public().to_string(), "ed25519:Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
    }

    #[test]
    fn other_texts_are_no_keys_and_weak_ones_are_refused() {
        let weak = format!("ed25519:{}", BASE64.encode(&[0; 32]));
        for text in ["", "ed25519:", "ed25519:AAAA", "rsa:Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", weak.as_str()]
        {
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
        }
        assert!(SecretKey::from_pem("secret").is_err());
    }

    #[test]
    fn a_secret_key_shows_nothing() {
        let key = SecretKey::from_seed([7; 32]);
        assert!(!format!("{key:?}").contains(&BASE64.encode(&[7; 32])));
    }
}
