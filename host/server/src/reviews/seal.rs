//! Encrypting what waits: ChaCha20-Poly1305 under one key, a random nonce for each text, bound to the place where it stands.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

/// What the key of the file is hashed with, so that the same file can serve elsewhere.
const PURPOSE: &[u8] = b"specialis 2026-11 content that waits for a person";

/// What encrypts and decrypts.
pub(super) struct Seal(LessSafeKey);

impl Seal {
    /// With the key that was configured. None where the cipher refuses it, which it does not.
    pub(super) fn new(secret: &[u8]) -> Option<Self> {
        let key: [u8; 32] = Sha256::new().chain_update(PURPOSE).chain_update(secret).finalize().into();
        UnboundKey::new(&CHACHA20_POLY1305, &key).ok().map(|key| Self(LessSafeKey::new(key)))
    }

    /// Encrypts bytes for a place. None where the system gives no randomness.
    pub(super) fn close(&self, place: &str, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).ok()?;
        let place = Aad::from(place.as_bytes());
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place, &mut bytes).ok()?;
        Some([nonce.as_slice(), &bytes].concat())
    }

    /// Decrypts what was encrypted for a place. None where it was not, or under another key.
    pub(super) fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = rest.to_vec();
        let place = Aad::from(place.as_bytes());
        let n_opened = self.0.open_in_place(Nonce::assume_unique_for_key(*nonce), place, &mut bytes).ok()?.len();
        bytes.truncate(n_opened);
        Some(bytes)
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_text_opens_under_its_key_and_at_its_place_alone() {
        let (seal, other) = (Seal::new(b"one key").unwrap(), Seal::new(b"another key").unwrap());
        let text = "内部消息".as_bytes().to_vec();
        let mut sealed = seal.close("a", text.clone()).unwrap();
        assert!(!sealed.windows(text.len()).any(|window| window == text));
        assert_ne!(sealed, seal.close("a", text.clone()).unwrap());
        assert_eq!(seal.open("a", &sealed), Some(text));
        assert_eq!(seal.open("b", &sealed), None);
        assert_eq!(other.open("a", &sealed), None);
        assert_eq!(seal.open("a", sealed.get(..5).unwrap()), None);
        sealed[20] ^= 1;
        assert_eq!(seal.open("a", &sealed), None);
    }
}
