//! Keys: Ed25519, in the files that other tools read and write too, and SM2 beside it where an operator needs that.

mod sm2;

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::sm2::{Sm2Public, Sm2Secret};

/// What stands before a public key as text.
const SCHEME: &str = "ed25519:";
/// What stands before its second half, where it has one.
const SM2_SCHEME: &str = ",sm2:";
/// The last line of a key in a file.
const END: &str = "-----END PRIVATE KEY-----";

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
    /// A second half that is no secret key of SM2, or more than one.
    #[error("what stands beside the Ed25519 key is not one secret key of SM2; `key new --sm2` makes both")]
    Sm2,
}

/// Names a key without being one: the first 16 bytes of the SHA-256 of the public key, in hex. What is signed carries this
/// and never the key itself, so that nobody comes to trust a key because it was delivered along.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// What names a public key: the 32 bytes of Ed25519, or the uncompressed point of SM2.
    fn of(key: &[u8]) -> Self {
        Self(HEXLOWER.encode(Sha256::digest(key).get(..16).unwrap_or_default()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A public key, as text `ed25519:` and base64. Where its holder signs by SM2 with SM3 too, `,sm2:` and the base64 of the
/// uncompressed point follow, and only both signatures together count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    ed25519: VerifyingKey,
    sm2: Option<Sm2Public>,
}

impl PublicKey {
    /// What names it: the Ed25519 half alone. So two keys with one id have one holder, whatever stands beside.
    pub fn id(&self) -> KeyId {
        KeyId::of(self.ed25519.as_bytes())
    }

    /// What names its SM2 half, where it has one.
    pub fn sm2_id(&self) -> Option<KeyId> {
        self.sm2.as_ref().map(|key| KeyId::of(&key.point()))
    }

    /// Whether `signature` is its signature of `message`. Strict: keys and signatures with small components count as none,
    /// so that one signature fits one message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.ed25519.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }

    /// Whether `signature` is the signature of `message` by its SM2 half.
    pub(crate) fn sm2_verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.sm2.as_ref().is_some_and(|key| key.verifies(message, signature))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let read = || {
            let (first, second) = match text.split_once(SM2_SCHEME) {
                Some((first, second)) => (first, Some(second)),
                None => (text, None),
            };
            let bytes = BASE64.decode(first.strip_prefix(SCHEME)?.as_bytes()).ok()?;
            let ed25519 = VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()?;
            let sm2 = match second {
                Some(second) => Some(Sm2Public::from_point(&BASE64.decode(second.as_bytes()).ok()?)?),
                None => None,
            };
            (!ed25519.is_weak()).then_some(Self { ed25519, sm2 })
        };
        read().ok_or_else(|| KeyError::Public { text: text.to_owned() })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", BASE64.encode(self.ed25519.as_bytes()))?;
        match &self.sm2 {
            Some(key) => write!(f, "{SM2_SCHEME}{}", BASE64.encode(&key.point())),
            None => Ok(()),
        }
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
pub struct SecretKey {
    ed25519: SigningKey,
    sm2: Option<Sm2Secret>,
}

impl SecretKey {
    /// The key with this seed: 32 bytes of the system's entropy, or of a test's choice.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { ed25519: SigningKey::from_bytes(&seed), sm2: None }
    }

    /// The key with a second half that signs by SM2 with SM3: a number of 32 bytes of the system's entropy, or of a test's choice.
    ///
    /// # Errors
    /// Where SM2 has no key with that number, which one in four billion comes to.
    pub fn with_sm2(self, number: [u8; 32]) -> Result<Self, KeyError> {
        let sm2 = Sm2Secret::from_bytes(&number).ok_or(KeyError::Sm2)?;
        Ok(Self { sm2: Some(sm2), ..self })
    }

    /// Reads a PKCS #8 file, as [`SecretKey::to_pem`] and `openssl genpkey -algorithm ed25519` write it. Below the key there
    /// may be one of SM2, as `openssl genpkey -algorithm SM2` writes it.
    ///
    /// # Errors
    /// Where it holds something else.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (first, second) = match text.split_once(END) {
            Some((first, rest)) if !rest.trim().is_empty() => {
                (Some(format!("{first}{END}\n")), Some(rest.trim_start()))
            }
            Some(_) | None => (None, None),
        };
        let ed25519 = SigningKey::from_pkcs8_pem(first.as_deref().unwrap_or(text))
            .map_err(|e| KeyError::Secret { source: Box::new(e) })?;
        let sm2 = second.map(|pem| Sm2Secret::from_pem(pem).ok_or(KeyError::Sm2)).transpose()?;
        Ok(Self { ed25519, sm2 })
    }

    /// The key as a PKCS #8 file; its SM2 half, where it has one, below.
    ///
    /// # Errors
    /// Where the encoder refuses it, which no key gives a reason for.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = self.ed25519.to_pkcs8_pem(LineEnding::LF).map_err(|e| KeyError::Secret { source: Box::new(e) })?;
        let mut text = pem.as_str().to_owned();
        if let Some(key) = &self.sm2 {
            text.push_str(&key.to_pem().ok_or(KeyError::Sm2)?);
        }
        Ok(text)
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        PublicKey { ed25519: self.ed25519.verifying_key(), sm2: self.sm2.as_ref().map(Sm2Secret::public) }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.ed25519.sign(message).to_bytes()
    }

    /// The signature by its SM2 half, where it has one.
    pub(crate) fn sm2_sign(&self, message: &[u8]) -> Option<[u8; 64]> {
        self.sm2.as_ref()?.sign(message)
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

    /// What `openssl genpkey -algorithm SM2` of OpenSSL 3 wrote, and the public key that goes with it.
    const SM2_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQg+v+UGppsY330iGyj\n\
        I7//OulZlOz+k/4jl4GoNQLgOk6hRANCAASN7dOFBdaWsmgo3ORlC23tY/Rgk30z\n\
        lyISsXXa7ED0CkZGy4+9s87K8CzYZQW0eVf0EH7Z0xDwNl0uV0JVFPbd\n\
        -----END PRIVATE KEY-----\n";
    const SM2_POINT: &str = "BI3t04UF1payaCjc5GULbe1j9GCTfTOXIhKxddrsQPQKRkbLj72zzsrwLNhlBbR5V/QQftnTEPA2XS5XQlUU9t0=";
    /// What `openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:1234567812345678` of OpenSSL 3 made of [`MESSAGE`] by that
    /// key, as two numbers of 32 bytes.
    const SM2_SIGNATURE: &str =
        "s2V7VFOvHIyqXhfYgBFfZ77IDqbgSJwqiRcg77ij1VsRXD7MM6DRIeLunxmiCKabo7yaQ7Vcflc8EYg/1hSTmA==";
    const MESSAGE: &[u8] = b"DSSEv1 18 application/x-test 10 [\"text\",1]";

    fn with_sm2() -> SecretKey {
        let ed25519 = SecretKey::from_seed([7; 32]).to_pem().unwrap();
        SecretKey::from_pem(&format!("{ed25519}{SM2_PEM}")).unwrap()
    }

    #[test]
    fn second_half_of_a_key_is_what_openssl_writes() {
        let key = with_sm2();
        let text = key.public().to_string();
        assert_eq!(text, format!("{},sm2:{SM2_POINT}", SecretKey::from_seed([7; 32]).public()));
        assert_eq!(text.parse::<PublicKey>().unwrap(), key.public());
        assert_eq!(SecretKey::from_pem(&key.to_pem().unwrap()).unwrap().public(), key.public());
        // The first half names it, and `sha256sum` of the point names the second.
        assert_eq!(key.public().id(), SecretKey::from_seed([7; 32]).public().id());
        assert_eq!(key.public().sm2_id().unwrap().to_string(), "bf5433f5b9b90765dcbc9129376e2e83");
    }

    #[test]
    fn signature_of_sm2_that_openssl_made_is_verified_and_ours_is_one_like_it() {
        let key = with_sm2();
        let theirs: [u8; 64] = BASE64.decode(SM2_SIGNATURE.as_bytes()).unwrap().try_into().unwrap();
        let ours = key.sm2_sign(MESSAGE).unwrap();
        for signature in [theirs, ours] {
            assert!(key.public().sm2_verifies(MESSAGE, &signature));
            assert!(!key.public().sm2_verifies(b"another", &signature));
            for at in 0..signature.len() {
                let mut changed = signature;
                changed[at] ^= 1;
                assert!(!key.public().sm2_verifies(MESSAGE, &changed), "byte {at}");
            }
        }
        assert!(!SecretKey::from_seed([7; 32]).public().sm2_verifies(MESSAGE, &theirs), "there is no second half");
    }

    #[test]
    fn second_half_that_is_none_is_refused() {
        let first = SecretKey::from_seed([7; 32]);
        let pem = first.to_pem().unwrap();
        for second in [pem.as_str(), "more", &format!("{SM2_PEM}{SM2_PEM}")] {
            assert!(matches!(SecretKey::from_pem(&format!("{pem}{second}")), Err(KeyError::Sm2)), "{second}");
        }
        assert!(matches!(SecretKey::from_pem(SM2_PEM), Err(KeyError::Secret { .. })), "it signs beside Ed25519 alone");
        assert!(matches!(SecretKey::from_seed([7; 32]).with_sm2([0xff; 32]), Err(KeyError::Sm2)));
        let public = first.public();
        for second in ["", "AAAA", &BASE64.encode(&[4; 65])] {
            assert!(format!("{public},sm2:{second}").parse::<PublicKey>().is_err(), "{second}");
        }
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
