//! Verifying signatures by ring, which TLS brings anyway.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind, Result};
use jsonwebtoken::signature::{Error as SignatureError, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // Keys are only read from their sets, which needs none of them.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Takes ring for the signatures of tokens in this process, where nothing else was taken before.
pub(super) fn install() {
    // Another one that was taken before verifies as well.
    _ = PROVIDER.install_default();
}

/// A key with the way to verify by it.
enum Key {
    Plain(&'static dyn VerificationAlgorithm),
    Rsa(&'static RsaParameters),
}

struct RingVerifier {
    algorithm: Algorithm,
    by: Key,
    key: DecodingKey,
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let (family, by) = match algorithm {
        Algorithm::RS256 => (AlgorithmFamily::Rsa, Key::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256)),
        Algorithm::RS384 => (AlgorithmFamily::Rsa, Key::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384)),
        Algorithm::RS512 => (AlgorithmFamily::Rsa, Key::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512)),
        Algorithm::PS256 => (AlgorithmFamily::Rsa, Key::Rsa(&signature::RSA_PSS_2048_8192_SHA256)),
        Algorithm::PS384 => (AlgorithmFamily::Rsa, Key::Rsa(&signature::RSA_PSS_2048_8192_SHA384)),
        Algorithm::PS512 => (AlgorithmFamily::Rsa, Key::Rsa(&signature::RSA_PSS_2048_8192_SHA512)),
        Algorithm::ES256 => (AlgorithmFamily::Ec, Key::Plain(&signature::ECDSA_P256_SHA256_FIXED)),
        Algorithm::ES384 => (AlgorithmFamily::Ec, Key::Plain(&signature::ECDSA_P384_SHA384_FIXED)),
        Algorithm::EdDSA => (AlgorithmFamily::Ed, Key::Plain(&signature::ED25519)),
        // Whoever verifies by a shared secret can sign.
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => return Err(refused()),
        // One that came later is not known here.
        _ => return Err(refused()),
    };
    if key.family() != family {
        return Err(refused());
    }
    Ok(Box::new(RingVerifier { algorithm: *algorithm, by, key: key.clone() }))
}

fn refused() -> Error {
    ErrorKind::InvalidAlgorithm.into()
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), SignatureError> {
        let verified = match (&self.by, self.key.kind()) {
            (Key::Plain(by), DecodingKeyKind::SecretOrDer(key)) => {
                UnparsedPublicKey::new(*by, key).verify(message, signature)
            }
            (Key::Rsa(by), DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(by, message, signature)
            }
            (Key::Plain(_), DecodingKeyKind::RsaModulusExponent { .. })
            | (Key::Rsa(_), DecodingKeyKind::SecretOrDer(_)) => {
                return Err(SignatureError::new());
            }
        };
        verified.map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// This server verifies tokens and makes none.
#[cfg(not(test))]
fn signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(refused())
}

/// Tests sign as an identity provider does.
#[cfg(test)]
fn signer(_: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Ok(Box::new(tests::RingSigner(key.clone())))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::signature::Signer;
    use ring::signature::Ed25519KeyPair;

    use super::*;

    pub(super) struct RingSigner(pub(super) EncodingKey);

    impl Signer<Vec<u8>> for RingSigner {
        fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, SignatureError> {
            let pair = Ed25519KeyPair::from_pkcs8(self.0.as_bytes()).unwrap();
            Ok(pair.sign(message).as_ref().to_vec())
        }
    }

    impl JwtSigner for RingSigner {
        fn algorithm(&self) -> Algorithm {
            Algorithm::EdDSA
        }
    }
}
