//! A second signature line, for operators who need one by SM2 with SM3.
//!
//! C2SP leaves type `0xff` for algorithms without a number of their own, with an identifier after it. Ours is [`IDENTIFIER`], and the
//! key after it is an uncompressed point.

use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::sec1::ToSec1Point as _;
use sm2::pkcs8::DecodePrivateKey as _;
use sm2::{PublicKey, SecretKey};

use super::note::{NoteKey, NoteSigner};

/// The type for algorithms that are named by what follows.
pub(super) const OTHER: u8 = 0xff;
/// What names SM2 with SM3 in keys of notes.
const IDENTIFIER: &[u8] = b"specialis.sm2-sm3";
/// The identity that goes into a signature where none was agreed on (GB/T 35276).
const IDENTITY: &str = "1234567812345678";

/// A public key of SM2.
#[derive(Clone, Debug)]
pub(crate) struct Verifier(VerifyingKey);

impl PartialEq for Verifier {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_sec1_bytes() == other.0.to_sec1_bytes()
    }
}

impl Eq for Verifier {}

impl Verifier {
    pub(super) fn tagged(&self) -> Vec<u8> {
        [&[OTHER], IDENTIFIER, self.point().as_slice()].concat()
    }

    pub(super) fn point(&self) -> Vec<u8> {
        self.0.to_sec1_point(false).as_bytes().to_vec()
    }

    pub(super) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(text, &signature).is_ok())
    }
}

/// The key in what follows the type.
pub(super) fn key_of(name: &str, bytes: &[u8]) -> Option<NoteKey> {
    Sm2Signer::key_from_point(name, bytes.strip_prefix(IDENTIFIER)?)
}

/// A key of SM2 that signs notes with SM3 under a name, beside an Ed25519 key.
pub struct Sm2Signer {
    name: String,
    key: SigningKey,
}

impl Sm2Signer {
    /// A signer under a name, from a private key in PEM (PKCS #8), as OpenSSL writes it; nothing where the text is none.
    pub fn from_pem(name: &str, pem: &str) -> Option<Self> {
        let secret = SecretKey::from_pkcs8_pem(pem).ok()?;
        Some(Self { name: name.to_owned(), key: SigningKey::new(IDENTITY, &secret).ok()? })
    }

    /// A public key from an uncompressed or compressed point, under a name; nothing where the bytes are none.
    pub fn key_from_point(name: &str, point: &[u8]) -> Option<NoteKey> {
        let key = PublicKey::from_sec1_bytes(point).ok()?;
        Some(NoteKey::sm2(name, Verifier(VerifyingKey::new(IDENTITY, key).ok()?)))
    }
}

impl NoteSigner for Sm2Signer {
    fn verifier(&self) -> NoteKey {
        NoteKey::sm2(&self.name, Verifier(self.key.verifying_key().clone()))
    }

    fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let signature: Signature = self.key.try_sign(text).ok()?;
        Some(signature.to_bytes().to_vec())
    }
}
