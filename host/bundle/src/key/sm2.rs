//! The second half of a key: SM2 with SM3, for operators who are held to commercial cryptography (GB/T 32918, GB/T 35276).

use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::sec1::ToSec1Point as _;
use sm2::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};

/// The identity that goes into a signature where none was agreed on (GB/T 35276).
const IDENTITY: &str = "1234567812345678";
/// The bytes of an uncompressed point.
const N_POINT: usize = 65;

/// A public key of SM2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sm2Public(sm2::PublicKey);

impl Sm2Public {
    /// The key of an uncompressed point; nothing where the bytes are none.
    pub(super) fn from_point(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != N_POINT {
            return None;
        }
        sm2::PublicKey::from_sec1_bytes(bytes).ok().map(Self)
    }

    /// The uncompressed point.
    pub(super) fn point(&self) -> Vec<u8> {
        self.0.to_sec1_point(false).as_bytes().to_vec()
    }

    /// Whether `signature`, its two numbers one after the other, is the signature of `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let (Ok(key), Ok(signature)) = (VerifyingKey::new(IDENTITY, self.0), Signature::from_slice(signature)) else {
            return false;
        };
        key.verify(message, &signature).is_ok()
    }
}

/// A secret key of SM2. It is wiped from memory when it is dropped.
pub(super) struct Sm2Secret(sm2::SecretKey);

impl Sm2Secret {
    /// The key with this number; nothing where the curve has no such key, which one number in four billion comes to.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        sm2::SecretKey::from_slice(bytes).ok().map(Self)
    }

    /// Reads one PKCS #8 block, as `openssl genpkey -algorithm SM2` writes it.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        sm2::SecretKey::from_pkcs8_pem(text).ok().map(Self)
    }

    /// The key as a PKCS #8 block.
    pub(super) fn to_pem(&self) -> Option<String> {
        Some(self.0.to_pkcs8_pem(LineEnding::LF).ok()?.as_str().to_owned())
    }

    pub(super) fn public(&self) -> Sm2Public {
        Sm2Public(self.0.public_key())
    }

    /// The two numbers of the signature one after the other. Nothing where they come to nought, which never happens by chance.
    pub(super) fn sign(&self, message: &[u8]) -> Option<[u8; 64]> {
        let signature: Signature = SigningKey::new(IDENTITY, &self.0).ok()?.try_sign(message).ok()?;
        <[u8; 64]>::try_from(signature.to_bytes().as_slice()).ok()
    }
}
