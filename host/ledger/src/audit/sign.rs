//! The signatures over a pack, in forms that openssl verifies.

use data_encoding::BASE64;
use ed25519_dalek::{Signer as _, SigningKey};

use crate::format::note::NoteSigner;

/// What stands before the point of a public key of SM2 in DER: an elliptic-curve key on the curve of SM2.
const SM2_KEY: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf,
    0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00,
];
/// The bytes of each of the two numbers of a signature.
const NUMBER: usize = 32;

/// The signature of Ed25519.
pub(super) fn ed25519(key: &SigningKey, bytes: &[u8]) -> Vec<u8> {
    key.sign(bytes).to_bytes().to_vec()
}

/// The signature of SM2 with SM3 in DER, and the public key as PEM; nothing where the signer is none of SM2.
pub(super) fn sm2(signer: &dyn NoteSigner, bytes: &[u8]) -> Option<(Vec<u8>, String)> {
    let point = signer.verifier().sm2_point()?;
    let signature = signer.sign(bytes)?;
    let (r, s) = signature.split_at_checked(NUMBER).filter(|(_, s)| s.len() == NUMBER)?;
    let numbers = [number(r), number(s)].concat();
    let der = [&[0x30, u8::try_from(numbers.len()).ok()?], numbers.as_slice()].concat();
    let key = BASE64.encode(&[SM2_KEY.as_slice(), point.as_slice()].concat());
    let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    for line in key.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PUBLIC KEY-----\n");
    Some((der, pem))
}

/// A positive number in DER.
fn number(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len().saturating_sub(1));
    let digits = bytes.get(first..).unwrap_or_default();
    // A leading bit would make it negative.
    let sign = digits.first().is_some_and(|byte| byte & 0x80 != 0).then_some(0);
    let digits: Vec<u8> = sign.into_iter().chain(digits.iter().copied()).collect();
    [&[0x02, u8::try_from(digits.len()).unwrap_or(u8::MAX)], digits.as_slice()].concat()
}
